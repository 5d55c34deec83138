"""Carts that become orders: paid on the customer's phone, or by a webshop's program."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from orders.carry_over import services as carry_over
from orders.carry_over.services import Holder
from orders.order import queries as orders
from payments.checkout import services
from payments.checkout.baskets import CHECKOUT_LASTS
from payments.checkout.models import PaymentLink


@transaction.atomic
def go_on_by_phone(*, code: str, now: datetime) -> PaymentLink:
    """
    Take a cart by its code and return the page where its customer pays it. The till may take it back at once: a phone changes no lines. Locks the order.

    :raises UnknownCartCode, CartOver, CartBeingPaid: see `carry_over.take`. :raises InsufficientStock: the cart stays where it was.
    """
    holder = Holder(key=f"shopper:{code.upper()}", name="Shopper", lease=timedelta(0))
    held = carry_over.take_by_code(code=code, holder=holder, now=now)
    return check_out(order_id=held.order_id, lasts=CHECKOUT_LASTS, now=now)


@transaction.atomic
def check_out_held(*, order_id: UUID, holder: Holder, lasts: timedelta, now: datetime, return_url: str) -> PaymentLink:
    """Place a cart for whoever holds it. Locks the order. :raises CartNotHeld: for anybody else. And what `check_out` raises."""
    order = orders.get_order_for_update(order_id)
    carry_over.require_holder(order=order, holder_key=holder.key, now=now)
    return check_out(order_id=order_id, lasts=lasts, now=now, return_url=return_url)


def check_out(*, order_id: UUID, lasts: timedelta, now: datetime, return_url: str = "") -> PaymentLink:
    """Return a page to pay a cart, which is placed, or an order that is placed already. :raises AlreadyPaid: if nothing is left to pay."""
    order = orders.get_order_for_update(order_id)
    if order.status == "draft":
        return services.check_out_cart(order_id=order_id, lasts=lasts, now=now, return_url=return_url)
    return services.link_to_order(order_id=order_id, lasts=lasts, now=now, return_url=return_url)
