"""Discounts at the counter: given by who works on the order, while nobody pays for it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from merchant.core.callers import RegisterFacts
from orders.documents import invoices
from orders.order import queries as orders
from orders.order.models import Order, OrderDiscount
from orders.placing import discounts
from orders.placing.discounts import Given
from payments.records import queries as records
from terminals.pos.elsewhere import require_own
from terminals.pos.splitting import services as splitting


@transaction.atomic
def give(*, order_id: UUID, register: RegisterFacts | None, given: Given, version: int, now: datetime) -> OrderDiscount:
    """
    Give a discount; a split of the order ends with it. Locks the order.

    :raises CartNotHeld: for a till that does not hold the order. :raises InvoiceExists: while an invoice holds. And what `discounts.give` raises.
    """
    has_open_payment = _ready(order_id, register, now)
    return discounts.give(order_id=order_id, given=given, version=version, has_open_payment=has_open_payment, now=now)


@transaction.atomic
def take_back(
    *, order_id: UUID, register: RegisterFacts | None, discount_id: UUID, version: int, now: datetime
) -> Order:
    """Take a discount back; a split of the order ends with it. Locks the order. See `give` and `discounts.take_back`."""
    has_open_payment = _ready(order_id, register, now)
    return discounts.take_back(
        order_id=order_id, discount_id=discount_id, version=version, has_open_payment=has_open_payment, now=now
    )


def _ready(order_id: UUID, register: RegisterFacts | None, now: datetime) -> bool:
    order = orders.get_order_for_update(order_id)
    if register is not None:
        require_own(order, register, now=now)
    invoices.require_none(order)
    splitting.end_split(order_id=order.id, now=now)
    return records.find_open_authorisation(order.id) is not None
