"""Open, count, hand over and close. What the drawer does in between is `drawer.py`; what a Z holds is `closings.py`."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from merchant.core import db
from merchant.core.audit import services as audit
from merchant.core.callers import RegisterFacts, TillInTraining
from merchant.core.clock import business_date
from merchant.core.errors import AppError
from merchant.core.ids import new_id
from merchant.core.outbox import services as outbox
from merchant.core.states import move
from merchant.core.tenancy import current_merchant_id
from merchant.ledger import services as ledger
from merchant.ledger.recipes import CASH_COUNTERPARTS, Leg
from payments.records import till
from terminals.pos.shifts import accepting, blockers, closings, counting, drawer, figures, live, people, queries
from terminals.pos.shifts.accepting import Acceptance
from terminals.pos.shifts.blockers import Blocker
from terminals.pos.shifts.drawer import Person
from terminals.pos.shifts.figures import Figures, Span
from terminals.pos.shifts.models import Closing, Count, Drawer, Shift
from terminals.pos.shifts.states import SHIFT

_ONE_OPEN = "one_open_shift_per_register"


class ShiftAlreadyOpen(AppError):
    """Somebody's shift is open at this register."""

    code = "shift_already_open"
    detail = "A shift is open at {register} already."
    next_step = "Hand it over, or close it first."


class ClosingBlocked(AppError):
    """Something is not finished at this register."""

    code = "closing_blocked"
    detail = "{number} things have to be finished first."
    money = "Nothing was closed; the drawer stands as it was."
    next_step = "Open each of `blockers` and finish or cancel it; open orders alone may stay for the next shift, if a manager accepts that."


class LeavesTooMuch(AppError):
    """More should stay in the drawer than was counted."""

    code = "leaves_too_much"
    status = 422
    detail = "More should stay in the drawer than was counted."


@transaction.atomic
def open_shift(*, register: RegisterFacts, float_minor: int, person: Person, now: datetime) -> Shift:
    """
    Begin a person's shift at a register with `float_minor` put into the drawer from the store's safe.

    Of two at once one wins, by the database's constraint.

    :raises TillInTraining: a till in training has no drawer.
    :raises ShiftAlreadyOpen: if a shift is open there.
    """
    if register.is_training:
        raise TillInTraining(register=register.register_name)
    _open_accounts(register)
    shift = _begin(register, float_minor, person, now)
    if float_minor:
        drawer.record(shift, "float", float_minor, reason="", person=person, now=now)
    audit.record(
        "shift.opened", subject=f"shift:{shift.id}", now=now, data={"person": person.name, "float_minor": float_minor}
    )
    _tell("shift.opened", shift)
    return shift


@transaction.atomic
def hand_over(
    *, shift_id: UUID, count_id: UUID, to: Person, reason: str, acceptance: Acceptance, now: datetime
) -> Shift:
    """
    End a shift at a count and begin the next person's with what lies in the drawer. A difference is booked as over/short. No Z is made.

    Locks the shift, then the register.

    :raises ApprovalNeeded: for a difference above the drawer's limit.
    :raises ShiftNotOpen, CountMissing, CountIsOld, DifferenceNeedsReason: nothing happened.
    """
    shift = drawer.get_open_shift_for_update(shift_id)
    until = _lock_register(shift.register_id)
    span = figures.span_since(figures.last_closing(shift.register_id), register_id=shift.register_id, until=until)
    count = counting.final_count(shift, count_id, expected=figures.drawer_minor(span), reason=reason)
    accepting.require_accepted(shift, count, leaves_orders=False, reason=reason, by=acceptance)
    _end(shift, "handed_over", count, until=until, reason=reason, now=now)
    following = _begin(queries.register_facts_of(shift.register_id), 0, to, now)
    audit.record(
        "shift.handed_over",
        subject=f"shift:{shift.id}",
        now=now,
        data={"to": to.name, "counted_minor": count.counted_minor},
    )
    _tell("shift.handed_over", following)
    return following


@transaction.atomic
def close_shift(
    *,
    shift_id: UUID,
    count_id: UUID,
    left_minor: int,
    reason: str,
    unsent: int,
    leaves_orders: bool,
    acceptance: Acceptance,
    person: Person,
    now: datetime,
) -> Closing:
    """
    End a shift at a count, bring the cash beyond `left_minor` to the safe, and freeze everything since the last Z in a new one.

    Locks the shift, then the register: a sale that has its receipt number is in this Z, one that gets it later is in the next. `leaves_orders` lets open orders
    stay for the next shift, which has to be accepted; open payments and unsent sales never may.

    :raises ClosingBlocked: with what is not finished.
    :raises ApprovalNeeded: for a difference above the drawer's limit, or orders that are left.
    :raises ShiftNotOpen, CountMissing, CountIsOld, DifferenceNeedsReason, LeavesTooMuch: nothing happened.
    """
    shift = drawer.get_open_shift_for_update(shift_id)
    left_open = _require_finished(shift, unsent=unsent, leaves_orders=leaves_orders)
    until = _lock_register(shift.register_id)
    last = figures.last_closing(shift.register_id)
    span = figures.span_since(last, register_id=shift.register_id, until=until, closing_id=new_id())
    found = _claim(span)
    count = counting.final_count(shift, count_id, expected=found.expected_cash_minor, reason=reason)
    if left_minor > count.counted_minor:
        raise LeavesTooMuch(counted_minor=count.counted_minor, left_minor=left_minor)
    accepted_by = accepting.require_accepted(shift, count, leaves_orders=bool(left_open), reason=reason, by=acceptance)
    _end(shift, "closed", count, until=until, reason=reason, now=now)
    if count.counted_minor > left_minor:
        drawer.record(shift, "safe_drop", left_minor - count.counted_minor, reason="", person=person, now=now)
    closing = closings.freeze(
        closings.Draft(shift, span, last, found, count, left_minor, tuple(left_open), person.name, accepted_by), now=now
    )
    drawer.forget_alert(shift.register_id)
    _tell("shift.closed", shift, closing_id=str(closing.id), closing_number=closing.number)
    return closing


def _begin(register: RegisterFacts, float_minor: int, person: Person, now: datetime) -> Shift:
    [(receipts,)] = db.rows("SELECT last_receipt_number FROM merchant_register WHERE id = %s", [register.register_id])
    shift = Shift(
        register_id=register.register_id,
        store_id=register.store_id,
        member_id=person.member_id,
        person=person.name,
        currency=register.currency,
        float_minor=float_minor,
        business_date=business_date(now, zone=register.zone, cutoff=register.day_cutoff),
        opened_at=now,
        receipts_after=receipts,
    )
    try:
        with transaction.atomic():
            shift.save(force_insert=True)
    except IntegrityError as error:
        if _ONE_OPEN not in str(error):
            raise
        raise ShiftAlreadyOpen(register=register.register_name) from None
    Drawer.objects.get_or_create(register_id=register.register_id)
    transaction.on_commit(lambda: people.forget(register.register_id))
    return shift


def _open_accounts(register: RegisterFacts) -> None:
    """Whoever closes holds the register's row; opening the accounts now, it then waits for no sale that opens one."""
    store = str(register.store_id)
    legs = [Leg(kind, store, 0, register.currency) for kind in dict.fromkeys(CASH_COUNTERPARTS.values())]
    ledger.open_accounts([*legs, Leg("cash_register", str(register.register_id), 0, register.currency)])


# The row that every receipt of the register takes its number from: who holds it knows that all numbers given are stored.
_LOCK = "SELECT last_receipt_number FROM merchant_register WHERE merchant_id = %s AND id = %s FOR NO KEY UPDATE"


def _lock_register(register_id: UUID) -> int:
    [(until,)] = db.rows(_LOCK, [current_merchant_id(), register_id])
    return int(until)


def _claim(span: Span) -> Figures:
    """Give everything that nobody counted yet to this Z, then add up exactly that: what is stored from now on is the next one's."""
    assert span.closing_id is not None
    till.count_entries(register_id=span.register_id, closing_id=span.closing_id)
    Shift.objects.filter(register_id=span.register_id, closing=None).update(closing_id=span.closing_id)
    return figures.take_figures(span)


def _require_finished(shift: Shift, *, unsent: int, leaves_orders: bool) -> list[Blocker]:
    orders = blockers.list_open_orders(shift.register_id)
    found = [*blockers.unsent(unsent), *blockers.list_open_payments(shift.register_id)]
    if found or (orders and not leaves_orders):
        found += orders
        raise ClosingBlocked(number=len(found), blockers=[blocker.as_json() for blocker in found])
    return orders


def _end(shift: Shift, status: str, count: Count, *, until: int, reason: str, now: datetime) -> None:
    difference = count.counted_minor - count.expected_minor
    if difference:
        person = Person(count.person, shift.member_id)
        drawer.record(shift, "over_short", difference, reason=reason, person=person, now=now)
    changes: dict[str, Any] = {
        "ended_at": now,
        "receipts_until": until,
        "expected_minor": count.expected_minor,
        "counted_minor": count.counted_minor,
        "reason": reason,
    }
    move(shift, SHIFT, status, **changes)
    transaction.on_commit(lambda: people.forget(shift.register_id))


def _tell(topic: str, shift: Shift, **more: Any) -> None:
    payload = {
        "shift_id": str(shift.id),
        "register_id": str(shift.register_id),
        "store_id": str(shift.store_id),
        "person": shift.person,
        "status": shift.status,
        **more,
    }
    outbox.publish(topic, f"register:{shift.register_id}", payload)
    live.tell(topic, payload, store_id=shift.store_id)
