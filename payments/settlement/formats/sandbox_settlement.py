"""The sandbox processor's settlement report: one row per movement, one payout row per batch that brings it to zero."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import itemgetter, sub
from typing import BinaryIO

from merchant.core.money import EXPONENTS
from payments.settlement.formats.base import COST_KINDS, Kind, ReportRow
from payments.settlement.formats.checks import RowCheck, iso_day
from payments.settlement.formats.moments import day_text, if_aware, moment_text
from payments.settlement.formats.records import Columns, Layout, Record
from payments.settlement.formats.sets import Minors, RowSet, record_sets

REQUIRED = (
    "Batch",
    "Type",
    "Payment ID",
    "Operation Reference",
    "Order Reference",
    "Occurred At",
    "Currency",
    "Gross",
    "Fee",
    "Net",
    "Payout Reference",
)
_COLUMNS = (
    ("Type",), ("Currency",), ("Gross",), ("Fee",), ("Net",), ("Payment ID",), ("Operation Reference",),
    ("Order Reference",), ("Account",), ("Batch",), ("Payout Reference",), ("Original Currency",),
    ("Original Gross",), ("Exchange Rate",), ("Occurred At",), ("Booked On",), ("Store",), ("Terminal",),
    ("Method",), ("Card Last 4", "Last 4"), ("Auth Code",), ("Line",),
)  # fmt: skip
_KINDS: dict[str, Kind] = {
    "sale": "sale",
    "refund": "refund",
    "fee": "fee",
    "chargeback": "chargeback",
    "chargeback_reversal": "chargeback_reversal",
    "adjustment": "adjustment",
    "reserve_hold": "reserve_hold",
    "reserve_release": "reserve_release",
    "payout": "payout",
}


_ORDINARY_KINDS = {text: kind for text, kind in _KINDS.items() if kind not in COST_KINDS}
# Below this many, rows around one that is not ordinary are read one by one.
_FEW_ROWS = 32


def read(stream: BinaryIO, layout: Layout) -> Iterator[RowSet | ReportRow]:
    """Yield the rows: ordinary ones as sets, and those around whatever is unusual one by one."""
    reader = _Reader(Columns(layout.header), is_plain=layout.is_plain)
    needed = tuple(reader.columns.find(name) for name in REQUIRED)
    for records in record_sets(stream, layout, needed=needed):
        yield from reader.rows(records)


class _Reader:
    def __init__(self, columns: Columns, *, is_plain: bool) -> None:
        self.columns = columns
        self._is_plain = is_plain
        self._pick = itemgetter(*(columns.find(*names) for names in _COLUMNS))
        self._minors = {currency: Minors(decimals) for currency, decimals in EXPONENTS.items()}

    def rows(self, records: list[Record]) -> Iterator[RowSet | ReportRow]:
        """Yield the rows of `records`, in halves where not all are ordinary."""
        ordinary = self._ordinary(records)
        if ordinary is not None:
            yield ordinary
        elif len(records) > _FEW_ROWS:
            half = len(records) // 2
            yield from self.rows(records[:half])
            yield from self.rows(records[half:])
        else:
            for record in records:
                yield _carefully(record, self.columns, self._pick(record[1]))

    def _ordinary(self, records: list[Record]) -> RowSet | None:
        """Return the records as rows, or None if anything about one of them has to be looked at by itself."""
        lines, cells, failures = zip(*records, strict=True)
        (type_texts, currencies, gross_texts, fee_texts, net_texts, payments, operations, orders, accounts, batches, payouts,
         originals, _, _, occurred, booked, stores, terminals, methods, last4s, auth_codes, numbers) = self._pick(list(zip(*cells, strict=True)))  # fmt: skip
        if any(failures) or any(originals) or not all(numbers):
            return None
        try:
            kinds = [_ORDINARY_KINDS[text] for text in type_texts]
            gross, fees, nets = (self._amounts(texts, currencies) for texts in (gross_texts, fee_texts, net_texts))
            occurred_at = [moment_text(text) if text else None for text in occurred]
            booked_on = [day_text(text) if text else None for text in booked]
        except (KeyError, ValueError):
            return None
        if list(map(sub, gross, fees)) != nets:
            return None
        return RowSet(
            self.columns.names, self._is_plain, lines, kinds, type_texts, currencies, gross, fees, nets, cells, payments, operations, orders, accounts, batches, payouts,
            occurred_at, booked_on, stores, terminals, methods, last4s, auth_codes, list(map("/".join, zip(batches, numbers, strict=True))),
        )  # fmt: skip

    def _amounts(self, texts: Sequence[str], currencies: Sequence[str]) -> list[int]:
        if currencies.count(currencies[0]) == len(currencies):
            known = self._minors[currencies[0]]
            return [known[text] for text in texts]
        return [self._minors[currency][text] for currency, text in zip(currencies, texts, strict=True)]


def _carefully(record: Record, columns: Columns, cells: tuple[str, ...]) -> ReportRow:
    """Read one row cell by cell, noting everything that is wrong with it."""
    line, row_cells, failures = record
    (type_text, currency, gross_text, fee_text, net_text, payment, operation, order, account, batch, payout,
     original, original_text, rate, occurred, booked, store, terminal, method, last4, auth_code, number) = cells  # fmt: skip
    check = RowCheck(line, failures)
    currency = currency.strip().upper()
    gross = fee = net = 0
    if not failures:
        decimals = check.decimals(currency, "Currency")
        gross = check.amount(gross_text, decimals, "Gross")
        fee = check.amount(fee_text, decimals, "Fee")
        net = check.amount(net_text, decimals, "Net")
        if not check.failures:
            check.identity(gross=gross, fee=fee, net=net, currency=currency, column="Net")
    kind = _KINDS.get(type_text.strip().casefold(), "other")
    if kind in COST_KINDS:
        gross, fee = 0, -net
    original_currency, original_gross = _original(check, original.strip().upper(), original_text, currency)
    return ReportRow(
        line=line,
        kind=kind,
        type_text=type_text,
        currency=currency,
        gross_minor=gross,
        fee_minor=fee,
        net_minor=net,
        processor_reference=payment,
        operation_reference=operation,
        merchant_reference=order,
        account=account,
        batch=batch or None,
        payout_reference=payout,
        original_currency=original_currency,
        original_gross_minor=original_gross,
        exchange_rate=rate or None,
        occurred_at=check.moment(occurred, "Occurred At", if_aware),
        booked_on=iso_day(check.day(booked, "Booked On")),
        store=store,
        terminal=terminal,
        method=method,
        last4=last4,
        auth_code=auth_code,
        row_key=f"{batch}/{number}" if number else "",
        names=columns.names,
        cells=row_cells,
        failures=tuple(check.failures),
    )


def _original(check: RowCheck, original: str, text: str, currency: str) -> tuple[str | None, int | None]:
    """Return the transaction currency and amount where they differ from what was settled."""
    if not original or original == currency or check.failures:
        return None, None
    decimals = check.decimals(original, "Original Currency")
    return original, check.amount(text, decimals, "Original Gross")
