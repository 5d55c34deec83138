"""Where an order goes, as long as nobody has paid for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from inventory.pricing.services import PricedLine
from merchant.core.audit import services as audit
from merchant.core.outbox import services as outbox
from orders.order import queries
from orders.order.models import Order, OrderLine
from orders.placing.services import OrderHasMoney, OrderNotOpen


@transaction.atomic
def change_delivery(
    *,
    order_id: UUID,
    delivery: dict[str, Any],
    shipping: PricedLine | None,
    email: str,
    now: datetime,
    has_open_payment: bool,
) -> Order:
    """
    Give a draft or open order another address and way of delivery, and return it with its new total. Locks the order.

    `shipping` replaces the shipping line, None takes it away. `has_open_payment` is what the caller, who knows payments, found.

    :raises OrderNotOpen: unless it is a draft or waits for payment.
    :raises OrderHasMoney: once money is secured or being asked for.
    """
    order = queries.get_order_for_update(order_id)
    if order.status not in ("draft", "open"):
        raise OrderNotOpen(number=order.number, status=order.status)
    if has_open_payment or order.secured_minor or order.captured_minor:
        raise OrderHasMoney(number=order.number)
    OrderLine.objects.filter(order=order, kind="shipping").delete()
    lines = list(OrderLine.objects.filter(order=order).order_by("position"))
    if shipping is not None:
        lines.append(_store(order, shipping, position=max((line.position for line in lines), default=0) + 1))
    order.total_minor = sum(line.total_minor for line in lines)
    order.tax_minor = sum(line.tax_minor for line in lines)
    order.discount_minor = sum(line.discount_minor for line in lines)
    order.delivery, order.email, order.version = delivery, email, order.version + 1
    order.save(update_fields=["total_minor", "tax_minor", "discount_minor", "delivery", "email", "version"])
    audit.record(
        "order.delivery_changed", subject=f"order:{order.id}", now=now, data={"method": delivery.get("method", "")}
    )
    outbox.publish("order.changed", f"order:{order.id}", {"order_id": str(order.id)})
    return order


@transaction.atomic
def note_email(*, order_id: UUID, email: str, now: datetime) -> Order:
    """
    Keep where the papers of an open order go, whatever money is on it already, and return it. Locks the order; a repeat changes nothing.

    :raises OrderNotOpen: unless it is a draft or waits for payment.
    """
    order = queries.get_order_for_update(order_id)
    if order.status not in ("draft", "open"):
        raise OrderNotOpen(number=order.number, status=order.status)
    if order.email != email:
        order.email = email
        order.save(update_fields=["email"])
        audit.record("order.email_noted", subject=f"order:{order.id}", now=now)
        outbox.publish("order.changed", f"order:{order.id}", {"order_id": str(order.id)})
    return order


def _store(order: Order, line: PricedLine, *, position: int) -> OrderLine:
    stored: OrderLine = OrderLine.objects.create(
        order=order,
        position=position,
        kind=line.kind,
        variant_id=line.variant_id,
        sku=line.sku,
        name=line.name,
        is_stocked=line.is_stocked,
        quantity=line.quantity,
        unit_price_minor=line.unit_price_minor,
        discount_minor=line.discount_minor,
        total_minor=line.total_minor,
        tax_rate_basis_points=line.tax_rate_basis_points,
        tax_minor=line.tax_minor,
        includes_tax=line.includes_tax,
    )
    return stored
