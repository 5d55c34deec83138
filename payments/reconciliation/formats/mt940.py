"""
SWIFT customer statements (MT940) and intraday reports (MT942), as banks really write them.

Read line by line, so that a line that cannot be read costs that entry and not the file, and every entry knows its
physical line. Details (`:86:`) stand behind their entry; a few banks write them before it, which is told by the page as a whole. Pages (62M to 60M) are joined into one statement; several statements may stand in one file. A day that
does not exist (30 February, a bank's way to write the month's last interest day) becomes the last day of its month.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date
from typing import BinaryIO, NamedTuple

from merchant.core.money import EXPONENTS
from payments.reconciliation.formats.base import Item, NotAStatement, OpenStatement, StatementEntry
from payments.reconciliation.formats.mt940_details import read_details
from payments.settlement.formats.checks import RowCheck, shown, written
from payments.settlement.formats.encoding import find_spelling
from payments.settlement.formats.records import LINE_CHARS_MAX, text_lines

_FIELD = re.compile(r":([0-9]{2}[A-Z]?|NS):(.*)", re.DOTALL)
_BALANCE = re.compile(r"([CD])(\d{6})([A-Z]{3})([\d,.]+)", re.ASCII)
_ENTRY = re.compile(
    r"(?P<value>\d{6})(?P<entry>\d{4}|[ ]{4})?(?P<mark>R?[CD])(?P<funds>[A-Z])?[ ]?(?P<amount>[\d,.]{1,18})[ ]?"
    r"(?P<type>(?!NONREF)[A-Z][A-Z0-9 ]{3})?(?P<reference>(?:(?!//).)*)(?://(?P<bank>.*))?",
    re.ASCII,
)
_TOTAL = re.compile(r"(\d{1,5})([A-Z]{3})([\d,.]+)", re.ASCII)
_NO_REFERENCE = frozenset({"", "NONREF", "NOREF", "KREF+", "EREF+", "EREF", "PREF", "MARF"})
# A field is a handful of lines; a file that is none would otherwise be gathered whole.
_FIELD_LINES_MAX = 1_000
_TAG_CHARS_MAX = 10
_ENTRY_TAGS = (":61:", ":86:")
# Where entries of a page begin and end; what stands behind the end is said of the page.
_PAGE_BEGINS = (":20:", ":60F:", ":60M:")
_PAGE_ENDS = (":62F:", ":62M:", ":90D:", ":90C:")
_HEAD_CHARS_MAX = 1 << 16


class Field(NamedTuple):
    """One `:tag:` with the lines that continue it."""

    line: int
    tag: str
    lines: tuple[str, ...]


def find_message(stream: BinaryIO) -> str | None:
    """Return "mt940", "mt942", or None if this is neither. Rewinds the stream."""
    encoding = find_spelling(stream).encoding
    head = stream.read(_HEAD_CHARS_MAX).decode(encoding, errors="replace")
    stream.seek(0)
    tags = set(re.findall(r"(?m)^:([0-9]{2}[A-Z]?):", head.replace("\r", "\n")))
    tags = {"25" if tag == "25P" else tag for tag in tags}
    if not {"20", "25"} <= tags and not {"25", "60F"} <= tags:
        return None
    if tags & {"60F", "60M", "62F", "62M"}:
        return "mt940"
    return "mt942" if tags & {"34F", "90D", "90C", "61"} else None


def read(stream: BinaryIO) -> Iterator[Item]:
    """
    Yield each entry, and each statement behind its entries.

    :raises NotAStatement: if a line is longer than any statement's, or there is no statement.
    """
    layouts = list(_layouts(stream))
    stream.seek(0)
    yield from _Reader(layouts).items(_fields(stream))


def _layouts(stream: BinaryIO) -> Iterator[str]:
    """Yield of each page how its details stand: `behind` their entries, `before` them, or `unclear`. Looks at the tags alone."""
    stream.seek(0)
    order: list[str] = []
    is_open = True
    for text in text_lines(stream, find_spelling(stream).encoding):
        line = text[:_TAG_CHARS_MAX].lstrip("\ufeff\x01")
        tag = line[:4]
        if tag in _ENTRY_TAGS:
            if is_open:
                _note(order, tag)
        elif line.startswith(_PAGE_BEGINS):
            yield _layout(order)
            order, is_open = [], True
        elif line.startswith(_PAGE_ENDS):
            is_open = False
    yield _layout(order)


def _note(order: list[str], tag: str) -> None:
    """Keep what tells layouts apart of the order of tags: the first, the last, how many details there are, and whether two of a kind ever follow each other."""
    if not order:
        order.extend((tag, tag, "", ""))
    else:
        if tag == order[1]:
            order[2] = "repeated"
        order[1] = tag
    order[3] = "several" if tag == ":86:" and order[3] else order[3] or ("one" if tag == ":86:" else "")


def _layout(order: list[str]) -> str:
    if not order or order[0] == ":61:" or order[1] == ":86:":
        return "behind"
    _first, _last, repeated, details = order
    if not repeated:
        return "before"
    # The only details stand before the first of several entries: they are the page's own.
    return "unclear" if details == "several" else "behind"


def _fields(stream: BinaryIO) -> Iterator[Field]:
    """Yield the fields of all messages; what stands outside of them (SWIFT headers, bank's own lines) is passed over."""
    line, tag = 0, ""
    lines: list[str] = []
    for number, text in enumerate(text_lines(stream, find_spelling(stream).encoding), start=1):
        if len(text) >= LINE_CHARS_MAX:
            raise NotAStatement(f"line {number} is too long for a statement", line=number)
        content = text.rstrip("\r\n").lstrip("\ufeff\x01").replace("\0", "\ufffd")
        match = _FIELD.match(content)
        is_end = content.strip("\x03\x1a ") in ("-", "-}", "-}{5:}") or content.startswith(("{1:", "{4:", "-}"))
        if match is not None or is_end:
            if tag:
                yield Field(line, tag, tuple(lines))
            line, tag, lines = (number, match[1], [match[2]]) if match is not None else (0, "", [])
            if is_end:
                yield Field(number, "", ())
        elif tag and content.strip():
            if len(lines) >= _FIELD_LINES_MAX:
                raise NotAStatement(f"the field on line {line} does not end", line=line)
            lines.append(content)
    if tag:
        yield Field(line, tag, tuple(lines))


class _Reader:
    """Walks the fields. An entry waits for its `:86:`; a page that ended in 62M waits for the next 60M."""

    def __init__(self, layouts: Sequence[str]) -> None:
        # What stands before the first page is one too.
        self._layouts = iter(layouts)
        self._layout = next(self._layouts, "behind")
        self._before: Field | None = None
        self._open: OpenStatement | None = None
        self._entry: tuple[Field, list[Field]] | None = None
        self._is_waiting = False
        self._is_closed = False
        self._index = 0
        self._account = ""
        self._number = ""

    def items(self, fields: Iterator[Field]) -> Iterator[Item]:  # noqa: C901 - one branch for each field of the format
        """Yield entries and statements while fields pass by."""
        for field in fields:
            if self._entry is not None and (field.tag == "NS" or (field.tag == "86" and self._layout != "before")):
                self._entry[1].append(field)
                continue
            yield from self._finish_entry()
            if field.tag == "86":
                self._before = field if self._layout == "before" else None
                continue
            if field.tag in ("20", "60F", "60M"):
                self._layout, self._before = next(self._layouts, "behind"), None
            if field.tag in ("", "20"):
                yield from self._end_message()
            elif field.tag in ("25", "25P"):
                yield from self._name_account(field)
            elif field.tag in ("28", "28C"):
                self._number = field.lines[0].strip().partition("/")[0]
            elif field.tag in ("60F", "60M"):
                yield from self._opening(field)
            elif field.tag in ("62F", "62M"):
                self._closing(field)
            elif field.tag == "61":
                if self._layout == "unclear":
                    message = "details (:86:) stand before entries, but not before each: it is not clear which belong together"
                    self._statement(field.line).fail(field.line, ":86:", "details_unclear", message)
                    self._layout = "behind"
                self._statement(field.line)
                self._entry = (field, [self._before] if self._before is not None else [])
                self._before = None
            elif field.tag == "34F":
                statement = self._statement(field.line)
                statement.currency = statement.currency or field.lines[0].strip()[:3].upper()
            elif field.tag in ("90D", "90C"):
                self._trailer(field)
        yield from self._finish_entry()
        yield from self._end_message()
        yield from self._finish(is_partial=True)
        if self._index == 0:
            raise NotAStatement("the file holds no statement", code="statement_missing")

    def _end_message(self) -> Iterator[Item]:
        """A message ends: its statement too, unless its last balance said that a page follows."""
        if self._open is not None and not self._is_waiting:
            yield from self._finish(is_partial=False)
        self._account, self._number = "", ""

    def _name_account(self, field: Field) -> Iterator[Item]:
        self._account = field.lines[0].strip()
        if self._open is not None and self._open.account != self._account:
            yield from self._finish(is_partial=True)

    def _statement(self, line: int) -> OpenStatement:
        """Return the statement being read; opens one if the file did not begin it with a balance."""
        if self._open is None:
            self._open = OpenStatement(self._index, account=self._account)
            self._open.number = self._number
            self._debits, self._credits = [0, 0], [0, 0]
        return self._open

    def _opening(self, field: Field) -> Iterator[Item]:
        if self._open is not None and (field.tag == "60F" or not self._is_waiting):
            yield from self._finish(is_partial=True)
        is_continued = self._open is not None
        statement = self._statement(field.line)
        balance = _balance(field, statement)
        if is_continued:
            if balance is not None and statement.closing_minor is not None and balance[1] != statement.closing_minor:
                opens, closed = (written(minor, statement.currency) for minor in (balance[1], statement.closing_minor))
                message = f"the page opens with {opens}, the one before closed with {closed}"
                statement.fail(field.line, f":{field.tag}:", "page_chain", message)
            statement.closing_minor = None
        elif balance is not None:
            statement.opened_on, statement.opening_minor = balance
            statement.is_partial = field.tag == "60M"
        self._is_waiting = False

    def _closing(self, field: Field) -> None:
        statement = self._statement(field.line)
        balance = _balance(field, statement)
        if balance is not None:
            statement.closed_on, statement.closing_minor = balance
        self._is_waiting = field.tag == "62M"

    def _trailer(self, field: Field) -> None:
        """Check an intraday report's own count and sum of debits or credits."""
        statement = self._statement(field.line)
        match = _TOTAL.match(field.lines[0].strip())
        if match is None:
            return
        check = RowCheck(field.line)
        total = check.amount(match[3], check.decimals(match[2], f":{field.tag}:"), f":{field.tag}:")
        count, minor = self._debits if field.tag == "90D" else self._credits
        if not check.failures and (int(match[1]), total) != (count, abs(minor)):
            told, found = (written(each, match[2]) for each in (total, abs(minor)))
            message = f"the trailer says {match[1]} entries of {told}, {count} of {found} are there"
            check.fail(f":{field.tag}:", "trailer_mismatch", message)
        statement.failures.extend(check.failures)

    def _finish_entry(self) -> Iterator[Item]:
        if self._entry is None:
            return
        statement = self._statement(self._entry[0].line)
        entry = _read_entry(statement, *self._entry)
        self._entry = None
        sums = self._debits if entry.amount_minor < 0 else self._credits
        sums[0], sums[1] = sums[0] + 1, sums[1] + entry.amount_minor
        yield statement.count(entry)

    def _finish(self, *, is_partial: bool) -> Iterator[Item]:
        if self._open is None:
            return
        statement, self._open, self._is_waiting = self._open, None, False
        statement.is_partial = statement.is_partial or is_partial
        self._index += 1
        yield statement.close()


def _balance(field: Field, statement: OpenStatement) -> tuple[date | None, int] | None:
    """Return day and signed amount, or None and a failure of the statement."""
    column = f":{field.tag}:"
    match = _BALANCE.match(field.lines[0].strip())
    if match is None:
        statement.fail(field.line, column, "balance_malformed", f"{shown(field.lines[0])} is not a balance")
        return None
    check = RowCheck(field.line)
    minor = check.amount(match[4], check.decimals(match[3], column), column)
    statement.currency = statement.currency or match[3]
    if match[3] != statement.currency:
        check.fail(column, "currency_mismatch", f"the balance is in {match[3]}, the statement in {statement.currency}")
    statement.failures.extend(check.failures)
    return None if check.failures else (_day(match[2]), minor if match[1] == "C" else -minor)


def _read_entry(statement: OpenStatement, field: Field, more: list[Field]) -> StatementEntry:
    check = RowCheck(field.line)
    match, below = _entry_line(field.lines)
    details = read_details([line for part in more if part.tag == "86" for line in part.lines])
    notes = [line[2:] for part in more if part.tag == "NS" for line in part.lines] if not details.text else []
    minor, booked_on, value_on, reference, bank_reference = 0, None, None, "", ""
    if match is None:
        check.fail(":61:", "line_malformed", f"{shown(field.lines[0])} is not a statement line")
    else:
        decimals = EXPONENTS.get(statement.currency)
        if decimals is None:
            check.fail(":61:", "currency_unknown", "no balance before this line names a currency")
        # D and RC (a credit taken back) lower the balance.
        minor = check.amount(match["amount"], decimals, ":61:") * (-1 if match["mark"] in ("D", "RC") else 1)
        value_on = _day(match["value"])
        if value_on is None:
            check.fail(":61:", "date_malformed", f"{shown(match['value'])} is not a date")
        booked_on = _entry_day(match["entry"] or "", value_on) or value_on
        reference, bank_reference = match["reference"].strip(), (match["bank"] or "").strip()
        bank_reference = "" if bank_reference.upper() in _NO_REFERENCE else bank_reference
    own_reference = "" if reference.upper() in _NO_REFERENCE else reference
    return StatementEntry(
        statement=statement.index,
        line=field.line,
        amount_minor=minor,
        currency=statement.currency,
        booked_on=booked_on,
        value_on=value_on,
        text=" ".join(part for part in (details.text, *(line.strip() for line in (*below, *notes))) if part),
        end_to_end_id=details.end_to_end_id or own_reference,
        bank_reference=bank_reference,
        counterparty_name=details.counterparty_name,
        counterparty_iban=details.counterparty_iban,
        is_pending=False,
        raw="\n".join(f":{part.tag}:" + "\n".join(part.lines) for part in (field, *more)),
        failures=tuple(check.failures),
        reference=details.reference,
    )


def _entry_line(lines: tuple[str, ...]) -> tuple[re.Match[str] | None, tuple[str, ...]]:
    """Return the statement line and what stands below it. A bank may wrap the line itself: behind the mark, or before its own reference."""
    first, *below = (line.strip() for line in lines)
    match = _ENTRY.fullmatch(first)
    if below and (match is None or (below[0].startswith("//") and "//" not in first)):
        joined = _ENTRY.fullmatch(first + below[0])
        if joined is not None:
            return joined, tuple(line for line in below[1:] if line != ":")
    return match, tuple(below)


def _day(text: str) -> date | None:
    """Return YYMMDD as a date in 2000-2099; a day its month does not have is that month's last."""
    year, month, day = 2000 + int(text[:2]), int(text[2:4]), int(text[4:])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    return date(year, month, min(day, monthrange(year, month)[1]))


def _entry_day(text: str, value_on: date | None) -> date | None:
    """Return MMDD as a date in the year that brings it nearest to the value date: 1231 valued 2 January was before it."""
    if value_on is None or not text.strip():
        return None
    near = [_day(f"{year % 100:02d}{text}") for year in (value_on.year - 1, value_on.year, value_on.year + 1)]
    return min((day for day in near if day is not None), key=lambda day: abs(day - value_on), default=None)
