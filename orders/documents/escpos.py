"""A paper as bytes for a receipt printer: ESC/POS, code page 858, 42 characters a line, a QR code, a cut."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from orders.documents.encoding import fold
from orders.documents.paper import ReadyPaper, Row

# 42 characters of font A fit every 80 mm printer; those with 48 leave a margin.
COLUMNS = 42
_CODE_PAGE = "cp858"


def render(paper: ReadyPaper) -> bytes:
    """Return the bytes. They open no drawer: a printed copy must not."""
    # The library takes 0.3 s to load; only a process that prints pays for it.
    from escpos.printer import Dummy

    printer = Dummy()
    printer._raw(b"\x1b@")
    printer.charcode("CP858")
    for is_strong, is_centred, line in _lines(paper):
        printer.set(align="center" if is_centred else "left", bold=is_strong)
        printer.text(f"{fold(line, _CODE_PAGE)}\n")
    scanned, words = paper.scanned
    if scanned:
        printer.set(align="center", bold=bool(paper.code))
        printer.qr(scanned, native=True, size=5, ec=1)
        printer.text(f"\n{fold(words, _CODE_PAGE)}\n")
    printer.cut()
    return bytes(printer.output)


def _lines(paper: ReadyPaper) -> Iterator[tuple[bool, bool, str]]:
    """Yield (is_strong, is_centred, text) line by line."""
    rule = "-" * COLUMNS
    if paper.copy_mark:
        yield True, True, f"*** {paper.copy_mark} ***"
    for index, line in enumerate(paper.seller):
        for part in _wrapped(line):
            yield index == 0, True, part
    yield False, False, ""
    yield True, False, f"{paper.title} {paper.number}"
    yield from _rows(paper.facts)
    yield False, False, rule
    yield from _rows(paper.lines)
    yield False, False, rule
    if paper.total is not None:
        yield from _rows((paper.total,))
        yield from _rows(paper.tenders)
        if paper.taxes:
            yield False, False, rule
            yield False, False, _quarters(paper.tax_headings)
        for tax in paper.taxes:
            yield False, False, _quarters(tax)
    yield False, False, ""
    for heading, rows in paper.sections:
        yield True, False, heading
        yield from _rows(rows)
        yield False, False, ""
    for line in paper.footer:
        for part in _wrapped(line):
            yield False, True, part
    yield False, False, ""


def _rows(rows: tuple[Row, ...]) -> Iterator[tuple[bool, bool, str]]:
    for row in rows:
        room = max(COLUMNS - len(row.right) - 1, 8)
        *above, last = _wrapped(row.left, room)
        for part in above:
            yield row.is_strong, False, part
        yield row.is_strong, False, f"{last:<{room}} {row.right}"
        if row.note:
            for part in _wrapped(row.note, COLUMNS - 2):
                yield False, False, f"  {part}"


def _wrapped(text: str, width: int = COLUMNS) -> list[str]:
    return textwrap.wrap(text, width) or [""]


def _quarters(cells: tuple[str, str, str, str]) -> str:
    width = (COLUMNS - 9) // 3
    return f"{cells[0]:<9}" + "".join(f"{cell:>{width}}" for cell in cells[1:])
