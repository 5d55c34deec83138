"""Reads delimited text record by record in constant memory, with physical line numbers, and never gives up half way."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from payments.settlement.formats.base import NotAReport, RowFailure

# A cell beyond this is an unclosed quote or an attack, never a report's text.
FIELD_CHARS_MAX = 1 << 20
# A line beyond this would be read into memory whole before anything could refuse it.
LINE_CHARS_MAX = 4 << 20
csv.field_size_limit(FIELD_CHARS_MAX)

Record = tuple[int, list[str], tuple[RowFailure, ...]]
SOUND: tuple[RowFailure, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """How a delimited file is written, and where its column names stand. `is_plain` as in `encoding.Spelling`: False says nothing."""

    encoding: str
    delimiter: str
    may_hold_nul: bool
    header_line: int
    header: tuple[str, ...]
    is_plain: bool = False


class Columns:
    """Finds cells by column name: case and spaces do not matter, nor do order, extra columns or repeated names."""

    def __init__(self, header: tuple[str, ...]) -> None:
        self.names = unique_names(header)
        self._positions: dict[str, int] = {}
        for position, name in enumerate(header):
            self._positions.setdefault(normal(name), position)

    def __contains__(self, name: str) -> bool:
        return normal(name) in self._positions

    def find(self, *names: str) -> int:
        """Return the position of the first of `names` the file has, or -1: the empty cell `padded` appends."""
        return next((self._positions[normal(name)] for name in names if normal(name) in self._positions), -1)


def normal(name: str) -> str:
    """Return a column name without what people and exports change: case, spaces, underscores, byte order mark."""
    return "".join(name.replace("\ufeff", "").replace("_", "").split()).casefold()


def unique_names(header: tuple[str, ...]) -> tuple[str, ...]:
    """Return the header with a number behind each repeated name, so that no cell hides another."""
    seen: dict[str, int] = {}
    names = []
    for position, text in enumerate(header, start=1):
        name = text.strip() or f"column {position}"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(names)


def records(stream: BinaryIO, layout: Layout) -> Iterator[Record]:
    """
    Yield (physical line, cells, failures) for every record that is not blank, the header's own among them.

    A record the CSV rules cannot read comes as one cell with its text and a failure; reading goes on behind it.
    The stream is left open.

    :raises NotAReport: if a line is longer than any report's.
    """
    return _records(text_lines(stream, layout.encoding), layout, last=[""], end=0)


def _records(lines: Iterator[str], layout: Layout, *, last: list[str], end: int) -> Iterator[Record]:
    """Yield the records of `lines`, which begin behind line `end`. `last`, a list of one, always holds the latest line as it is written."""
    begun = end
    reader = csv.reader(_remembered(lines, last, behind=end), delimiter=layout.delimiter, strict=True)
    while True:
        try:
            for cells in reader:
                line, end = end + 1, begun + reader.line_num
                if layout.may_hold_nul and any("\0" in cell for cell in cells):
                    cells = [cell.replace("\0", "\ufffd") for cell in cells]
                    yield line, cells, (RowFailure(line, None, "nul_character", "a cell holds a NUL character"),)
                elif any(cells) and (len(cells) > 1 or cells[0].strip()):
                    yield line, cells, SOUND
            return
        except csv.Error as error:
            line, end = end + 1, begun + reader.line_num
            behind_backslashes = _with_backslashes(last[0], layout.delimiter) if line == end else None
            if behind_backslashes is not None:
                yield line, behind_backslashes, SOUND
            else:
                yield line, [last[0].replace("\0", "\ufffd")], (_unreadable(line, error),)


def _with_backslashes(text: str, delimiter: str) -> list[str] | None:
    """Return the cells of a line whose quotes stand behind backslashes, as JSON in a cell is often written, else None."""
    if '\\"' not in text or "\0" in text:
        return None
    try:
        found = list(csv.reader([text], delimiter=delimiter, escapechar="\\", strict=True))
    except csv.Error:
        return None
    return found[0] if len(found) == 1 else None


def text_lines(stream: BinaryIO, encoding: str) -> Iterator[str]:
    """Yield the lines of `stream` with their ends, none longer than LINE_CHARS_MAX. The stream is left open."""
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")
    try:
        while line := text.readline(LINE_CHARS_MAX):
            yield line
    finally:
        # A reader that is given up half way ends after its file was closed.
        if not stream.closed:
            text.detach()


def table_rows(stream: BinaryIO, layout: Layout, *, needed: tuple[int, ...]) -> Iterator[Record]:
    """
    Yield the records below the header, each as long as the header plus one empty cell that position -1 finds.

    `needed` are the positions a row cannot do without; a row too short for them, or with text beyond the last
    column, or with cells missing where the file ends within its line, gets a failure. A header that stands there
    again, as where files were joined, is no row.
    """
    return rows_of_lines(text_lines(stream, layout.encoding), layout, needed=needed, end=0)


def rows_of_lines(lines: Iterator[str], layout: Layout, *, needed: tuple[int, ...], end: int) -> Iterator[Record]:
    """Yield what `table_rows` does, of `lines` that begin behind line `end` of their file."""
    width, first = len(layout.header), layout.header[0]
    shortest = max(needed, default=0) + 1
    last = [""]
    for line, cells, failures in _records(lines, layout, last=last, end=end):
        if line <= layout.header_line:
            continue
        if len(cells) != width:
            if failures == SOUND and (len(cells) < shortest or any(cells[width:])):
                message = f"the row has {len(cells)} cells, the header {width}"
                failures = (RowFailure(line, None, "column_count", message),)
            elif failures == SOUND and len(cells) < width and last[0][-1:] not in "\r\n":
                message = f"the file ends within this row, which has {len(cells)} cells of {width}"
                failures = (RowFailure(line, None, "row_cut", message),)
            cells = cells[:width] + [""] * (width - len(cells))
        if cells[0] == first and [cell.strip() for cell in cells] == [name.strip() for name in layout.header]:
            continue
        cells.append("")
        yield line, cells, failures


def _remembered(lines: Iterator[str], last: list[str], *, behind: int) -> Iterator[str]:
    """Pass lines on and leave the latest in `last`, for a record that cannot be read."""
    for number, line in enumerate(lines, start=behind + 1):
        if len(line) >= LINE_CHARS_MAX:
            raise NotAReport(f"line {number} is longer than {LINE_CHARS_MAX} characters", line=number)
        last[0] = line
        yield line


def _unreadable(line: int, error: csv.Error) -> RowFailure:
    if "unexpected end of data" in str(error):
        return RowFailure(line, None, "quote_unclosed", f"the quotation mark opened on line {line} is never closed")
    if "field larger" in str(error):
        return RowFailure(line, None, "cell_too_long", f"a cell is longer than {FIELD_CHARS_MAX} characters")
    return RowFailure(line, None, "row_malformed", f"the row cannot be read: {error}")
