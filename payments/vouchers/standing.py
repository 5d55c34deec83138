"""What of an order's money stands on the gift cards it sold, and so cannot go back as money as well. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Q

from merchant.core.errors import AppError
from merchant.core.money import Money
from orders.fulfilment.queries import cards_returned_minor
from orders.fulfilment.services import share_of_line
from orders.order.models import Order, OrderLine
from payments.records import queries
from payments.records.models import Payment
from payments.vouchers.models import Voucher


class GiftCardIsMoney(AppError):
    """The refund would give money back that can still be spent, or was spent, with a gift card of the order."""

    code = "gift_card_is_money"
    detail = "{standing} of the money of this order stands on gift card {cards}. At most {left} can be refunded."
    next_step = "Refund that much or less. What is unspent on a gift card comes back by taking the card back."


def refundable_minor(payment: Payment) -> int:
    """Return what can still be refunded of a payment, in minor units: not what of its order's money stands on gift cards."""
    minor = queries.refundable_minor(payment)
    lines = _cards_of(payment.order_id) if minor else []
    if not lines:
        return minor
    return max(0, min(minor, _kept_minor(payment.order_id) - _standing_minor(lines, is_answered_later=False)))


def order_refundable_minor(order: Order) -> int:
    """Return what can still be refunded of all payments of an order, in minor units."""
    kept, lines = _kept_minor(order.id), _cards_of(order.id)
    return max(0, kept - _standing_minor(lines, is_answered_later=False))


def require_not_on_cards(
    *, order_id: UUID, amount: Money, is_answered_later: bool = False, freed_minor: int = 0
) -> None:
    """
    Let a refund through that leaves the order the money of its gift cards. The order is locked by the caller, so nothing is handed over meanwhile.

    A card counts from its hand-over on; whether it was spent since makes no difference. With `is_answered_later`, or while another refund has no answer, it counts before
    as well: the hand-over looks only at what came back already.

    :raises GiftCardIsMoney: otherwise; it says how much can be refunded.
    """
    lines = _cards_of(order_id)
    if not lines:
        return
    is_later = is_answered_later or Payment.objects.filter(order_id=order_id, refunding_minor__gt=0).exists()
    standing = max(0, _standing_minor(lines, is_answered_later=is_later) - freed_minor)
    left = max(0, _kept_minor(order_id) - standing)
    if standing and amount.minor > left:
        raise _refusal(lines, standing, left, amount.currency)


def require_held_for_cards(*, order_id: UUID, amount: Money) -> None:
    """
    Let a void through that leaves, taken or held, the money of the gift cards that were handed over. The order is locked by the caller.

    :raises GiftCardIsMoney: otherwise; it says how much can be let go.
    """
    lines = _cards_of(order_id)
    standing = _standing_minor(lines, is_answered_later=False)
    if not standing:
        return
    payments = Payment.objects.filter(order_id=order_id)
    held = sum(row.authorised_minor - row.voided_minor - row.refunded_minor - row.refunding_minor for row in payments)
    left = max(0, held - standing)
    if amount.minor > left:
        raise _refusal(lines, standing, left, amount.currency)


def _refusal(lines: Sequence[OrderLine], standing: int, left: int, currency: str) -> GiftCardIsMoney:
    return GiftCardIsMoney(
        cards=_named(lines), standing_minor=standing, left_minor=left, currency=currency,
    )  # fmt: skip


def _cards_of(order_id: UUID) -> list[OrderLine]:
    """The gift card lines of an order that can still come to be money: none that are only agreed once it is being cancelled."""
    lines = OrderLine.objects.filter(order_id=order_id, kind="gift_card", quantity__gt=0)
    lines = lines.filter(Q(fulfilled_quantity__gt=0) | Q(order__cancel_asked_at=None))
    return list(lines.order_by("position"))


def _standing_minor(lines: Sequence[OrderLine], *, is_answered_later: bool) -> int:
    """What the cards got, less what was taken off those that came back."""
    if not lines:
        return 0
    got = sum(
        share_of_line(line.total_minor, line, 0, line.quantity if is_answered_later else line.fulfilled_quantity)
        for line in lines
    )
    return max(0, got - cards_returned_minor(lines[0].order_id))


def _kept_minor(order_id: UUID) -> int:
    return sum(queries.refundable_minor(payment) for payment in Payment.objects.filter(order_id=order_id))


def _named(lines: Sequence[OrderLine]) -> str:
    """The ends of the cards' codes, as staff see them."""
    known = Q(id__in=[line.variant_id for line in lines if line.variant_id])
    made = Q(origin__in=[f"line:{line.id}:{piece}" for line in lines for piece in range(line.fulfilled_quantity)])
    hints = Voucher.objects.filter(known | made).order_by("id").values_list("hint", flat=True)
    return ", ".join(f"…{hint}" for hint in hints) or "–"
