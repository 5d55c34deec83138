"""Tenders that need no gateway: cash and vouchers are money the moment they are recorded."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from merchant.core.errors import AppError
from merchant.core.money import Money
from merchant.core.tenancy import current_actor
from orders.order import queries as orders
from payments.gateways.base import Outcome
from payments.processing.services import new_reference, request_refund, require_payable
from payments.records.models import Operation, Payment
from payments.records.services import apply_result
from payments.vouchers import services as vouchers


class CashTooLittle(AppError):
    """Less cash was handed over than the amount to take."""

    code = "tender_too_small"
    status = 422
    detail = "{tendered_minor} minor units do not cover {amount_minor}."
    next_step = "Take the rest, or enter a smaller amount for this tender."


@transaction.atomic
def take_cash(*, order_id: UUID, amount: Money, tendered_minor: int, register_id: UUID, now: datetime) -> Payment:
    """
    Record cash taken at a register towards an order; change is `tendered_minor` − amount. Locks the order.

    :raises CashTooLittle: if `tendered_minor` does not cover the amount.
    :raises AmountExceedsOpen, PaymentInProgress, PaymentOutcomeUnknown, OrderNotPayable: as for any payment.
    """
    if tendered_minor < amount.minor:
        raise CashTooLittle(tendered_minor=tendered_minor, amount_minor=amount.minor)
    return _take(
        order_id=order_id,
        method="cash",
        amount=amount,
        register_id=register_id,
        now=now,
        tendered_minor=tendered_minor,
    )


@transaction.atomic
def take_voucher(*, order_id: UUID, code: str, amount: Money, register_id: UUID | None, now: datetime) -> Payment:
    """
    Redeem a gift card towards an order: `amount`, or its balance if that is less. Locks the order, then the voucher.

    :raises VoucherNotUsable: for a wrong code, an empty or expired card or another currency.
    """
    order = orders.get_order_for_update(order_id)
    require_payable(order, amount)
    voucher, minor = vouchers.redeem(code=code, amount=amount, source=f"order:{order.id}:{new_reference()}", now=now)
    return _take(
        order_id=order_id,
        method="gift_card",
        amount=Money(minor, amount.currency),
        register_id=register_id,
        now=now,
        voucher_id=voucher.id,
    )


@transaction.atomic
def take_exchange(
    *, order_id: UUID, amount: Money, instrument: dict[str, str], register_id: UUID | None, now: datetime
) -> Payment:
    """Take what exchanged goods were worth as money towards an order; `instrument` says where it came from. Locks the order."""
    return _take(
        order_id=order_id,
        method="exchange",
        amount=amount,
        register_id=register_id,
        now=now,
        instrument=instrument,
    )


@transaction.atomic
def take_offline_card(
    *, order_id: UUID, amount: Money, voucher_id: UUID | None, register_id: UUID, now: datetime
) -> Payment:
    """Record a gift card that a till took while it was offline: money at risk, until the card turns out to have it. Locks the order."""
    return _take(
        order_id=order_id,
        method="gift_card",
        amount=amount,
        register_id=register_id,
        now=now,
        voucher_id=voucher_id,
        instrument={"offline": "1"},
    )


@transaction.atomic
def give_back(*, payment_id: UUID, amount: Money, reason: str, register_id: UUID | None, now: datetime) -> Operation:
    """
    Give cash or voucher money of a payment back by the way it came, at once. Locks the order and the payment.

    Cash comes out of the drawer of `register_id`, which may be another than it went into.

    :raises RefundExceedsCaptured: beyond what can still be refunded.
    """
    operation = request_refund(payment_id=payment_id, amount=amount, reason=reason, now=now)
    payment = Payment.objects.get(id=operation.payment_id)
    if payment.method == "cash" and register_id:
        Operation.objects.filter(id=operation.id).update(instrument={"register_id": str(register_id)})
    if payment.voucher_id:
        vouchers.put_back(voucher_id=payment.voucher_id, amount=amount, source=f"refund:{operation.reference}", now=now)
    return apply_result(operation_id=operation.id, outcome=Outcome(status="succeeded"), source="till", now=now)


@transaction.atomic
def give_credit(*, payment_id: UUID, amount: Money, reason: str, now: datetime) -> Operation:
    """
    Give money of a payment back as store credit, at once: a new card of the merchant's own, whose id stands on the operation. Locks the order and the payment.

    :raises RefundExceedsCaptured: beyond what can still be refunded.
    """
    operation = request_refund(
        payment_id=payment_id, amount=amount, reason=reason, now=now, instrument={"to": "store_credit"}
    )
    voucher, _code = vouchers.issue(kind="store_credit", amount=amount, source=f"refund:{operation.reference}", now=now)
    instrument = {**operation.instrument, "voucher_id": str(voucher.id)}
    Operation.objects.filter(id=operation.id).update(instrument=instrument)
    return apply_result(operation_id=operation.id, outcome=Outcome(status="succeeded"), source="till", now=now)


def _take(
    *,
    order_id: UUID,
    method: str,
    amount: Money,
    register_id: UUID | None,
    now: datetime,
    tendered_minor: int | None = None,
    voucher_id: UUID | None = None,
    instrument: dict[str, str] | None = None,
) -> Payment:
    order = orders.get_order_for_update(order_id)
    require_payable(order, amount)
    payment = Payment(
        order=order,
        store_id=order.store_id,
        register_id=register_id,
        method=method,
        currency=amount.currency,
        amount_minor=amount.minor,
        tendered_minor=tendered_minor,
        voucher_id=voucher_id,
        business_date=orders.business_day(order, now),
        created_at=now,
    )
    payment.save(force_insert=True)
    operation = Operation(
        payment=payment,
        order_id=order.id,
        kind="authorise",
        reference=new_reference(),
        amount_minor=amount.minor,
        currency=amount.currency,
        captures_at_once=True,
        instrument=instrument or {},
        actor_key=current_actor().key,
        business_date=payment.business_date,
        requested_at=now,
        submitted_at=now,
    )
    operation.save(force_insert=True)
    apply_result(
        operation_id=operation.id, outcome=Outcome(status="succeeded", is_captured=True), source="till", now=now
    )
    payment.refresh_from_db()
    return payment
