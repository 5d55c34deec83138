"""A paper as PDF: a strip of 80 mm as long as it must be, or an A4 sheet."""

from __future__ import annotations

import io
import textwrap
from typing import Any

import segno

from orders.documents.encoding import fold
from orders.documents.paper import ReadyPaper, Row

MILLIMETRE = 72 / 25.4
_SIZE = 8.5
_LEADING = 11.5
_MARGIN = 5 * MILLIMETRE
_QR = 26 * MILLIMETRE
# The fonts every PDF reader brings along write this code page.
_CODE_PAGE = "cp1252"
# Characters of 8.5 pt that fit beside a figure on 70 mm.
_NAME_COLUMNS = 30
# Characters of 8.5 pt across 70 mm.
_LINE_COLUMNS = 46
_A4 = (210 * MILLIMETRE, 297 * MILLIMETRE)


def render(paper: ReadyPaper, *, is_a4: bool = False) -> bytes:
    """Return the file. On A4 the strip stands in the upper left corner; what does not fit goes on on the next sheet."""
    # The library takes 0.4 s to load; only a process that makes a PDF pays for it.
    from reportlab.pdfgen.canvas import Canvas

    strip = 80 * MILLIMETRE
    steps = _steps(paper)
    height = _A4[1] if is_a4 else sum(_height(step) for step in steps) + _QR + 4 * _MARGIN
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=(_A4[0] if is_a4 else strip, height), pageCompression=1)
    canvas.setTitle(fold(f"{paper.title} {paper.number}", _CODE_PAGE))
    canvas.setCreator("Tillsyn")
    if paper.watermark:
        _mark(canvas, fold(paper.watermark, _CODE_PAGE), width=strip, height=height)
    sheet = _Sheet(
        canvas, left=_MARGIN * (3 if is_a4 else 1), right=strip - _MARGIN + (2 * _MARGIN if is_a4 else 0), height=height
    )
    for step in steps:
        sheet.draw(step)
    if paper.scanned[0]:
        sheet.draw_qr(*paper.scanned)
    canvas.save()
    return target.getvalue()


def _mark(canvas: Any, text: str, *, width: float, height: float) -> None:
    """Write `text` across the first page, under everything else."""
    canvas.saveState()
    canvas.setFillGray(0.85)
    canvas.setFont("Helvetica-Bold", 22)
    canvas.translate(width / 2, height / 2)
    canvas.rotate(45)
    canvas.drawCentredString(0, 0, text)
    canvas.restoreState()


# A step is a kind and its texts: ("centre", text, bold), ("row", Row), ("cells", four texts), ("rule",), ("gap",).
_Step = tuple[Any, ...]


def _steps(paper: ReadyPaper) -> list[_Step]:
    steps: list[_Step] = [("centre", paper.copy_mark, True)] if paper.copy_mark else []
    steps += [("centre", line, index == 0) for index, line in enumerate(paper.seller)]
    steps += [("gap",), ("row", Row(f"{paper.title} {paper.number}", "", is_strong=True))]
    steps += [("row", row) for row in paper.facts]
    steps += [("rule",), *(("row", row) for row in paper.lines), ("rule",)]
    if paper.total is not None:
        steps += [("row", paper.total), *(("row", row) for row in paper.tenders)]
        if paper.taxes:
            steps += [("rule",), ("cells", paper.tax_headings), *(("cells", tax) for tax in paper.taxes)]
        steps.append(("gap",))
    for heading, rows in paper.sections:
        steps += [("row", Row(heading, "", is_strong=True)), *(("row", row) for row in rows), ("gap",)]
    steps += [("centre", part, False) for line in paper.footer for part in textwrap.wrap(line, _LINE_COLUMNS) or [""]]
    return steps


def _height(step: _Step) -> float:
    if step[0] != "row":
        return _LEADING
    row: Row = step[1]
    return _LEADING * (len(_names(row)) + (1 if row.note else 0))


def _names(row: Row) -> list[str]:
    return textwrap.wrap(row.left, _NAME_COLUMNS) or [""]


class _Sheet:
    def __init__(self, canvas: Any, *, left: float, right: float, height: float) -> None:
        self._canvas, self._left, self._right, self._height = canvas, left, right, height
        self._y = height - 2 * _MARGIN

    def draw(self, step: _Step) -> None:
        if self._y - _height(step) < _MARGIN:
            self._turn()
        getattr(self, f"_{step[0]}")(*step[1:])

    def draw_qr(self, link: str, text: str) -> None:
        if self._y - _QR - 2 * _LEADING < 0:
            self._turn()
        matrix = segno.make(link, error="m", micro=False).matrix
        side = _QR / len(matrix)
        left, top = (self._left + self._right - _QR) / 2, self._y
        for line, cells in enumerate(matrix):
            for column, is_dark in enumerate(cells):
                if is_dark:
                    self._canvas.rect(left + column * side, top - (line + 1) * side, side, side, stroke=0, fill=1)
        self._y -= _QR + _LEADING
        self._centre(text, False)

    def _turn(self) -> None:
        self._canvas.showPage()
        self._y = self._height - 2 * _MARGIN

    def _font(self, is_strong: bool, size: float = _SIZE) -> None:
        self._canvas.setFont("Helvetica-Bold" if is_strong else "Helvetica", size)

    def _centre(self, text: str, is_strong: bool) -> None:
        self._font(is_strong)
        self._canvas.drawCentredString((self._left + self._right) / 2, self._y, fold(text, _CODE_PAGE))
        self._y -= _LEADING

    def _row(self, row: Row) -> None:
        self._font(row.is_strong)
        for text in _names(row):
            self._canvas.drawString(self._left, self._y, fold(text, _CODE_PAGE))
            self._y -= _LEADING
        self._canvas.drawRightString(self._right, self._y + _LEADING, fold(row.right, _CODE_PAGE))
        if row.note:
            self._font(False, _SIZE - 1)
            self._canvas.drawString(self._left + 6, self._y, fold(row.note, _CODE_PAGE))
            self._y -= _LEADING

    def _cells(self, cells: tuple[str, str, str, str]) -> None:
        self._font(False, _SIZE - 1)
        width = (self._right - self._left - 40) / 3
        self._canvas.drawString(self._left, self._y, fold(cells[0], _CODE_PAGE))
        for index, cell in enumerate(cells[1:], start=1):
            self._canvas.drawRightString(self._left + 40 + index * width, self._y, fold(cell, _CODE_PAGE))
        self._y -= _LEADING

    def _rule(self) -> None:
        self._canvas.line(self._left, self._y + _LEADING / 2, self._right, self._y + _LEADING / 2)
        self._y -= _LEADING

    def _gap(self) -> None:
        self._y -= _LEADING
