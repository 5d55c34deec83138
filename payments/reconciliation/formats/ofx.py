"""
OFX and QFX statements, version 1 (SGML, whose values are not closed) and version 2 (XML), as banks really write them.

Tags are read one after the other in constant memory: order does not matter, unknown ones are passed over, no entity but
the standard's own is expanded. FITID is the bank's key of an entry; some banks use one twice, so amount and day stay part
of it. Only LEDGERBAL is a balance of the books, and there is no opening one: such a file cannot prove itself.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from datetime import date
from html import unescape
from typing import BinaryIO, NamedTuple

from payments.reconciliation.formats.base import Item, NotAStatement, OpenStatement, StatementEntry
from payments.reconciliation.formats.references import structured_reference
from payments.settlement.formats.checks import RowCheck, shown
from payments.settlement.formats.encoding import find_spelling

_CHUNK_BYTES = 1 << 16
_HEAD_BYTES = 1 << 14
# A value beyond this is none; a tag that does not end would otherwise be gathered whole.
_VALUE_CHARS_MAX = 1 << 16
_TAG = re.compile(
    r"<(/?)(?:[A-Za-z][A-Za-z0-9]{0,20}:)?([A-Za-z][A-Za-z0-9._]{0,40})(?:\s[^<>]{0,500}?)?\s*(/?)>([^<]*(?:<!\[CDATA\[.*?\]\]>[^<]*)*)",
    re.DOTALL,
)
# Some producers of XML write a namespace, which the standard has none of.
_ROOT = re.compile(r"<(?:[A-Za-z][A-Za-z0-9]{0,20}:)?OFX(?:\s[^<>]{0,500})?>", re.IGNORECASE)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
# A blank between threes can be nothing but thousands, and so can a point or a comma that stands twice, or before the other one.
_GROUPED = re.compile(r"[+-]?\d{1,3}(?: \d{3})+(?:[.,]\d{1,4})?", re.ASCII)
_GROUPED_BY_POINT = re.compile(r"[+-]?\d{1,3}(?:(?:\.\d{3})+,\d{1,4}|(?:\.\d{3}){2,})", re.ASCII)
_GROUPED_BY_COMMA = re.compile(r"[+-]?\d{1,3}(?:(?:,\d{3})+\.\d{1,4}|(?:,\d{3}){2,})", re.ASCII)
# Alone before three digits it may be either, and a guess would be wrong silently.
_UNCLEAR = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
_UNCLEAR_DIGITS = 3
_MOMENT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\d{2,6}(?:\.\d{1,6})?)?\s*(?:\[[^\]]{0,20}\]?)?", re.ASCII)
_STATEMENTS = frozenset({"STMTRS", "CCSTMTRS"})
_ACCOUNTS = frozenset({"BANKACCTFROM", "CCACCTFROM"})
_CDATA_BEGIN = "<![CDATA["
# Tags that hold other tags; an empty value of SGML looks the same and holds none.
_PARTS = _ACCOUNTS | {"LEDGERBAL", "AVAILBAL", "BANKTRANLIST"}
_ENTRY_PARTS = frozenset({"PAYEE", "CURRENCY", "ORIGCURRENCY", "BANKACCTTO", "CCACCTTO", "EXTDPAYEE", "IMAGEDATA"})
_NAMES = ("NAME", "PAYEE.NAME")
_INVESTMENT = "the file holds the statement of an investment account, which is none of a bank's; send the account's own"
# An entry has a dozen values; more is no entry.
_VALUES_MAX = 200


class Tag(NamedTuple):
    """One tag with the text behind it. `is_end` for `</X>`."""

    line: int
    name: str
    is_end: bool
    text: str


def find_message(stream: BinaryIO) -> str | None:
    """Return "ofx1" or "ofx2", or None if this is neither. Rewinds the stream."""
    encoding = find_spelling(stream).encoding
    head = stream.read(_HEAD_BYTES).decode(encoding, errors="replace").lstrip("\ufeff \r\n\t")
    stream.seek(0)
    if not _ROOT.search(head) or "<!DOCTYPE" in head.upper():
        return None
    return "ofx2" if head.startswith("<?") else "ofx1"


def read(stream: BinaryIO) -> Iterator[Item]:
    """
    Yield each entry, and each statement behind its entries.

    :raises NotAStatement: if a value is longer than any, or there is no statement.
    """
    yield from _Reader().items(_tags(stream))


def _tags(stream: BinaryIO) -> Iterator[Tag]:
    """Yield the tags, each once all of its text is there."""
    stream.seek(0)
    decoder = codecs.getincrementaldecoder(find_spelling(stream).encoding)("replace")
    line, rest = 1, ""
    stream.seek(0)
    while True:
        piece = stream.read(_CHUNK_BYTES)
        text = rest + decoder.decode(piece, final=not piece)
        end = 0
        for match in _TAG.finditer(text):
            # What reaches the end of what was read may go on in the next piece.
            is_open = text.startswith(_CDATA_BEGIN, match.end())
            if piece and (is_open or match.end() >= len(text) - len(_CDATA_BEGIN)):
                break
            line += text.count("\n", end, match.start())
            yield Tag(line, match[2].upper(), bool(match[1]), _plain(match[4]))
            line += text.count("\n", match.start(), match.end())
            end = match.end()
        rest = text[end:]
        if not piece:
            return
        if len(rest) > _VALUE_CHARS_MAX + _CHUNK_BYTES:
            raise NotAStatement(f"the value on line {line} does not end", line=line)


def _plain(text: str) -> str:
    if _CDATA_BEGIN in text:
        text = _CDATA.sub(lambda match: match[1], text)
    return " ".join(unescape(text).replace("\0", "\ufffd").split())


class _Reader:
    """Walks the tags. An entry ends with its tag, or where another begins, because some banks forget to end it."""

    def __init__(self) -> None:
        self._open: OpenStatement | None = None
        self._entry: tuple[int, dict[str, str]] | None = None
        self._inside: list[str] = []
        self._index = 0
        self._is_error = False
        self._why_none = ""

    def items(self, tags: Iterator[Tag]) -> Iterator[Item]:
        """Yield entries and statements while tags pass by."""
        for tag in tags:
            if tag.name in _STATEMENTS:
                yield from self._finish(is_partial=not tag.is_end)
                if not tag.is_end:
                    self._open = OpenStatement(self._index)
                continue
            if self._open is None:
                self._note(tag)
                continue
            if tag.name == "STMTTRN":
                yield from self._finish_entry()
                if not tag.is_end:
                    self._entry, self._inside = (tag.line, {}), []
            elif self._entry is not None and not (tag.is_end and tag.name == "BANKTRANLIST"):
                self._value(tag, self._entry[1])
            else:
                yield from self._finish_entry()
                self._part(tag, self._open)
        if self._open is not None:
            raise NotAStatement("the file breaks off: its statement does not end", code="file_broken_off")
        if self._index == 0:
            raise NotAStatement(self._why_none or "the file holds no statement", code="statement_missing")

    def _note(self, tag: Tag) -> None:
        """Remember why there may be no statement: it is another kind of account's, or the bank answered with an error."""
        if tag.name == "INVSTMTRS":
            self._why_none = _INVESTMENT
        elif tag.name == "SEVERITY":
            self._is_error = tag.text.upper() == "ERROR"
        elif tag.name == "MESSAGE" and self._is_error and tag.text and not self._why_none:
            self._why_none = f"the file says why the bank sent no statement: {shown(tag.text)}"

    def _value(self, tag: Tag, values: dict[str, str]) -> None:
        """Keep one value of an entry; what stands in a part of it is known by the part's name too."""
        if tag.is_end:
            if self._inside and self._inside[-1] == tag.name:
                self._inside.pop()
        elif tag.name in _ENTRY_PARTS and not tag.text:
            self._inside.append(tag.name)
        elif tag.text and len(values) < _VALUES_MAX:
            values.setdefault(f"{self._inside[-1]}.{tag.name}" if self._inside else tag.name, tag.text)

    def _part(self, tag: Tag, statement: OpenStatement) -> None:
        if tag.is_end or not tag.text:
            if tag.name in _PARTS:
                self._inside = [] if tag.is_end else [tag.name]
            return
        part = self._inside[-1] if self._inside else ""
        if tag.name == "CURDEF":
            statement.currency = tag.text.upper()
        elif tag.name == "ACCTID" and part in _ACCOUNTS:
            statement.account = tag.text
        elif tag.name in ("DTSTART", "DTEND"):
            self._period(tag, statement)
        elif part == "LEDGERBAL":
            self._balance(tag, statement)

    def _period(self, tag: Tag, statement: OpenStatement) -> None:
        if tag.name == "DTSTART":
            statement.opened_on = _day(tag.text)
        else:
            statement.closed_on = _day(tag.text)

    def _balance(self, tag: Tag, statement: OpenStatement) -> None:
        if tag.name == "BALAMT":
            check = RowCheck(tag.line)
            minor = _minor(check, tag.text, _decimals(check, statement), "BALAMT")
            statement.failures.extend(check.failures)
            statement.closing_minor = None if check.failures else minor
        elif tag.name == "DTASOF":
            statement.closed_on = statement.closed_on or _day(tag.text)

    def _finish_entry(self) -> Iterator[Item]:
        if self._entry is None or self._open is None:
            return
        entry = _read_entry(self._open, *self._entry)
        self._entry, self._inside = None, []
        yield self._open.count(entry)

    def _finish(self, *, is_partial: bool) -> Iterator[Item]:
        yield from self._finish_entry()
        if self._open is None:
            return
        statement, self._open, self._inside = self._open, None, []
        statement.is_partial = is_partial
        self._index += 1
        yield statement.close()


def _read_entry(statement: OpenStatement, line: int, values: dict[str, str]) -> StatementEntry:
    check = RowCheck(line)
    written_in = values.get("CURRENCY.CURSYM", statement.currency).upper()
    # A file whose default is left empty may name the currency with each entry.
    statement.currency = statement.currency or written_in
    minor = _minor(check, values.get("TRNAMT", ""), _decimals(check, statement), "TRNAMT")
    if written_in != statement.currency:
        check.fail("CURSYM", "currency_mismatch", f"the entry is in {shown(written_in)}, not {statement.currency}")
    booked_on = _day(values.get("DTPOSTED", ""))
    if booked_on is None:
        check.fail("DTPOSTED", "date_malformed", f"{shown(values.get('DTPOSTED', ''))} is not a date")
    name = next((values[key] for key in _NAMES if key in values), "")
    memo = values.get("MEMO", "")
    # Many banks repeat the name in the memo.
    text = memo if name and memo.startswith(name) else " ".join(part for part in (name, memo) if part)
    key = values.get("FITID", "")
    return StatementEntry(
        statement=statement.index,
        line=line,
        amount_minor=minor,
        currency=statement.currency,
        booked_on=booked_on,
        value_on=_day(values.get("DTAVAIL", "")) or booked_on,
        text=text,
        end_to_end_id="",
        bank_reference=key,
        counterparty_name=name,
        counterparty_iban=values.get("BANKACCTTO.ACCTID", ""),
        is_pending=False,
        raw="\n".join(f"<{name}>{value}" for name, value in values.items()),
        failures=tuple(check.failures),
        reference=structured_reference([values.get("REFNUM", ""), memo, name]),
        own_key=key,
    )


def _amount(text: str) -> str:
    """Return "+1 006,60", "1.006,60" and "1,006.60" without what parts their thousands, and anything else as it is."""
    plain = text.strip().replace("\u00a0", " ").replace("\u202f", " ")
    if _GROUPED.fullmatch(plain):
        return plain.replace(" ", "")
    if _GROUPED_BY_POINT.fullmatch(plain):
        return plain.replace(".", "")
    if _GROUPED_BY_COMMA.fullmatch(plain):
        return plain.replace(",", "")
    return text


def _minor(check: RowCheck, text: str, decimals: int | None, column: str) -> int:
    """Return an amount in minor units, or 0 and a failure; what may be thousands or cents is one."""
    if decimals is not None and decimals < _UNCLEAR_DIGITS and _UNCLEAR.fullmatch(text.strip()):
        message = f"{shown(text.strip())} may be thousands or decimals: the bank has to write it with cents"
        check.fail(column, "amount_ambiguous", message)
        return 0
    return check.amount(_amount(text), decimals, column)


def _decimals(check: RowCheck, statement: OpenStatement) -> int | None:
    if not statement.currency:
        check.fail("CURDEF", "currency_missing", "the statement does not name its currency")
        return None
    return check.decimals(statement.currency, "CURDEF")


def _day(text: str) -> date | None:
    """Return the day as the bank writes it: in its own zone, whatever offset stands behind it."""
    match = _MOMENT.fullmatch(text.strip())
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None
