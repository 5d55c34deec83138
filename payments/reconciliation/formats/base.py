"""The normal form of a bank statement: entries, statements, and the summary that is printed and stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, Literal

from payments.settlement.formats.base import ROW_FAILURES_MAX, RowFailure

Status = Literal["of_another_account", "balanced", "unproven", "out_of_balance", "refused"]
# From best to worst; a file is as good as its worst statement. What is of another account says nothing about this one.
_STATUSES: tuple[Status, ...] = ("of_another_account", "balanced", "unproven", "out_of_balance", "refused")


class NotAStatement(Exception):
    """
    The file is no bank statement we know, or cannot be read to its end. Nothing of it is kept.

    `line` is None where it is no matter of one; `data` is what else is kept of the reason.
    """

    def __init__(
        self,
        message: str,
        *,
        line: int | None = None,
        column: str | None = None,
        code: str = "not_a_statement",
        data: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.data = data or {}
        self.message = message
        self.line = line
        self.column = column
        self.code = code

    @property
    def as_refusal(self) -> dict[str, Any]:
        """What is stored with the file that it refuses."""
        return {"code": self.code, "message": self.message, "line": self.line, "column": self.column, **self.data}


@dataclass(frozen=True, slots=True)
class EntryDetail:
    """One payment inside a batch booking. `amount_minor` is signed, None where the bank does not say."""

    amount_minor: int | None
    text: str
    end_to_end_id: str
    counterparty_name: str
    counterparty_iban: str
    currency: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class StatementEntry:
    """
    One line of a statement. `amount_minor` is signed from the account holder's view, in `currency`.

    `statement` is the index of its statement in the file, `occurrence` counts equal entries of that statement from 1,
    so that two real payments that look the same stay two. Pending entries are not part of any sum.

    `reference` is what the payer was asked to quote (an OCR or RF number; several with a space between). `carried_by` names
    the sum booking that brings the entry, where the file lists the payments of it. `own_key` is the bank's own key of the
    entry: with amount and day it alone tells entries apart, whatever the bank writes around it the next time.
    """

    statement: int
    line: int
    amount_minor: int
    currency: str
    booked_on: date | None
    value_on: date | None
    text: str
    end_to_end_id: str
    bank_reference: str
    counterparty_name: str
    counterparty_iban: str
    is_pending: bool
    raw: str
    details: tuple[EntryDetail, ...] = ()
    occurrence: int = 1
    failures: tuple[RowFailure, ...] = ()
    reference: str = ""
    carried_by: str = ""
    own_key: str = ""

    @property
    def identity(self) -> tuple[object, ...]:
        """What makes two entries equal: everything the bank says but where in the file it says it."""
        if self.own_key:
            return self.own_key, self.amount_minor, self.currency, self.booked_on
        return (
            self.amount_minor,
            self.currency,
            self.booked_on,
            self.value_on,
            self.text,
            self.end_to_end_id,
            self.bank_reference,
            self.counterparty_iban,
            self.is_pending,
        )


@dataclass(frozen=True, slots=True)
class Marks:
    """What a bank writes on each page of a statement beside account, currency and number, "" where it does not: days and `period` as the file has them."""

    identifier: str = ""
    legal_number: str = ""
    period: str = ""
    opens_on: str = ""
    closes_on: str = ""


NO_MARKS = Marks()


@dataclass(frozen=True, slots=True)
class Statement:
    """
    One logical statement, its pages joined. Balances are minor units, None where the bank does not give them.

    `total_minor` is what the file itself says its entries come to, where it states that instead of balances.
    `is_partial` when pages are missing: its balances are those of the pages that are there, `first_page` to `last_page`.
    `marks` are what its pages have to agree in. `is_notice` of a notification or a report of the day (camt.054, camt.052): it proves nothing, so it waits for no page.
    """

    index: int
    account: str
    currency: str
    number: str
    opened_on: date | None
    closed_on: date | None
    opening_minor: int | None
    closing_minor: int | None
    entry_count: int
    sum_minor: int
    is_partial: bool = False
    failures: tuple[RowFailure, ...] = ()
    has_failed_entries: bool = False
    total_minor: int | None = None
    is_of_another: bool = False
    first_page: int = 1
    last_page: int = 1
    is_last_page: bool = True
    marks: Marks = NO_MARKS
    is_notice: bool = False

    @property
    def waits_for_pages(self) -> bool:
        """Whether it says that pages of it are elsewhere, and those that are here do not prove themselves."""
        is_proven = self.difference_minor == 0 and not self.failures
        return self.lacks_pages and not is_proven and not self.has_failed_entries and not self.is_notice

    @property
    def lacks_pages(self) -> bool:
        """Whether it says that pages of it are elsewhere."""
        return self.first_page > 1 or not self.is_last_page

    @property
    def difference_minor(self) -> int | None:
        """Opening + sum - closing, or sum - total where the file states a total; None while neither is there."""
        if self.total_minor is not None:
            return self.sum_minor - self.total_minor
        if self.opening_minor is None or self.closing_minor is None:
            return None
        return self.opening_minor + self.sum_minor - self.closing_minor

    @property
    def status(self) -> Status:
        """Whether the statement proves itself."""
        if self.is_of_another:
            return "of_another_account"
        if self.difference_minor or self.failures or self.has_failed_entries:
            return "out_of_balance"
        return "unproven" if self.difference_minor is None or self.is_partial else "balanced"

    def as_json(self) -> dict[str, Any]:
        """Return the item that `import_statement --json` prints."""
        return {
            "account": self.account,
            "currency": self.currency,
            "number": self.number,
            "from": self.opened_on.isoformat() if self.opened_on else None,
            "to": self.closed_on.isoformat() if self.closed_on else None,
            "opening_minor": self.opening_minor,
            "closing_minor": self.closing_minor,
            "entries": self.entry_count,
            "sum_minor": self.sum_minor,
            "difference_minor": self.difference_minor,
            "status": self.status,
        }


Item = StatementEntry | Statement


@dataclass(frozen=True, slots=True)
class StatementSummary:
    """What a statement file adds up to."""

    format: str | None
    status: Status
    statements: tuple[Statement, ...]
    row_failures: tuple[RowFailure, ...]

    @classmethod
    def refused(cls, reason: NotAStatement) -> StatementSummary:
        """Return the summary of a file that was not read."""
        failure = RowFailure(reason.line or 0, reason.column, reason.code, reason.message)
        return cls(None, "refused", (), (failure,))

    def as_json(self, *, duplicate_of: str | None = None) -> dict[str, Any]:
        """Return the document that `import_statement --json` prints."""
        return {
            "format": self.format,
            "status": self.status,
            "statements": [statement.as_json() for statement in self.statements],
            "row_failures": [asdict(failure) for failure in self.row_failures],
            "duplicate_of": duplicate_of,
        }


def worst(statements: Sequence[Statement]) -> Status:
    """Return the status of a file with these statements; one without any is balanced."""
    return _STATUSES[max((_STATUSES.index(statement.status) for statement in statements), default=1)]


class StatementTally:
    """Collects statements and failures while the items of a file pass by; entries themselves are not kept."""

    def __init__(self, format_code: str) -> None:
        self._format = format_code
        self._statements: list[Statement] = []
        self._failures: list[RowFailure] = []

    def add(self, item: Item) -> None:
        """Count one item."""
        self._failures.extend(item.failures[: max(0, ROW_FAILURES_MAX - len(self._failures))])
        if isinstance(item, Statement):
            self._statements.append(item)

    def summary(self) -> StatementSummary:
        """Return what the items so far add up to."""
        failures = tuple(sorted(self._failures, key=lambda failure: failure.line))
        return StatementSummary(self._format, worst(self._statements), tuple(self._statements), failures)


class OpenStatement:
    """Sums one logical statement while its entries are read. `close` gives the finished statement."""

    def __init__(self, index: int, *, account: str = "", currency: str = "") -> None:
        self.index = index
        self.account = account
        self.currency = currency
        self.number = ""
        self.opened_on: date | None = None
        self.closed_on: date | None = None
        self.opening_minor: int | None = None
        self.closing_minor: int | None = None
        self.has_opening = False
        self.is_partial = False
        self.total_minor: int | None = None
        self.first_page, self.last_page, self.is_last_page = 1, 1, True
        self.marks = NO_MARKS
        self.is_notice = False
        self.failures: list[RowFailure] = []
        self._entry_count = 0
        self._sum_minor = 0
        self._has_failed_entries = False
        self._seen: dict[int, int] = {}

    def count(self, entry: StatementEntry) -> StatementEntry:
        """Add a booked entry to the sum and return it with its occurrence. A failed or pending one is only told."""
        self._has_failed_entries = self._has_failed_entries or bool(entry.failures)
        if not entry.is_pending:
            self._entry_count += 1
            if entry.currency == self.currency:
                self._sum_minor += entry.amount_minor
        key = hash(entry.identity)
        self._seen[key] = self._seen.get(key, 0) + 1
        return entry if self._seen[key] == 1 else replace(entry, occurrence=self._seen[key])

    def fail(self, line: int, column: str | None, code: str, message: str) -> None:
        """Note that the statement as a whole cannot be trusted."""
        self.failures.append(RowFailure(line, column, code, message))

    def close(self) -> Statement:
        """Return the statement as far as it was read."""
        return Statement(
            index=self.index,
            account=self.account,
            currency=self.currency,
            number=self.number,
            opened_on=self.opened_on,
            closed_on=self.closed_on,
            opening_minor=self.opening_minor,
            closing_minor=self.closing_minor,
            entry_count=self._entry_count,
            sum_minor=self._sum_minor,
            is_partial=self.is_partial,
            failures=tuple(self.failures),
            has_failed_entries=self._has_failed_entries,
            total_minor=self.total_minor,
            first_page=self.first_page,
            last_page=self.last_page,
            is_last_page=self.is_last_page,
            marks=self.marks,
            is_notice=self.is_notice,
        )
