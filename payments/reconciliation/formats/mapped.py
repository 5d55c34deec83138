"""
A bank's CSV read by a column mapping.

Below the entries, and above them, some banks write balances and totals, and what is only reserved, with words where the day would
be: such a row is no entry. Where the file has a running balance, each row must follow from the one before, from the first to the last or from the last to the
first: banks write either. That gives the opening and the closing balance too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO

from payments.reconciliation.formats.base import Item, NotAStatement, OpenStatement, StatementEntry
from payments.reconciliation.formats.references import structured_reference
from payments.settlement.formats.base import NotAReport
from payments.settlement.formats.checks import RowCheck, shown, written
from payments.settlement.formats.mapped_cells import Cells
from payments.settlement.formats.mapping import FIELDS, STATEMENT, MappingSpec, layout_of
from payments.settlement.formats.records import Columns, Layout, table_rows


def reader(spec: MappingSpec) -> Callable[[BinaryIO], Iterator[Item]]:
    """Return the reader of files that `spec` describes."""
    return lambda stream: _read(stream, spec)


def _read(stream: BinaryIO, spec: MappingSpec) -> Iterator[Item]:
    layout = layout_of(stream, spec)
    if layout is None:
        raise NotAStatement("the columns of this mapping are not in the file", code="column_missing")
    try:
        yield from _Reader(spec, Columns(layout.header)).items(stream, layout)
    except NotAReport as reason:
        raise NotAStatement(reason.message, line=reason.line, column=reason.column, code=reason.code) from reason


class _Reader:
    def __init__(self, spec: MappingSpec, columns: Columns) -> None:
        self._spec = spec
        self._cells = Cells(spec)
        self._at = {
            name: columns.find(spec.columns[name]) if name in spec.columns else -1 for name in FIELDS[STATEMENT]
        }
        self._balances = _RunningBalance()

    def items(self, stream: BinaryIO, layout: Layout) -> Iterator[Item]:
        """Yield the rows as entries, and behind them the one statement they are."""
        statement = OpenStatement(0, currency=self._spec.currency)
        needed = tuple(at for at in self._at.values() if at >= 0)[:1]
        remark: tuple[int, str] | None = None
        is_empty = True
        for line, cells, failures in table_rows(stream, layout, needed=needed):
            said = cells[self._at["booked_on"]].strip()
            if _is_remark(said) and not failures:
                remark = remark or (line, said)
                continue
            is_empty = False
            entry = self._entry(RowCheck(line, failures), cells, statement)
            days = [day for day in (statement.opened_on, statement.closed_on, entry.booked_on) if day]
            statement.opened_on, statement.closed_on = min(days, default=None), max(days, default=None)
            yield statement.count(entry)
        if remark is not None and is_empty:
            # Then it is the wrong column.
            statement.fail(remark[0], self._name("booked_on"), "date_malformed", f"{shown(remark[1])} is not a date")
        if self._at["balance"] >= 0:
            self._balances.close(statement)
        yield statement.close()

    def _entry(self, check: RowCheck, cells: list[str], statement: OpenStatement) -> StatementEntry:
        said = {name: cells[at].strip() for name, at in self._at.items()}
        currency = (said["currency"] or self._spec.currency).upper()
        statement.currency = statement.currency or currency
        minor = 0 if check.failures else self._amount(check, said, currency, statement)
        day = self._cells.day(check, said["booked_on"], self._name("booked_on"))
        if day is None and not check.failures:
            check.fail(self._name("booked_on"), "date_missing", "there is no date")
        value_on = self._cells.day(check, said["value_on"], self._name("value_on")) or day
        text = " ".join(part for part in (said["text"], said["more_text"]) if part)
        return StatementEntry(
            statement=0,
            line=check.line,
            amount_minor=minor,
            currency=currency,
            booked_on=day,
            value_on=value_on,
            text=text,
            end_to_end_id=said["end_to_end_id"],
            bank_reference=said["bank_reference"],
            counterparty_name=said["counterparty"],
            counterparty_iban="",
            is_pending=False,
            raw=self._spec.delimiter.join(cells[:-1]),
            failures=tuple(check.failures),
            reference=said["reference"] or structured_reference([said["text"], said["more_text"]]),
            own_key=said["bank_reference"],
        )

    def _amount(self, check: RowCheck, said: dict[str, str], currency: str, statement: OpenStatement) -> int:
        decimals = check.decimals(currency, self._name("currency"))
        if not check.failures and currency != statement.currency:
            message = f"the entry is in {shown(currency)}, the statement in {statement.currency}"
            check.fail(self._name("currency"), "currency_mismatch", message)
        names = ("debit", "credit") if self._spec.sign == "debit_credit" else ("amount",)
        if not any(said[name] for name in names) and not check.failures:
            check.fail(self._name(names[0]), "amount_missing", "there is no amount")
        parts = [self._cells.amount(check, said[name], decimals, self._name(name)) for name in names]
        minor = parts[0] if len(parts) == 1 else abs(parts[1]) - abs(parts[0])
        if self._spec.sign == "inverse":
            minor = -minor
        balance = (
            self._cells.amount(check, said["balance"], decimals, self._name("balance")) if said["balance"] else None
        )
        if not check.failures:
            self._balances.follow(check.line, minor, balance)
        return 0 if check.failures else minor

    def _name(self, name: str) -> str:
        return self._spec.columns.get(name, name)


def _is_remark(text: str) -> bool:
    """Say whether there are words, and not a single digit, where the day would be."""
    return text != "" and not any(char.isdigit() for char in text)


class _RunningBalance:
    """
    Follows the balance in both directions at once; what is left at the end is the direction the bank writes in.

    Some banks write it once a day: the rows between two balances must come to their difference.
    """

    def __init__(self) -> None:
        self._first: tuple[int, int] | None = None
        self._last = (0, 0)
        self._count = self._above = self._between = 0
        # Where the balance first did not follow, and by how much, reading downwards and upwards.
        self._broken: dict[str, tuple[int, int]] = {}

    def follow(self, line: int, minor: int, balance: int | None) -> None:
        """Note one row's amount and the balance behind it, where the bank writes one."""
        if balance is None:
            self._between += minor
            return
        if self._first is None:
            self._first, self._above = (minor, balance), self._between
        else:
            before_minor, before_balance = self._last
            downwards = before_balance + self._between + minor - balance
            upwards = balance + self._between + before_minor - before_balance
            if downwards:
                self._broken.setdefault("down", (line, downwards))
            if upwards:
                self._broken.setdefault("up", (line, upwards))
        self._last, self._between = (minor, balance), 0
        self._count += 1

    def close(self, statement: OpenStatement) -> None:
        """Give the statement its balances, or the failure that they do not follow. A single balance among other rows tells no direction, and proves nothing."""
        if self._first is None or (self._count == 1 and (self._above or self._between)):
            return
        if len(self._broken) == 2:
            line, off = max(self._broken.values())
            told = written(off, statement.currency)
            statement.fail(line, None, "running_balance", f"the balance on this line does not follow: {told} off")
        elif "down" not in self._broken:
            statement.opening_minor = self._first[1] - self._first[0] - self._above
            statement.closing_minor = self._last[1] + self._between
        else:
            statement.opening_minor = self._last[1] - self._last[0] - self._between
            statement.closing_minor = self._first[1] + self._above
