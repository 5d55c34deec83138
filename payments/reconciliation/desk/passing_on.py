"""Exceptions that stay open: given to somebody, put off until a day, noted. Each is one transaction with its audit row and its event."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext as _

from merchant.accounts.models import StaffMember
from merchant.core.errors import Invalid, NotFound
from payments.reconciliation.desk import services
from payments.reconciliation.desk.turns import in_turn
from payments.reconciliation.models import Deviation

# A difference that nobody looked at for a quarter of a year is not waiting for anything.
SNOOZE_DAYS_MAX = 92


@in_turn()
def assign(*, exception_id: UUID | str, owner_id: UUID | None, due_on: date | None, now: datetime) -> Deviation:
    """
    Give an open exception to a person (None: to nobody) and say by when (None: what its kind allows).

    :raises NotFound: for an exception or person the merchant does not have. :raises ExceptionNotOpen: if it needs nothing any more.
    """
    found = services.lock_open(exception_id)
    owner = None
    if owner_id is not None:
        owner = StaffMember.objects.select_related("user").filter(id=owner_id, is_active=True).first()
        if owner is None:
            raise NotFound()
    found.owner, found.due_on = owner, due_on
    found.save(update_fields=["owner", "due_on"])
    data = {"owner": str(owner.user) if owner else None, "due_on": str(due_on) if due_on else None}
    services.record("exception.assigned", found, now=now, data=data)
    return found


@in_turn()
def wait_until(*, exception_id: UUID | str, day: date, note: str, now: datetime) -> Deviation:
    """
    Take an open exception out of sight until a day. It stays open: its amount still counts and its batch cannot be closed.

    :raises Invalid: for a day that is not ahead or too far. :raises NotFound, ExceptionNotOpen: as for `decide`.
    """
    today = services.today_of(now)
    if not 0 < (day - today).days <= SNOOZE_DAYS_MAX:
        raise Invalid(reason=_("the day is ahead, by at most {number} days").format(number=SNOOZE_DAYS_MAX))
    found = services.lock_open(exception_id)
    found.snoozed_until = day
    found.save(update_fields=["snoozed_until"])
    services.record(
        "exception.snoozed", found, now=now, data={"until": str(day), "note": note[: services.NOTE_LENGTH_MAX]}
    )
    return found


@in_turn()
def add_note(*, exception_id: UUID | str, text: str, now: datetime) -> Deviation:
    """Keep a note with an exception, whatever its state. :raises Invalid: for an empty one. :raises NotFound: if it is not the merchant's."""
    if not text.strip():
        raise Invalid(reason=_("a note has words"))
    found = services.lock(exception_id)
    services.record("exception.noted", found, now=now, data={"note": text.strip()[: services.NOTE_LENGTH_MAX]})
    return found
