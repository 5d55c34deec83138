"""What exchanged goods were worth moves from one order to the next, and home again: no gateway and no drawer hears of it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from merchant.core.money import Money
from payments.gateways.base import Outcome
from payments.processing import tenders
from payments.processing.refunds import request_refund
from payments.records import services as records
from payments.records.models import Operation, Payment


@transaction.atomic
def move(
    *, payment_id: UUID, amount: Money, order_id: UUID, reason: str, register_id: UUID | None, now: datetime
) -> Payment:
    """
    Move `amount` of a payment to another order, where it becomes a payment by exchange; return that one. Locks both orders, the giving one first.

    However often goods are exchanged on, the new payment names the operation by which the money left the payment it was once paid with.

    :raises RefundExceedsCaptured: beyond what can still be refunded. And what `request_refund` and `require_payable` raise.
    """
    given = request_refund(
        payment_id=payment_id,
        amount=amount,
        reason=reason,
        now=now,
        instrument={
            **records.exchange_facts(Payment.objects.get(id=payment_id), register_id),
            "order_id": str(order_id),
        },
    )
    records.apply_result(operation_id=given.id, outcome=Outcome(status="succeeded"), source="till", now=now)
    origin = origin_of(Payment.objects.get(id=payment_id)) or {"from_operation": str(given.id)}
    return tenders.take_exchange(order_id=order_id, amount=amount, instrument=origin, register_id=register_id, now=now)


@transaction.atomic
def bring_home(
    *, payment_id: UUID, amount: Money, reason: str, register_id: UUID | None, now: datetime
) -> Payment | None:
    """
    Bring `amount` of a payment by exchange home to the payment it was once paid with, and return that one, from which it can be refunded.

    None for goods that had come back without a receipt: nobody knows how they were paid. Nothing happens then.

    :raises RefundExceedsCaptured: beyond what can still be refunded.
    """
    payment = Payment.objects.get(id=payment_id)
    origin = origin_of(payment) or {}
    if "from_operation" not in origin:
        return None
    left = request_refund(
        payment_id=payment_id,
        amount=amount,
        reason=reason,
        now=now,
        instrument=records.exchange_facts(payment, register_id),
    )
    records.apply_result(operation_id=left.id, outcome=Outcome(status="succeeded"), source="till", now=now)
    return records.reclaim(
        operation_id=UUID(origin["from_operation"]), minor=amount.minor, register_id=register_id, now=now
    )


def is_cash(payment: Payment) -> bool:
    """Say whether money of a payment goes back out of a drawer: it is cash, or goods of an exchange that were once paid in cash."""
    origin = origin_of(payment) or {}
    if "from_operation" in origin:
        return Payment.objects.filter(operations__id=origin["from_operation"], method="cash").exists()
    return bool(payment.method == "cash")


def origin_of(payment: Payment) -> dict[str, str] | None:
    """Return where the money of a payment by exchange came from; None for any other payment."""
    if payment.method != "exchange":
        return None
    operation = Operation.objects.filter(payment=payment, kind="authorise").order_by("id").first()
    return dict(operation.instrument) if operation else None
