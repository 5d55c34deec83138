"""Sold gift cards that come back: what is unspent of what an order put on each, and taking exactly that off. The money is refunded by the caller, in the same transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext_lazy

from merchant.core.audit import services as audit
from merchant.core.errors import AppError
from merchant.core.money import Money
from orders.fulfilment.taking_back import CardMoney
from orders.order.models import Order, OrderLine
from payments.records.models import Payment
from payments.vouchers import services
from payments.vouchers.models import Voucher, VoucherMovement


class CardNotReturnable(AppError):
    """Nothing of the card's money is left to take back, or it is no card that this order sold."""

    code = "card_not_returnable"
    detail = "Gift card {card} cannot be taken back: {why}."
    money = "Nothing was refunded."
    next_step = "Ask what is on the card."


class CardHoldsOther(AppError):
    """The card holds more or less than the person who takes it back was told."""

    code = "card_holds_other"
    detail = "{left} of this order's money is unspent on gift card {card}, not {asked}."
    money = "Nothing was refunded."
    next_step = "Look at the card again and take back what is on it now."


_WHY = {
    "not_of_order": gettext_lazy("this order did not sell it"),
    "all_came_back": gettext_lazy("taken back before"),
    "card_spent": gettext_lazy("its money is spent"),
    "card_blocked": gettext_lazy("blocked: open it again first"),
    "card_expired": gettext_lazy("it has expired"),
}


@dataclass(frozen=True, slots=True)
class Piece:
    """One card's worth that an order handed over."""

    line_id: UUID
    number: int
    worth_minor: int

    @property
    def source(self) -> str:
        """The movement that takes it off its card, once for ever."""
        return f"taken-back:{self.line_id}:{self.number}"


@dataclass(frozen=True, slots=True)
class ReturnableCard:
    """A card that an order sold or topped up: how much of that is unspent, or `why` nothing can come back."""

    voucher: Voucher
    pieces: tuple[Piece, ...]
    minor: int
    why: str


def list_returnable(order: Order, now: datetime) -> list[ReturnableCard]:
    """Return the cards that were handed over with an order, in the order in which they were made. Changes nothing."""
    return [_returnable(voucher, pieces, now) for voucher, pieces in _cards_of(order, is_locked=False)]


def take_back(*, order: Order, asked: Mapping[UUID, int], now: datetime) -> list[CardMoney]:
    """
    Take off the cards `asked` what is unspent of what the order put on them, and return it line by line. The order is locked by the caller; locks
    the cards, and those that paid for the order.

    `asked` says per card what the person was told of it, in minor units. A card whose money moved meanwhile is not touched.

    :raises CardNotReturnable: if nothing of one can come back. :raises CardHoldsOther: if it is another amount by now.
    """
    cards = {voucher.id: (voucher, pieces) for voucher, pieces in _cards_of(order, is_locked=True)}
    taken: dict[UUID, list[int]] = defaultdict(list)
    for voucher_id, asked_minor in sorted(asked.items()):
        if voucher_id not in cards:
            raise CardNotReturnable(card="–", why=str(_WHY["not_of_order"]))
        card = _returnable(*cards[voucher_id], now)
        if card.why:
            raise CardNotReturnable(card=f"…{card.voucher.hint}", why=str(_WHY[card.why]))
        if card.minor != asked_minor:
            raise CardHoldsOther(
                card=f"…{card.voucher.hint}", left_minor=card.minor, asked_minor=asked_minor, currency=order.currency
            )
        for piece, minor in _parts(card.pieces, card.minor):
            services.take_off(voucher_id=card.voucher.id, minor=minor, source=piece.source, now=now)
            taken[piece.line_id].append(minor)
        audit.record(
            "voucher.taken_back",
            subject=f"voucher:{card.voucher.id}",
            now=now,
            data={"order_id": str(order.id), "amount_minor": card.minor, "currency": order.currency},
        )
    return [CardMoney(line_id, len(parts), sum(parts)) for line_id, parts in taken.items()]


def _returnable(voucher: Voucher, pieces: Sequence[Piece], now: datetime) -> ReturnableCard:
    sources = [piece.source for piece in pieces]
    done = VoucherMovement.objects.filter(voucher=voucher, source__in=sources).values_list("source", flat=True)
    left = tuple(piece for piece in pieces if piece.source not in set(done))
    minor = min(voucher.balance_minor, sum(piece.worth_minor for piece in left))
    why = ""
    if not left:
        why = "all_came_back"
    elif voucher.blocked_at is not None:
        why = "card_blocked"
    elif voucher.expires_at is not None and voucher.expires_at <= now:
        why = "card_expired"
    elif not minor:
        why = "card_spent"
    return ReturnableCard(voucher, left, 0 if why else minor, why)


def _parts(pieces: Iterable[Piece], minor: int) -> list[tuple[Piece, int]]:
    """Spread what is unspent over the pieces, the latest first; one of which everything was spent has no part."""
    parts = []
    for piece in reversed(list(pieces)):
        part = min(minor, piece.worth_minor)
        if part:
            parts.append((piece, part))
            minor -= part
    return parts


def _cards_of(order: Order, *, is_locked: bool) -> list[tuple[Voucher, list[Piece]]]:
    """The cards that were handed over with an order, by their age, each with what the order put on it."""
    lines = OrderLine.objects.filter(order=order, kind="gift_card", fulfilled_quantity__gt=0).order_by("position")
    by_id: dict[UUID, list[Piece]] = defaultdict(list)
    by_origin: dict[str, list[Piece]] = {}
    for line in lines:
        worths = Money(line.total_minor, order.currency).split([1] * line.quantity)
        for number in range(line.fulfilled_quantity):
            piece = Piece(line.id, number, worths[number].minor)
            if line.variant_id is not None:
                by_id[line.variant_id].append(piece)
            else:
                by_origin[f"line:{line.id}:{number}"] = [piece]
    rows = Voucher.objects.filter(Q(id__in=list(by_id)) | Q(origin__in=list(by_origin)))
    if is_locked:
        # The money goes back to cards that paid: locked now, with these, no two returns wait for each other's.
        paid_by = Payment.objects.filter(order=order, voucher_id__isnull=False)
        services.lock_cards(rows.values("id"), paid_by.values("voucher_id"))
    return [(row, by_id.get(row.id) or by_origin[row.origin]) for row in rows.order_by("id")]
