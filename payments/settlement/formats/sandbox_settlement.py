"""The sandbox processor's settlement report: one row per movement, one payout row per batch that brings it to zero."""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter
from typing import BinaryIO

from merchant.core.money import EXPONENTS
from payments.settlement.formats.amounts import to_minor
from payments.settlement.formats.base import COST_KINDS, Kind, ReportRow
from payments.settlement.formats.checks import RowCheck, iso_day
from payments.settlement.formats.moments import day_text, if_aware, moment_text
from payments.settlement.formats.records import Columns, Layout, Record, table_rows

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


def read(stream: BinaryIO, layout: Layout) -> Iterator[ReportRow]:
    """Yield the rows. The common row takes one short way; whatever is unusual goes through `_carefully`."""
    columns = Columns(layout.header)
    pick = itemgetter(*(columns.find(*names) for names in _COLUMNS))
    needed = tuple(columns.find(name) for name in REQUIRED)
    names = columns.names
    # The tuple itself: a named tuple's own way through its keywords takes three times as long.
    new = tuple.__new__
    for record in table_rows(stream, layout, needed=needed):
        line, cells, failures = record
        (type_text, currency, gross_text, fee_text, net_text, payment, operation, order, account, batch, payout,
         original, _, _, occurred, booked, store, terminal, method, last4, auth_code, number) = pick(cells)  # fmt: skip
        kind = _KINDS.get(type_text)
        try:
            decimals = EXPONENTS[currency]
            gross, fee, net = to_minor(gross_text, decimals), to_minor(fee_text, decimals), to_minor(net_text, decimals)
            occurred_at = moment_text(occurred) if occurred else None
            booked_on = day_text(booked) if booked else None
        except (KeyError, ValueError):
            yield _carefully(record, columns, pick(cells))
            continue
        if kind is None or failures or original or kind in COST_KINDS or gross - fee != net:
            yield _carefully(record, columns, pick(cells))
            continue
        yield new(ReportRow, (
            line, kind, type_text, currency, gross, fee, net, names, cells, payment, operation, order, account,
            batch or None, payout, None, None, None, occurred_at, booked_on, store, terminal, method, last4, auth_code,
            f"{batch}/{number}" if number else "", (),
        ))  # fmt: skip


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
