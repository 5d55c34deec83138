"""Recognises a report by what is in it, never by its name, and opens it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter
from typing import BinaryIO

from payments.settlement.formats.base import NotAReport, ReportRow, ReportSummary
from payments.settlement.formats.encoding import find_spelling, is_text
from payments.settlement.formats.records import Columns, Layout, normal, records
from payments.settlement.formats.registry import FORMATS, OTHER_FILES, ReportFormat
from payments.settlement.formats.sets import RowSet
from payments.settlement.formats.tally import Tally

_DELIMITERS = ",;\t|"
# The header of the widest report known has 71 columns; a first line beyond this is no header.
_HEAD_CHARS_MAX = 1 << 18
# A tagged file names its columns below a handful of header lines.
_HEADER_RECORDS_MAX = 50
# Titles, a summary or the names of another record type may stand above the columns.
_PREAMBLE_RECORDS_MAX = 9
# From this share of a format's columns on the file is meant to be it, and the user is told which column is missing. Gross, fee, net and currency, which
# any processor's table has, are 4 of Stripe's 6.
_LIKENESS_MIN = 0.7


@dataclass(frozen=True, slots=True)
class OpenReport:
    """A recognised file. `rows` may be called again; each call reads from the beginning."""

    format: ReportFormat
    layout: Layout
    stream: BinaryIO

    def rows(self) -> Iterator[ReportRow]:
        """Yield the normalised rows in the order of the file, failed ones among them."""
        for found in self.sets():
            if isinstance(found, RowSet):
                yield from found.rows()
            else:
                yield found

    def sets(self) -> Iterator[RowSet | ReportRow]:
        """Yield the same, ordinary rows many at once where the format can tell them."""
        return self.format.read(self.stream, self.layout)

    def tally(self) -> Tally:
        """Return what adds up the rows of this format, empty."""
        made = self.format.tally(self.format.code)
        made.read_again = lambda: records(self.stream, self.layout)
        return made


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A format the file may be, the line that would be its header, and the share of the required columns that are there."""

    likeness: float
    format: ReportFormat
    delimiter: str
    line: int
    header: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    """One record of the head, its cells also as column names are compared."""

    number: int
    cells: tuple[str, ...]
    names: tuple[str, ...]


def open_report(stream: BinaryIO, *, gateway: str | None = None) -> OpenReport:
    """
    Return the report in `stream` (binary, seekable), of `gateway` only if one is named.

    :raises NotAReport: with line and column: if it is no report we know, or a required column is missing.
    """
    spelling = find_spelling(stream)
    head = _head(stream, spelling.encoding)
    if not head.strip():
        raise NotAReport("the file is empty", code="file_empty")
    if head.lstrip("\ufeff").startswith("%PDF"):
        raise NotAReport("this is a PDF, whatever else is in it; download the report as CSV", code="pdf")
    candidates = [candidate for delimiter in _DELIMITERS for candidate in _candidates(head, delimiter)]
    best = _likeliest(item for item in candidates if gateway in (None, item.format.gateway))
    other = _likeliest(item for item in candidates if gateway not in (None, item.format.gateway))
    if gateway is not None and other is not None and other.likeness > max(_LIKENESS_MIN, best.likeness if best else 0):
        message = (
            f"this is a report of {_named(other.format.gateway)} ({other.format.label}), "
            f"and the account is at {_named(gateway)}"
        )
        raise NotAReport(message, code="other_gateway")
    if best is None or best.likeness < 1:
        _refuse_known_others(head)
    if best is None or best.likeness < _LIKENESS_MIN:
        raise NotAReport("this is no settlement report we know", line=1 if is_text(head) else None)
    layout = Layout(spelling.encoding, best.delimiter, spelling.may_hold_nul, best.line, best.header, spelling.is_plain)
    _require_columns(best.format, layout)
    return OpenReport(best.format, layout, stream)


_NAMES = {
    "adyen": "Adyen",
    "checkout": "Checkout.com",
    "paypal": "PayPal",
    "sandbox": "the sandbox",
    "stripe": "Stripe",
}


def _named(gateway: str) -> str:
    return _NAMES.get(gateway, gateway.capitalize())


def summarise(report: OpenReport) -> ReportSummary:
    """Return what `report` adds up to, read once from beginning to end."""
    tally = report.tally()
    for found in report.sets():
        if isinstance(found, RowSet):
            tally.add_set(found)
        else:
            tally.add(found)
    return tally.summary()


def _head(stream: BinaryIO, encoding: str) -> str:
    text = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")
    try:
        return text.read(_HEAD_CHARS_MAX)
    finally:
        text.detach()
        stream.seek(0)


def _candidates(head: str, delimiter: str) -> Iterator[_Candidate]:
    """Yield what the file would be if `delimiter` parts its cells."""
    lines = [
        _Line(number, cells, tuple(normal(cell) for cell in cells))
        for number, cells in islice(_head_records(head, delimiter), _HEADER_RECORDS_MAX)
    ]
    for report_format in FORMATS:
        for position in _header_positions(lines, report_format):
            line = lines[position]
            below = [other.cells for other in lines[position + 1 :]]
            likeness = _likeness(line.names, below, report_format)
            yield _Candidate(likeness, report_format, delimiter, line.number, line.cells)


def _head_records(head: str, delimiter: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield (line, cells) of the records that are not blank, as far as they can be read."""
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter, strict=True)
    end = 0
    try:
        for cells in reader:
            line, end = end + 1, reader.line_num
            # A spreadsheet's own first line, which names the delimiter.
            if any(cells) and not (line == 1 and "".join(cells).strip("\ufeff ").startswith("sep=")):
                yield line, tuple(cells)
    except csv.Error:
        return


def _header_positions(lines: list[_Line], report_format: ReportFormat) -> Iterable[int]:
    """Return where the column names may stand: the tagged line, or one of the first, below titles and summaries."""
    if report_format.header_tag is None:
        return range(min(len(lines), _PREAMBLE_RECORDS_MAX + 1))
    tag = report_format.header_tag
    return islice((at for at, line in enumerate(lines) if line.cells[0].strip().upper() == tag), 1)


def _likeness(names: tuple[str, ...], below: list[tuple[str, ...]], report_format: ReportFormat) -> float:
    """Return the share of the required columns that are there, 0 if the file shows itself to be another."""
    there = set(names)
    if any(normal(name) in there for name in report_format.absent):
        return 0
    share = sum(normal(name) in there for name in report_format.required) / len(report_format.required)
    is_wanted = share < 1 or report_format.fits is None or report_format.fits(names, below)
    return share if is_wanted else 0


def _likeliest(candidates: Iterable[_Candidate]) -> _Candidate | None:
    """Return the candidate with the largest share, the first of equals."""
    return max(candidates, key=attrgetter("likeness"), default=None)


def _refuse_known_others(head: str) -> None:
    """:raises NotAReport: with what to download instead, if the head is that of a file nobody can settle from."""
    for delimiter in _DELIMITERS:
        for number, cells in islice(_head_records(head, delimiter), _PREAMBLE_RECORDS_MAX + 1):
            names = {normal(cell) for cell in cells}
            for other in OTHER_FILES:
                if all(normal(name) in names for name in other.columns):
                    message = f"this is {other.label}; download {other.instead} instead"
                    raise NotAReport(message, line=number, code="other_report")


def _require_columns(report_format: ReportFormat, layout: Layout) -> None:
    columns = Columns(layout.header)
    missing = next((name for name in report_format.required if name not in columns), None)
    if missing is not None:
        message = f"the column {missing!r} of the {report_format.label} is missing"
        raise NotAReport(message, line=layout.header_line, column=missing, code="column_missing")
