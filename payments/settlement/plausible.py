"""Days that cannot be: a report that speaks of the year 9999 would make everything until then look overdue, so it is blocked and says why."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from payments.settlement.formats.base import ReportRow, RowFailure
from payments.settlement.formats.sets import RowSet

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


class PlausibleDays:
    """The days that a file received then can speak of."""

    def __init__(self, *, received_at: datetime) -> None:
        self._first, self._last = FIRST_DAY.isoformat(), last_day(received_at).isoformat()

    def hold(self, found: RowSet) -> bool:
        """Whether every row of a set speaks of such a day."""
        # A report has few days and a thousand moments: those of rows without a day are asked for only where there are such rows.
        days = set(found.booked_on) if all(found.booked_on) else {*found.booked_on, *found.occurred_at}
        return all(self._first <= day[:10] <= self._last for day in days if day)

    def checked(self, row: ReportRow) -> ReportRow:
        """Return the row; one whose day cannot be has failed."""
        day = row.booked_on or row.occurred_at
        if day and not self._first <= day[:10] <= self._last:
            return row._replace(failures=(*row.failures, failure_of(day, line=row.line)))
        return row
