"""
Accounts whose webhooks are taken, with their secrets opened: remembered for a second, so that a delivery costs one statement.

An account that is switched off, or a secret that is withdrawn, is heard for a second longer at most. A new secret counts at once: who is refused is looked up again.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from uuid import UUID

from merchant.core.errors import NotFound
from merchant.core.tenancy import Actor, acting_for
from payments.gateways import registry
from payments.gateways.base import AccountAccess
from payments.gateways.models import GatewayAccount

# 1 s: the promise that callers of REST have too.
REMEMBERED_SECONDS = 1.0
# More accounts than one process hears of in a second; beyond that all are looked up anew.
_REMEMBERED_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Door:
    """One account as its deliveries need it."""

    account_id: UUID
    merchant_id: UUID
    access: AccountAccess
    actor: Actor


_remembered: dict[tuple[str, UUID], tuple[float, Door]] = {}


def find_door(gateway: str, account_id: UUID) -> tuple[Door, bool]:
    """
    Return the active account's door and whether it is from memory.

    :raises NotFound: if there is no such active account.
    """
    found = _remembered.get((gateway, account_id))
    if found is not None and found[0] > time.monotonic():
        return found[1], True
    return load_door(gateway, account_id), False


def load_door(gateway: str, account_id: UUID) -> Door:
    """
    Return the active account's door as it is now, and remember it.

    :raises NotFound: if there is no such active account.
    """
    _remembered.pop((gateway, account_id), None)
    account = GatewayAccount.across_merchants.filter(id=account_id, gateway=gateway, is_active=True).first()
    if account is None:
        raise NotFound()
    actor = Actor(kind="system", id=None, name=f"webhook of {gateway}")
    with acting_for(account.merchant_id, actor):
        door = Door(account.id, account.merchant_id, registry.access(account), actor)
    if len(_remembered) >= _REMEMBERED_MAX:
        _remembered.clear()
    _remembered[gateway, account_id] = (time.monotonic() + REMEMBERED_SECONDS, door)
    return door
