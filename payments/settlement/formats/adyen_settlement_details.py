"""
Adyen's settlement details report: one file per batch, one row per movement, the payout's own row at the end.

Major units. The net columns say which way the money went; the gross columns are only checked against them, because
files exist with a sale's gross in the debit column. Decimals are those of ISO 4217, also for CLP, CVE and IDR, which
Adyen's API counts otherwise. `Payment Fees (NC)` is already the sum of the four fee columns.
Column meanings: https://docs.adyen.com/reporting/settlement-reconciliation/transaction-level/settlement-details-report
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter
from typing import BinaryIO

from payments.settlement.formats.amounts import is_rounded_product
from payments.settlement.formats.base import COST_KINDS, Kind, ReportRow
from payments.settlement.formats.checks import RowCheck, iso_day, shown, written
from payments.settlement.formats.moments import with_zone
from payments.settlement.formats.records import Columns, Layout, table_rows

_FEES = ("Commission (NC)", "Markup (NC)", "Scheme Fees (NC)", "Interchange (NC)")
_MONEY = ("Gross Debit (GC)", "Gross Credit (GC)", "Net Debit (NC)", "Net Credit (NC)", *_FEES)
REQUIRED = (
    "Merchant Account",
    "Psp Reference",
    "Merchant Reference",
    "Creation Date",
    "TimeZone",
    "Type",
    "Modification Reference",
    "Gross Currency",
    "Exchange Rate",
    "Net Currency",
    "Batch Number",
    *_MONEY,
)
_COLUMNS = (
    "Type", "Gross Currency", "Net Currency", "Exchange Rate", "Merchant Account", "Psp Reference",
    "Merchant Reference", "Modification Reference", "Batch Number", "Creation Date", "TimeZone", "Booking Date",
    "Payment Method", "Store", "Unique Terminal ID", "Authorisation Code",
)  # fmt: skip
_KINDS: dict[str, Kind] = {
    "settled": "sale",
    "bulksettlement": "sale",
    "settledbulk": "sale",
    "settledinstallment": "sale",
    "settledexternally": "sale",
    "settledexternallywithinfo": "sale",
    "refunded": "refund",
    "refundedbulk": "refund",
    "refundedexternally": "refund",
    "refundedexternallywithinfo": "refund",
    "refundedreversed": "adjustment",
    "chargeback": "chargeback",
    "chargebackexternally": "chargeback",
    "chargebackexternallywithinfo": "chargeback",
    "secondchargeback": "chargeback",
    "chargebackreversed": "chargeback_reversal",
    "fee": "fee",
    "misccosts": "fee",
    "paymentcost": "fee",
    "invoicededuction": "fee",
    "advancementcommissions": "fee",
    "depositcorrection": "adjustment",
    "manualcorrected": "adjustment",
    "matchedstatement": "adjustment",
    "balancetransfer": "transfer",
    "paidout": "transfer",
    "paidoutreversed": "transfer",
    "merchantpayout": "payout",
    "bankinstructionreturned": "payout_reversal",
}

_ELSEWHERE = ("settledexternally", "refundedexternally", "chargebackexternally")


def read(stream: BinaryIO, layout: Layout) -> Iterator[ReportRow]:
    """Yield the rows."""
    columns = Columns(layout.header)
    pick = itemgetter(*(columns.find(name) for name in _COLUMNS))
    money = itemgetter(*(columns.find(name) for name in _MONEY))
    needed = tuple(columns.find(name) for name in REQUIRED)
    for line, cells, failures in table_rows(stream, layout, needed=needed):
        check = RowCheck(line, failures)
        yield _row(check, pick(cells), money(cells), columns.names, cells)


def _row(
    check: RowCheck, cells: tuple[str, ...], money: tuple[str, ...], names: tuple[str, ...], row_cells: list[str]
) -> ReportRow:
    (type_text, original, currency, rate, account, payment, reference, modification, batch, created, zone, booked,
     method, store, terminal, auth_code) = cells  # fmt: skip
    original, currency = original.strip().upper(), currency.strip().upper()
    net = fee = original_gross = 0
    check.key(payment, "Psp Reference")
    check.key(modification, "Modification Reference")
    # What another acquirer settles is named here and never paid out: it has a gross and no net.
    is_elsewhere = _name(type_text).startswith(_ELSEWHERE) and not (money[2].strip() or money[3].strip())
    if not check.failures and not is_elsewhere:
        original_gross = _original_gross(check, original, money)
        net, fee = _settled(check, currency, money)
    kind = _kind(type_text, net) if not is_elsewhere else "other"
    if original_gross and not check.failures:
        _check_gross(check, original, original_gross, rate, currency, net + fee)
    gross = net + fee
    if kind in COST_KINDS:
        gross, fee = 0, -net
    differs = bool(original_gross) and original != currency and kind != "payout"
    return ReportRow(
        line=check.line,
        kind=kind,
        type_text=type_text,
        currency=currency,
        gross_minor=gross,
        fee_minor=fee,
        net_minor=net,
        processor_reference=payment,
        operation_reference=modification,
        merchant_reference=reference,
        account=account,
        batch=batch.strip() or None,
        payout_reference=modification if kind == "payout" else "",
        original_currency=original if differs else None,
        original_gross_minor=_signed_like(original_gross, gross) if differs else None,
        exchange_rate=rate.strip() or None,
        occurred_at=check.moment(created, "Creation Date", lambda text: with_zone(text, zone.strip())),
        booked_on=iso_day(check.day(booked, "Booking Date")),
        store=store,
        terminal=terminal,
        method=method,
        auth_code=auth_code,
        names=names,
        cells=row_cells,
        failures=tuple(check.failures),
    )


def _original_gross(check: RowCheck, original: str, money: tuple[str, ...]) -> int:
    """Return credit - debit in the transaction currency. Rows of a whole batch may name none, and no amount."""
    if not (money[0].strip() or money[1].strip()):
        return 0
    decimals = check.decimals(original, "Gross Currency")
    debit = check.amount(money[0], decimals, "Gross Debit (GC)", blank_is_zero=True)
    return check.amount(money[1], decimals, "Gross Credit (GC)", blank_is_zero=True) - debit


def _settled(check: RowCheck, currency: str, money: tuple[str, ...]) -> tuple[int, int]:
    """Return the net and the sum of the fees in the settlement currency."""
    decimals = check.decimals(currency, "Net Currency")
    if not (money[2].strip() or money[3].strip()):
        check.fail("Net Credit (NC)", "amount_missing", "neither net debit nor net credit is filled")
    debit = check.amount(money[2], decimals, "Net Debit (NC)", blank_is_zero=True)
    credit = check.amount(money[3], decimals, "Net Credit (NC)", blank_is_zero=True)
    fees = (
        check.amount(text, decimals, name, blank_is_zero=True) for text, name in zip(money[4:], _FEES, strict=False)
    )
    return credit - debit, sum(fees)


def _check_gross(check: RowCheck, original: str, original_gross: int, rate: str, currency: str, gross: int) -> None:
    """Note a failure unless the gross, at the rate the row names, is net plus fees. An empty rate is 1."""
    if original == currency:
        if abs(original_gross) != abs(gross):
            size = abs(original_gross) - abs(gross)
            said = [written(minor, currency) for minor in (abs(original_gross), abs(gross), size)]
            message = "gross {} is not net plus fees, {}: {}".format(*said) + f" {currency} off"
            check.fail("Net Credit (NC)", "row_identity", message)
        return
    decimals, product_decimals = check.decimals(original, "Gross Currency"), check.decimals(currency, "Net Currency")
    if decimals is None or product_decimals is None:
        return
    if not is_rounded_product(
        original_gross, rate.strip() or "1", gross, decimals=decimals, product_decimals=product_decimals
    ):
        message = (
            f"gross {written(original_gross, original)} {original} at the rate {shown(rate)} is not net plus fees, "
            f"{written(gross, currency)} {currency}"
        )
        check.fail("Exchange Rate", "row_identity", message)


def _kind(type_text: str, net: int) -> Kind:
    name = _name(type_text)
    if name == "reserveadjustment":
        return "reserve_hold" if net < 0 else "reserve_release"
    return _KINDS.get(name, "other")


def _name(type_text: str) -> str:
    return "".join(type_text.split()).casefold()


def _signed_like(minor: int, example: int) -> int:
    return minor if not example else (abs(minor) if example > 0 else -abs(minor))
