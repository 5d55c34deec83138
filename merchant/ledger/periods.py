"""
Closing and reopening the books. Days up to `locked_until` are closed; the newest row of `PeriodLock` is in force.

Closing stops no sale: whoever was booking at that moment may still finish on the closed day, and `wait_until_settled` says when nobody can any more.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from merchant.core import db
from merchant.core.errors import AppError
from merchant.core.tenancy import current_actor
from merchant.ledger.models import PeriodLock

# A transaction that books takes milliseconds, the longest settlement run minutes; whoever waits for one in vain tries again later.
SETTLED_SECONDS_MAX = 20.0
_LOOK_EVERY_SECONDS = 0.05


class PeriodAlreadyLocked(AppError):
    """The books are already closed up to that day or a later one."""

    code = "period_already_locked"
    detail = "The books are closed up to {locked_until} already."
    next_step = "Choose a later day."


class PeriodNotLocked(AppError):
    """There is nothing to reopen: the day is open."""

    code = "period_not_locked"
    detail = "{day} is open; the books are closed up to {locked_until}."


class PeriodsJustChanged(AppError):
    """Somebody else closed or reopened in the same moment."""

    code = "periods_just_changed"
    detail = "Somebody else closed or reopened a period in this moment."
    next_step = "Look at the periods and try again."


@dataclass(frozen=True, slots=True)
class Lock:
    """One closing or reopening: after it, days up to `locked_until` were closed. Reopenings carry a reason and who agreed."""

    number: int
    locked_until: date
    created_at: datetime
    actor_name: str
    reason: str
    approved_by: str


@dataclass(frozen=True, slots=True)
class Reopening:
    """Why days are opened again, and who agreed."""

    reason: str
    approved_by: str
    approval_id: UUID | None


def lock_in_force() -> Lock | None:
    """Return what is closed now, None if nothing ever was."""
    row = PeriodLock.objects.order_by("-number").first()
    return _lock(row) if row else None


def list_locks() -> list[Lock]:
    """Return every closing and reopening, the newest first."""
    return [_lock(row) for row in PeriodLock.objects.order_by("-number")]


def closed_since(day: date) -> Lock | None:
    """Return the closing since which `day` has been closed without a break, None if it is open."""
    since: Lock | None = None
    for lock in list_locks():
        if lock.locked_until < day:
            break
        since = lock
    return since


@transaction.atomic
def lock_period(*, until: date, now: datetime) -> Lock:
    """
    Close the books up to and including `until`. Later facts of those days are booked on the next open day.

    :raises PeriodAlreadyLocked: if they are closed up to that day or a later one. :raises PeriodsJustChanged: if somebody else was faster.
    """
    last = lock_in_force()
    if last is not None and last.locked_until >= until:
        raise PeriodAlreadyLocked(locked_until=last.locked_until)
    return _add(last, PeriodLock(locked_until=until, created_at=now))


@transaction.atomic
def reopen_from(*, day: date, why: Reopening, now: datetime) -> Lock:
    """
    Open `day` and every later one again. Facts that were moved to a later day meanwhile stay there.

    :raises PeriodNotLocked: if `day` is open. :raises PeriodsJustChanged: if somebody else was faster.
    """
    last = lock_in_force()
    if last is None or last.locked_until < day:
        raise PeriodNotLocked(day=day, locked_until=last.locked_until if last else _("no day"))
    until = date.fromordinal(day.toordinal() - 1)
    lock = PeriodLock(locked_until=until, created_at=now, reason=why.reason[:200], approved_by=why.approved_by[:120])
    lock.approval_id = why.approval_id
    return _add(last, lock)


class BooksStillWritten(RuntimeError):
    """Somebody who began before the books were closed is still booking: a closed day could still change."""


def wait_until_settled() -> None:
    """
    Return when every transaction has ended that could have missed a closing committed before this call. Blocks nobody.

    Must not run inside a transaction: its snapshot would stand.

    :raises BooksStillWritten: if one is still running after `SETTLED_SECONDS_MAX`.
    """
    [(newest,)] = db.rows("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
    deadline = time.monotonic() + SETTLED_SECONDS_MAX
    while True:
        [(oldest,)] = db.rows("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        if oldest >= newest:
            return
        if time.monotonic() > deadline:
            raise BooksStillWritten("somebody has been booking since before the books were closed")
        time.sleep(_LOOK_EVERY_SECONDS)


def _add(last: Lock | None, lock: PeriodLock) -> Lock:
    lock.number = last.number + 1 if last else 1
    lock.actor_name = current_actor().name[:120]
    try:
        with transaction.atomic():
            lock.save(force_insert=True)
    except IntegrityError:
        raise PeriodsJustChanged() from None
    return _lock(lock)


def _lock(row: PeriodLock) -> Lock:
    return Lock(row.number, row.locked_until, row.created_at, row.actor_name, row.reason, row.approved_by)
