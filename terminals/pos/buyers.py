"""Whose an order of the till is: somebody known, somebody new, or nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from merchant.core.audit import services as audit
from merchant.core.callers import RegisterFacts
from merchant.core.outbox import services as outbox
from merchant.core.tenancy import current_merchant_id
from merchant.customers import services as customers
from merchant.customers.models import Customer
from merchant.merchants.queries import get_merchant
from orders.order import queries as orders
from orders.order.models import Order
from orders.placing.services import OrderNotOpen
from terminals.pos.elsewhere import require_own

# What may still be somebody else's: a paper that was issued keeps what stood on it.
_OPEN = ("draft", "open")


@dataclass(frozen=True, slots=True)
class NewBuyer:
    """Somebody who gives a name and a way to be reached at the counter."""

    name: str
    email: str = ""
    phone: str = ""


@transaction.atomic
def name_buyer(
    *, order_id: UUID, register: RegisterFacts, customer_id: UUID | None, new: NewBuyer | None, now: datetime
) -> Order:
    """
    Note whose order it is, or with neither that it is nobody's, and return it. Locks the customer, then the order; a repeat changes nothing.

    Somebody new whose address is known already is the one who is known. No mail is written to them by this.

    :raises CartNotHeld, OrderParked: for a till that does not hold the order. :raises OrderNotOpen: once it is over.
    :raises NotFound, CustomerGone: if there is no such customer any more. :raises Invalid: for somebody new without a name or a way to be reached.
    """
    buyer = _buyer(customer_id, new, now)
    order = orders.get_order_for_update(order_id)
    require_own(order, register, now=now)
    if order.status not in _OPEN or order.cancel_asked_at is not None:
        raise OrderNotOpen(number=order.number, status=order.status)
    if order.customer_id != (buyer.id if buyer else None):
        order.customer = buyer
        order.save(update_fields=["customer"])
        data = {"customer_id": str(buyer.id) if buyer else None}
        audit.record("order.customer_named", subject=f"order:{order.id}", now=now, data=data)
        outbox.publish("order.changed", f"order:{order.id}", {"order_id": str(order.id)})
    return orders.get_order(order.id)


def _buyer(customer_id: UUID | None, new: NewBuyer | None, now: datetime) -> Customer | None:
    if new is not None:
        locale = get_merchant(current_merchant_id()).locale
        made, _is_new = customers.register_customer(
            name=new.name, email=new.email, phone=new.phone, locale=locale, now=now
        )
        customer_id = made.id
    return customers.lock_customer(customer_id=customer_id) if customer_id else None
