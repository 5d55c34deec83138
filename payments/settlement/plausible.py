"""Days that cannot be: a report that speaks of the year 9999 would make everything until then look overdue, so it is blocked and says why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from payments.settlement.formats.base import ReportRow, RowFailure

# Before any processor whose reports we read.
FIRST_DAY = date(2000, 1, 1)
# A year: reserves and instalments are announced that far ahead, nothing further.
AHEAD_DAYS_MAX = 366


def last_day(received_at: datetime) -> date:
    """Return the last day that a file received then can speak of."""
    return received_at.date() + timedelta(days=AHEAD_DAYS_MAX)


def failure_of(day: str, *, line: int) -> RowFailure:
    """Return what is said of an implausible day, written as ISO 8601."""
    return RowFailure(line, None, "day_implausible", f"{day[:10]} is no day that this file can speak of")


def with_plausible_days(rows: Iterable[ReportRow], *, received_at: datetime) -> Iterator[ReportRow]:
    """Pass rows on; one whose day cannot be has failed."""
    first, last = FIRST_DAY.isoformat(), last_day(received_at).isoformat()
    for row in rows:
        day = row.booked_on or row.occurred_at
        if day and not first <= day[:10] <= last:
            yield row._replace(failures=(*row.failures, failure_of(day, line=row.line)))
        else:
            yield row
