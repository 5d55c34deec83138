"""
The timetable: which jobs come due by themselves, where, and at which local time.

Each slice registers its kinds when the process starts; `tick` inserts what is due. A job's dedup key names its day, so two ticks at once, a tick
missed or one repeated make the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from merchant.core import db, notify
from merchant.core.clock import business_now, machine_now
from merchant.core.crash_points import crash_point
from merchant.core.ids import new_id

# 7 days: an installation that stood still over a week's holiday makes up for every day of it; older days are asked for by hand.
CATCH_UP_DAYS_MAX = 7
# What one tick inserts at most, so that it ends well before the next; the rest follows 10 seconds later.
INSERTS_MAX = 2000
# Keys this process has seen stored; beyond it the whole memory starts anew.
_REMEMBERED_MAX = 100_000


@dataclass(frozen=True, slots=True)
class Place:
    """
    Where a kind of job runs: for one merchant, or one store or gateway account of it, in one zone.

    `key` tells places of a merchant apart. Days before `since` are never caught up. `at`, if given, replaces the entry's own time.
    """

    merchant_id: UUID
    key: str
    zone: str
    since: date
    payload: dict[str, Any] = field(default_factory=dict)
    at: time | None = None


@dataclass(frozen=True, slots=True)
class Daily:
    """Once a day at `at`, local wall time of the place, by the merchant's business clock. The payload's `date` is the local day that ended or began then."""

    kind: str
    at: time
    places: Callable[[], Iterable[Place]]


@dataclass(frozen=True, slots=True)
class Every:
    """Once in each slot of `seconds` by the machine's clock. A missed slot is not made up for: the next one does its work."""

    kind: str
    seconds: int
    places: Callable[[], Iterable[Place]]


@dataclass(frozen=True, slots=True)
class _Due:
    merchant_id: UUID
    kind: str
    dedup_key: str
    payload: dict[str, Any]


_timetable: dict[str, Daily | Every] = {}
_stored: set[tuple[UUID, str]] = set()


def register(entry: Daily | Every) -> None:
    """Add `entry` to the timetable. Called once a process by each slice; a kind has one entry."""
    _timetable[entry.kind] = entry


def timetable() -> list[Daily | Every]:
    """Return every entry, by kind."""
    return [_timetable[kind] for kind in sorted(_timetable)]


@transaction.atomic
def tick() -> int:
    """
    Insert the jobs that are due for every merchant and return how many are new.

    Holds an advisory lock until commit; a second tick at the same time returns 0 at once. Days that were missed are caught up,
    `CATCH_UP_DAYS_MAX` back.
    """
    [(is_alone,)] = db.rows("SELECT pg_try_advisory_xact_lock(hashtextextended('tillsyn tick', 0))")
    if not is_alone:
        return 0
    due = [item for entry in timetable() for item in _due(entry) if (item.merchant_id, item.dedup_key) not in _stored]
    due = due[:INSERTS_MAX]
    inserted = _insert(due)
    crash_point("J7")
    transaction.on_commit(lambda: _remember(due))
    if inserted:
        notify.after_commit(notify.RELAY, "jobs")
    return inserted


def _due(entry: Daily | Every) -> Iterable[_Due]:
    for place in entry.places():
        if isinstance(entry, Every):
            slot = int(machine_now().timestamp()) // entry.seconds
            yield _Due(place.merchant_id, entry.kind, f"{entry.kind}:{place.key}:{slot}", place.payload)
            continue
        for day in due_days(place, at=place.at or entry.at, now=business_now(place.merchant_id)):
            payload = {**place.payload, "date": day.isoformat()}
            yield _Due(place.merchant_id, entry.kind, f"{entry.kind}:{place.key}:{day}", payload)


def due_days(place: Place, *, at: time, now: datetime) -> list[date]:
    """
    Return the local days whose `at` has passed by `now`, oldest first.

    Local wall time decides: an hour that the night of a clock change skips is over when the clock has passed it, one it repeats comes once.
    """
    local = now.astimezone(ZoneInfo(place.zone))
    last = local.date() if local.time() >= at else local.date() - timedelta(days=1)
    first = max(place.since, last - timedelta(days=CATCH_UP_DAYS_MAX - 1))
    return [first + timedelta(days=count) for count in range((last - first).days + 1)]


_INSERT = """
INSERT INTO core_job (id, merchant_id, kind, dedup_key, payload, status, step, cursor, progress_done, message, result, attempts,
    run_at, created_at, last_error)
SELECT j.id, j.merchant_id, j.kind, j.dedup_key, j.payload, 'queued', '', '{}', 0, '', '{}', 0, now(), now(), ''
FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::jsonb[]) j(id, merchant_id, kind, dedup_key, payload)
ON CONFLICT (merchant_id, dedup_key) DO NOTHING
"""


def _insert(due: list[_Due]) -> int:
    if not due:
        return 0
    values = [(new_id(), item.merchant_id, item.kind, item.dedup_key, db.json_text(item.payload)) for item in due]
    return db.execute(_INSERT, db.columns(values, 5))


def _remember(due: list[_Due]) -> None:
    if len(_stored) > _REMEMBERED_MAX:
        _stored.clear()
    _stored.update((item.merchant_id, item.dedup_key) for item in due)
