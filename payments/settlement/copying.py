"""The rows of a report as text for COPY. Written out, because this runs a million times a report."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import count, repeat

from merchant.core.ids import id_series
from payments.settlement.formats.base import ReportRow
from payments.settlement.models import ReportFile

# Longer keys are cut, so that a number fits behind the equal ones.
KEY_LENGTH_MAX = 140
# Between the cells of a row that is told by all of them: no report holds this character.
_CELL_END = "\x1f"
# COPY's own spelling of no value, and of the characters that would end a cell. Only text can hold one of those.
_NULL = "\\N"
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_TABS = 13
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
    return _text(rows, series=f"{report.id}", numbers=repeat(""), head="\t")


def line_text(rows: Iterable[ReportRow], report: ReportFile) -> Iterator[str]:
    """Yield each row as `LINE_COPY` takes it."""
    head = f"\t{report.merchant_id}\t{report.id}\t{report.gateway_account_id}\t"
    return _text(rows, series=id_series(), numbers=map("{:08x}".format, count()), head=head)


def _text(rows: Iterable[ReportRow], *, series: str, numbers: Iterable[str], head: str) -> Iterator[str]:
    """Yield each row: `series` and its number, `head`, and its cells. A row without a key of its own is known by all it says."""
    for number, (
        line, kind, type_text, currency, gross, fee, net, names, row_cells, processor, operation, order, _account, batch, payout, original_currency,
        original_gross, _rate, moment, day, store, terminal, _method, last4, auth_code, key, _failures,
    ) in zip(numbers, rows, strict=False):  # fmt: skip
        key = key[:KEY_LENGTH_MAX] or _digest(row_cells[: len(names)])
        batch, original_currency = batch or "", original_currency or ""
        text = f"{kind}\t{type_text}\t{processor}\t{operation}\t{order}\t{batch}\t{payout}\t{currency}\t{original_currency}\t{store}\t{terminal}\t{last4}\t{auth_code}\t{key}"
        if "\\" in text or "\n" in text or "\r" in text or text.count("\t") != _TABS:
            cells = (
                kind, type_text, processor, operation, order, batch, payout, currency, original_currency, store, terminal, last4, auth_code, key,
            )  # fmt: skip
            text = "\t".join([cell.translate(_ESCAPED) for cell in cells])
        original = _NULL if original_gross is None else original_gross
        yield f"{series}{number}{head}{line!s}\t{gross!s}\t{fee!s}\t{net!s}\t{original!s}\t{moment or _NULL}\t{day or _NULL}\t{text}\n"


def _digest(cells: Sequence[str]) -> str:
    return f"md5:{hashlib.md5(_CELL_END.join(cells).encode(), usedforsecurity=False).hexdigest()}"
