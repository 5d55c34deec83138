"""What happens when money that goes back has arrived."""

from __future__ import annotations

from uuid import UUID

from merchant.core.clock import business_now
from merchant.core.outbox.services import Event
from orders.order import queries as orders
from payments.after_sales import cancellations


def finish_cancellation(event: Event) -> None:
    """End the cancellation of an order once the last of its money is back."""
    order = orders.get_order(event.payload["order_id"])
    if order.cancel_asked_at is not None and order.status != "cancelled":
        now = business_now(event.merchant_id)
        cancellations.finish(order_id=UUID(event.payload["order_id"]), reason="money_is_back", now=now)
