"""Goods that come back: the shelf, the credit note and the order's progress in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from inventory.damaged import services as damaged_goods
from inventory.damaged.services import Brought, Damaged
from inventory.stock import services as stock
from inventory.stock.services import Pieces
from merchant.core.audit import services as audit
from merchant.core.errors import AppError
from merchant.core.outbox import services as outbox
from merchant.ledger import services as ledger
from merchant.ledger.recipes import TaxedAmount, credit_note
from orders.fulfilment.models import Return
from orders.fulfilment.services import share_of_line
from orders.order import queries
from orders.order.models import Order, OrderLine


class TooMuchReturned(AppError):
    """More pieces come back than were handed over."""

    code = "return_exceeds_handed_over"
    detail = "{name}: at most {left} can come back."


@dataclass(frozen=True, slots=True)
class ReturnedGoods:
    """What a return was worth."""

    id: UUID
    total_minor: int


@dataclass(frozen=True, slots=True)
class CardMoney:
    """What was taken off gift cards of one order line that come back: how many cards, and their unspent money."""

    line_id: UUID
    quantity: int
    minor: int


@transaction.atomic
def take_back(
    *,
    order_id: UUID,
    quantities: Mapping[UUID, int],
    store_id: UUID | None,
    is_restocked: bool,
    reason: str,
    now: datetime,
    cards: Sequence[CardMoney] = (),
) -> ReturnedGoods:
    """
    Take goods back and book the credit note. The money is refunded separately. Locks the order.

    `cards` are gift cards whose money the caller took off them in the same transaction.

    :raises TooMuchReturned: if a line returns more than was handed over and not yet returned.
    """
    order = queries.get_order_for_update(order_id)
    lines, goods, rows = _worth(order, quantities)
    rows += _card_rows(order, cards)
    cards_minor = sum(card.minor for card in cards)
    total_minor = sum(item.total_minor for item in goods) + cards_minor
    returned = Return(
        order=order,
        store_id=store_id,
        lines=rows,
        total_minor=total_minor,
        is_restocked=is_restocked,
        reason=reason,
        business_date=queries.business_day(order, now),
        returned_at=now,
    )
    returned.save(force_insert=True)
    pieces = [*quantities.items(), *((card.line_id, card.quantity) for card in cards)]
    for line_id, quantity in pieces:
        OrderLine.objects.filter(id=line_id).update(returned_quantity=F("returned_quantity") + quantity)
    _put_away(order, returned, lines, quantities, now=now)
    legs = credit_note(goods=goods, before=queries.position(order), currency=order.currency, vouchers_minor=cards_minor)
    ledger.post(
        recipe="credit_note",
        source=f"return:{returned.id}",
        about=f"order:{order.id}",
        legs=legs,
        business_date=returned.business_date,
        now=now,
    )
    Order.objects.filter(id=order.id).update(handed_over_minor=F("handed_over_minor") - total_minor)
    audit.record(
        "order.goods_returned",
        subject=f"order:{order.id}",
        now=now,
        data={"return_id": str(returned.id), "reason": reason},
    )
    outbox.publish(
        "order.goods_returned", f"order:{order.id}", {"order_id": str(order.id), "return_id": str(returned.id)}
    )
    return ReturnedGoods(returned.id, total_minor)


def _put_away(
    order: Order, returned: Return, lines: Mapping[UUID, OrderLine], quantities: Mapping[UUID, int], *, now: datetime
) -> None:
    """Put what came back on the store's shelf, or among what is damaged; without a store it is nobody's stock."""
    if returned.store_id is None:
        return
    if not returned.is_restocked:
        _keep_damaged(order, returned, lines, store_id=returned.store_id, now=now)
        return
    pieces = [
        Pieces(line.variant_id, quantities[line.id]) for line in lines.values() if line.is_stocked and line.variant_id
    ]
    stock.put_in(
        pieces=pieces, store_id=returned.store_id, kind="returned", source=f"return:{returned.id}", now=now,
        reason=returned.reason,
    )  # fmt: skip


def _keep_damaged(
    order: Order, returned: Return, lines: Mapping[UUID, OrderLine], *, store_id: UUID, now: datetime
) -> None:
    found = [(lines[UUID(line_id)], quantity, total) for line_id, quantity, total, _tax, _rate in returned.lines]
    damaged = [
        Damaged(line.variant_id, quantity, total)
        for line, quantity, total in found
        if line.is_stocked and line.variant_id
    ]
    source, reason, day = f"return:{returned.id}", returned.reason, returned.business_date
    brought = Brought(store_id, source, order.currency, reason, day, order.id, order.number)
    damaged_goods.keep(damaged=damaged, brought=brought, now=now)


def _worth(
    order: Order, quantities: Mapping[UUID, int]
) -> tuple[dict[UUID, OrderLine], list[TaxedAmount], list[list[Any]]]:
    """Return the lines goods come back of, what those pieces were sold for per line, and the same as `Return.lines` keeps it."""
    lines = {line.id: line for line in OrderLine.objects.filter(order=order, id__in=list(quantities))}
    goods: list[TaxedAmount] = []
    rows: list[list[Any]] = []
    for line_id, quantity in quantities.items():
        line = lines.get(line_id)
        # A card that was sold is money its owner may have spent; it is blocked or redeemed, never returned.
        left = line.fulfilled_quantity - line.returned_quantity if line and line.kind != "gift_card" else 0
        if line is None or not 0 < quantity <= left:
            raise TooMuchReturned(name=line.name if line else str(line_id), left=left)
        total = share_of_line(line.total_minor, line, line.returned_quantity, quantity)
        tax = share_of_line(line.tax_minor, line, line.returned_quantity, quantity)
        goods.append(TaxedAmount(line.tax_rate_basis_points, total, tax))
        rows.append([str(line.id), quantity, total, tax, line.tax_rate_basis_points])
    return lines, goods, rows


def _card_rows(order: Order, cards: Sequence[CardMoney]) -> list[list[Any]]:
    """Check the lines of gift cards that come back, and return them as `Return.lines` keeps them: what was spent of a card stays sold."""
    lines = {line.id: line for line in OrderLine.objects.filter(order=order, kind="gift_card")}
    rows: list[list[Any]] = []
    for card in cards:
        line = lines.get(card.line_id)
        left = line.fulfilled_quantity - line.returned_quantity if line else 0
        if line is None or not 0 < card.quantity <= left or not 0 < card.minor <= line.total_minor:
            raise TooMuchReturned(name=line.name if line else str(card.line_id), left=left)
        rows.append([str(line.id), card.quantity, card.minor, 0, line.tax_rate_basis_points])
    return rows
