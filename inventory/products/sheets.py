"""A catalogue file as it comes: which characters, which separator, which columns. Nothing is judged here."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.utils.translation import gettext as _

from merchant.core.errors import AppError

# What a column can be, and what it is called in files of shops (in lower case, without marks).
FIELDS: dict[str, frozenset[str]] = {
    "sku": frozenset(["sku", "artikelnummer", "artikelnr", "artnr", "itemnumber", "variantsku", "nummer", "number", "productcode"]),
    "name": frozenset(["name", "title", "productname", "product", "artikel", "bezeichnung", "benamning", "produkt", "namn", "titel"]),
    "variant": frozenset(["variant", "option", "size", "colour", "color", "variante", "variantname", "storlek", "groesse", "größe", "option1value"]),
    "category": frozenset(["category", "kategorie", "kategori", "group", "warengruppe", "producttype", "type", "varugrupp"]),
    "barcodes": frozenset(["barcodes", "barcode", "ean", "gtin", "ean13", "streckkod", "strichcode", "variantbarcode", "upc"]),
    "tax": frozenset(["tax", "taxclass", "mwst", "moms", "steuer", "steuerklasse", "vat", "momsklass", "steuersatz"]),
    "price": frozenset(["price", "preis", "pris", "verkaufspreis", "vk", "variantprice", "bruttopreis", "salesprice"]),
    "currency": frozenset(["currency", "waehrung", "währung", "valuta"]),
    "pieces": frozenset(["pieces", "stock", "quantity", "qty", "menge", "bestand", "lager", "antal", "onhand", "inventory", "variantinventoryqty"]),
}  # fmt: skip
# A row longer than this is no row of a catalogue.
_CELL_CHARACTERS_MAX = 10_000
_COLUMNS_MAX = 100
_LOOKED_AT_BYTES = 1 << 16


class FileNotUnderstood(AppError):
    """The file is no table of text."""

    code = "file_not_understood"
    status = 422
    detail = "The file was not read: {reason}."
    money = "Nothing was changed."
    next_step = "Save it as CSV with a first line of headings, and choose it again."


@dataclass(frozen=True, slots=True)
class Sheet:
    """How a file is read, its headings, and its first rows."""

    encoding: str
    delimiter: str
    headings: tuple[str, ...]
    first_rows: tuple[tuple[str, ...], ...]


def look_at(path: Path, *, rows: int) -> Sheet:
    """
    Return how the file is read and its first `rows` rows.

    :raises FileNotUnderstood: if it is no table of text.
    """
    with path.open("rb") as file:
        beginning = file.read(_LOOKED_AT_BYTES)
        holds_nul = b"\x00" in beginning or any(
            b"\x00" in part for part in iter(lambda: file.read(_LOOKED_AT_BYTES), b"")
        )
    if not beginning.strip():
        raise FileNotUnderstood(reason=_("it is empty"))
    if holds_nul or beginning[:2] == b"PK":
        raise FileNotUnderstood(reason=_("it is no text; a workbook has to be saved as CSV first"))
    encoding = _encoding(path)
    first_line = beginning.decode(encoding, "replace").lstrip("\ufeff").splitlines()[0]
    delimiter = max(";,\t|", key=first_line.count)
    sheet = Sheet(encoding, delimiter, (), ())
    found = list(islice(_lines(path, sheet), rows + 1))
    headings = tuple(cell.strip() for _number, cells in found[:1] for cell in cells)
    if len(headings) < 2 or len(headings) > _COLUMNS_MAX:
        raise FileNotUnderstood(reason=_("its first line has no headings with a comma, semicolon or tab between"))
    return Sheet(encoding, delimiter, headings, tuple(tuple(cells) for _number, cells in found[1:]))


def guess_columns(headings: Sequence[str]) -> dict[str, int]:
    """Return which column is probably which field. A field is in one column; what is not recognised stays out."""
    guessed: dict[str, int] = {}
    for number, heading in enumerate(headings):
        plain = re.sub(r"[^a-z0-9äöüåß]", "", heading.lower())
        field = next((field for field, names in FIELDS.items() if plain in names), "")
        if field and field not in guessed:
            guessed[field] = number
    return guessed


def read_rows(path: Path, sheet: Sheet, columns: Mapping[str, int]) -> Iterator[list[str | int | None]]:
    """Yield (line, *fields) of every row that holds anything; a field without a column, or past the end of a short row, is None. :raises FileNotUnderstood: for what is no CSV."""
    places = [columns.get(field) for field in FIELDS]
    rows = _lines(path, sheet)
    next(rows, None)
    for number, cells in rows:
        width = len(cells)
        if any(cells):
            yield [number, *(_clean(cells[place]) if place is not None and place < width else None for place in places)]


def _clean(cell: str) -> str | None:
    text = cell.strip()
    # Our own file begins what a spreadsheet takes for a formula with an apostrophe.
    return (text[1:] if text[:2] in ("'=", "'+", "'@") else text) or None


def _lines(path: Path, sheet: Sheet) -> Iterator[tuple[int, list[str]]]:
    with path.open(encoding=sheet.encoding, errors="replace", newline="") as file:
        reader = csv.reader(file, delimiter=sheet.delimiter)
        try:
            for cells in reader:
                if max(map(len, cells), default=0) > _CELL_CHARACTERS_MAX:
                    raise FileNotUnderstood(
                        reason=_("line {line} has a cell of more than {most} characters").format(
                            line=reader.line_num, most=_CELL_CHARACTERS_MAX
                        )
                    )
                yield reader.line_num, cells
        except csv.Error as error:
            raise FileNotUnderstood(
                reason=_("line {line}: {error}").format(line=reader.line_num, error=error)
            ) from error


def _encoding(path: Path) -> str:
    """UTF-8 if all of it is, else what spreadsheets on Windows write in Western Europe."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            while file.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"
