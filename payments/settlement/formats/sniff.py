"""Recognises a report by what is in it, never by its name, and opens it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from payments.settlement.formats.base import NotAReport, ReportRow, ReportSummary
from payments.settlement.formats.encoding import find_spelling
from payments.settlement.formats.records import Columns, Layout, normal
from payments.settlement.formats.registry import FORMATS, ReportFormat
from payments.settlement.formats.tally import Tally

_DELIMITERS = ",;\t|"
# The header of the widest report known has 71 columns; a first line beyond this is no header.
_HEAD_CHARS_MAX = 1 << 18
# A tagged file names its columns below a handful of header lines.
_HEADER_RECORDS_MAX = 50
# From this share of a format's columns on the file is meant to be it, and the user is told which column is missing.
_LIKENESS_MIN = 0.5


@dataclass(frozen=True, slots=True)
class OpenReport:
    """A recognised file. `rows` may be called again; each call reads from the beginning."""

    format: ReportFormat
    layout: Layout
    stream: BinaryIO

    def rows(self) -> Iterator[ReportRow]:
        """Yield the normalised rows in the order of the file, failed ones among them."""
        return self.format.read(self.stream, self.layout)


def open_report(stream: BinaryIO, *, gateway: str | None = None) -> OpenReport:
    """
    Return the report in `stream` (binary, seekable), of `gateway` only if one is named.

    :raises NotAReport: with line and column: if it is no report we know, or a required column is missing.
    """
    spelling = find_spelling(stream)
    head = _head(stream, spelling.encoding)
    if not head.strip():
        raise NotAReport("the file is empty", code="file_empty")
    best: tuple[float, ReportFormat, Layout] | None = None
    other: tuple[float, ReportFormat] | None = None
    for delimiter in _DELIMITERS:
        found = list(islice(_head_records(head, delimiter), _HEADER_RECORDS_MAX))
        for candidate in FORMATS:
            header = _header(found, candidate)
            if header is None:
                continue
            line, cells = header
            likeness = _likeness(cells, candidate)
            if gateway is not None and candidate.gateway != gateway:
                if other is None or likeness > other[0]:
                    other = (likeness, candidate)
                continue
            if best is None or likeness > best[0]:
                best = (likeness, candidate, Layout(spelling.encoding, delimiter, spelling.may_hold_nul, line, cells))
    if gateway is not None and other is not None and other[0] > max(_LIKENESS_MIN, best[0] if best else 0):
        message = f"this is a report of {_named(other[1].gateway)} ({other[1].label}), and the account is at {_named(gateway)}"
        raise NotAReport(message, code="other_gateway")
    if best is None or best[0] < _LIKENESS_MIN:
        raise NotAReport("this is no settlement report we know")
    _, report_format, layout = best
    _require_columns(report_format, layout)
    return OpenReport(report_format, layout, stream)


_NAMES = {"adyen": "Adyen", "paypal": "PayPal", "sandbox": "the sandbox", "stripe": "Stripe"}


def _named(gateway: str) -> str:
    return _NAMES.get(gateway, gateway.capitalize())


def summarise(report: OpenReport) -> ReportSummary:
    """Return what `report` adds up to, read once from beginning to end."""
    tally = Tally(report.format.code)
    for row in report.rows():
        tally.add(row)
    return tally.summary()


def _head(stream: BinaryIO, encoding: str) -> str:
    text = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")
    try:
        return text.read(_HEAD_CHARS_MAX)
    finally:
        text.detach()
        stream.seek(0)


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


def _header(found: list[tuple[int, tuple[str, ...]]], candidate: ReportFormat) -> tuple[int, tuple[str, ...]] | None:
    if candidate.header_tag is None:
        return found[0] if found else None
    return next((record for record in found if record[1][0].strip().upper() == candidate.header_tag), None)


def _likeness(cells: tuple[str, ...], candidate: ReportFormat) -> float:
    """Return the share of the required columns that are there, 0 if the file shows itself to be another."""
    names = {normal(cell) for cell in cells}
    if any(normal(name) in names for name in candidate.absent):
        return 0
    return sum(normal(name) in names for name in candidate.required) / len(candidate.required)


def _require_columns(report_format: ReportFormat, layout: Layout) -> None:
    columns = Columns(layout.header)
    missing = next((name for name in report_format.required if name not in columns), None)
    if missing is not None:
        message = f"the column {missing!r} of the {report_format.label} is missing"
        raise NotAReport(message, line=layout.header_line, column=missing, code="column_missing")
