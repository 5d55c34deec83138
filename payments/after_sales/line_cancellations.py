"""Take pieces off an order that was paid, before they are handed over, and give their money back: together or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from merchant.core.money import Money
from orders.carry_over import services as carry_over
from orders.carry_over.services import Holder
from orders.fulfilment import taking_off
from orders.order import queries as orders
from orders.order.models import Order
from payments.after_sales.cancellations import CashNeedsTill
from payments.after_sales.proposals import RefundPart, propose
from payments.after_sales.services import RefundRules, refund_part, require_within
from payments.processing import transfers
from payments.processing.captures import request_capture
from payments.processing.operations import demand_nothing_under_way
from payments.processing.voids import request_void
from payments.records.models import Operation, Payment
from payments.records.states import OPEN_OPERATION


@dataclass(frozen=True, slots=True)
class TakenOff:
    """The order as it is now, what of its money went or is on its way back, and what was asked for that."""

    order: Order
    back_minor: int
    operations: list[Operation]


@transaction.atomic
def cancel_lines(
    *,
    order_id: UUID,
    quantities: Mapping[UUID, int],
    reason: str,
    now: datetime,
    rules: RefundRules,
    as_credit: bool = False,
    asked_by: Holder | None = None,
    cash_as_credit: bool = False,
) -> TakenOff:
    """
    Take pieces off an order before hand-over and give back what was paid beyond the rest, over its tenders as proposed. Locks the order, then the payments.

    Money that is authorised and not captured is captured up to what is still agreed, finally, so that the bank frees the rest. Nothing goes back while the order
    is not paid beyond its new total.

    :raises TooMuchTakenOff, NothingWouldBeLeft, LinesFixed: see `taking_off.take_off`.
    :raises PaymentInProgress, PaymentOutcomeUnknown: while a payment has no answer. :raises CashNeedsTill: for cash without a drawer.
    :raises ApprovalNeeded: above the limit. :raises CartHeldElsewhere, OrderParked: see `cancellations.cancel_order`.
    """
    order = orders.get_order_for_update(order_id)
    if asked_by is not None:
        carry_over.require_not_elsewhere(order=order, holder=asked_by)
    asked = Operation.objects.filter(order_id=order.id, status__in=OPEN_OPERATION, kind__in=("authorise", "capture"))
    demand_nothing_under_way(asked.order_by("id").first())
    before_minor = _over(order)
    order = taking_off.take_off(order_id=order.id, quantities=quantities, reason=reason, now=now)
    back_minor = max(0, _over(order) - before_minor)
    if not back_minor:
        return TakenOff(order, 0, [])
    amount = Money(back_minor, order.currency)
    require_within(rules, f"order:{order.id}", amount, reason=reason, store_id=order.store_id)
    freed_minor, operations = _let_held_go(order, back_minor, now)
    if rest := back_minor - freed_minor:
        for part in propose(order=order, amount=Money(rest, order.currency), as_credit=as_credit):
            chosen = _routed(part, order, register_id=rules.register_id, cash_as_credit=cash_as_credit)
            operations.append(refund_part(chosen, reason=reason, now=now, rules=rules))
    return TakenOff(orders.get_order(order.id), back_minor, operations)


def _over(order: Order) -> int:
    """What the order has, or is held for it, beyond what is agreed and is not on its way back."""
    refunding = sum(Payment.objects.filter(order=order).values_list("refunding_minor", flat=True))
    return max(0, orders.overpaid_minor(order) - refunding)


def _let_held_go(order: Order, over_minor: int, now: datetime) -> tuple[int, list[Operation]]:
    """Ask for less than is held where money is only authorised; return how much that frees."""
    freed, operations = 0, []
    for payment in Payment.objects.filter(order=order, captured_minor=0).order_by("-id"):
        held = payment.authorised_minor - payment.voided_minor
        part = min(held, over_minor - freed)
        if part <= 0:
            continue
        if part == held:
            operations.append(request_void(payment_id=payment.id, now=now, reason="taken off the order"))
        else:
            kept = Money(held - part, payment.currency)
            operations.append(request_capture(payment_id=payment.id, amount=kept, is_final=True, now=now))
        freed += part
    return freed, operations


def _routed(part: RefundPart, order: Order, *, register_id: UUID | None, cash_as_credit: bool) -> RefundPart:
    """Cash goes out of a drawer that somebody named, or becomes store credit."""
    if part.as_credit or not transfers.is_cash(Payment.objects.get(id=part.payment_id)):
        return part
    if register_id is None and not cash_as_credit:
        raise CashNeedsTill(number=order.number)
    return replace(part, as_credit=cash_as_credit)
