"""Reads of orders, and the one door to locking them."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from merchant.core.clock import business_date
from merchant.core.errors import NotFound
from merchant.ledger.recipes import Position
from orders.order.models import Order


def get_order(order_id: UUID | str) -> Order:
    """
    Return an order of the merchant in scope with its channel and store.

    :raises NotFound: if there is none.
    """
    order = Order.objects.select_related("channel", "store", "customer", "register").filter(id=order_id).first()
    if order is None:
        raise NotFound()
    return order


def get_order_for_update(order_id: UUID | str) -> Order:
    """
    Lock an order until the transaction ends and return it. Whoever moves its money or goods takes this lock first, then payments by id.

    :raises NotFound: if there is none.
    """
    order = (
        Order.objects.select_for_update(of=("self",), no_key=True)
        .select_related("channel", "store")
        .filter(id=order_id)
        .first()
    )
    if order is None:
        raise NotFound()
    return order


def business_day(order: Order, now: datetime) -> date:
    """Return the business day of `now` where the order was sold: its store, or online its channel."""
    place = order.store or order.channel
    return business_date(now, zone=place.zone, cutoff=place.day_cutoff)


def position(order: Order) -> Position:
    """Return where the customer stands with the order. The order must be locked."""
    return Position(order.handed_over_minor, order.captured_minor - order.refunded_minor)


def open_minor(order: Order) -> int:
    """Return what is neither secured nor paid yet. What was refunded does not open again."""
    return max(0, order.total_minor - order.secured_minor)
