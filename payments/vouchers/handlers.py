"""Cards that were sold become money when they are handed over, whichever channel did that."""

from __future__ import annotations

from uuid import UUID

from merchant.core.clock import business_now
from merchant.core.outbox.services import Event
from payments.vouchers import services


def activate(event: Event) -> None:
    """Make the cards of an order's gift card lines. The till has done so already; a repeat changes nothing."""
    services.activate_sold(order_id=UUID(event.payload["order_id"]), now=business_now(event.merchant_id))
