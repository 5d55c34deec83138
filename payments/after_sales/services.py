"""Goods back and money back, each once, by the way they came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from merchant.core.errors import AppError
from merchant.core.money import Money
from orders.fulfilment import services as fulfilment
from orders.fulfilment.services import ReturnedGoods
from orders.order import queries as orders
from orders.order.models import Order
from payments.processing import services as processing
from payments.processing import tenders
from payments.records import queries, till
from payments.records.models import Operation, Payment

_AT_ONCE = ("cash", "gift_card", "store_credit")


class RefundNeedsApproval(AppError):
    """The refund is above the person's limit."""

    code = "refund_needs_approval"
    status = 403
    detail = "This refund is above your limit of {limit_minor} minor units."
    next_step = "Ask a manager to refund it."


class NothingRefundable(AppError):
    """The order's payments cannot return that much."""

    code = "nothing_refundable"
    detail = "The payments of order {number} can return at most {left_minor} minor units."


@dataclass(frozen=True, slots=True)
class ReturnDone:
    """Goods taken back and the refunds they led to."""

    return_id: UUID
    total_minor: int
    operations: list[Operation]


@transaction.atomic
def refund_payment(
    *,
    payment_id: UUID,
    amount: Money,
    reason: str,
    now: datetime,
    limit_minor: int | None,
    register_id: UUID | None = None,
) -> Operation:
    """
    Give `amount` of one payment back by the way it came: cash and vouchers at once, cards through the gateway (the relay sends it).

    :raises RefundNeedsApproval: above `limit_minor` (None is no limit).
    :raises RefundExceedsCaptured: beyond what can still be refunded.
    """
    if limit_minor is not None and amount.minor > limit_minor:
        raise RefundNeedsApproval(limit_minor=limit_minor)
    if queries.get_payment(payment_id).method in _AT_ONCE:
        return tenders.give_back(payment_id=payment_id, amount=amount, reason=reason, register_id=register_id, now=now)
    return processing.request_refund(payment_id=payment_id, amount=amount, reason=reason, now=now)


@transaction.atomic
def refund_with_goods(
    *,
    payment_id: UUID,
    amount: Money,
    reason: str,
    quantities: Mapping[UUID, int],
    is_restocked: bool,
    now: datetime,
    limit_minor: int | None,
) -> Operation:
    """
    Give `amount` of one payment back and take the pieces that come with it back, together or not at all. Locks the order.

    The amount is the person's: goods may come back for less than their price (worn), or money without goods (goodwill).

    :raises TooMuchReturned: for more pieces than were handed over. And what `refund_payment` raises.
    """
    payment = queries.get_payment(payment_id)
    order = orders.get_order_for_update(payment.order_id)
    if quantities:
        back = fulfilment.take_back(
            order_id=order.id, quantities=quantities, store_id=payment.store_id or order.store_id or order.channel.stock_store_id,
            is_restocked=is_restocked, reason=reason, now=now,
        )  # fmt: skip
        _note_return(order, back, payment.register_id, now)
    return refund_payment(
        payment_id=payment_id,
        amount=amount,
        reason=reason,
        now=now,
        limit_minor=limit_minor,
        register_id=payment.register_id,
    )


@transaction.atomic
def return_goods(
    *,
    order_id: UUID,
    quantities: Mapping[UUID, int],
    is_restocked: bool,
    reason: str,
    now: datetime,
    limit_minor: int | None,
    store_id: UUID | None = None,
    register_id: UUID | None = None,
) -> ReturnDone:
    """
    Take goods of an order back and refund their price over its tenders, largest refundable card first, cash last. Locks the order.

    :raises TooMuchReturned: for more pieces than were handed over.
    :raises NothingRefundable: if the payments cannot return that much; nothing is taken back then.
    :raises RefundNeedsApproval: above `limit_minor`.
    """
    order = orders.get_order_for_update(order_id)
    back = fulfilment.take_back(
        order_id=order.id,
        quantities=quantities,
        store_id=store_id or order.store_id,
        is_restocked=is_restocked,
        reason=reason,
        now=now,
    )
    if limit_minor is not None and back.total_minor > limit_minor:
        raise RefundNeedsApproval(limit_minor=limit_minor)
    _note_return(order, back, register_id, now)
    left, operations = back.total_minor, []
    payments = sorted(
        Payment.objects.filter(order=order),
        key=lambda payment: (payment.method == "cash", -payment.captured_minor, payment.id),
    )
    for payment in payments:
        minor = min(left, queries.refundable_minor(payment))
        if minor:
            operations.append(
                refund_payment(
                    payment_id=payment.id,
                    amount=Money(minor, order.currency),
                    reason=reason,
                    now=now,
                    limit_minor=None,
                    register_id=register_id,
                )
            )
            left -= minor
    if left:
        raise NothingRefundable(number=order.number, left_minor=back.total_minor - left)
    return ReturnDone(back.id, back.total_minor, operations)


def _note_return(order: Order, back: ReturnedGoods, register_id: UUID | None, now: datetime) -> None:
    if register_id is not None and back.total_minor:
        till.note_return(
            return_id=back.id,
            order_id=order.id,
            register_id=register_id,
            minor=back.total_minor,
            currency=order.currency,
            day=orders.business_day(order, now),
            now=now,
        )
