"""What goes back where: by the original route first, cash last; or as store credit, where the customer prefers it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from merchant.core.errors import AppError
from merchant.core.money import Money
from orders.order.models import Order
from orders.order.queries import overpaid_minor
from payments.processing.refusals import demand_currency
from payments.records import queries
from payments.records.models import Payment
from payments.vouchers import standing


class NothingRefundable(AppError):
    """The order's payments cannot return that much."""

    code = "nothing_refundable"
    detail = "The payments of order {number} can return at most {left}."
    next_step = "Refund that much or less."


class PartsDiffer(AppError):
    """The parts of a refund are not its amount."""

    code = "refund_parts_differ"
    status = 422
    detail = "The parts come to {parts}, the refund to {amount}."
    next_step = "Correct the parts and send the refund again."


class NothingOverpaid(AppError):
    """The order has what was agreed, or less; or the rest is on its way back."""

    code = "nothing_overpaid"
    detail = "Order {number} has not been paid twice, or the money is on its way back already."


@dataclass(frozen=True, slots=True)
class RefundPart:
    """So much of one payment goes back, by the way it came or as store credit."""

    payment_id: UUID
    method: str
    amount: Money
    as_credit: bool = False


def propose(*, order: Order, amount: Money, as_credit: bool = False, freed_minor: int = 0) -> list[RefundPart]:
    """
    Return how `amount` goes back over the order's tenders: largest refundable card first, cash last. Changes nothing.

    `freed_minor` of it is about to be taken off gift cards that come back.

    :raises WrongCurrency: for an amount that is not in the order's.
    :raises NothingRefundable: if the payments cannot return that much. :raises GiftCardIsMoney: for what stands on gift cards that the order sold.
    """
    demand_currency(amount, order.currency)
    parts, left = [], amount.minor
    for payment in _by_route(Payment.objects.filter(order=order)):
        minor = min(left, queries.refundable_minor(payment))
        if minor:
            parts.append(RefundPart(payment.id, payment.method, Money(minor, order.currency), as_credit))
            left -= minor
    if left or not parts:
        raise NothingRefundable(number=order.number, left_minor=amount.minor - left, currency=amount.currency)
    standing.require_not_on_cards(order_id=order.id, amount=amount, freed_minor=freed_minor)
    return parts


def require_parts(order: Order, parts: Iterable[RefundPart], amount: Money) -> None:
    """
    Refuse parts of other orders or another sum.

    :raises WrongCurrency: for amounts that are not in the order's. :raises PartsDiffer: if they are not the amount. :raises NothingRefundable: for a payment of another order.
    :raises GiftCardIsMoney: for what stands on gift cards that the order sold.
    """
    parts = list(parts)
    for asked in (amount, *(part.amount for part in parts)):
        demand_currency(asked, order.currency)
    own = set(Payment.objects.filter(order=order).values_list("id", flat=True))
    if any(part.payment_id not in own for part in parts):
        raise NothingRefundable(number=order.number, left_minor=0, currency=amount.currency)
    total = sum(part.amount.minor for part in parts)
    if total != amount.minor:
        raise PartsDiffer(parts_minor=total, amount_minor=amount.minor, currency=amount.currency)
    standing.require_not_on_cards(order_id=order.id, amount=amount)


def overpayment(order: Order) -> tuple[list[UUID], list[RefundPart]]:
    """
    Return which authorisations to let go and what to refund so that the order keeps what was agreed. The order is locked by the caller.

    :raises NothingOverpaid: if there is nothing, or it is on its way back.
    """
    payments = list(Payment.objects.filter(order=order).order_by("-id"))
    left = overpaid_minor(order) - sum(payment.refunding_minor for payment in payments)
    voids, parts = [], []
    for payment in payments:
        held = payment.authorised_minor - payment.voided_minor - payment.captured_minor
        is_asked = payment.operations.filter(kind="void", status__in=["requested", "submitted", "unknown"]).exists()
        if held and not payment.captured_minor and is_asked:
            left -= held
        elif held and not payment.captured_minor and held <= left:
            voids.append(payment.id)
            left -= held
    for payment in payments:
        minor = min(left, queries.refundable_minor(payment))
        if minor > 0:
            parts.append(RefundPart(payment.id, payment.method, Money(minor, order.currency)))
            left -= minor
    if not voids and not parts:
        raise NothingOverpaid(number=order.number)
    return voids, parts


def _by_route(payments: Iterable[Payment]) -> list[Payment]:
    return sorted(
        payments, key=lambda payment: (payment.method == "cash", -queries.refundable_minor(payment), payment.id)
    )
