"""Cancel an order that was paid: its goods go back to sale, its money goes back to the customer, in that order and each once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from inventory.stock import reservations
from merchant.core.audit import services as audit
from merchant.core.errors import AppError
from merchant.core.money import Money
from merchant.core.outbox import services as outbox
from orders.carry_over import services as carry_over
from orders.carry_over.services import Holder
from orders.fulfilment import collecting
from orders.order import queries as orders
from orders.order.models import Order, OrderLine
from orders.placing import services as placing
from payments.after_sales.services import RefundRules, refund_payment, require_within
from payments.processing import transfers
from payments.processing.operations import demand_nothing_under_way
from payments.processing.voids import request_void
from payments.records import queries
from payments.records.models import Operation, Payment
from payments.records.states import OPEN_OPERATION


class GoodsAreGone(AppError):
    """Some of the order was handed over: that is a return, not a cancellation."""

    code = "goods_are_gone"
    detail = "Goods of order {number} were handed over; they have to come back first."
    next_step = "Take them back as a return."


class CashNeedsTill(AppError):
    """Cash was paid, and nobody said out of which drawer it goes back."""

    code = "cash_needs_till"
    detail = "Order {number} was paid in cash; it goes back out of a drawer, and nobody said out of which."
    money = "Nothing was given back and nothing was cancelled."
    next_step = "Do it at a till, choose a till whose shift is open, or give store credit instead."


# The job that returns what nobody came for asks nobody.
ALONE = RefundRules(None)


@dataclass(frozen=True, slots=True)
class Cancelled:
    """An order as it is after its cancellation was asked for, and what was asked to give its money back."""

    order: Order
    operations: list[Operation]


@transaction.atomic
def cancel_order(
    *,
    order_id: UUID,
    reason: str,
    now: datetime,
    rules: RefundRules = ALONE,
    pickup_status: str = "cancelled",
    asked_by: Holder | None = None,
    cash_as_credit: bool = False,
) -> Cancelled:
    """
    Cancel an order whatever money is on it. Its pieces are for sale again at once; then every payment is let go or given back by the way it came.

    All is written in one transaction, so it happens once however often it is asked for; a repeat returns what stands. Gateways are asked afterwards, by the
    relay; the order is `cancelled` once its last money is back. Locks the order, then the payments by id. Cash goes out of the drawer of `rules`, or becomes store
    credit with `cash_as_credit`. `asked_by` is the till that asks, if one does.

    :raises GoodsAreGone: if some of it was handed over. :raises PaymentInProgress, PaymentOutcomeUnknown: while a payment has no answer; nothing happens then.
    :raises CartHeldElsewhere, OrderParked: if another till works on the order, or it is parked.
    :raises CashNeedsTill: for cash, or goods of an exchange that were once paid in cash, without a register in `rules`. :raises ApprovalNeeded: if more goes back than somebody refunds alone.
    """
    order = orders.get_order_for_update(order_id)
    if order.status == "cancelled" or order.cancel_asked_at is not None:
        return Cancelled(order, [])
    if order.handed_over_minor or order.fulfilment_status != "unfulfilled":
        raise GoodsAreGone(number=order.number)
    if asked_by is not None:
        carry_over.require_not_elsewhere(order=order, holder=asked_by)
    asked = Operation.objects.filter(order_id=order.id, status__in=OPEN_OPERATION, kind__in=("authorise", "capture"))
    demand_nothing_under_way(asked.order_by("id").first())
    payments = list(Payment.objects.filter(order=order).order_by("id"))
    back = Money(sum(queries.refundable_minor(payment) for payment in payments), order.currency)
    require_within(rules, f"order:{order.id}", back, reason=reason, store_id=order.store_id)
    reservations.release(line_ids=list(OrderLine.objects.filter(order=order).values_list("id", flat=True)))
    collecting.end_pickup(order=order, status=pickup_status, now=now)
    if back:
        # From here on nothing is handed over, so its gift cards never become money and all of it can go back.
        order.cancel_asked_at = now
        order.save(update_fields=["cancel_asked_at"])
    operations = [
        operation
        for payment in payments
        for operation in _let_go(
            order, payment, reason=reason, register_id=rules.register_id, cash_as_credit=cash_as_credit, now=now
        )
    ]
    order = orders.get_order_for_update(order_id)
    if operations or orders_money(order):
        order.cancel_asked_at = now
        order.save(update_fields=["cancel_asked_at"])
        data = {"reason": reason, "operations": [operation.reference for operation in operations]}
        audit.record("order.cancel_asked", subject=f"order:{order.id}", now=now, data=data)
        outbox.publish("order.changed", f"order:{order.id}", {"order_id": str(order.id)})
    finish(order_id=order.id, reason=reason, now=now)
    return Cancelled(orders.get_order(order.id), operations)


@transaction.atomic
def finish(*, order_id: UUID, reason: str, now: datetime) -> bool:
    """End a cancellation once the last money of the order is back, and say whether that is so. A repeat changes nothing. Locks the order."""
    order = orders.get_order_for_update(order_id)
    if order.status not in ("draft", "open") or orders_money(order):
        return False
    if queries.find_open_authorisation(order.id) is not None:
        return False
    placing.cancel_order(order_id=order.id, reason=reason, now=now, has_open_payment=False)
    return True


def orders_money(order: Order) -> int:
    """Return what of the order's money is still with us or promised to us."""
    return max(0, max(order.secured_minor, order.captured_minor) - order.refunded_minor)


def cash_minor(order: Order) -> int:
    """Return what of the order's money goes back out of a drawer. Changes nothing."""
    payments = Payment.objects.filter(order=order)
    return sum(queries.refundable_minor(payment) for payment in payments if transfers.is_cash(payment))


def _let_go(
    order: Order, payment: Payment, *, reason: str, register_id: UUID | None, cash_as_credit: bool, now: datetime
) -> list[Operation]:
    asked = []
    refundable = queries.refundable_minor(payment)
    is_cash = transfers.is_cash(payment)
    if refundable and is_cash and register_id is None and not cash_as_credit:
        raise CashNeedsTill(number=order.number)
    if refundable:
        asked.append(
            refund_payment(
                payment_id=payment.id,
                amount=Money(refundable, payment.currency),
                reason=reason,
                now=now,
                rules=RefundRules(None, None, register_id),
                as_credit=is_cash and cash_as_credit,
            )
        )
    rest = payment.authorised_minor - payment.captured_minor - payment.voided_minor
    is_let_go = payment.operations.filter(kind="void").exclude(status__in=["declined", "failed"]).exists()
    if rest > 0 and not is_let_go:
        asked.append(request_void(payment_id=payment.id, now=now, reason=reason))
    return asked
