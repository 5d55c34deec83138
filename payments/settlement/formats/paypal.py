"""
PayPal's settlement report (STL) and transaction detail report (TRR): every line begins with what it is; CH names the columns of the SB lines below it.

Both have the same lines and, for a transaction, the same key, so what one brought the other adds nothing to. Amounts are
unsigned; CR and DR say which way, separately for the amount and its fee. The TRR also lists what moved nothing yet:
pending and denied transactions are kept with no amount. SC and RC count the SB lines, and those counts are checked; so is that what a file or a section
opened is closed again, which a file that was cut is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from operator import itemgetter
from typing import BinaryIO

from merchant.core.money import AmountPrecision
from payments.settlement.formats.amounts import rescaled
from payments.settlement.formats.base import COST_KINDS, Kind, ReportRow
from payments.settlement.formats.checks import RowCheck, shown
from payments.settlement.formats.records import Columns, Layout, Record, records

# What the integers of a source imply, whatever ISO 4217 says of the currency: hundredths, so that 15000 JPY is 150 yen.
# A source that is found to write a currency otherwise gets an entry: {"paypal-trr": {"JPY": 0}}.
WRITTEN_DECIMALS: dict[str, dict[str, int]] = {"paypal-stl": {}, "paypal-trr": {}}
_WRITTEN_DECIMALS_DEFAULT = 2
REQUIRED = (
    "Transaction ID",
    "Invoice ID",
    "PayPal Reference ID",
    "Transaction Event Code",
    "Transaction Initiation Date",
    "Transaction Debit or Credit",
    "Gross Transaction Amount",
    "Gross Transaction Currency",
    "Fee Debit or Credit",
    "Fee Amount",
    "Fee Currency",
)
# The transaction detail report has all of these too, and this one.
STATUS = "Transactional Status"
_COLUMNS = (
    "Transaction ID", "Invoice ID", "PayPal Reference ID", "PayPal Reference ID Type", "Transaction Event Code",
    "Transaction Debit or Credit", "Gross Transaction Amount", "Gross Transaction Currency", "Fee Debit or Credit",
    "Fee Amount", "Fee Currency", "Transaction Initiation Date", "Transaction Completion Date", "Custom Field",
    "Store ID", "Bank Reference ID", STATUS,
)  # fmt: skip
TAGS = frozenset({"RH", "FH", "SH", "CH", "SB", "SF", "SC", "RF", "RC", "FF"})
_KINDS: dict[str, Kind] = {
    "T1106": "chargeback",
    "T1107": "refund",
    "T1108": "fee_refund",
    "T1109": "fee_refund",
    "T1201": "chargeback",
    "T1202": "chargeback_reversal",
}
_GROUPS: dict[str, Kind] = {
    "T00": "sale",
    "T01": "fee",
    "T02": "conversion",
    "T03": "transfer",
    "T04": "payout",
    "T19": "adjustment",
    "T20": "transfer",
}
# Pending and denied: nothing has moved.
_MOVED_NOTHING = ("P", "D")
# Holds and releases; the sign says which.
_RESERVES = ("T1105", "T1110", "T1111", "T15", "T21")


def read_settlement(stream: BinaryIO, layout: Layout) -> Iterator[ReportRow]:
    """Yield the rows of a settlement report."""
    return _Reader("paypal-stl", layout).rows(stream)


def read_transactions(stream: BinaryIO, layout: Layout) -> Iterator[ReportRow]:
    """Yield the rows of a transaction detail report."""
    return _Reader("paypal-trr", layout).rows(stream)


class _Reader:
    """Where in its file the reading stands: the section's account and columns, what was opened and how many lines it has."""

    def __init__(self, source: str, layout: Layout) -> None:
        self._layout = layout
        self._scale = WRITTEN_DECIMALS[source]
        self._account = ""
        self._in_section = self._in_report = 0
        self._open_file = self._open_section = False
        self._take_columns(layout.header)

    def rows(self, stream: BinaryIO) -> Iterator[ReportRow]:
        """Yield the SB lines, and as failed rows lines that are none of PayPal's, counts that disagree, and a missing end."""
        record: Record = (1, [""], ())
        for record in records(stream, self._layout):
            line, cells, failures = record
            tag = cells[0].strip().upper()
            if line == 1 and tag.startswith("SEP="):
                # A spreadsheet's own first line.
                continue
            if tag == "SB" and not failures:
                self._in_section, self._in_report = self._in_section + 1, self._in_report + 1
                yield self._body(record)
            elif failures or tag not in TAGS:
                yield _failed(record, "record_unknown", f"{shown(tag)} is no kind of line a PayPal report has")
            elif message := self._frame(tag, cells):
                yield _failed(record, "record_count", message)
        if self._open_file or self._open_section:
            message = "the file ends before the line that closes it; it seems to be cut"
            yield _failed((record[0], record[1], ()), "trailer_missing", message)

    def _frame(self, tag: str, cells: list[str]) -> str:
        """Take note of a line that is no body, and return what is wrong with its count, or nothing."""
        if tag == "FH":
            self._open_file = True
        elif tag == "SH":
            self._account, self._in_section, self._open_section = (cells[3].strip() if len(cells) > 3 else ""), 0, True
        elif tag == "CH":
            self._take_columns(tuple(cells))
        elif tag in ("SF", "SC", "RF", "RC", "FF"):
            self._open_section = False
            self._open_file = self._open_file and tag != "FF"
        if tag == "SC" and _count(cells) not in (None, self._in_section):
            return f"the section counts {_count(cells)} lines, {self._in_section} are there"
        if tag == "RC" and _count(cells) not in (None, self._in_report):
            return f"the report counts {_count(cells)} lines, {self._in_report} are there"
        return ""

    def _take_columns(self, header: tuple[str, ...]) -> None:
        self._columns = Columns(header)
        self._pick = itemgetter(*(self._columns.find(name) for name in _COLUMNS))

    def _body(self, record: Record) -> ReportRow:
        line, cells, failures = record
        names = self._columns.names
        width = len(names)
        check = RowCheck(line, failures)
        if any(cells[width:]) or len(cells) <= self._columns.find("Gross Transaction Currency"):
            check.fail(None, "column_count", f"the row has {len(cells)} cells, the header {width}")
        cells = cells[:width] + [""] * (width - len(cells) + 1) if len(cells) <= width else [*cells[:width], ""]
        return _row(check, self._pick(cells), names, cells, self._account, self._scale)


def _row(
    check: RowCheck,
    cells: tuple[str, ...],
    names: tuple[str, ...],
    row_cells: list[str],
    account: str,
    scale: dict[str, int],
) -> ReportRow:
    (transaction, invoice, reference, reference_type, code, direction, gross_text, currency, fee_direction, fee_text,
     fee_currency, initiated, completed, custom, store, bank_reference, status) = (cell.strip() for cell in cells)  # fmt: skip
    currency = currency.upper()
    gross = fee = 0
    if not check.failures:
        check.key(transaction, "Transaction ID")
        scales = scale.get(currency, _WRITTEN_DECIMALS_DEFAULT), check.decimals(currency, "Gross Transaction Currency")
        gross = _amount(check, direction, gross_text, scales, "Gross Transaction Amount")
        if fee_text:
            fee = -_amount(check, fee_direction, fee_text, scales, "Fee Amount")
        if fee and fee_currency.upper() != currency:
            check.fail(
                "Fee Currency", "currency_mismatch", f"the fee is in {shown(fee_currency)}, the amount {currency}"
            )
            fee = 0
    has_moved = status.upper() not in _MOVED_NOTHING
    if not has_moved:
        gross = fee = 0
    net = gross - fee
    kind = _kind(code.upper(), net) if has_moved else "other"
    if kind in COST_KINDS:
        gross, fee = 0, -net
    is_about_another = reference_type.upper() == "TXN" and kind != "sale"
    completed_at = check.moment(completed, "Transaction Completion Date", _moment)
    return ReportRow(
        line=check.line,
        kind=kind,
        type_text=code if has_moved else f"{code} {status}",
        currency=currency,
        gross_minor=gross,
        fee_minor=fee,
        net_minor=net,
        processor_reference=reference if is_about_another and reference else transaction,
        operation_reference=transaction,
        merchant_reference=invoice or custom,
        account=account,
        batch=account or None,
        payout_reference=bank_reference if kind == "payout" else "",
        occurred_at=check.moment(initiated, "Transaction Initiation Date", _moment),
        booked_on=completed_at[:10] if completed_at else None,
        store=store,
        method="paypal",
        # What is pending today comes again, with its amount, when it has moved.
        row_key=f"{transaction}/{code}{'' if has_moved else '/' + status}" if transaction else "",
        names=names,
        cells=row_cells,
        failures=tuple(check.failures),
    )


def _amount(check: RowCheck, direction: str, text: str, scales: tuple[int, int | None], column: str) -> int:
    """Return an unsigned integer with the sign its CR or DR gives it, or 0 and a failure; `scales` are as written and our own."""
    written_decimals, decimals = scales
    if decimals is None:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        check.fail(column, "amount_malformed" if text else "amount_missing", f"{shown(text)} is not a whole number")
        return 0
    if direction.upper() not in ("CR", "DR"):
        check.fail(column, "direction_unknown", f"{shown(direction)} is neither CR nor DR")
        return 0
    try:
        minor = rescaled(int(text), written_decimals=written_decimals, decimals=decimals)
    except AmountPrecision:
        check.fail(column, "amount_precision", f"{shown(text)} is not a whole number of the currency's smallest units")
        return 0
    return minor if direction.upper() == "CR" else -minor


def _kind(code: str, net: int) -> Kind:
    if code.startswith(_RESERVES):
        return "reserve_hold" if net < 0 else "reserve_release"
    return _KINDS.get(code) or _GROUPS.get(code[:3], "other")


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y/%m/%d %H:%M:%S %z")


def _count(cells: list[str]) -> int | None:
    text = cells[1].strip() if len(cells) > 1 else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None


def _failed(record: Record, code: str, message: str) -> ReportRow:
    line, cells, failures = record
    check = RowCheck(line, failures)
    if not failures:
        check.fail(None, code, message)
    names = tuple(f"column {position}" for position in range(1, len(cells) + 1))
    return ReportRow(line, "other", cells[0].strip()[:8], "", 0, 0, 0, names, cells, failures=tuple(check.failures))
