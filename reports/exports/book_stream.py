"""The ledger as a stream of vouchers: one session, one snapshot, a server-side cursor, so memory stays the same whatever the number of journals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import Any, cast
from uuid import UUID

from psycopg import Connection, IsolationLevel
from psycopg.rows import tuple_row

from merchant.core import db
from merchant.core.errors import AppError
from merchant.core.tenancy import current_merchant_id
from payments.accounting.charts import ChartLine
from payments.accounting.queries import DAY_TOTALS
from reports.exports.formats.books import Balance, BookFormat, BookLeg, Head, Voucher, finder_of
from reports.exports.streaming import PIECE_BYTES, RowsMissing, Totals

# Rows a round trip to PostgreSQL brings: a few hundred kilobytes.
_ROWS_AT_ONCE = 5_000


class PeriodReopened(AppError):
    """The days were closed when the file was asked for and are open now."""

    code = "period_reopened"
    detail = "The period was opened again while the file waited to be made."
    next_step = "Ask for the file again."


class BookStream:
    """
    The bytes of one journal file. Iterating opens a session with a snapshot of its own, and closes it however the iteration ends.

    `rows_written` counts postings; at the end `days` and `totals` are there, proven equal to what the ledger sums up itself in the same snapshot.
    """

    def __init__(self, format_: BookFormat, head: Head) -> None:
        self.format, self.head = format_, head
        self.rows_written = 0
        self.days: dict[str, tuple[int, int]] = {}
        self.totals = Totals()
        self._merchant_id: UUID = current_merchant_id()
        self._debits: dict[str, int] = {}
        self._noted: dict[str, int] = {}
        self._find = finder_of(head).find
        self._session: Connection[Any] | None = None

    def __iter__(self) -> Iterator[bytes]:
        session = cast("Connection[Any]", db.open_session(autocommit=False))
        try:
            session.isolation_level = IsolationLevel.REPEATABLE_READ
            session.read_only = True
            self._session = session
            self._require_still_closed()
            yield from _in_pieces(self.format.write(self.head, self))
            self._prove()
        finally:
            self._session = None
            session.close()

    def vouchers(self) -> Iterator[Voucher]:
        """Return the vouchers of the head's days."""
        days = {"from": self.head.date_from, "to": self.head.date_to}
        statement = _JOURNALS if self.head.detail == "journals" else _DAYS
        number = self._rows(_BEFORE, {"fiscal_from": self.head.fiscal_from, **days})[0][self.head.detail == "days"]
        with self._opened.cursor(name="vouchers", row_factory=tuple_row) as cursor:
            cursor.itersize = _ROWS_AT_ONCE
            cursor.execute(statement, {"merchant": self._merchant_id, **days, "names": self.head.names_orders})  # type: ignore[arg-type]
            for _key, group in groupby(cursor, key=lambda row: row[:2]):
                number += 1
                yield self._voucher(number, list(group))

    def balances(self) -> Sequence[Balance]:
        """Return where every account of the plan stood before the head's days, and what they moved."""
        sums: dict[str, tuple[ChartLine, int, int]] = {}
        for kind, subject, before, moved in self._rows(
            _BALANCES, {"from": self.head.date_from, "to": self.head.date_to}
        ):
            line = self._line(kind, subject)
            first, was, went = sums.get(line.number, (line, 0, 0))
            sums[line.number] = (first, was + int(before), went + int(moved))
        return [Balance(*found) for _number, found in sorted(sums.items())]

    def note(self, **minor: int) -> None:
        """Add to figures that stand beside the control totals."""
        for name, amount in minor.items():
            self._noted[name] = self._noted.get(name, 0) + amount

    @property
    def _opened(self) -> Connection[Any]:
        assert self._session is not None
        return self._session

    def _rows(self, statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
        with self._opened.cursor(row_factory=tuple_row) as cursor:
            cursor.execute(statement, {"merchant": self._merchant_id, **parameters})  # type: ignore[arg-type]
            return cursor.fetchall()

    def _voucher(self, number: int, rows: list[tuple[Any, ...]]) -> Voucher:
        day, reference, booked_on, text = rows[0][:4]
        legs = tuple(BookLeg(self._line(row[4], row[5]), *row[4:]) for row in rows)
        key = str(day)
        self._debits[key] = self._debits.get(key, 0) + sum(leg.base_minor for leg in legs if leg.base_minor > 0)
        self.rows_written += len(legs)
        return Voucher(number, reference, day, booked_on, text, legs)

    def _line(self, kind: str, subject: str) -> ChartLine:
        line = self._find(kind, subject)
        assert line is not None, f"{kind} {subject} was mapped when the file was asked for"
        return line

    def _require_still_closed(self) -> None:
        if self.head.closing is None:
            return
        [(is_closed,)] = self._rows(_STILL_CLOSED, {"number": self.head.closing, "to": self.head.date_to})
        if not is_closed:
            raise PeriodReopened()

    def _prove(self) -> None:
        """Compare what was written, day by day, with what the ledger sums up, and keep it as control totals."""
        found = self._rows(DAY_TOTALS, {"from": self.head.date_from, "to": self.head.date_to})
        self.days = {str(day): (journals, int(debit)) for day, journals, debit in found}
        asked = {day: debit for day, (_journals, debit) in self.days.items()}
        if asked != self._debits:
            raise RowsMissing("the days of the file do not sum up to those of the ledger")
        debit = sum(asked.values())
        figures = {
            "rows": self.rows_written,
            "journals": sum(journals for journals, _debit in self.days.values()),
            "debit_minor": debit,
            "credit_minor": debit,
            **self._noted,
        }
        self.totals = Totals(self.rows_written, {self.head.currency: figures})


def unmapped_accounts(head: Head, accounts: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the accounts that have no number in the head's plan and were booked on in its days."""
    find = finder_of(head).find
    missing = [account for account in accounts if find(*account) is None]
    days = {"merchant": current_merchant_id(), "from": head.date_from, "to": head.date_to}
    return [
        (kind, subject) for kind, subject in missing if db.rows(_IS_USED, {**days, "kind": kind, "subject": subject})
    ]


def _in_pieces(parts: Iterator[bytes]) -> Iterator[bytes]:
    piece = bytearray()
    for part in parts:
        piece += part
        if len(piece) >= PIECE_BYTES:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece)


def fiscal_year(day: date, first_month: int) -> tuple[date, date]:
    """Return the first and last day of the financial year of `day`, which begins on the first of a month."""
    year = day.year if day.month >= first_month else day.year - 1
    return date(year, first_month, 1), date.fromordinal(date(year + 1, first_month, 1).toordinal() - 1)


_FROM = """
FROM ledger_journal j JOIN merchant_merchant m ON m.id = j.merchant_id JOIN ledger_posting p ON p.journal_id = j.id
JOIN ledger_account a ON a.id = p.account_id WHERE j.merchant_id = %(merchant)s AND j.business_date BETWEEN %(from)s AND %(to)s
"""
# What a fact is about, as papers name it: the number of an order, the reference of a payout.
_NAMED = """
LEFT JOIN order_order o ON %(names)s AND o.id = CASE WHEN j.about LIKE 'order:%%' THEN substr(j.about, 7)::uuid END
LEFT JOIN settlement_payout payout ON %(names)s AND payout.id = CASE WHEN j.about LIKE 'payout:%%' THEN substr(j.about, 8)::uuid END
"""
_JOURNALS = f"""
SELECT j.business_date, j.id::text, (j.booked_at AT TIME ZONE m.zone)::date, initcap(left(replace(j.recipe, '_', ' '), 1))
    || substr(replace(j.recipe, '_', ' '), 2) || coalesce(' ' || o.number, ' ' || payout.reference, '') || CASE WHEN j.text = '' THEN '' ELSE ': ' || j.text END,
    a.kind, a.subject, p.currency, p.amount_minor, p.base_minor
{_FROM.replace("WHERE", _NAMED + "WHERE")} ORDER BY j.business_date, j.id, p.id
"""
_DAYS = f"""
SELECT j.business_date, to_char(j.business_date, 'YYYYMMDD'), j.business_date, 'All facts of ' || j.business_date,
    a.kind, a.subject, p.currency, sum(p.amount_minor)::bigint, sum(p.base_minor)::bigint
{_FROM} GROUP BY j.business_date, a.kind, a.subject, p.currency, p.base_minor > 0 ORDER BY j.business_date, a.kind, a.subject, p.currency, p.base_minor > 0 DESC
"""
_BEFORE = """
SELECT count(*), count(DISTINCT business_date) FROM ledger_journal
WHERE merchant_id = %(merchant)s AND business_date >= %(fiscal_from)s AND business_date < %(from)s
"""
_BALANCES = """
SELECT a.kind, a.subject, coalesce(sum(p.base_minor) FILTER (WHERE j.business_date < %(from)s), 0), coalesce(sum(p.base_minor) FILTER (WHERE j.business_date >= %(from)s), 0)
FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id JOIN ledger_journal j ON j.id = p.journal_id
WHERE a.merchant_id = %(merchant)s AND j.business_date <= %(to)s GROUP BY a.kind, a.subject ORDER BY 1, 2
"""
_STILL_CLOSED = """
SELECT NOT EXISTS (SELECT FROM ledger_period_lock WHERE merchant_id = %(merchant)s AND number >= %(number)s AND locked_until < %(to)s)
"""
_IS_USED = """
SELECT 1 FROM ledger_account a WHERE a.merchant_id = %(merchant)s AND a.kind = %(kind)s AND a.subject = %(subject)s
AND EXISTS (SELECT FROM ledger_posting p JOIN ledger_journal j ON j.id = p.journal_id WHERE p.account_id = a.id AND j.business_date BETWEEN %(from)s AND %(to)s) LIMIT 1
"""
