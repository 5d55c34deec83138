"""Results become records: the one function through which each answer, webhook, look-up, message and report line arrives."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from merchant.core.audit import services as audit
from merchant.core.clock import machine_now
from merchant.core.errors import NotFound
from merchant.core.outbox import services as outbox
from merchant.core.states import move
from merchant.ledger import services as ledger
from merchant.ledger.recipes import Leg, money_in, refund_succeeded
from orders.order import queries as orders
from orders.order.models import Order
from payments.gateways.base import Outcome
from payments.records import queries, till
from payments.records.models import Evidence, Operation, Payment
from payments.records.states import OPEN_OPERATION, OPERATION

# When an unknown outcome is asked for again. Five seconds: the customer is still at the counter. After the last, daily.
LOOK_AGAIN_SECONDS = (5, 15, 45, 120, 600, 3600, 21_600)
_DAY_SECONDS = 86_400


@transaction.atomic
def apply_result(*, operation_id: UUID, outcome: Outcome, source: str, now: datetime) -> Operation:
    """
    Record what `source` says about an operation, and everything that follows from it, in one transaction.

    Locks the order, then the payment, then the operation. Monotone: a result that says nothing new changes nothing, so order and repetition do not matter; money
    that moved after all outranks an earlier no. Books the journal, moves the projections of payment and order, writes audit and events.

    :raises NotFound: if the operation is not the merchant's.
    """
    found = Operation.objects.filter(id=operation_id).first()
    if found is None:
        raise NotFound()
    order = orders.get_order_for_update(found.order_id)
    payment = queries.get_payment_for_update(found.payment_id)
    operation = Operation.objects.select_for_update(no_key=True).get(id=operation_id)
    outcome = _said(operation, outcome)
    changes = OPERATION.allows(operation.status, outcome.status) if outcome.status != operation.status else False
    if changes or source != "look_up":
        Evidence(
            operation=operation,
            source=source,
            outcome=outcome.status,
            amount_minor=outcome.amount_minor,
            data=dict(outcome.data),
            changed_status=changes,
            at=now,
        ).save(force_insert=True)
    if not changes:
        return operation
    _move_operation(operation, outcome, now)
    kept_before = till.kept_minor(payment)
    _move_money(order, payment, operation, outcome, now=now)
    project(payment, operation)
    _project_order(order)
    till.note_money(
        payment, operation, minor=till.kept_minor(payment) - kept_before, day=orders.business_day(order, now), now=now
    )
    audit.record(
        f"operation.{operation.status}",
        subject=f"payment:{payment.id}",
        now=now,
        data={
            "operation": operation.reference,
            "kind": operation.kind,
            "source": source,
            "amount_minor": operation.amount_minor,
        },
    )
    _publish(order, payment, operation)
    return operation


def _said(operation: Operation, outcome: Outcome) -> Outcome:
    """An approval of nothing is a no: neither goods nor books may follow from it."""
    is_nothing = outcome.amount_minor is not None and outcome.amount_minor <= 0 and operation.kind != "void"
    return replace(outcome, status="declined") if outcome.status == "succeeded" and is_nothing else outcome


def next_look(looks: int) -> timedelta:
    """Return how long to wait before look number `looks` + 1."""
    return timedelta(seconds=LOOK_AGAIN_SECONDS[looks] if looks < len(LOOK_AGAIN_SECONDS) else _DAY_SECONDS)


def _move_operation(operation: Operation, outcome: Outcome, now: datetime) -> None:
    changes: dict[str, Any] = {}
    if outcome.status in ("succeeded", "declined", "failed"):
        changes = {"finished_at": now, "next_look_at": None, "landed_at": outcome.landed_at or now}
    elif outcome.status == "unknown":
        changes = {"next_look_at": machine_now() + next_look(operation.looks)}
    elif outcome.status == "action_required":
        # The shopper is on the processor's page: the webhook or the return page tell sooner, this look is the safety net.
        changes = {"next_look_at": machine_now() + timedelta(seconds=60)}
    for name in ("gateway_reference", "decline_code", "action_url"):
        if value := getattr(outcome, name):
            changes[name] = value
    if outcome.status == "succeeded":
        changes["result_minor"] = operation.amount_minor if outcome.amount_minor is None else outcome.amount_minor
    move(operation, OPERATION, outcome.status, **changes)


def _move_money(order: Order, payment: Payment, operation: Operation, outcome: Outcome, *, now: datetime) -> None:
    is_done = operation.status == "succeeded"
    is_voided = payment.voided_minor > 0 or (operation.kind == "void" and is_done)
    if operation.kind == "authorise":
        _authorise(order, payment, operation, outcome, now=now)
    elif operation.kind == "capture" and is_done:
        _capture(order, payment, operation, now=now)
    elif operation.kind == "refund" and is_done:
        _refund(order, payment, operation, now=now)
    # A yes that comes after a no may find its money asked for again: what is being asked for never counts beyond what is left.
    if operation.kind == "capture":
        left = payment.authorised_minor - payment.captured_minor
        payment.capturing_minor = min(_asked_minor(payment, "capture"), max(0, left))
    elif operation.kind == "refund":
        left = payment.captured_minor - payment.refunded_minor
        payment.refunding_minor = min(_asked_minor(payment, "refund"), max(0, left))
    if is_voided:
        payment.voided_minor = max(0, payment.authorised_minor - payment.captured_minor)


def _asked_minor(payment: Payment, kind: str) -> int:
    asked = Operation.objects.filter(payment=payment, kind=kind, status__in=OPEN_OPERATION)
    return asked.aggregate(minor=Sum("amount_minor"))["minor"] or 0


def _authorise(order: Order, payment: Payment, operation: Operation, outcome: Outcome, *, now: datetime) -> None:
    for name in ("card_brand", "card_last4", "auth_code", "gateway_reference", "decline_code"):
        if value := getattr(outcome, name):
            setattr(payment, name, value)
    if operation.status != "succeeded":
        return
    payment.decline_code = ""
    payment.authorised_minor = _approved(operation)
    if operation.captures_at_once or outcome.is_captured:
        _capture(order, payment, operation, now=now)


def _capture(order: Order, payment: Payment, operation: Operation, *, now: datetime) -> None:
    minor = _approved(operation)
    account = money_account(payment, operation)
    legs = money_in(to=account, minor=minor, before=orders.position(order), currency=payment.currency)
    _book("money_in", order, operation, legs, now=now)
    payment.captured_minor += minor


def _refund(order: Order, payment: Payment, operation: Operation, *, now: datetime) -> None:
    minor = _approved(operation)
    account = money_account(payment, operation)
    legs = refund_succeeded(from_=account, minor=minor, before=orders.position(order), currency=payment.currency)
    _book("refund", order, operation, legs, now=now)
    payment.refunded_minor += minor


def _book(recipe: str, order: Order, operation: Operation, legs: list[Leg], *, now: datetime) -> None:
    ledger.post(
        recipe=recipe,
        source=f"operation:{operation.reference}",
        about=f"order:{order.id}",
        legs=legs,
        business_date=orders.business_day(order, now),
        now=now,
    )


def _approved(operation: Operation) -> int:
    return operation.amount_minor if operation.result_minor is None else operation.result_minor


def money_account(payment: Payment, operation: Operation) -> tuple[str, str]:
    """Return the account (kind, subject) an operation's money goes to or comes from. Cash may be given back at another register."""
    if payment.method == "cash":
        return "cash_register", str(operation.instrument.get("register_id") or payment.register_id or "")
    if payment.method in ("gift_card", "store_credit"):
        return "voucher_liability", ""
    return "clearing", str(payment.gateway_account_id or payment.method)


def project(payment: Payment, last: Operation) -> None:
    """Write the payment's projections. The payment is locked by the caller."""
    payment.status = derived_status(payment, last)
    payment.save(
        update_fields=[
            "status",
            "authorised_minor",
            "captured_minor",
            "capturing_minor",
            "refunded_minor",
            "refunding_minor",
            "voided_minor",
            "card_brand",
            "card_last4",
            "auth_code",
            "gateway_reference",
            "decline_code",
        ]
    )


_BY_AUTHORISATION = {"requested": "pending", "submitted": "pending"}


def derived_status(payment: Payment, last: Operation) -> str:
    """Return what a payment is, from its amounts, and while nothing is authorised from its authorisation `last`."""
    if payment.captured_minor:
        if not payment.refunded_minor:
            return "captured"
        return "refunded" if payment.refunded_minor >= payment.captured_minor else "partly_refunded"
    if payment.authorised_minor:
        return "voided" if payment.voided_minor else "authorised"
    return _BY_AUTHORISATION.get(last.status, last.status)


def _project_order(order: Order) -> None:
    sums = Payment.objects.filter(order=order).aggregate(
        authorised=Sum("authorised_minor"),
        voided=Sum("voided_minor"),
        captured=Sum("captured_minor"),
        refunded=Sum("refunded_minor"),
    )
    order.secured_minor = (sums["authorised"] or 0) - (sums["voided"] or 0)
    order.captured_minor = sums["captured"] or 0
    order.refunded_minor = sums["refunded"] or 0
    order.save(update_fields=["secured_minor", "captured_minor", "refunded_minor"])


_EVENTS = {
    ("authorise", "succeeded"): "payment.authorised",
    ("authorise", "declined"): "payment.declined",
    ("authorise", "failed"): "payment.failed",
    ("authorise", "unknown"): "payment.unknown",
    ("capture", "succeeded"): "payment.captured",
    ("capture", "declined"): "payment.capture_failed",
    ("capture", "failed"): "payment.capture_failed",
    ("refund", "succeeded"): "payment.refunded",
    ("refund", "declined"): "payment.refund_failed",
    ("refund", "failed"): "payment.refund_failed",
    ("void", "succeeded"): "payment.voided",
}


def _publish(order: Order, payment: Payment, operation: Operation) -> None:
    payload = {
        "payment_id": str(payment.id),
        "order_id": str(order.id),
        "operation_id": str(operation.id),
        "reference": operation.reference,
        "kind": operation.kind,
        "status": operation.status,
        "payment_status": payment.status,
        "amount_minor": operation.amount_minor,
        "result_minor": operation.result_minor,
        "currency": payment.currency,
        "decline_code": operation.decline_code,
        "action_url": operation.action_url,
        "terminal_id": str(operation.terminal_id) if operation.terminal_id else None,
        "store_id": str(payment.store_id) if payment.store_id else None,
        "method": payment.method,
    }
    aggregate = f"order:{order.id}"
    events = [(f"operation.{operation.status}", aggregate, payload)]
    if name := _EVENTS.get((operation.kind, operation.status)):
        events.append((name, aggregate, payload))
    if operation.kind == "authorise" and operation.status == "succeeded" and payment.captured_minor:
        events.append(("payment.captured", aggregate, payload))
    if operation.status == "succeeded" and operation.kind in ("authorise", "capture"):
        summary = {
            "order_id": str(order.id),
            "number": order.number,
            "total_minor": order.total_minor,
            "currency": order.currency,
        }
        if operation.kind == "authorise" and order.secured_minor >= order.total_minor:
            events.append(("order.secured", aggregate, summary))
        if order.captured_minor - order.refunded_minor >= order.total_minor and payment.captured_minor:
            events.append(("order.paid", aggregate, summary))
    if operation.kind == "refund" and operation.status == "succeeded":
        events.append(("order.refunded", aggregate, {**payload, "number": order.number}))
    outbox.publish_many(events)
