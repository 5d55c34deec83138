"""What online selling does when payments report facts. Each runs once per event, in the event's transaction."""

from __future__ import annotations

from uuid import UUID

from merchant.core.clock import business_now
from merchant.core.money import Money
from merchant.core.outbox.services import Event
from orders.fulfilment import collecting
from orders.fulfilment.models import Pickup
from orders.order import queries as orders
from payments.checkout import mails, receipts, services


def confirm_secured_order(event: Event) -> None:
    """Issue the receipt of an online order and write to the shopper. Till orders print theirs at the counter."""
    now = business_now(event.merchant_id)
    order = orders.get_order_for_update(event.payload["order_id"])
    if order.fulfilment_status == "unfulfilled" and order.cancel_asked_at is None:
        collecting.open_pickup(order_id=order.id, now=now)
    if order.register_id is not None:
        return
    receipt = receipts.issue_once(order=order, now=now)
    mails.confirm_order(order=order, receipt=receipt, now=now)


def confirm_refund(event: Event) -> None:
    """Write to the shopper that money is on its way back."""
    order = orders.get_order(event.payload["order_id"])
    refund = Money(event.payload["result_minor"], event.payload["currency"])
    mails.confirm_refund(
        order=order, refund=refund, reference=event.payload["reference"], now=business_now(event.merchant_id)
    )


def give_another_try(event: Event) -> None:
    """After a no, the shopper gets a full period again before the pieces go back to sale."""
    services.extend(order_id=UUID(event.payload["order_id"]), now=business_now(event.merchant_id))


def tell_ready(event: Event) -> None:
    """Write to the customer that the goods wait, where, until when, and with which code."""
    pickup = Pickup.objects.select_related("order__customer", "order__channel", "store").get(
        id=event.payload["pickup_id"]
    )
    mails.tell_ready(pickup=pickup, now=business_now(event.merchant_id))
