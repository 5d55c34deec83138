"""Counting a drawer: each count is kept beside what was expected at that moment, and a shift ends at one that still holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from merchant.core.audit import services as audit
from merchant.core.errors import AppError
from terminals.pos.shifts import denominations, drawer, figures
from terminals.pos.shifts.drawer import Person
from terminals.pos.shifts.models import Count, Shift


@dataclass(frozen=True, slots=True)
class Counted:
    """
    What somebody counted: pieces by denomination, loose money, and the sums of other tenders' slips, in minor units. What nobody wrote down is not
    in it: a piece that is missing, loose money that is None.
    """

    pieces: Mapping[int, int]
    loose_minor: int | None = None
    tenders: Mapping[str, int] | None = None


class NothingCounted(AppError):
    """Neither pieces nor an amount were written down: that is no count, and what is expected stays unsaid."""

    code = "nothing_counted"
    status = 422
    detail = "Nothing was counted."
    next_step = "Write what you counted; 0 if it is empty."


@transaction.atomic
def count_drawer(*, shift_id: UUID, counted: Counted, person: Person, now: datetime) -> Count:
    """
    Store a count beside what was expected at that moment. The shift stays open; any number of counts may follow, and all stay.

    :raises NothingCounted: if neither pieces nor loose money were written down, not even 0.
    :raises UnknownDenomination: for a note or coin the currency does not have.
    :raises ShiftNotOpen: if it has ended.
    """
    if not counted.pieces and counted.loose_minor is None:
        raise NothingCounted()
    shift = drawer.get_open_shift_for_update(shift_id)
    loose_minor = counted.loose_minor or 0
    total = denominations.total_of(shift.currency, counted.pieces) + loose_minor
    count = Count(
        shift=shift,
        denominations={str(value): number for value, number in counted.pieces.items() if number},
        loose_minor=loose_minor,
        tenders=dict(counted.tenders or {}),
        counted_minor=total,
        expected_minor=figures.drawer_minor(figures.span_of(shift.register_id)),
        person=person.name,
        at=now,
    )
    count.save(force_insert=True)
    data = {"counted_minor": total, "expected_minor": count.expected_minor, "person": person.name}
    audit.record("shift.counted", subject=f"shift:{shift.id}", now=now, data=data)
    return count


class CountIsOld(AppError):
    """The drawer moved after it was counted."""

    code = "count_is_old"
    detail = "The drawer moved after it was counted."
    next_step = "Count again."


class CountMissing(AppError):
    """The count named is not one of this shift."""

    code = "count_missing"
    detail = "This shift has no such count."
    next_step = "Count the drawer first."


class DifferenceNeedsReason(AppError):
    """What was counted is not what was expected, and nobody says why."""

    code = "difference_needs_reason"
    status = 422
    detail = "The count is not what should be in the drawer."
    next_step = "Count again, or give the reason."


def final_count(shift: Shift, count_id: UUID, *, expected: int, reason: str) -> Count:
    """
    Return the count a shift ends at, if the drawer still holds what it was held against and a difference has its reason.

    :raises CountMissing, CountIsOld, DifferenceNeedsReason: see there.
    """
    count: Count | None = Count.objects.filter(id=count_id, shift=shift).first()
    if count is None:
        raise CountMissing()
    if count.expected_minor != expected:
        raise CountIsOld(moved_minor=expected - count.expected_minor, currency=shift.currency)
    difference = count.counted_minor - expected
    if difference and not reason.strip():
        raise DifferenceNeedsReason(difference_minor=difference, currency=shift.currency)
    return count
