"""The rows of a report as text for COPY. Written out, because this runs a million times a report."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat

from merchant.core.ids import id_series
from payments.settlement.formats.base import ReportRow
from payments.settlement.formats.sets import RowSet
from payments.settlement.models import ReportFile

# Longer keys are cut, so that a number fits behind the equal ones.
KEY_LENGTH_MAX = 140
# Between the cells of a row that is told by all of them: no report holds this character.
_CELL_END = "\x1f"
# COPY's own spelling of no value, and of the characters that would end a cell. Only text can hold one of those.
_NULL = "\\N"
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
# Between the cells of text of a row, and between all that a line has.
_TABS_OF_TEXT, _TABS_OF_LINE = 13, 24
_CELLS = """
    gross_minor, fee_minor, net_minor, original_gross_minor, occurred_at, booked_on, kind, type_text, processor_reference, operation_reference,
    merchant_reference, batch, payout_reference, currency, original_currency, store, terminal, last4, auth_code
"""
STAGING_COPY = f"COPY settlement_staging (report_id, line, {_CELLS}, row_key) FROM STDIN"
LINE_COPY = (
    f"COPY settlement_line (id, merchant_id, report_id, gateway_account_id, line, {_CELLS}, line_key) FROM STDIN"
)


def staged_text(rows: Iterable[ReportRow], report: ReportFile) -> Iterator[str]:
    """Yield each row as `STAGING_COPY` takes it."""
    for row in rows:
        yield f"{report.id}\t{_cells_text(row)}"


class LineText:
    """The lines of one report as `LINE_COPY` takes them, their ids counted up."""

    def __init__(self, report: ReportFile) -> None:
        self._beginning = f"{id_series()}%08x\t{report.merchant_id}\t{report.id}\t{report.gateway_account_id}\t"
        self._number = 0

    def of(self, found: RowSet | ReportRow) -> str:
        """Return a row, or those of a set one behind the other."""
        if isinstance(found, RowSet):
            return self._of_set(found)
        self._number += 1
        return f"{self._beginning % self._number}{_cells_text(found)}"

    def _of_set(self, found: RowSet) -> str:
        count = len(found.lines)
        figures = zip(
            range(self._number + 1, self._number + count + 1),
            found.lines,
            found.gross_minors,
            found.fee_minors,
            found.net_minors,
            strict=True,
        )
        # In the order of `_CELLS`; a set names no second currency.
        text = "\n".join(map("\t".join, zip(
            map(f"{self._beginning}%d\t%d\t%d\t%d\t{_NULL}".__mod__, figures), _or_null(found.occurred_at), _or_null(found.booked_on), found.kinds,
            found.type_texts, found.processor_references, found.operation_references, found.merchant_references, found.batches, found.payout_references,
            found.currencies, repeat("", count), found.stores, found.terminals, found.last4s, found.auth_codes, found.row_keys, strict=True,
        )))  # fmt: skip
        if not (found.is_plain or _is_plain(text, count)) or max(map(len, found.row_keys)) > KEY_LENGTH_MAX:
            return "".join([self.of(row) for row in found.rows()])
        self._number += count
        return f"{text}\n"


def _is_plain(text: str, count: int) -> bool:
    """Whether the text of `count` lines holds nothing that COPY would take for the end of a cell or line."""
    tabs, breaks, backslashes = count * _TABS_OF_LINE, count - 1, count
    return (text.count("\t"), text.count("\n"), text.count("\\"), text.count("\r")) == (tabs, breaks, backslashes, 0)


def _or_null(texts: Sequence[str | None]) -> Sequence[str]:
    return [text or _NULL for text in texts]


def _cells_text(row: ReportRow) -> str:
    """Return line and cells of a row. One without a key of its own is known by all it says."""
    (
        line, kind, type_text, currency, gross, fee, net, names, row_cells, processor, operation, order, _account, batch, payout, original_currency,
        original_gross, _rate, moment, day, store, terminal, _method, last4, auth_code, key, _failures,
    ) = row  # fmt: skip
    key = key[:KEY_LENGTH_MAX] or _digest(row_cells[: len(names)])
    batch, original_currency = batch or "", original_currency or ""
    text = f"{kind}\t{type_text}\t{processor}\t{operation}\t{order}\t{batch}\t{payout}\t{currency}\t{original_currency}\t{store}\t{terminal}\t{last4}\t{auth_code}\t{key}"
    if "\\" in text or "\n" in text or "\r" in text or text.count("\t") != _TABS_OF_TEXT:
        cells = (
            kind, type_text, processor, operation, order, batch, payout, currency, original_currency, store, terminal, last4, auth_code, key,
        )  # fmt: skip
        text = "\t".join([cell.translate(_ESCAPED) for cell in cells])
    original = _NULL if original_gross is None else original_gross
    return f"{line}\t{gross}\t{fee}\t{net}\t{original}\t{moment or _NULL}\t{day or _NULL}\t{text}\n"


def _digest(cells: Sequence[str]) -> str:
    return f"md5:{hashlib.md5(_CELL_END.join(cells).encode(), usedforsecurity=False).hexdigest()}"
