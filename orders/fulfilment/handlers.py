"""What goods out and back lead to."""

from __future__ import annotations

from merchant.core.clock import business_now
from merchant.core.outbox.services import Event
from orders.documents import invoices
from orders.fulfilment import collecting
from orders.fulfilment.models import Return
from orders.order import queries as orders


def end_pickup_of_cancelled(event: Event) -> None:
    """Take the order off the pick list."""
    order = orders.get_order_for_update(event.payload["order_id"])
    collecting.end_pickup(order=order, status="cancelled", now=business_now(event.merchant_id))


def credit_returned(event: Event) -> None:
    """Issue the credit note for goods that came back of an invoiced order, once."""
    returned = Return.objects.get(id=event.payload["return_id"])
    invoices.credit_return(
        order_id=returned.order_id,
        return_id=returned.id,
        rows=returned.lines,
        reason=returned.reason,
        now=business_now(event.merchant_id),
    )


def credit_cancelled(event: Event) -> None:
    """Issue the credit note for the rest of the invoice of an order that was cancelled, once."""
    invoices.credit_cancelled(
        order_id=event.payload["order_id"],
        reason=event.payload["reason"] or "cancelled",
        now=business_now(event.merchant_id),
    )
