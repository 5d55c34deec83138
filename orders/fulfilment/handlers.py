"""What handing over does when an order ends."""

from __future__ import annotations

from merchant.core.clock import business_now
from merchant.core.outbox.services import Event
from orders.fulfilment import collecting
from orders.order import queries as orders


def end_pickup_of_cancelled(event: Event) -> None:
    """Take the order off the pick list."""
    order = orders.get_order_for_update(event.payload["order_id"])
    collecting.end_pickup(order=order, status="cancelled", now=business_now(event.merchant_id))
