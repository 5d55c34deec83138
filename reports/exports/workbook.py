"""Rows out of PostgreSQL as an Excel workbook: the same rows as the CSV's, a row in memory at a time, and the control totals on a sheet of their own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import xlsxwriter
from psycopg import Connection, IsolationLevel
from psycopg.rows import tuple_row
from xlsxwriter.workbook import Workbook

from merchant.core import db
from reports.exports.formats.base import Rows
from reports.exports.streaming import PIECE_BYTES, RowsMissing, Totals, read_totals

# Excel's own limit is 1,048,576 with the header; what does not fit goes on another sheet.
ROWS_ON_A_SHEET = 1_000_000
# Rows a round trip to PostgreSQL brings.
_ROWS_AT_ONCE = 5_000
# Larger whole numbers lose digits in a spreadsheet, which keeps 15.
_NUMBER_MAX = 10**15


class WorkbookStream:
    """
    The bytes of one workbook. Iterating opens a session with a snapshot of its own, and closes it however the iteration ends.

    The file is built beside, in a temporary folder, and handed out when it is whole: until then empty pieces tell that it goes on. `rows_written` and `totals` are as in
    `ExportStream`.
    """

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.rows_written = 0
        self.totals = Totals()

    def __iter__(self) -> Iterator[bytes]:
        session = cast("Connection[Any]", db.open_session(autocommit=False))
        try:
            session.isolation_level = IsolationLevel.REPEATABLE_READ
            session.read_only = True
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "export.xlsx"
                yield from self._build(session, path, folder)
                with path.open("rb") as built:
                    yield from iter(lambda: built.read(PIECE_BYTES), b"")
        finally:
            session.close()

    def _build(self, session: Connection[Any], path: Path, folder: str) -> Iterator[bytes]:
        # Nothing in a cell is ever taken for a formula, a number or a link: what is a number says so itself.
        options = {"constant_memory": True, "tmpdir": folder, "strings_to_formulas": False, "strings_to_urls": False}
        book = xlsxwriter.Workbook(str(path), options)
        yield from self._write_rows(session, book)
        self.totals = read_totals(session, self.rows)
        if self.totals.row_count != self.rows_written:
            raise RowsMissing(f"{self.rows_written} rows written, {self.totals.row_count} counted")
        self._write_totals(book)
        book.close()

    def _write_rows(self, session: Connection[Any], book: Workbook) -> Iterator[bytes]:
        heading = book.add_format({"bold": True})
        sheet, line = None, 0
        with session.cursor(name="workbook", row_factory=tuple_row) as cursor:
            cursor.itersize = _ROWS_AT_ONCE
            cursor.execute(self.rows.select, tuple(self.rows.parameters))  # type: ignore[arg-type]
            for row in cursor:
                if sheet is None or line > ROWS_ON_A_SHEET:
                    sheet, line = self._new_sheet(book, heading), 1
                for place, (value, column) in enumerate(zip(row, self.rows.columns, strict=True)):
                    _write(sheet, line, place, value, is_number=column.is_number)
                line += 1
                self.rows_written += 1
                if self.rows_written % _ROWS_AT_ONCE == 0:
                    yield b""
        if sheet is None:
            self._new_sheet(book, heading)

    def _new_sheet(self, book: Workbook, heading: Any) -> Any:
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        for place, name in enumerate(self.rows.header):
            sheet.write_string(0, place, name, heading)
            sheet.set_column(place, place, max(10, len(name) + 2))
        return sheet

    def _write_totals(self, book: Workbook) -> None:
        sheet = book.add_worksheet("Control totals")
        names = ["rows", *(f"{name}_minor" for name in self.rows.sums)]
        for place, name in enumerate(["currency", *names]):
            sheet.write_string(0, place, name)
        for line, (currency, sums) in enumerate(self.totals.currencies.items(), start=1):
            sheet.write_string(line, 0, currency)
            for place, name in enumerate(names, start=1):
                _write(sheet, line, place, sums[name], is_number=True)


def _write(sheet: Any, line: int, place: int, value: Any, *, is_number: bool) -> None:
    if value is None or value == "":
        return
    if is_number and abs(number := Decimal(value)) < _NUMBER_MAX:
        sheet.write_number(line, place, number)
    elif type(value) is int and abs(value) < _NUMBER_MAX:
        sheet.write_number(line, place, value)
    else:
        sheet.write_string(line, place, str(value))
