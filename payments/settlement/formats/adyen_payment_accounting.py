"""
Adyen's payment accounting report: one row per change of status, written like a ledger, and here a check and nothing else.

A payment's money moves through registers: Received, Authorised, Captured, and when it is settled, Payable and the fees.
Each change takes from one what it adds to the next, so when a payment's whole life is in the file its Received and
Captured come to nothing; Authorised keeps what was never captured. A life that leaves something behind fails its last
row. The settlement details report brings the same sales with their payouts: they are booked from there, and from here
never.
Column meanings: https://docs.adyen.com/reporting/invoice-reconciliation/payment-accounting-report
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter
from typing import Any, BinaryIO

from merchant.core.money import EXPONENTS
from payments.settlement.formats.base import Check, Kind, ReportRow, RowFailure
from payments.settlement.formats.checks import RowCheck, iso_day, written
from payments.settlement.formats.moments import with_zone
from payments.settlement.formats.records import Columns, Layout, table_rows
from payments.settlement.formats.tally import Tally

_REGISTERS = ("Received (PC)", "Authorised (PC)", "Captured (PC)")
_PAYABLE = "Payable (SC)"
_FEES = ("Commission (SC)", "Markup (SC)", "Scheme Fees (SC)", "Interchange (SC)")
REQUIRED = (
    "Merchant Account",
    "Psp Reference",
    "Merchant Reference",
    "Booking Date",
    "TimeZone",
    "Record Type",
    "Main Currency",
    "Main Amount",
    "Payment Currency",
    *_REGISTERS,
    "Settlement Currency",
    _PAYABLE,
    *_FEES,
)
_COLUMNS = (
    "Record Type", "Psp Reference", "Merchant Reference", "Modification Psp Reference", "Merchant Account", "Booking Date",
    "TimeZone", "Main Currency", "Payment Currency", "Settlement Currency", "Exchange Rate", "Payment Method",
    "Unique Terminal ID",
)  # fmt: skip
# The changes with which money reaches, or leaves, what Adyen owes; the same columns before them only announce it.
_KINDS: dict[str, Kind] = {
    "settled": "sale",
    "settledbulk": "sale",
    "settledinstallment": "sale",
    "refunded": "refund",
    "refundedbulk": "refund",
    "refundedreversed": "adjustment",
    "chargeback": "chargeback",
    "secondchargeback": "chargeback",
    "chargebackreversed": "chargeback_reversal",
}
# How many changes open a movement, and which of them close it.
_OPENS = frozenset({"sentforsettle", "sentforrefund"})
_CLOSES = frozenset({"settled", "settledbulk", "settledinstallment", "refunded", "refundedbulk"})
# Every open payment is remembered until its registers are empty; a day has fewer, and memory has an end.
OPEN_PAYMENTS_MAX = 200_000


def read(stream: BinaryIO, layout: Layout) -> Iterator[ReportRow]:
    """Yield the rows; those that settle nothing have no amounts."""
    columns = Columns(layout.header)
    pick = itemgetter(*(columns.find(name) for name in _COLUMNS))
    money = itemgetter(*(columns.find(name) for name in (_PAYABLE, *_FEES)))
    registers = itemgetter(*(columns.find(name) for name in _REGISTERS))
    needed = tuple(columns.find(name) for name in REQUIRED)
    for line, cells, failures in table_rows(stream, layout, needed=needed):
        check = RowCheck(line, failures)
        yield _row(check, pick(cells), money(cells), registers(cells), columns.names, cells)


def _row(
    check: RowCheck,
    cells: tuple[str, ...],
    money: tuple[str, ...],
    registers: tuple[str, ...],
    names: tuple[str, ...],
    row_cells: list[str],
) -> ReportRow:
    (type_text, payment, reference, modification, account, booked, zone, main, paid_in, settled_in, rate, method,
     terminal) = cells  # fmt: skip
    kind = _KINDS.get(_name(type_text), "other")
    paid_in = (paid_in.strip() or main.strip()).upper()
    currency = settled_in.strip().upper() if kind != "other" else paid_in
    net = fee = 0
    if not check.failures:
        check.key(payment, "Psp Reference")
        moved = _amounts(check, registers, _REGISTERS, paid_in, "Payment Currency")
        if kind != "other":
            net, *fees = _amounts(check, money, (_PAYABLE, *_FEES), currency, "Settlement Currency")
            fee = sum(fees)
            if paid_in == currency and not check.failures and -moved[2] != net + fee:
                _note_difference(check, -moved[2], net + fee, currency)
    return ReportRow(
        line=check.line,
        kind=kind,
        type_text=type_text,
        currency=currency,
        gross_minor=net + fee,
        fee_minor=fee,
        net_minor=net,
        processor_reference=payment,
        operation_reference=modification,
        merchant_reference=reference,
        account=account,
        exchange_rate=rate.strip() or None,
        occurred_at=check.moment(booked, "Booking Date", lambda text: with_zone(text, zone.strip())),
        booked_on=iso_day(check.day(booked, "Booking Date")),
        terminal=terminal,
        method=method,
        names=names,
        cells=row_cells,
        failures=tuple(check.failures),
    )


def _amounts(check: RowCheck, texts: tuple[str, ...], names: tuple[str, ...], currency: str, column: str) -> list[int]:
    """Return amounts in minor units, an empty cell as 0. A row without amounts may name no currency."""
    if not any(text.strip() for text in texts):
        return [0] * len(texts)
    decimals = check.decimals(currency, column)
    return [check.amount(text, decimals, name, blank_is_zero=True) for text, name in zip(texts, names, strict=True)]


def _note_difference(check: RowCheck, captured: int, settled: int, currency: str) -> None:
    figures = [written(minor, currency) for minor in (captured, settled, captured - settled)]
    message = "captured {} is not payable plus fees, {}: {}".format(*figures) + f" {currency} off"
    check.fail(_PAYABLE, "row_identity", message)


def _name(type_text: str) -> str:
    return "".join(type_text.split()).casefold()


class _Life:
    """What a payment's changes so far leave in its registers, in minor units of the currency it was paid in."""

    __slots__ = ("authorised", "began", "captured", "currency", "line", "movements", "open_movements", "received")

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self.received = self.authorised = self.captured = self.movements = self.open_movements = self.line = 0
        self.began = False

    @property
    def is_whole(self) -> bool:
        """Whether it began in this file and everything that was sent to be settled or refunded was."""
        return self.began and self.movements > 0 and self.open_movements == 0


class LifeTally(Tally):
    """Follows every payment through its registers, and tells which whole lives leave money behind."""

    def __init__(self, format_code: str) -> None:
        super().__init__(format_code)
        self._lives: dict[str, _Life] = {}
        self._finished = self._left_out = 0
        self._pick: itemgetter[Any] | None = None
        self._is_checked = False
        self._outcome: tuple[Check, ...] = ()

    def add(self, row: ReportRow) -> None:
        """Count one change of status."""
        if row.kind == "other" and not row.failures:
            self.rows += 1
        else:
            super().add(row)
        if not row.failures:
            self._follow(row)

    def checks(self) -> tuple[Check, ...]:
        """Return how many lives were looked at; a life that does not come to nothing fails its last row, once."""
        if not self._is_checked:
            self._is_checked = True
            self._outcome = self._conclude()
        return self._outcome

    def _follow(self, row: ReportRow) -> None:
        if self._pick is None:
            columns = Columns(row.names)
            self._pick = itemgetter(
                *(columns.find(name) for name in ("Payment Currency", "Main Currency", *_REGISTERS))
            )
        paid_in, main, *texts = self._pick(row.cells)
        currency = (paid_in.strip() or main.strip()).upper()
        life = self._lives.get(row.processor_reference)
        if life is None:
            if len(self._lives) >= OPEN_PAYMENTS_MAX:
                self._left_out += 1
                return
            life = self._lives[row.processor_reference] = _Life(currency)
        received, authorised, captured = _amounts(RowCheck(row.line), tuple(texts), _REGISTERS, currency, "")
        life.received += received
        life.authorised += authorised
        life.captured += captured
        life.line = row.line
        name = _name(row.type_text)
        life.began = life.began or name == "received"
        life.movements += name in _OPENS
        life.open_movements += (name in _OPENS) - (name in _CLOSES)
        if not (life.received or life.captured or life.authorised):
            self._finished += life.began
            del self._lives[row.processor_reference]

    def _conclude(self) -> tuple[Check, ...]:
        broken = parts = 0
        for reference, life in self._lives.items():
            if not life.is_whole:
                parts += 1
                continue
            self._finished += 1
            if life.received or life.captured or life.authorised < 0:
                broken += 1
                self.fail((_left_behind(reference, life),))
        text = f"payments whose whole life is here: {self._finished}, of them leaving money behind: {broken}; in part: {parts}"
        if self._left_out:
            text += f"; {self._left_out} rows were not followed, because too many payments are open at once"
        return (Check("payment_lives", passed=broken == 0, text=text),)


def _left_behind(reference: str, life: _Life) -> RowFailure:
    decimals = life.currency in EXPONENTS
    figures = ", ".join(
        f"{name} {written(minor, life.currency) if decimals else minor}"
        for name, minor in zip(_REGISTERS, (life.received, life.authorised, life.captured), strict=True)
        if minor
    )
    message = f"payment {reference} is settled and leaves {figures} {life.currency}"
    return RowFailure(life.line, None, "life_identity", message)
