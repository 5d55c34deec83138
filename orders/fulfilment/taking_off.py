"""Pieces taken off an order before they were handed over: less is agreed, and what was kept for them is free again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from inventory.stock import reservations
from inventory.stock.services import Pieces
from merchant.core.audit import services as audit
from merchant.core.errors import AppError
from merchant.core.outbox import services as outbox
from orders.documents import invoices
from orders.fulfilment.models import Pickup
from orders.fulfilment.services import share_of_line
from orders.fulfilment.states import PICKUP
from orders.order import queries
from orders.order.models import Order, OrderLine


class TooMuchTakenOff(AppError):
    """More pieces are to be taken off than are left to hand over."""

    code = "more_than_left_to_hand_over"
    detail = "{name}: at most {left} can be taken off; what was handed over has to come back."
    next_step = "Take back goods that were handed over as a return."


class NothingWouldBeLeft(AppError):
    """The whole order would be gone."""

    code = "nothing_would_be_left"
    detail = "Nothing would be left of order {number}."
    next_step = "Cancel the order instead."


class LinesFixed(AppError):
    """Lines come off an order that was placed and is not over."""

    code = "order_not_open"
    detail = "Order {number} is {status}; nothing can be taken off."


@transaction.atomic
def take_off(*, order_id: UUID, quantities: Mapping[UUID, int], reason: str, now: datetime) -> Order:
    """
    Take pieces off lines of a placed order that were not handed over yet and return the order with its new totals. Locks the order, then the levels.

    What is left of a line keeps its share of price, discount and tax, so nothing is lost by rounding. Reserved pieces are free again at once. With everything else
    handed over the order is complete. Where an invoice holds, a credit note for these pieces is issued. What was paid for these pieces is the caller's to give back.

    :raises LinesFixed: for a draft, and once the order is over. :raises TooMuchTakenOff: beyond what is left to hand over.
    :raises NothingWouldBeLeft: if that were all of it.
    """
    order = queries.get_order_for_update(order_id)
    if order.status != "open" or order.cancel_asked_at is not None:
        status = "being cancelled" if order.cancel_asked_at else order.status
        raise LinesFixed(number=order.number, status=status)
    lines = {line.id: line for line in OrderLine.objects.filter(order=order).order_by("position")}
    for line_id, quantity in quantities.items():
        line = lines.get(line_id)
        left = line.quantity - line.fulfilled_quantity if line else 0
        if line is None or not 0 < quantity <= left:
            raise TooMuchTakenOff(name=line.name if line else str(line_id), left=left)
    if all(line.quantity == quantities.get(line.id, 0) for line in lines.values() if line.kind != "shipping"):
        raise NothingWouldBeLeft(number=order.number)
    _free(order, [lines[line_id] for line_id in quantities], quantities, now)
    gone = [_shrink(lines[line_id], quantity) for line_id, quantity in quantities.items()]
    _retotal(order, list(lines.values()))
    _note_pickup(order, lines)
    data = {
        "lines": {str(line_id): quantity for line_id, quantity in quantities.items()},
        "total_minor": order.total_minor,
    }
    audit.record("order.pieces_taken_off", subject=f"order:{order.id}", now=now, data=data)
    outbox.publish("order.changed", f"order:{order.id}", {"order_id": str(order.id)})
    invoices.credit_pieces(order_id=order.id, rows=gone, reason=reason, now=now)
    return order


def _free(order: Order, lines: list[OrderLine], quantities: Mapping[UUID, int], now: datetime) -> None:
    held = reservations.list_held(line_ids=[line.id for line in lines])
    reservations.lock(
        line_ids=list(held), variant_ids=[line.variant_id for line in lines if line.variant_id], store_id=None
    )
    reservations.release(line_ids=list(held))
    kept = [
        Pieces(piece.variant_id, piece.quantity - quantities[line_id], line_id, store_id=piece.store_id)
        for line_id, piece in held.items()
        if piece.quantity > quantities[line_id]
    ]
    if kept:
        reservations.reserve(pieces=kept, store_id=queries.goods_store_id(order), expires_at=None, now=now)


# What the pieces that stay keep their share of.
_SHARED = ("total_minor", "tax_minor", "discount_minor", "staff_discount_minor")


def _shrink(line: OrderLine, quantity: int) -> tuple[UUID, int, int, int]:
    """Take pieces off a line and return line, pieces, total and tax that are gone."""
    left, total_minor, tax_minor = line.quantity - quantity, line.total_minor, line.tax_minor
    for name in _SHARED:
        setattr(line, name, share_of_line(getattr(line, name), line, 0, left))
    line.quantity, line.cancelled_quantity = left, line.cancelled_quantity + quantity
    line.save(update_fields=["quantity", "cancelled_quantity", *_SHARED])
    return line.id, quantity, total_minor - line.total_minor, tax_minor - line.tax_minor


def _retotal(order: Order, lines: list[OrderLine]) -> None:
    sums = OrderLine.objects.filter(order=order).aggregate(
        total_minor=Sum("total_minor"), tax_minor=Sum("tax_minor"), discount_minor=Sum("discount_minor")
    )
    changes: dict[str, Any] = {name: value or 0 for name, value in sums.items()}
    changes["version"] = order.version + 1
    if order.handed_over_minor and all(line.fulfilled_quantity == line.quantity for line in lines):
        changes |= {"fulfilment_status": "fulfilled", "status": "completed"}
    for name, value in changes.items():
        setattr(order, name, value)
    order.save(update_fields=list(changes))


def _note_pickup(order: Order, lines: Mapping[UUID, OrderLine]) -> None:
    """What was picked already goes back to the shelf as far as it came off the order."""
    pickup = Pickup.objects.select_for_update(of=("self",)).filter(order=order).first()
    if pickup is None or pickup.status in PICKUP.final:
        return
    left = {str(line.id): line.quantity - line.fulfilled_quantity for line in lines.values()}
    picked = {key: min(pieces, left.get(key, 0)) for key, pieces in pickup.picked.items()}
    if picked != pickup.picked:
        pickup.picked = picked
        pickup.save(update_fields=["picked"])
