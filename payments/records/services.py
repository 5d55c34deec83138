"""Results become records: the one function through which each answer, webhook, look-up, message and report line arrives."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from merchant.core.audit import services as audit
from merchant.core.clock import machine_now
from merchant.core.crash_points import crash_point
from merchant.core.errors import NotFound
from merchant.core.ids import readable_code
from merchant.core.states import move
from merchant.core.tenancy import current_actor
from orders.order import queries as orders
from payments.gateways import registry
from payments.gateways.base import Outcome
from payments.records import booking, credentials, news, overrides, projections, queries, till
from payments.records.booking import Movement, approved_minor
from payments.records.models import Evidence, Operation, Payment
from payments.records.states import OPERATION

# When an unknown outcome is asked for again. Five seconds: the customer is still at the counter. After the last, daily.
LOOK_AGAIN_SECONDS = (5, 15, 45, 120, 600, 3600, 21_600)
_DAY_SECONDS = 86_400


@transaction.atomic
def apply_result(*, operation_id: UUID, outcome: Outcome, source: str, now: datetime) -> Operation:
    """
    Record what `source` says about an operation, and everything that follows from it, in one transaction.

    Locks the order, then the payment, then the operation. Monotone: a result that says nothing new changes nothing, so order and repetition do not matter; money
    that moved after all outranks an earlier no, and what the processor undid stays undone. Books the journal, moves the projections of payment and order, writes
    audit and events.

    :raises NotFound: if the operation is not the merchant's.
    """
    found = Operation.objects.filter(id=operation_id).first()
    if found is None:
        raise NotFound()
    order = orders.get_order_for_update(found.order_id)
    payment = queries.get_payment_for_update(found.payment_id)
    operation = Operation.objects.select_for_update(no_key=True).get(id=operation_id)
    moved = Movement(order, payment, operation, now)
    outcome = overrides.prove(operation, _said(operation, outcome), source=source, now=now)
    is_undone = outcome.is_taken_back and booking.has_moved_money(payment, operation)
    if is_undone and operation.status != "succeeded":
        # It must have succeeded to be undone: the news of that was overtaken.
        _change(moved, _as_success(operation, outcome), source)
    elif not outcome.is_taken_back and OPERATION.allows(operation.status, outcome.status):
        _change(moved, outcome, source)
    elif not is_undone and source != "look_up":
        _keep(operation, outcome, source, has_changed=False, now=now)
    if is_undone:
        _take_back(moved, outcome, source)
    return operation


def _change(moved: Movement, outcome: Outcome, source: str) -> None:
    """Move the operation and all that follows from it."""
    _keep(moved.operation, outcome, source, has_changed=True, now=moved.now)
    _move_operation(moved.operation, outcome, moved.now)
    crash_point("S7")
    kept_before = till.kept_of(moved.payment)
    _move_money(moved, outcome)
    till.note_money(moved, before=kept_before)
    crash_point("S8")
    _settle(moved, source)
    crash_point("S9")


def _settle(moved: Movement, source: str) -> None:
    """Write projections, audit and events once an operation has changed."""
    operation, payment = moved.operation, moved.payment
    projections.project(payment, operation)
    projections.project_order(moved.order)
    data = {
        "operation": operation.reference,
        "kind": operation.kind,
        "source": source,
        "amount_minor": operation.amount_minor,
    }
    audit.record(f"operation.{operation.status}", subject=f"payment:{payment.id}", now=moved.now, data=data)
    news.publish(moved.order, payment, operation)


def _keep(operation: Operation, outcome: Outcome, source: str, *, has_changed: bool, now: datetime) -> None:
    Evidence(
        operation=operation,
        source=source,
        outcome="taken_back" if outcome.is_taken_back else outcome.status,
        amount_minor=outcome.amount_minor,
        data=dict(outcome.data),
        changed_status=has_changed,
        at=now,
    ).save(force_insert=True)


def _said(operation: Operation, outcome: Outcome) -> Outcome:
    """An approval of nothing is a no: neither goods nor books may follow from it."""
    is_nothing = outcome.amount_minor is not None and outcome.amount_minor <= 0 and operation.kind != "void"
    return replace(outcome, status="declined") if outcome.status == "succeeded" and is_nothing else outcome


def _as_success(operation: Operation, outcome: Outcome) -> Outcome:
    is_captured = operation.kind == "authorise"
    return replace(outcome, status="succeeded", is_captured=is_captured, is_taken_back=False, decline_code="")


def next_look(looks: int) -> timedelta:
    """Return how long to wait before look number `looks` + 1."""
    return timedelta(seconds=LOOK_AGAIN_SECONDS[looks] if looks < len(LOOK_AGAIN_SECONDS) else _DAY_SECONDS)


def _move_operation(operation: Operation, outcome: Outcome, now: datetime) -> None:
    changes: dict[str, Any] = {}
    if outcome.status in ("succeeded", "declined", "failed"):
        changes = {"finished_at": now, "next_look_at": None, "landed_at": outcome.landed_at or now}
    elif outcome.status == "unknown":
        # How often it was looked for while the customer was on the page says nothing of an outcome that nobody knows: that is asked for from the beginning.
        looks = 0 if operation.status == "action_required" else operation.looks
        changes = {"next_look_at": machine_now() + next_look(looks), "looks": looks}
    elif outcome.status == "action_required":
        # The shopper is on the processor's page: the webhook or the return page tell sooner, this look is the safety net.
        changes = {"next_look_at": machine_now() + timedelta(seconds=60)}
    for name in ("gateway_reference", "decline_code", "action_url"):
        if value := getattr(outcome, name):
            changes[name] = value
    if outcome.status == "succeeded":
        # What was said before the money was found counts no more.
        changes["decline_code"] = ""
        changes["result_minor"] = operation.amount_minor if outcome.amount_minor is None else outcome.amount_minor
    move(operation, OPERATION, outcome.status, **changes)


def _move_money(moved: Movement, outcome: Outcome) -> None:
    payment, operation = moved.payment, moved.operation
    is_done = operation.status == "succeeded"
    is_voided = payment.voided_minor > 0 or (operation.kind in ("void", "expire") and is_done)
    if operation.kind == "authorise":
        _authorise(moved, outcome)
    elif operation.kind == "increment" and is_done:
        _increase(payment, operation)
    elif operation.kind == "capture" and is_done:
        booking.capture(moved)
    elif operation.kind == "refund" and is_done:
        booking.refund(moved)
    if operation.kind in ("capture", "refund"):
        projections.recount_asked(payment)
    if is_voided:
        payment.voided_minor = max(0, payment.authorised_minor - payment.captured_minor)


def _authorise(moved: Movement, outcome: Outcome) -> None:
    payment, operation = moved.payment, moved.operation
    for name in ("card_brand", "card_last4", "auth_code", "gateway_reference", "decline_code"):
        if value := getattr(outcome, name):
            setattr(payment, name, value)
    if operation.status != "succeeded":
        return
    payment.decline_code = ""
    payment.authorised_minor = approved_minor(operation)
    payment.tip_minor = min(max(payment.tip_minor, outcome.tip_minor), payment.authorised_minor)
    credentials.keep(payment, operation, outcome, now=moved.now)
    if operation.captures_at_once or outcome.is_captured:
        booking.capture(moved)
    elif payment.gateway_account is not None:
        payment.authorisation_ends_at = moved.now + timedelta(days=registry.authorisation_days(payment.gateway_account))


def _increase(payment: Payment, operation: Operation) -> None:
    minor = approved_minor(operation)
    payment.authorised_minor += minor
    payment.amount_minor += minor
    if operation.instrument.get("is_tip"):
        payment.tip_minor += minor


@transaction.atomic
def reclaim(*, operation_id: UUID, minor: int, register_id: UUID | None, now: datetime) -> Payment:
    """
    Bring `minor` of what the refund `operation_id` had moved to another order home to its payment, as an operation of its own, and return that payment.

    `register_id` is the till that asks for it. Locks the order and the payment. That no more comes home than had left is the caller's, who holds the payment it comes from.
    """
    moved = Operation.objects.get(id=operation_id)
    order = orders.get_order_for_update(moved.order_id)
    payment = queries.get_payment_for_update(moved.payment_id)
    back = Operation(
        payment=payment,
        order_id=order.id,
        parent=moved,
        kind="reclaim",
        reference=readable_code(16),
        amount_minor=minor,
        result_minor=minor,
        currency=moved.currency,
        status="succeeded",
        reason="exchange",
        instrument=exchange_facts(payment, register_id),
        actor_key=current_actor().key,
        business_date=orders.business_day(order, now),
        requested_at=now,
        finished_at=now,
        landed_at=now,
    )
    back.save(force_insert=True)
    movement = Movement(order, payment, back, now)
    kept_before = till.kept_of(payment)
    booking.reclaim(movement)
    till.note_money(movement, before=kept_before)
    projections.recount_asked(payment)
    _settle(movement, "till")
    return payment


def exchange_facts(payment: Payment, register_id: UUID | None) -> dict[str, str]:
    """Return what marks money of a payment as moving by exchange, at the till where that happens if it was taken at one."""
    at_till = register_id is not None and payment.register_id is not None
    return {"to": "exchange", **({"register_id": str(register_id)} if at_till else {})}


def _take_back(moved: Movement, outcome: Outcome, source: str) -> None:
    """Book once, as an operation of its own, that the processor undid what had succeeded."""
    taken = moved.operation
    if Operation.objects.filter(parent=taken, kind="take_back").exists():
        _keep(taken, outcome, source, has_changed=False, now=moved.now)
        return
    minor = approved_minor(taken)
    back = Operation(
        payment=moved.payment,
        order_id=moved.order.id,
        gateway_account_id=taken.gateway_account_id or moved.payment.gateway_account_id,
        parent=taken,
        kind="take_back",
        reference=readable_code(16),
        amount_minor=minor,
        result_minor=minor,
        currency=taken.currency,
        status="succeeded",
        reason=taken.kind,
        actor_key=current_actor().key,
        business_date=orders.business_day(moved.order, moved.now),
        requested_at=moved.now,
        finished_at=moved.now,
        landed_at=moved.now,
    )
    back.save(force_insert=True)
    _keep(back, outcome, source, has_changed=True, now=moved.now)
    undoing = Movement(moved.order, moved.payment, back, moved.now)
    kept_before = till.kept_of(moved.payment)
    if taken.kind == "refund":
        booking.take_refund_back(undoing, taken)
    else:
        booking.take_capture_back(undoing, taken)
    till.note_money(undoing, before=kept_before)
    projections.recount_asked(moved.payment)
    _settle(undoing, source)
