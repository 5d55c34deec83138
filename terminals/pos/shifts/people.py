"""Who stands at a till: the person of its open shift, whose name its receipts bear."""

from __future__ import annotations

import time
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from merchant.core import db
from merchant.core.tenancy import current_merchant_id
from terminals.pos.shifts.models import Shift

# 1 s, as for callers: a hot sale costs no statement for the name, and after a hand-over nobody sells sooner. The process that ended the shift knows at once.
_CACHE_SECONDS = 1.0
# Far more tills than one process serves in a second; a flood of them empties the cache instead of filling memory.
_CACHED_MAX = 5_000
_people: dict[UUID, tuple[float, str]] = {}


def person_at(register_id: UUID) -> str:
    """Return whose shift is open at a register, at most a second old; "" where none is."""
    expires, person = _people.get(register_id, (0.0, ""))
    if time.monotonic() < expires:
        return person
    # At most one is open at a register.
    found = db.prepared_rows(_OPEN, [current_merchant_id(), register_id])
    person = str(found[0][0]) if found else ""
    if len(_people) >= _CACHED_MAX:
        _people.clear()
    _people[register_id] = (time.monotonic() + _CACHE_SECONDS, person)
    return person


_OPEN = "SELECT person FROM till_shift WHERE merchant_id = %s AND register_id = %s AND status = 'open'"


def person_then(register_id: UUID, moment: datetime) -> str:
    """Return whose shift was open at a register at a moment, "" where none was: a sale may arrive after its shift."""
    rows = Shift.objects.filter(register_id=register_id, opened_at__lte=moment)
    rows = rows.filter(Q(ended_at=None) | Q(ended_at__gt=moment))
    return rows.order_by("-opened_at").values_list("person", flat=True).first() or ""


def forget(register_id: UUID) -> None:
    """Forget who stands at a register, in this process. Called when a shift begins or ends, after it is stored."""
    _people.pop(register_id, None)
