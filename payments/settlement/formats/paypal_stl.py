"""
PayPal's settlement report (STL): every line begins with what it is; CH names the columns of the SB lines below it.

Amounts are unsigned and in hundredths for every currency, also those without decimals: 15000 JPY is 150 yen. CR and
DR say which way, separately for the amount and its fee. The totals in SF and RF lines are not used: their order
differs between files. SC and RC count the SB lines, and those counts are checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from operator import itemgetter
from typing import BinaryIO

from merchant.core.money import AmountPrecision
from payments.settlement.formats.amounts import rescaled
from payments.settlement.formats.base import COST_KINDS, Kind, ReportRow
from payments.settlement.formats.checks import RowCheck, shown
from payments.settlement.formats.records import Columns, Layout, Record, records

# What PayPal's integers imply, whatever ISO 4217 says of the currency.
WRITTEN_DECIMALS = 2
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
# The transaction report (TRR) has all of these too; it also has this one, and means something else by its rows.
ABSENT = ("Transactional Status",)
_COLUMNS = (
    "Transaction ID", "Invoice ID", "PayPal Reference ID", "PayPal Reference ID Type", "Transaction Event Code",
    "Transaction Debit or Credit", "Gross Transaction Amount", "Gross Transaction Currency", "Fee Debit or Credit",
    "Fee Amount", "Fee Currency", "Transaction Initiation Date", "Transaction Completion Date", "Custom Field",
    "Store ID", "Bank Reference ID",
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
# Holds and releases; the sign says which.
_RESERVES = ("T1105", "T1110", "T1111", "T15", "T21")


def read(stream: BinaryIO, layout: Layout) -> Iterator[ReportRow]:
    """Yield the SB lines, and lines that are none of PayPal's or whose count does not agree, as failed rows."""
    account, in_section, in_report = "", 0, 0
    columns = Columns(layout.header)
    pick = itemgetter(*(columns.find(name) for name in _COLUMNS))
    for record in records(stream, layout):
        _, cells, failures = record
        tag = cells[0].strip().upper()
        if tag == "SB" and not failures:
            in_section, in_report = in_section + 1, in_report + 1
            yield _body(record, columns, pick, account)
        elif tag == "SH":
            account, in_section = (cells[3].strip() if len(cells) > 3 else ""), 0
        elif tag == "CH":
            columns = Columns(tuple(cells))
            pick = itemgetter(*(columns.find(name) for name in _COLUMNS))
        elif tag == "SC" and _count(cells) not in (None, in_section):
            yield _failed(record, "record_count", f"the section counts {_count(cells)} lines, {in_section} are there")
        elif tag == "RC" and _count(cells) not in (None, in_report):
            yield _failed(record, "record_count", f"the report counts {_count(cells)} lines, {in_report} are there")
        elif failures or tag not in TAGS:
            yield _failed(record, "record_unknown", f"{shown(tag)} is no kind of line a settlement report has")


def _body(record: Record, columns: Columns, pick: Callable[[list[str]], tuple[str, ...]], account: str) -> ReportRow:
    line, cells, failures = record
    width = len(columns.names)
    check = RowCheck(line, failures)
    if any(cells[width:]) or len(cells) <= columns.find("Gross Transaction Currency"):
        check.fail(None, "column_count", f"the row has {len(cells)} cells, the header {width}")
    cells = cells[:width] + [""] * (width - len(cells) + 1) if len(cells) <= width else [*cells[:width], ""]
    return _row(check, pick(cells), columns.names, cells, account)


def _row(
    check: RowCheck, cells: tuple[str, ...], names: tuple[str, ...], row_cells: list[str], account: str
) -> ReportRow:
    (transaction, invoice, reference, reference_type, code, direction, gross_text, currency, fee_direction, fee_text,
     fee_currency, initiated, completed, custom, store, bank_reference) = (cell.strip() for cell in cells)  # fmt: skip
    currency = currency.upper()
    gross = fee = 0
    if not check.failures:
        decimals = check.decimals(currency, "Gross Transaction Currency")
        gross = _amount(check, direction, gross_text, decimals, "Gross Transaction Amount")
        if fee_text:
            fee = -_amount(check, fee_direction, fee_text, decimals, "Fee Amount")
        if fee and fee_currency.upper() != currency:
            check.fail(
                "Fee Currency", "currency_mismatch", f"the fee is in {shown(fee_currency)}, the amount {currency}"
            )
            fee = 0
    net = gross - fee
    kind = _kind(code.upper(), net)
    if kind in COST_KINDS:
        gross, fee = 0, -net
    is_about_another = reference_type.upper() == "TXN" and kind != "sale"
    completed_at = check.moment(completed, "Transaction Completion Date", _moment)
    return ReportRow(
        line=check.line,
        kind=kind,
        type_text=code,
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
        row_key=f"{transaction}/{code}" if transaction else "",
        names=names,
        cells=row_cells,
        failures=tuple(check.failures),
    )


def _amount(check: RowCheck, direction: str, text: str, decimals: int | None, column: str) -> int:
    """Return an unsigned integer with the sign its CR or DR gives it, or 0 and a failure."""
    if decimals is None:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        check.fail(column, "amount_malformed" if text else "amount_missing", f"{shown(text)} is not a whole number")
        return 0
    if direction.upper() not in ("CR", "DR"):
        check.fail(column, "direction_unknown", f"{shown(direction)} is neither CR nor DR")
        return 0
    try:
        minor = rescaled(int(text), written_decimals=WRITTEN_DECIMALS, decimals=decimals)
    except AmountPrecision:
        check.fail(column, "amount_precision", f"{shown(text)} hundredths are not whole units of the currency")
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
