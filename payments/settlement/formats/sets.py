"""
Ordinary rows of a report, many at once and column by column: what makes them ordinary is looked at in a third of the time that a row by itself takes.

A format that can say of some hundred records that nothing about them is unusual yields a `RowSet` of them; all others, and whatever is unusual, come row by row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import BinaryIO, NamedTuple

from payments.settlement.formats.amounts import to_minor
from payments.settlement.formats.base import Kind, ReportRow
from payments.settlement.formats.records import Record

# Enough that setting up is nothing beside the rows, few enough that a row with a fault costs little.
SET_ROWS = 512
# Rows are asked for in so small numbers that hostile ones, of megabytes each, never stand in memory by the hundred.
_STEP_ROWS = 16
_SET_BYTES_MAX = 1 << 20
_AMOUNTS_KEPT_MAX = 1 << 14


class RowSet(NamedTuple):
    """
    Rows of one report that follow each other: each field as in `ReportRow`, and of all of them, in the order of the file.

    Nothing in them failed, none names another currency than that of its settlement, and each has a key of its own.
    """

    names: tuple[str, ...]
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
        ) in zip(*self[1:], strict=True):  # fmt: skip
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


def record_sets(records: Iterator[Record], stream: BinaryIO) -> Iterator[list[Record]]:
    """Yield `records`, which are read from `stream`, in lists of `SET_ROWS`, of fewer where they are long."""
    found: list[Record] = []
    begun = stream.tell()
    while part := list(islice(records, _STEP_ROWS)):
        found += part
        if len(found) >= SET_ROWS or stream.tell() - begun > _SET_BYTES_MAX:
            yield found
            found, begun = [], stream.tell()
    if found:
        yield found
