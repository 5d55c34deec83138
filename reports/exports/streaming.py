"""Rows out of PostgreSQL as a stream of bytes: COPY in a session of its own, so memory stays the same whatever the number of rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from psycopg import Connection, IsolationLevel, sql
from psycopg.rows import tuple_row

from merchant.core import db
from reports.exports.formats.base import Rows

# 256 KiB: enough rows a piece that handing it on costs nothing beside writing it, little enough to be on its way at once.
PIECE_BYTES = 256 * 1024


@dataclass(slots=True)
class Totals:
    """Control totals: how many rows, and per currency how many and which sums in minor units."""

    row_count: int = 0
    currencies: dict[str, dict[str, int]] = field(default_factory=dict)


class RowsMissing(RuntimeError):
    """The file has another number of rows than its control totals: it must not be used."""


class ExportStream:
    """
    The bytes of one file. Iterating opens a session with a snapshot of its own, and closes it however the iteration ends.

    `rows_written` grows while it goes; `totals` are there at the end, from the same snapshot as the rows.
    """

    def __init__(self, rows: Rows, *, with_totals: bool = True) -> None:
        self.rows = rows
        self.rows_written = 0
        self.totals = Totals()
        self._with_totals = with_totals

    def __iter__(self) -> Iterator[bytes]:
        session = cast("Connection[Any]", db.open_session(autocommit=False))
        try:
            session.isolation_level = IsolationLevel.REPEATABLE_READ
            session.read_only = True
            yield self._header()
            yield from self._copy(session)
            if self._with_totals:
                self.totals = read_totals(session, self.rows)
                if self.totals.row_count != self.rows_written:
                    raise RowsMissing(f"{self.rows_written} rows written, {self.totals.row_count} counted")
        finally:
            session.close()

    def _header(self) -> bytes:
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow(self.rows.header)
        return line.getvalue().encode()

    def _copy(self, session: Connection[Any]) -> Iterator[bytes]:
        statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv)").format(sql.SQL(self.rows.select))  # type: ignore[arg-type]
        piece = bytearray()
        with session.cursor() as cursor, cursor.copy(statement, tuple(self.rows.parameters)) as copy:
            for row in copy:
                piece += row
                self.rows_written += 1
                if len(piece) >= PIECE_BYTES:
                    yield bytes(piece)
                    piece.clear()
        if piece:
            yield bytes(piece)


def read_totals(session: Connection[Any], rows: Rows) -> Totals:
    """Return the control totals of `rows` in the snapshot of `session`."""
    totals = Totals()
    with session.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(rows.totals, tuple(rows.parameters))  # type: ignore[arg-type]
        for currency, count, *sums in cursor:
            named = {f"{name}_minor": int(value) for name, value in zip(rows.sums, sums, strict=True)}
            totals.currencies[currency] = {"rows": count, **named}
            totals.row_count += count
    return totals
