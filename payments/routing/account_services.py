"""Accounts at processors: what may be changed about one, and its secrets, which are written and never read back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from merchant.core.audit import services as audit
from merchant.core.errors import AppError, NotFound
from merchant.core.vault import services as vault
from payments.gateways import registry
from payments.gateways.models import CAPTURE_MODES, GatewayAccount

# What a processor's reports need: to believe its notices, and to fetch what they announce. The sandbox makes its own keys.
SECRETS: dict[str, tuple[str, ...]] = {"adyen": ("report_hmac_key", "report_api_key")}
_NAME_LENGTH_MAX, _SECRET_LENGTH_MAX, _DAYS_MAX = 80, 500, 60


class GatewayAccountRefused(AppError):
    """What was typed about an account cannot be."""

    code = "gateway_account_refused"
    status = 422
    detail = "The account was not saved: {reason}."
    money = "Nothing was changed."
    next_step = "Correct it and send it again."


@dataclass(frozen=True, slots=True)
class AccountChange:
    """What becomes of an account. `secrets` holds those that are written anew; one that is left out stays."""

    name: str
    is_active: bool
    capture_mode: str = ""
    authorisation_days: int | None = None
    secrets: Mapping[str, str] | None = None


@transaction.atomic
def change_account(*, account_id: UUID, change: AccountChange, now: datetime) -> GatewayAccount:
    """
    Change an account from the next payment on. What is under way keeps its way. Locks the account. The audit names the secrets that were written, never what they are.

    :raises NotFound: if there is none. :raises GatewayAccountRefused: for what cannot be.
    """
    account: GatewayAccount | None = GatewayAccount.objects.select_for_update().filter(id=account_id).first()
    if account is None:
        raise NotFound()
    _check(account, change)
    account.name, account.is_active = change.name, change.is_active
    if change.capture_mode:
        account.capture_mode = change.capture_mode
    if change.authorisation_days is not None:
        account.config = {**account.config, "authorisation_days": change.authorisation_days}
    written = {name: text for name, text in (change.secrets or {}).items() if text}
    if written:
        kept = dict(registry.access(account).secrets) | written
        account.secret = vault.seal(json.dumps(kept), context=registry.secret_context(account.id))
    account.save()
    told = {"name": account.name, "is_active": account.is_active, "capture_mode": account.capture_mode}
    audit.record(
        "gateway_account.changed",
        subject=f"gateway_account:{account.id}",
        now=now,
        data={**told, "secrets_written": sorted(written)},
    )
    return account


def _check(account: GatewayAccount, change: AccountChange) -> None:
    if not 1 <= len(change.name) <= _NAME_LENGTH_MAX:
        raise GatewayAccountRefused(
            reason=_("it needs a name of at most {number} characters").format(number=_NAME_LENGTH_MAX)
        )
    if change.capture_mode and change.capture_mode not in CAPTURE_MODES:
        raise GatewayAccountRefused(reason=_("choose when payments are captured"))
    if change.authorisation_days is not None and not 1 <= change.authorisation_days <= _DAYS_MAX:
        raise GatewayAccountRefused(reason=_("an authorisation holds between 1 and {most} days").format(most=_DAYS_MAX))
    unknown = set(change.secrets or {}) - set(SECRETS.get(account.gateway, ()))
    if unknown or any(len(text) > _SECRET_LENGTH_MAX for text in (change.secrets or {}).values()):
        raise GatewayAccountRefused(reason=_("a key is not one this processor has"))
