"""What open workbenches are told, as it happens."""

from __future__ import annotations

from typing import Any

from merchant.core.outbox import screens
from merchant.core.tenancy import current_merchant_id

TOPIC = screens.merchant_topic("reconciliation")


def tell(kind: str, **facts: Any) -> None:
    """Send an event to the merchant's open workbenches once the caller's transaction has committed."""
    event = {"kind": kind, **facts}
    screens.push(current_merchant_id(), TOPIC, event=event, store_id=screens.ALL_STORES)
