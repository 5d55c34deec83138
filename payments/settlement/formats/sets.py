"""
Ordinary rows of a report, many at once and column by column: what makes them ordinary is looked at in a third of the time that a row by itself takes.

A format that can say of some dozen records that nothing about them is unusual yields a `RowSet` of them; all others, and whatever is unusual, come row by row.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from itertools import repeat
from typing import BinaryIO, NamedTuple, TypeVar

from payments.settlement.formats.amounts import to_minor
from payments.settlement.formats.base import Kind, ReportRow
from payments.settlement.formats.records import (
    LINE_CHARS_MAX,
    SOUND,
    Layout,
    Record,
    rows_of_lines,
    table_rows,
    text_lines,
)

# Enough that setting up is nothing beside the rows; few enough that they are gone before Python's collector looks through them, which took a third of the time with 512.
SET_ROWS = 128
# Hostile rows, of megabytes each, stand in memory one by one.
_SET_CHARS_MAX = 1 << 20
_AMOUNTS_KEPT_MAX = 1 << 14

_Item = TypeVar("_Item")


class RowSet(NamedTuple):
    """
    Rows of one report that follow each other: each field as in `ReportRow`, and of all of them, in the order of the file.

    Nothing in them failed, none names another currency than that of its settlement, and each has a key of its own. `is_plain`: none holds a quotation mark, tab,
    backslash or break, as nothing in its file does; False says nothing.
    """

    names: tuple[str, ...]
    is_plain: bool
    lines: Sequence[int]
    kinds: Sequence[Kind]
    type_texts: Sequence[str]
    currencies: Sequence[str]
    gross_minors: Sequence[int]
    fee_minors: Sequence[int]
    net_minors: Sequence[int]
    cells: Sequence[Sequence[str]]
    processor_references: Sequence[str]
    operation_references: Sequence[str]
    merchant_references: Sequence[str]
    accounts: Sequence[str]
    batches: Sequence[str]
    payout_references: Sequence[str]
    occurred_at: Sequence[str | None]
    booked_on: Sequence[str | None]
    stores: Sequence[str]
    terminals: Sequence[str]
    methods: Sequence[str]
    last4s: Sequence[str]
    auth_codes: Sequence[str]
    row_keys: Sequence[str]

    def rows(self) -> Iterator[ReportRow]:
        """Yield the same one by one."""
        # The tuple itself: a named tuple's own way through its keywords takes three times as long.
        new = tuple.__new__
        for (
            line, kind, type_text, currency, gross, fee, net, cells, processor, operation, order, account, batch, payout, occurred_at, booked_on, store,
            terminal, method, last4, auth_code, key,
        ) in zip(*self[2:], strict=True):  # fmt: skip
            yield new(ReportRow, (
                line, kind, type_text, currency, gross, fee, net, self.names, cells, processor, operation, order, account, batch or None, payout,
                None, None, None, occurred_at, booked_on, store, terminal, method, last4, auth_code, key, (),
            ))  # fmt: skip


class Minors(dict[str, int]):
    """Amounts by their text, as prices repeat; `to_minor` reads what is new. At most some thousand are kept."""

    def __init__(self, decimals: int) -> None:
        super().__init__()
        self._decimals = decimals

    def __missing__(self, text: str) -> int:
        if len(self) > _AMOUNTS_KEPT_MAX:
            self.clear()
        minor = self[text] = to_minor(text, self._decimals)
        return minor


def record_sets(stream: BinaryIO, layout: Layout, *, needed: tuple[int, ...]) -> Iterator[list[Record]]:
    """Yield what `records.table_rows` does, in lists of about `SET_ROWS`, of fewer where rows are long."""
    if not layout.is_plain:
        yield from _listed(table_rows(stream, layout, needed=needed), _record_chars)
        return
    end = 0
    for lines in _listed(text_lines(stream, layout.encoding), len):
        found = _whole_rows(lines, layout, end=end) or list(rows_of_lines(iter(lines), layout, needed=needed, end=end))
        end += len(lines)
        if found:
            yield found


def _whole_rows(lines: list[str], layout: Layout, *, end: int) -> list[Record] | None:
    """Return a record for each line of a plain file, or None if one of them has to be looked at by itself: the header, a blank one, one cut short or endless."""
    width, first = len(layout.header), layout.header[0]
    if end < layout.header_line or max(map(len, lines)) >= LINE_CHARS_MAX:
        return None
    try:
        table = list(csv.reader(lines, delimiter=layout.delimiter, strict=True))
    except csv.Error:
        return None
    if any(len(cells) != width or cells[0] == first or not any(cells) for cells in table):
        return None
    for cells in table:
        cells.append("")
    return list(zip(range(end + 1, end + 1 + len(lines)), table, repeat(SOUND)))


def _listed(items: Iterator[_Item], chars_of: Callable[[_Item], int]) -> Iterator[list[_Item]]:
    """Yield `items` in lists, each of as many as a set has, or of fewer that are long together."""
    found: list[_Item] = []
    chars = 0
    for item in items:
        found.append(item)
        chars += chars_of(item)
        if len(found) >= SET_ROWS or chars > _SET_CHARS_MAX:
            yield found
            found, chars = [], 0
    if found:
        yield found


def _record_chars(record: Record) -> int:
    return sum(map(len, record[1]))
