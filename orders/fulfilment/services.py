"""Goods out: stock, revenue and the order's progress in one transaction. What comes back is in `taking_back.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from inventory.stock import reservations
from inventory.stock import services as stock
from inventory.stock.services import Pieces
from merchant.core import db
from merchant.core.audit import services as audit
from merchant.core.errors import AppError
from merchant.core.ids import new_id
from merchant.core.money import rounded_share
from merchant.core.outbox import services as outbox
from merchant.core.tenancy import current_merchant_id
from merchant.ledger import services as ledger
from merchant.ledger.recipes import TaxedAmount, goods_handed_over
from orders.fulfilment.models import Fulfilment
from orders.fulfilment.queries import cards_returned_minor
from orders.order import queries
from orders.order.models import Order, OrderLine
from orders.placing.services import MadeOrder, Placement


class NothingToHandOver(AppError):
    """Every line asked for is already handed over."""

    code = "nothing_to_hand_over"
    detail = "Order {number} has nothing left to hand over."


class NotSecured(AppError):
    """The goods may not leave: money is missing."""

    code = "order_not_secured"
    detail = "Order {number} lacks {missing}; its goods stay here."
    next_step = "Take the rest of the payment first."


class OrderBeingCancelled(AppError):
    """The order's money is on its way back."""

    code = "order_being_cancelled"
    detail = "Order {number} is being cancelled; its goods stay here."


def record_sale(*, made: MadeOrder, placement: Placement) -> None:
    """Note that a till sale was handed over at once. Stock and journal are the caller's, in the same transaction."""
    parameters = [
        new_id(),
        current_merchant_id(),
        made.id,
        placement.store_id,
        db.json_text([[str(line_id), line.quantity] for line_id, line in zip(made.line_ids, made.lines, strict=True)]),
        made.total_minor,
        placement.business_date,
        placement.now,
    ]
    db.insert_prepared(_FULFILMENT, parameters)


_FULFILMENT = """
INSERT INTO fulfilment_fulfilment (id, merchant_id, order_id, store_id, lines, total_minor, business_date, fulfilled_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""


@transaction.atomic
def hand_over(
    *,
    order_id: UUID,
    store_id: UUID | None,
    now: datetime,
    quantities: Mapping[UUID, int] | None = None,
    require_secured: bool = True,
    may_oversell: bool = False,
) -> Fulfilment:
    """
    Hand goods over: all that is left in `store_id`, or `quantities` per order line. Locks the order.

    Lines that another store sends leave from there, by a hand-over of their own; what is no goods goes with the first. Takes reserved pieces or free ones, books
    revenue, and completes the order when nothing is left to hand over or pay. With `may_oversell` the goods have left already: what the books lack is counted as
    oversold.

    :raises NotSecured: if the order's money is not secured, or all went back (unless `require_secured` is off: pay on delivery).
    :raises NothingToHandOver: if nothing is left. :raises OrderBeingCancelled: once its money is on the way back.
    :raises InsufficientStock: if the pieces are neither reserved nor free.
    """
    order = queries.get_order_for_update(order_id)
    if order.cancel_asked_at is not None:
        raise OrderBeingCancelled(number=order.number)
    missing_minor = order.total_minor - order.secured_minor
    if order.refunded_minor >= order.secured_minor:
        missing_minor = order.total_minor
    if require_secured and missing_minor > 0:
        raise NotSecured(number=order.number, missing_minor=missing_minor, currency=order.currency)
    lines = list(OrderLine.objects.filter(order=order).order_by("position"))
    here = queries.goods_store_id(order)
    parts = [
        (line, _asked(line, quantities))
        for line in lines
        if not line.is_stocked or store_id is None or (line.source_store_id or here or store_id) == store_id
    ]
    parts = [(line, quantity) for line, quantity in parts if quantity]
    if not parts or order.status == "cancelled":
        raise NothingToHandOver(number=order.number)
    _require_cards_paid(order, lines, parts)
    fulfilment = Fulfilment(
        order=order,
        store_id=store_id,
        lines=[[str(line.id), quantity] for line, quantity in parts],
        total_minor=sum(
            share_of_line(line.total_minor, line, line.fulfilled_quantity, quantity) for line, quantity in parts
        ),
        business_date=queries.business_day(order, now),
        fulfilled_at=now,
    )
    fulfilment.save(force_insert=True)
    _take_stock(parts, store_id=store_id, source=f"fulfilment:{fulfilment.id}", now=now, may_oversell=may_oversell)
    _book_hand_over(order, fulfilment, parts, now=now)
    _progress(order, lines, parts)
    audit.record("order.handed_over", subject=f"order:{order.id}", now=now, data={"fulfilment_id": str(fulfilment.id)})
    outbox.publish(
        "order.fulfilled",
        f"order:{order.id}",
        {"order_id": str(order.id), "number": order.number, "fulfilment_id": str(fulfilment.id)},
    )
    return fulfilment


def _require_cards_paid(order: Order, lines: Sequence[OrderLine], parts: Sequence[tuple[OrderLine, int]]) -> None:
    """A gift card becomes money, so the money for all gift cards of the order has to be there, and not back with the customer."""
    if not any(line.kind == "gift_card" for line, _quantity in parts):
        return
    cards_minor = sum(line.total_minor for line in lines if line.kind == "gift_card")
    cards_minor -= cards_returned_minor(order.id)
    missing_minor = cards_minor - max(0, order.secured_minor - order.refunded_minor)
    if missing_minor > 0:
        raise NotSecured(number=order.number, missing_minor=missing_minor, currency=order.currency)


def _asked(line: OrderLine, quantities: Mapping[UUID, int] | None) -> int:
    left = int(line.quantity - line.fulfilled_quantity)
    return left if quantities is None else max(0, min(left, quantities.get(line.id, 0)))


def share_of_line(amount_minor: int, line: OrderLine, done: int, quantity: int) -> int:
    """Return the part of a line's amount that belongs to the `quantity` pieces after the first `done`; all parts sum to the whole."""
    return rounded_share(amount_minor, done + quantity, line.quantity) - rounded_share(
        amount_minor, done, line.quantity
    )


def _take_stock(
    parts: Sequence[tuple[OrderLine, int]],
    *,
    store_id: UUID | None,
    source: str,
    now: datetime,
    may_oversell: bool = False,
) -> None:
    stocked = [(line, line.variant_id, quantity) for line, quantity in parts if line.is_stocked and line.variant_id]
    reservations.lock(
        line_ids=[line.id for line, _, _ in stocked],
        variant_ids=[variant for _, variant, _ in stocked],
        store_id=store_id,
    )
    held = reservations.list_held(line_ids=[line.id for line, _, _ in stocked])
    whole = [line.id for line, _, quantity in stocked if line.id in held and held[line.id].quantity == quantity]
    reservations.take_reserved(line_ids=whole, source=source, now=now)
    partly = [line.id for line, _, _ in stocked if line.id in held and line.id not in whole]
    reservations.release(line_ids=partly)
    free = [
        Pieces(variant, quantity, line.id, line.name) for line, variant, quantity in stocked if line.id not in whole
    ]
    if free and store_id and may_oversell:
        stock.take_or_oversell(pieces=free, store_id=store_id, source=source, now=now)
    elif free and store_id:
        stock.take(pieces=free, store_id=store_id, source=source, now=now)
    left = [
        Pieces(variant, line.quantity - line.fulfilled_quantity - quantity, line.id, line.name)
        for line, variant, quantity in stocked
        if line.id in partly and line.quantity - line.fulfilled_quantity > quantity
    ]
    if left and store_id:
        reservations.reserve(pieces=left, store_id=store_id, expires_at=None, now=now)


def _book_hand_over(
    order: Order, fulfilment: Fulfilment, parts: Sequence[tuple[OrderLine, int]], *, now: datetime
) -> None:
    goods = [
        TaxedAmount(
            line.tax_rate_basis_points,
            share_of_line(line.total_minor, line, line.fulfilled_quantity, quantity),
            share_of_line(line.tax_minor, line, line.fulfilled_quantity, quantity),
        )
        for line, quantity in parts
        if line.kind != "gift_card"
    ]
    cards_minor = sum(
        share_of_line(line.total_minor, line, line.fulfilled_quantity, quantity)
        for line, quantity in parts
        if line.kind == "gift_card"
    )
    legs = goods_handed_over(
        goods=goods, before=queries.position(order), currency=order.currency, vouchers_minor=cards_minor
    )
    ledger.post(
        recipe="goods_handed_over",
        source=f"fulfilment:{fulfilment.id}",
        about=f"order:{order.id}",
        legs=legs,
        business_date=fulfilment.business_date,
        now=now,
    )


def _progress(order: Order, lines: Sequence[OrderLine], parts: Sequence[tuple[OrderLine, int]]) -> None:
    for line, quantity in parts:
        OrderLine.objects.filter(id=line.id).update(fulfilled_quantity=F("fulfilled_quantity") + quantity)
    handed = {line.id: quantity for line, quantity in parts}
    is_all = all(line.fulfilled_quantity + handed.get(line.id, 0) == line.quantity for line in lines)
    total = sum(share_of_line(line.total_minor, line, line.fulfilled_quantity, quantity) for line, quantity in parts)
    changes: dict[str, Any] = {
        "handed_over_minor": F("handed_over_minor") + total,
        "fulfilment_status": "fulfilled" if is_all else "partial",
    }
    if is_all and order.status == "open":
        changes["status"] = "completed"
    Order.objects.filter(id=order.id).update(**changes)
