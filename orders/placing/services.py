"""Make orders and place them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError

from inventory.pricing import coupons
from inventory.pricing.services import PricedLine
from inventory.stock import reservations
from inventory.stock.services import Pieces
from merchant.core import db
from merchant.core.audit import services as audit
from merchant.core.errors import AppError
from merchant.core.ids import new_id, readable_code
from merchant.core.outbox import services as outbox
from merchant.core.states import move
from merchant.core.tenancy import current_merchant_id
from orders.order import queries
from orders.order.models import Order, OrderLine
from orders.order.states import ORDER
from orders.placing import discounts
from orders.placing.discounts import OrderChanged

__all__ = ["OrderChanged"]


class OrderNotOpen(AppError):
    """The order was placed, completed or cancelled and its lines are fixed."""

    code = "order_not_open"
    detail = "Order {number} is {status}; its lines cannot be changed."
    next_step = "Make a new order, or refund this one."


class OrderHasMoney(AppError):
    """The order cannot be cancelled while money is secured or being asked for."""

    code = "order_has_money"
    detail = "Order {number} has money on it; void or refund the payments first."
    money = "Nothing was changed; the payments stand."


class ClientReferenceUsed(AppError):
    """The reference of the caller's own names another order, for ever."""

    code = "client_reference_used"
    detail = "There is an order with the reference {reference} already."
    next_step = "Look for that order: it may be this one. Otherwise send a reference of its own."


@dataclass(frozen=True, slots=True)
class Placement:
    """Where, for whom and when an order is made. `is_sale` marks an order that is paid and handed over in the same transaction."""

    channel_id: UUID
    currency: str
    business_date: date
    now: datetime
    store_id: UUID | None = None
    register_id: UUID | None = None
    customer_id: UUID | None = None
    email: str = ""
    delivery: dict[str, Any] = field(default_factory=dict)
    note: str = ""
    client_reference: str | None = None
    coupon_code: str = ""


@dataclass(frozen=True, slots=True)
class MadeOrder:
    """An order as just stored: ids of the lines are in the order of `lines`."""

    id: UUID
    number: str
    total_minor: int
    tax_minor: int
    lines: Sequence[PricedLine]
    line_ids: Sequence[UUID]

    def stocked(self) -> list[Pieces]:
        """Return the pieces that stand on shelves."""
        return [
            Pieces(line.variant_id, line.quantity, line_id, line.name)
            for line_id, line in zip(self.line_ids, self.lines, strict=True)
            if line.is_stocked and line.variant_id
        ]


def make_order(*, placement: Placement, lines: Sequence[PricedLine], status: str, is_sale: bool = False) -> MadeOrder:
    """
    Store an order with its lines in the caller's transaction, with one statement whatever the number of lines.

    With `is_sale` it is born completed: handed over, paid and secured in full by what the caller books in the same transaction.

    :raises ClientReferenceUsed: if another order has the reference; the caller's transaction is over then.
    """
    made = MadeOrder(
        id=new_id(),
        number=readable_code(8),
        total_minor=sum(line.total_minor for line in lines),
        tax_minor=sum(line.tax_minor for line in lines),
        lines=lines,
        line_ids=[new_id() for _ in lines],
    )
    paid = made.total_minor if is_sale else 0
    values = {
        "id": made.id,
        "merchant": current_merchant_id(),
        "number": made.number,
        "channel": placement.channel_id,
        "store": placement.store_id,
        "register": placement.register_id,
        "customer": placement.customer_id,
        "status": status,
        "fulfilment": "fulfilled" if is_sale else "unfulfilled",
        "currency": placement.currency,
        "total": made.total_minor,
        "tax": made.tax_minor,
        "discount": sum(line.discount_minor for line in lines),
        "paid": paid,
        "email": placement.email,
        "delivery": db.json_text(placement.delivery),
        "note": placement.note,
        "client_reference": placement.client_reference,
        "day": placement.business_date,
        "now": placement.now,
        "placed": None if status == "draft" else placement.now,
        "coupon": placement.coupon_code,
        "is_sale": is_sale,
    }
    with reference_once(placement.client_reference):
        db.execute_prepared(_MAKE, {**values, **_line_arrays(lines, made.line_ids, first_position=1)})
    return made


@contextmanager
def reference_once(reference: str | None) -> Iterator[None]:
    """Turn the database's no to a second order of one reference into ours. Also around what sends statements without waiting for each. :raises ClientReferenceUsed: then."""
    try:
        yield
    except IntegrityError as error:
        if "order_client_reference_once" not in str(error):
            raise
        raise ClientReferenceUsed(reference=reference) from None


_ORDER = """
WITH placed AS (
    INSERT INTO order_order (id, merchant_id, number, channel_id, store_id, register_id, customer_id, status, fulfilment_status, currency,
        total_minor, tax_minor, discount_minor, secured_minor, captured_minor, refunded_minor, handed_over_minor, email, delivery, note,
        client_reference, business_date, created_at, placed_at, version, coupon_code)
    VALUES (%(id)s, %(merchant)s, %(number)s, %(channel)s, %(store)s, %(register)s, %(customer)s, %(status)s, %(fulfilment)s, %(currency)s,
        %(total)s, %(tax)s, %(discount)s, %(paid)s, %(paid)s, 0, %(paid)s, %(email)s, %(delivery)s, %(note)s,
        %(client_reference)s, %(day)s, %(now)s, %(placed)s, 1, %(coupon)s)
)
"""
_LINES = """
INSERT INTO order_line (order_id, merchant_id, fulfilled_quantity, returned_quantity, id, position, kind, variant_id, sku, name, is_stocked,
    quantity, unit_price_minor, discount_minor, total_minor, tax_rate_basis_points, tax_minor, includes_tax)
SELECT %(id)s, %(merchant)s, CASE WHEN %(is_sale)s THEN l.quantity ELSE 0 END, 0, l.*
FROM unnest(%(l_id)s::uuid[], %(l_position)s::smallint[], %(l_kind)s::text[], %(l_variant)s::uuid[], %(l_sku)s::text[], %(l_name)s::text[],
    %(l_stocked)s::bool[], %(l_quantity)s::int[], %(l_price)s::bigint[], %(l_discount)s::bigint[], %(l_total)s::bigint[], %(l_rate)s::int[],
    %(l_tax)s::bigint[], %(l_includes)s::bool[])
    l(id, position, kind, variant_id, sku, name, is_stocked, quantity, unit_price_minor, discount_minor, total_minor, rate, tax_minor, includes_tax)
"""
_MAKE = _ORDER + _LINES
_LINE_ARRAYS = (
    "l_id",
    "l_position",
    "l_kind",
    "l_variant",
    "l_sku",
    "l_name",
    "l_stocked",
    "l_quantity",
    "l_price",
    "l_discount",
    "l_total",
    "l_rate",
    "l_tax",
    "l_includes",
)


def _line_arrays(lines: Sequence[PricedLine], ids: Sequence[UUID], *, first_position: int) -> dict[str, list[Any]]:
    records = [
        (
            line_id,
            first_position + index,
            line.kind,
            line.variant_id,
            line.sku,
            line.name,
            line.is_stocked,
            line.quantity,
            line.unit_price_minor,
            line.discount_minor,
            line.total_minor,
            line.tax_rate_basis_points,
            line.tax_minor,
            line.includes_tax,
        )
        for index, (line_id, line) in enumerate(zip(ids, lines, strict=True))
    ]
    return dict(zip(_LINE_ARRAYS, db.columns(records, len(_LINE_ARRAYS)), strict=True))


def replace_lines(
    *, order_id: UUID, lines: Sequence[PricedLine], version: int, now: datetime, coupon_code: str = ""
) -> Order:
    """
    Give a draft other lines and return it with its new totals; discounts that people gave hold, unless they would take more off than they were given for
    (`discounts.renew`). Locks the order; pieces kept for the old lines are free again.

    :raises OrderNotOpen: if it is no draft any more.
    :raises OrderChanged: if `version` is not the stored one: two tablets, one order.
    """
    order = queries.get_order_for_update(order_id)
    if order.status != "draft":
        raise OrderNotOpen(number=order.number, status=order.status)
    if order.version != version:
        raise OrderChanged(number=order.number, version=order.version)
    reservations.release(line_ids=_line_ids(order))
    OrderLine.objects.filter(order=order).delete()
    values = {"id": order.id, "merchant": order.merchant_id, "is_sale": False}
    db.execute(_LINES, {**values, **_line_arrays(lines, [new_id() for _ in lines], first_position=1)})
    order.coupon_code = coupon_code
    order.version += 1
    discounts.renew(order, now=now)
    order.save(update_fields=["version", "coupon_code"])
    outbox.publish("order.changed", f"order:{order.id}", {"order_id": str(order.id)})
    return order


def place_order(*, order_id: UUID, stock_store_id: UUID | None, reserve_for: timedelta | None, now: datetime) -> Order:
    """
    Make a draft binding: reserve its pieces and open it for payment, in the caller's transaction. A repeat changes nothing.

    `reserve_for` None keeps the pieces until hand-over.

    :raises OrderNotOpen: if it was cancelled meanwhile. :raises InsufficientStock: if pieces are missing; the draft stays a draft.
    :raises CouponNotUsable: if its coupon was used up meanwhile; the draft stays a draft.
    """
    order = queries.get_order_for_update(order_id)
    if order.status in ("open", "completed"):
        return order
    if order.status == "cancelled":
        raise OrderNotOpen(number=order.number, status=order.status)
    move(order, ORDER, "open", placed_at=now, version=order.version + 1)
    _keep_pieces(order, stock_store_id, now + reserve_for if reserve_for else None, now)
    if order.coupon_code:
        key = str(order.customer_id or order.email.lower())
        coupons.use(code=order.coupon_code, order_id=order.id, customer_key=key, now=now)
    audit.record("order.placed", subject=f"order:{order.id}", now=now, data={"total_minor": order.total_minor})
    outbox.publish("order.placed", f"order:{order.id}", {"order_id": str(order.id), "number": order.number})
    order.refresh_from_db()
    return order


def hold_pieces(*, order_id: UUID, stock_store_id: UUID | None, until: datetime, now: datetime) -> Order:
    """
    Keep the pieces of a draft until `until`, in the caller's transaction: what lies in a cart is not sold to somebody else meanwhile. Locks the order.

    A repeat moves the end. When it comes the pieces are free again and the draft stays.

    :raises OrderNotOpen: if it is no draft any more. :raises InsufficientStock: if pieces are missing; none is kept then.
    """
    order = queries.get_order_for_update(order_id)
    if order.status != "draft":
        raise OrderNotOpen(number=order.number, status=order.status)
    _keep_pieces(order, stock_store_id, until, now)
    return order


def _keep_pieces(order: Order, stock_store_id: UUID | None, until: datetime | None, now: datetime) -> None:
    """Reserve what is not reserved yet, and let all of it end at `until`. Pieces held in another store than the line's are free again there."""
    lines = [line for line in OrderLine.objects.filter(order=order) if line.is_stocked and line.variant_id]
    held = reservations.list_held(line_ids=[line.id for line in lines])
    stays = {
        line.id
        for line in lines
        if line.id in held and held[line.id].store_id == (line.source_store_id or stock_store_id)
    }
    if gone := [line_id for line_id in held if line_id not in stays]:
        reservations.release(line_ids=gone)
    pieces = [
        Pieces(line.variant_id, line.quantity, line.id, line.name, line.source_store_id)
        for line in lines
        if line.id not in stays
    ]
    if pieces:
        reservations.reserve(
            pieces=pieces, store_id=stock_store_id, expires_at=until, now=now, channel_id=order.channel_id
        )
    if stays:
        reservations.keep_reserved(line_ids=list(stays), until=until)


def _line_ids(order: Order) -> list[UUID]:
    return list(OrderLine.objects.filter(order=order).values_list("id", flat=True))


def cancel_order(*, order_id: UUID, reason: str, now: datetime, has_open_payment: bool) -> Order:
    """
    Cancel an order that holds no money (none came, or all went back) and give its pieces back to sale. Locks the order; a repeat changes nothing.

    `has_open_payment` is what the caller, who knows payments, found under the same lock.

    :raises OrderHasMoney: while money is secured, kept or being asked for, or goods are with the customer.
    """
    order = queries.get_order_for_update(order_id)
    if order.status == "cancelled":
        return order
    has_money = max(order.secured_minor, order.captured_minor) > order.refunded_minor
    if has_open_payment or has_money or order.handed_over_minor:
        raise OrderHasMoney(number=order.number)
    move(order, ORDER, "cancelled", version=order.version + 1)
    reservations.release(line_ids=_line_ids(order))
    if order.coupon_code:
        coupons.give_back(order_id=order.id, now=now)
    audit.record("order.cancelled", subject=f"order:{order.id}", now=now, data={"reason": reason})
    outbox.publish("order.cancelled", f"order:{order.id}", {"order_id": str(order.id), "reason": reason})
    return order
