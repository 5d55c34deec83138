"""Sold at this counter, sent from another place: where lines come from and where they go."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from merchant.core.callers import RegisterFacts
from merchant.core.errors import NotFound
from merchant.merchants.models import Store
from orders.carry_over import services as carry_over
from orders.documents import invoices
from orders.order import queries as orders
from orders.order.models import Order
from orders.placing import delivery as placing_delivery
from orders.placing import sourcing
from payments.checkout import deliveries
from payments.checkout.deliveries import Shopper
from payments.records import queries as records


def require_own(order: Order, register: RegisterFacts, *, now: datetime) -> None:
    """Refuse a cart that went on elsewhere. The order is locked by the caller. :raises CartNotHeld: if another holds it."""
    carry_over.require_holder(order=order, holder_key=carry_over.till_holder(register).key, now=now)


@transaction.atomic
def source_lines(
    *, order_id: UUID, register: RegisterFacts, sources: Mapping[UUID, UUID | None], version: int, now: datetime
) -> Order:
    """
    Let lines of a cart come from other stores of the merchant. Locks the order.

    :raises NotFound: for a store that is not the merchant's. And what `sourcing.source_lines` raises.
    """
    require_own(orders.get_order_for_update(order_id), register, now=now)
    asked = {store for store in sources.values() if store is not None}
    if Store.objects.filter(id__in=asked).count() != len(asked):
        raise NotFound()
    return sourcing.source_lines(order_id=order_id, sources=sources, version=version, now=now)


@transaction.atomic
def send_home(*, order_id: UUID, register: RegisterFacts, shopper: Shopper, method: str, now: datetime) -> Order:
    """
    Have an order of the till sent to an address, with the price of that way of delivery as a line. Locks the order.

    :raises Invalid: for a way of delivery that does not go there. :raises InvoiceExists: while an invoice holds. :raises OrderHasMoney: once a payment is under way or done.
    """
    order = orders.get_order_for_update(order_id)
    require_own(order, register, now=now)
    invoices.require_none(order)
    chosen = deliveries.find_method(method, order.currency, shopper.shipping_address)
    delivery = {**deliveries.kept_of(order.delivery, chosen), **deliveries.described(chosen, shopper)}
    shipping = deliveries.shipping_of(order, chosen, shopper, now=now) if chosen else None
    return placing_delivery.change_delivery(
        order_id=order.id,
        delivery=delivery,
        shipping=shipping,
        email=shopper.email or order.email,
        now=now,
        has_open_payment=records.find_open_authorisation(order.id) is not None,
    )
