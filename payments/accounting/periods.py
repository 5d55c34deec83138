"""Close periods, and open them again with a second person's word."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from merchant.accounts.approvals import services as approvals
from merchant.accounts.approvals.services import Wish
from merchant.core.audit import services as audit
from merchant.core.errors import AppError, Invalid
from merchant.core.outbox import services as outbox
from merchant.ledger import periods
from merchant.ledger.periods import Lock, Reopening

REOPEN_RIGHT = "accounting.reopen"


class PeriodNotOver(AppError):
    """The day has not ended: what is sold today belongs to today."""

    code = "period_not_over"
    status = 422
    detail = "{day} is not over yet; the books can be closed up to {last}."
    next_step = "Choose an earlier day."


@transaction.atomic
def close_period(*, until: date, today: date, now: datetime) -> Lock:
    """
    Close the books up to and including `until`, a business day before `today`. What arrives later is booked on the next open day.

    :raises PeriodNotOver: for today or later. :raises PeriodAlreadyLocked: if that day is closed. :raises PeriodsJustChanged: if somebody was faster.
    """
    if until >= today:
        raise PeriodNotOver(day=until, last=date.fromordinal(today.toordinal() - 1))
    lock = periods.lock_period(until=until, now=now)
    _tell("period.closed", lock, now)
    return lock


@transaction.atomic
def reopen_period(*, day: date, reason: str, approval_id: UUID | None, now: datetime) -> Lock:
    """
    Open `day` and all later ones again, with the approval of another person who holds the right.

    :raises Invalid: without a reason. :raises ApprovalNeeded: without another person's approval. :raises PeriodNotLocked: if `day` is open.
    """
    if not reason.strip():
        raise Invalid(reason=_("say why the period is opened again"))
    lock = periods.lock_in_force()
    if lock is None or lock.locked_until < day:
        raise periods.PeriodNotLocked(day=day, locked_until=lock.locked_until if lock else _("no day"))
    approval = approvals.use_approval(approval_id=approval_id, wish=reopening_wish(day, reason))
    approved_by = str(approval.decided_by.user) if approval.decided_by else ""
    lock = periods.reopen_from(day=day, why=Reopening(reason.strip(), approved_by, approval.id), now=now)
    _tell("period.reopened", lock, now)
    return lock


def reopening_wish(day: date, reason: str) -> Wish:
    """Return what the second person is asked for."""
    return Wish(REOPEN_RIGHT, f"period:{day}", reason.strip()[:200])


def _tell(topic: str, lock: Lock, now: datetime) -> None:
    data = {
        "locked_until": str(lock.locked_until),
        "number": lock.number,
        "reason": lock.reason,
        "approved_by": lock.approved_by,
    }
    audit.record(topic, subject=f"period:{lock.number}", now=now, data=data)
    outbox.publish(topic, f"period:{lock.number}", data)
