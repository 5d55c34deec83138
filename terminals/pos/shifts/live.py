"""What tablets and open pages are told of shifts and drawers, as it happens."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from merchant.core.outbox import screens
from merchant.core.tenancy import current_merchant_id


def tell(kind: str, payload: dict[str, Any], *, store_id: UUID) -> None:
    """Send an event to the register's tablets and to the store's shift pages once the caller's transaction has committed."""
    told = {"kind": kind, **payload}
    merchant_id = current_merchant_id()
    for topic in (f"register:{payload['register_id']}", f"store:{store_id}:shifts", screens.merchant_topic("shifts")):
        screens.push(merchant_id, topic, event=told, store_id=store_id)
