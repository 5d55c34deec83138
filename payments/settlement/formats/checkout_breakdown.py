"""
Checkout.com's settlement breakdown: one row per movement of a payout, signed from the merchant's view.

Every row says gross + deduction = net, and the deduction is the sum of its parts; only the row "Merchant Payout", the
price of the payout itself, has no parts. A reserve among the parts is money held, not a cost: it comes as a row of its
own beside the one it was taken from. The payout's amount stands in the payouts file, and may be some minor units off
the sum of these rows; that difference is booked as rounding.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter
from typing import BinaryIO

from payments.settlement.formats.amounts import agrees_with_rate
from payments.settlement.formats.base import Kind, ReportRow
from payments.settlement.formats.checks import RowCheck, iso_day, shown, written
from payments.settlement.formats.moments import in_utc
from payments.settlement.formats.records import Columns, Layout, table_rows

_MONEY = ("Gross In Holding Currency", "Deduction In Holding Currency", "Net In Holding Currency")
_FEE_PARTS = (
    "Processing Fee In Holding Currency",
    "Scheme Fee In Holding Currency",
    "Interchange In Holding Currency",
    "Tax In Holding Currency",
)
_RESERVE = "Reserve In Holding Currency"
REQUIRED = ("Type", "Payment ID", "Reference", "Processed On", "Holding Currency", "Payout ID", *_MONEY)
_COLUMNS = (
    "Type", "Payment ID", "Reference", "Processed On", "Available On", "Holding Currency", "Payout ID", "Client Entity ID",
    "Processing Currency", "Gross In Processing Currency", "FX Rate Applied", "Payment Method", "Action ID",
)  # fmt: skip
_KINDS: dict[str, Kind] = {
    "charge": "sale",
    "capture": "sale",
    "refund": "refund",
    "chargeback": "chargeback",
    "secondchargeback": "chargeback",
    "chargebackreversal": "chargeback_reversal",
    "chargebackreversed": "chargeback_reversal",
    "refundreversal": "adjustment",
    "adjustment": "adjustment",
    "transferin": "transfer",
    "transferout": "transfer",
    "paytocard": "transfer",
}
# The price of the payout, and no payout.
_PAYOUT_PRICE = "merchantpayout"


def read(stream: BinaryIO, layout: Layout) -> Iterator[ReportRow]:
    """Yield the rows, and behind one with a reserve the reserve."""
    columns = Columns(layout.header)
    pick = itemgetter(*(columns.find(name) for name in _COLUMNS))
    money = itemgetter(*(columns.find(name) for name in (*_MONEY, *_FEE_PARTS, _RESERVE)))
    has_parts = all(name in columns for name in (*_FEE_PARTS, _RESERVE))
    needed = tuple(columns.find(name) for name in REQUIRED)
    for line, cells, failures in table_rows(stream, layout, needed=needed):
        check = RowCheck(line, failures)
        yield from _rows(
            check, pick(cells), _Amounts(check, pick(cells), money(cells), has_parts), columns.names, cells
        )


class _Amounts:
    """The amounts of one row in minor units of the holding currency, all 0 where it cannot be trusted."""

    def __init__(self, check: RowCheck, cells: tuple[str, ...], texts: tuple[str, ...], has_parts: bool) -> None:
        self.currency = cells[5].strip().upper()
        self.gross = self.deduction = self.net = self.reserve = 0
        if check.failures:
            return
        decimals = check.decimals(self.currency, "Holding Currency")
        gross, deduction, net = (check.amount(text, decimals, name) for text, name in zip(texts, _MONEY, strict=False))
        parts = [
            check.amount(text, decimals, name, blank_is_zero=True)
            for text, name in zip(texts[3:], (*_FEE_PARTS, _RESERVE), strict=True)
        ]
        if check.failures:
            return
        self._demand(check, gross + deduction, net, _MONEY[2], "gross and deduction")
        if has_parts and _name(cells[0]) != _PAYOUT_PRICE:
            self._demand(check, sum(parts), deduction, _MONEY[1], "the parts of the deduction")
        _check_rate(check, cells, gross, self.currency)
        self.gross, self.deduction, self.net, self.reserve = gross, deduction, net, parts[-1]

    def _demand(self, check: RowCheck, found: int, said: int, column: str, what: str) -> None:
        if found != said:
            figures = [written(minor, self.currency) for minor in (found, said, found - said)]
            check.fail(
                column, "row_identity", f"{what} make {figures[0]}, not {figures[1]}: {figures[2]} {self.currency} off"
            )


def _rows(
    check: RowCheck, cells: tuple[str, ...], amounts: _Amounts, names: tuple[str, ...], row_cells: list[str]
) -> Iterator[ReportRow]:
    (type_text, payment, reference, processed, available, _, payout, entity, original, original_text, rate, method,
     action) = cells  # fmt: skip
    net, fee = amounts.net - amounts.reserve, amounts.reserve - amounts.deduction
    original, decimals = original.strip().upper(), None
    differs = bool(original) and original != amounts.currency and amounts.gross != 0 and not check.failures
    if differs:
        decimals = check.decimals(original, "Processing Currency")
    main = ReportRow(
        line=check.line,
        kind=_kind(type_text, amounts.gross, fee, has_reserve=amounts.reserve != 0),
        type_text=type_text,
        currency=amounts.currency,
        gross_minor=amounts.gross,
        fee_minor=fee,
        net_minor=net,
        processor_reference=payment,
        operation_reference=action or payment,
        merchant_reference=reference,
        account=entity,
        batch=payout.strip() or None,
        payout_reference=payout.strip(),
        original_currency=original if differs else None,
        original_gross_minor=check.amount(original_text, decimals, "Gross In Processing Currency") if differs else None,
        exchange_rate=rate.strip() or None,
        occurred_at=check.moment(processed, "Processed On", in_utc),
        booked_on=iso_day(check.day(available, "Available On")),
        method=method,
        names=names,
        cells=row_cells,
        failures=tuple(check.failures),
    )
    if not amounts.reserve or amounts.gross or fee:
        yield main
    if amounts.reserve:
        # Two holds that are equal in all of this are told apart by their order in the file, like any equal rows.
        key = f"{payout}/{payment or type_text}/{processed}/reserve"
        held: Kind = "reserve_hold" if amounts.reserve < 0 else "reserve_release"
        yield main._replace(
            kind=held, gross_minor=amounts.reserve, fee_minor=0, net_minor=amounts.reserve, original_currency=None,
            original_gross_minor=None, row_key=key, failures=(),
        )  # fmt: skip


def _check_rate(check: RowCheck, cells: tuple[str, ...], gross: int, currency: str) -> None:
    """Note a failure unless the amount in the processing currency, at the rate, is the gross."""
    original, text, rate = cells[8].strip().upper(), cells[9], cells[10].strip() or "1"
    if not original or not gross or original == currency:
        return
    decimals, product_decimals = check.decimals(original, "Processing Currency"), check.decimals(currency, "")
    minor = check.amount(text, decimals, "Gross In Processing Currency")
    if decimals is None or product_decimals is None or check.failures:
        return
    if not agrees_with_rate(minor, rate, gross, decimals=decimals, product_decimals=product_decimals):
        message = f"{written(minor, original)} {original} at the rate {shown(rate)} is not {written(gross, currency)} {currency}"
        check.fail("FX Rate Applied", "row_identity", message)


def _kind(type_text: str, gross: int, fee: int, *, has_reserve: bool) -> Kind:
    if gross == 0 and (fee or not has_reserve):
        return "fee_refund" if fee < 0 else "fee"
    return _KINDS.get(_name(type_text), "other")


def _name(type_text: str) -> str:
    return "".join(type_text.replace("_", "").split()).casefold()
