"""
Bankgirot's BgMax: each payment to a bankgiro number, section by section, and the deposits that bring them to the bank.

Fixed positions in lines of 80 characters. One statement is one section: a bankgiro number in one currency. Each payment is
an entry of its own, so that its reference can find its order; `carried_by` names the deposit, which the bank's own
statement shows as one sum. There are no balances: the sum and the count of each deposit must agree with its payments, and
the last record counts the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import BinaryIO, NamedTuple

from payments.reconciliation.formats.base import Item, NotAStatement, OpenStatement, StatementEntry
from payments.settlement.formats.checks import RowCheck, shown, written
from payments.settlement.formats.encoding import find_spelling
from payments.settlement.formats.records import LINE_CHARS_MAX, text_lines

_HEAD_BYTES = 1 << 14
_HEADER = re.compile(r"01BGMAX {15}\d\d")
# A fragment without its first record begins with a section.
_SECTION = re.compile(r"05\d{10}.{10}[A-Z]{3}\s*$")
# Bankgirot marks in the first record what is only a test; its payments are none.
_TEST_MARK = 45
_KINDS = frozenset({"01", "05", "15", "20", "21", "22", "23", "25", "26", "27", "28", "29", "70"})
# A payment has at most 99 references and 90 lines of text.
_MORE_MAX = 200
# Code 4 (and 5) says that the reference was dug out of the payer's text.
_OCR_CODES = frozenset({"2", "3", "4", "5"})


class Line(NamedTuple):
    """One record: its physical line, its kind, and its 80 characters."""

    number: int
    kind: str
    text: str

    def part(self, first: int, last: int) -> str:
        """Return the characters at the specification's positions, counted from 1, without blanks around them."""
        return self.text[first - 1 : last].strip()


@dataclass(slots=True)
class Deposit:
    """What one deposit record says, and what was counted of its payments."""

    line: Line
    account: str
    day: date | None
    serial: str
    minor: int
    count: int
    currency: str

    @property
    def name(self) -> str:
        """What a deposit is known by in every file: its day and number, unique for one bankgiro number."""
        return f"{self.day.isoformat() if self.day else ''}/{self.serial.lstrip('0')}"


@dataclass(slots=True)
class _Payment:
    line: Line
    more: list[Line] = field(default_factory=list)


def find_message(stream: BinaryIO) -> str | None:
    """Return "bgmax", or None if this is something else. Rewinds the stream."""
    head = stream.read(_HEAD_BYTES).decode("latin-1").lstrip("\ufeff\r\n")
    stream.seek(0)
    first = head.splitlines()[0] if head.strip() else ""
    return "bgmax" if _HEADER.match(first) or _SECTION.match(first) else None


def read(stream: BinaryIO) -> Iterator[Item]:
    """
    Yield each payment, and each section behind its payments.

    :raises NotAStatement: if a line is longer than any, there is no section, or the file is marked as a test.
    """
    first = next(_lines(stream), None)
    if first is not None and first.kind == "01" and first.part(_TEST_MARK, _TEST_MARK) == "T":
        raise NotAStatement("this is a test file of Bankgirot: no money came with it", code="test_file")
    deposits = [_deposit(line) for line in _lines(stream) if line.kind == "15"]
    yield from _Reader(iter(deposits)).items(_lines(stream))


def _lines(stream: BinaryIO) -> Iterator[Line]:
    encoding = find_spelling(stream).encoding
    for number, text in enumerate(text_lines(stream, encoding), start=1):
        if len(text) >= LINE_CHARS_MAX:
            raise NotAStatement(f"line {number} is too long for a record", line=number)
        content = text.rstrip("\r\n\x1a").lstrip("\ufeff").replace("\0", "\ufffd")
        if content.strip():
            yield Line(number, content[:2], content[:80])


def _deposit(line: Line) -> Deposit:
    return Deposit(
        line=line,
        account=line.part(3, 37).lstrip("0"),
        day=_day(line.part(38, 45)),
        serial=line.part(46, 50),
        minor=_number(line.part(51, 68)) or 0,
        count=_number(line.part(72, 79)) or 0,
        currency=line.part(69, 71).upper(),
    )


class _Reader:
    """Walks the records. A payment waits for what is said of it below; the deposit below it was read before."""

    def __init__(self, deposits: Iterator[Deposit]) -> None:
        self._deposits = deposits
        self._deposit: Deposit | None = next(deposits, None)
        self._open: OpenStatement | None = None
        self._payment: _Payment | None = None
        self._bankgiro = ""
        self._index = self._minor = self._count = 0
        self._line = 1
        # As the last record counts them: payments, deductions, further references, deposits.
        self._counts = [0, 0, 0, 0]
        self._is_whole = False

    def items(self, lines: Iterator[Line]) -> Iterator[Item]:
        """Yield payments and sections while records pass by."""
        is_first = True
        for line in lines:
            self._line = line.number
            if line.kind in ("22", "23", "25", "26", "27", "28", "29") and self._payment is not None:
                if len(self._payment.more) < _MORE_MAX:
                    self._payment.more.append(line)
                self._counts[2] += line.kind in ("22", "23")
                continue
            yield from self._finish_payment()
            if line.kind == "05":
                yield from self._finish(is_partial=False)
                self._begin(line)
            elif line.kind in ("20", "21"):
                self._payment = _Payment(line)
                self._counts[0 if line.kind == "20" else 1] += 1
            elif line.kind == "15":
                self._compare(line)
            elif line.kind == "70":
                self._trailer(line)
            elif not (line.kind == "01" and is_first):
                self._strange(line)
            is_first = False
        yield from self._finish_payment()
        yield from self._finish(is_partial=not self._is_whole)
        if self._index == 0:
            raise NotAStatement("the file holds no payment and no deposit", code="statement_missing")

    def _begin(self, line: Line) -> None:
        self._bankgiro = line.part(3, 12).lstrip("0")
        self._open = OpenStatement(self._index, currency=line.part(23, 25).upper())
        self._open.number = f"{self._bankgiro[:-4]}-{self._bankgiro[-4:]}"
        self._open.total_minor = 0

    def _section(self, line: Line) -> OpenStatement:
        if self._open is None:
            self._open = OpenStatement(self._index)
            self._open.fail(line.number, None, "section_missing", "no section begins before this record")
        return self._open

    def _finish_payment(self) -> Iterator[Item]:
        if self._payment is None:
            return
        statement = self._section(self._payment.line)
        entry = _read_payment(statement, self._payment, self._deposit, self._bankgiro)
        self._payment = None
        self._minor, self._count = self._minor + entry.amount_minor, self._count + 1
        yield statement.count(entry)

    def _compare(self, line: Line) -> None:
        """A deposit ends: what it says must be what its payments come to."""
        deposit, statement = self._deposit, self._section(line)
        if deposit is None:
            return
        check = RowCheck(line.number)
        if deposit.day is None:
            check.fail("38-45", "date_malformed", f"{shown(line.part(38, 45))} is not a date")
        if deposit.currency != statement.currency:
            message = f"the deposit is in {shown(deposit.currency)}, the section in {shown(statement.currency)}"
            check.fail("69-71", "currency_mismatch", message)
        if deposit.count != self._count:
            check.fail(
                "72-79", "deposit_count", f"the deposit counts {deposit.count} payments, {self._count} are there"
            )
        if deposit.minor != self._minor:
            told, found = (written(minor, statement.currency) for minor in (deposit.minor, self._minor))
            check.fail("51-68", "deposit_sum", f"the deposit is {told}, its payments come to {found}")
        statement.failures.extend(check.failures)
        statement.account = statement.account or deposit.account
        statement.total_minor = (statement.total_minor or 0) + deposit.minor
        days = [day for day in (statement.opened_on, statement.closed_on, deposit.day) if day]
        statement.opened_on, statement.closed_on = min(days, default=None), max(days, default=None)
        self._counts[3] += 1
        self._minor = self._count = 0
        self._deposit = next(self._deposits, None)

    def _trailer(self, line: Line) -> None:
        told = [_number(line.part(first, first + 7)) for first in (3, 11, 19, 27)]
        self._is_whole = True
        if told != self._counts:
            names = "payments, deductions, further references and deposits"
            message = f"the last record counts {told} {names}, {self._counts} are there"
            self._section(line).fail(line.number, None, "trailer_mismatch", message)

    def _strange(self, line: Line) -> None:
        known = line.kind in _KINDS
        message = "this record belongs to no payment" if known else f"{shown(line.kind)} is no kind of record"
        self._section(line).fail(line.number, None, "record_unknown", message)

    def _finish(self, *, is_partial: bool) -> Iterator[Item]:
        if self._open is None:
            return
        statement, self._open = self._open, None
        if self._count:
            statement.fail(self._line, None, "deposit_missing", f"no deposit brings the last {self._count} payments")
            self._minor = self._count = 0
        statement.is_partial = is_partial
        self._index += 1
        yield statement.close()


def _read_payment(
    statement: OpenStatement, payment: _Payment, deposit: Deposit | None, bankgiro: str
) -> StatementEntry:
    line = payment.line
    check = RowCheck(line.number)
    # Amounts are in hundredths in both currencies Bankgirot knows.
    minor = _number(line.part(38, 55))
    check.decimals(statement.currency, "05")
    if minor is None:
        check.fail("38-55", "amount_malformed", f"{shown(line.part(38, 55))} is not a whole number")
        minor = 0
    if line.kind == "21":
        minor = -minor
    day = deposit.day if deposit else None
    if day is None:
        check.fail(None, "date_missing", "no deposit says when this payment was booked")
    references = _references(payment)
    texts = [more.part(3, 52) for more in payment.more if more.kind == "25"]
    names = [more.part(3, 37) for more in payment.more if more.kind == "26"]
    serial = line.part(58, 69)
    return StatementEntry(
        statement=statement.index,
        line=line.number,
        amount_minor=minor,
        currency=statement.currency,
        booked_on=day,
        value_on=day,
        text=" ".join(part for part in (*references, *texts) if part),
        end_to_end_id="",
        bank_reference=serial,
        counterparty_name=" ".join(names),
        counterparty_iban="",
        is_pending=False,
        raw="\n".join(record.text.rstrip() for record in (line, *payment.more)),
        failures=tuple(check.failures),
        reference=" ".join(references),
        carried_by=f"bankgiro {bankgiro} {deposit.name}" if deposit else "",
        # Bankgirot numbers the payments of a day; the same number comes again another day.
        own_key=f"bgmax/{bankgiro}/{line.kind}/{deposit.name if deposit else ''}/{serial}",
    )


def _references(payment: _Payment) -> list[str]:
    """Return what the payer quoted, each once. Several may share the first record's field, with a comma between."""
    found = [payment.line.part(13, 37)] if payment.line.part(56, 56) in _OCR_CODES else []
    found += [more.part(13, 37) for more in payment.more if more.kind in ("22", "23")]
    told = [part.strip() for text in found for part in text.split(",") if part.strip()]
    if not told and payment.line.part(13, 37):
        told = [payment.line.part(13, 37)]
    return list(dict.fromkeys(told))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def _day(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None
