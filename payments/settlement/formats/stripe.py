"""
Stripe's itemised reports: payout reconciliation (of a period, or of one payout by its id) and balance change from activity.

All have the same columns, one row per balance transaction, whose id keys the row in each of them: what one brought the
other adds nothing to. Amounts are major units of the settlement currency with the decimals ISO 4217 gives it (the API's
own hundredths of ISK, UGX, HUF and TWD do not reach a file); the decimal comma is a choice when running the report.
A partial capture is a `charge` of the full authorised amount and a `partial_capture_reversal`, which belongs to the
sale and is no refund. `charge_failure` and `refund_failure` take back what had succeeded. In a payout reconciliation
the payout's own row is mostly absent: then its rows' net is the payout.
Column meanings: https://docs.stripe.com/reports/report-types/payout-reconciliation
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import BinaryIO

from payments.settlement.formats.base import COST_KINDS, Kind, ReportRow
from payments.settlement.formats.checks import RowCheck, iso_day
from payments.settlement.formats.moments import if_aware, in_utc
from payments.settlement.formats.records import Columns, Layout, table_rows

# Which other columns a report has is the merchant's choice when running it.
REQUIRED = ("balance_transaction_id", "currency", "gross", "fee", "net", "reporting_category")
PAYOUT_REQUIRED = ("automatic_payout_id", *REQUIRED)
_COLUMNS = (
    ("reporting_category",), ("currency",), ("gross",), ("fee",), ("net",), ("balance_transaction_id",),
    ("automatic_payout_id",), ("source_id", "payout_id"), ("payment_intent_id",), ("charge_id",), ("customer_facing_currency",),
    ("customer_facing_amount",), ("created_utc",), ("created",), ("available_on_utc", "available_on"),
    ("payment_method_type",), ("gateway_account", "connected_account_id"),
    ("payment_metadata[payment_reference]", "payment_metadata[order_reference]", "payment_metadata[order_id]",
     "payment_metadata[external_identifier]", "order_id"),
)  # fmt: skip
_KINDS: dict[str, Kind] = {
    "charge": "sale",
    "charge_failure": "adjustment",
    "partial_capture_reversal": "sale",
    "refund": "refund",
    "refund_failure": "adjustment",
    "dispute": "chargeback",
    "dispute_reversal": "chargeback_reversal",
    "fee": "fee",
    "network_cost": "fee",
    "tax": "tax",
    "payout": "payout",
    "payout_reversal": "payout_reversal",
    "topup": "transfer",
    "topup_reversal": "transfer",
    "transfer": "transfer",
    "transfer_reversal": "transfer",
    "other_adjustment": "adjustment",
}
# Money Stripe keeps back for a while; the sign says whether it goes or returns.
_RESERVES = frozenset(
    {
        "risk_reserved_funds",
        "connect_reserved_funds",
        "payment_network_reserve_hold",
        "payment_network_reserve_release",
        "payout_minimum_balance_hold",
        "payout_minimum_balance_release",
    }
)
_PAYOUT = "automaticpayoutid"
_PAYOUT_DAYS = ("automaticpayouteffectiveat", "automaticpayouteffectiveatutc")


def is_of_payouts(names: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> bool:
    """Return whether every one of the first rows names its payout, as in a payout reconciliation."""
    return not is_of_activity(names, rows)


def is_of_activity(names: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> bool:
    """Return whether rows may still wait for a payout, or the file says nothing of payouts."""
    if _PAYOUT not in names:
        return not any(name in names for name in _PAYOUT_DAYS)
    position = names.index(_PAYOUT)
    return any(len(cells) > position and not cells[position].strip() for cells in rows)


def read(stream: BinaryIO, layout: Layout) -> Iterator[ReportRow]:
    """Yield the rows."""
    columns = Columns(layout.header)
    pick = itemgetter(*(columns.find(*names) for names in _COLUMNS))
    needed = tuple(columns.find(name) for name in REQUIRED)
    for line, cells, failures in table_rows(stream, layout, needed=needed):
        check = RowCheck(line, failures)
        yield _row(check, pick(cells), columns.names, cells)


def _row(check: RowCheck, cells: tuple[str, ...], names: tuple[str, ...], row_cells: list[str]) -> ReportRow:
    (category, currency, gross_text, fee_text, net_text, transaction, payout, source, intent, charge, original,
     original_text, created_utc, created, available, method, account, reference) = cells  # fmt: skip
    currency = currency.strip().upper()
    gross = fee = net = 0
    if not check.failures:
        decimals = check.decimals(currency, "currency")
        gross = check.amount(gross_text, decimals, "gross")
        fee = check.amount(fee_text, decimals, "fee")
        net = check.amount(net_text, decimals, "net")
        check.key(transaction, "balance_transaction_id")
        if not check.failures:
            check.identity(gross=gross, fee=fee, net=net, currency=currency, column="net")
    kind = _kind(category.strip().casefold(), net)
    if kind in COST_KINDS:
        gross, fee = 0, -net
    if created_utc.strip():
        occurred_at = check.moment(created_utc, "created_utc", in_utc)
    else:
        occurred_at = check.moment(created, "created", if_aware)
    original_currency, original_gross = _original(check, original.strip().upper(), original_text, currency, gross)
    # The reversal of a partial capture has an id of its own; the sale it takes from is the charge.
    operation = charge or source if category.strip().casefold() == "partial_capture_reversal" else source
    return ReportRow(
        line=check.line,
        kind=kind,
        type_text=category,
        currency=currency,
        gross_minor=gross,
        fee_minor=fee,
        net_minor=net,
        processor_reference=intent or charge or source,
        operation_reference=operation or transaction,
        merchant_reference=reference,
        account=account,
        batch=payout or (source if kind == "payout" else None) or None,
        payout_reference=payout or (source if kind == "payout" else ""),
        original_currency=original_currency,
        original_gross_minor=original_gross,
        occurred_at=occurred_at,
        booked_on=iso_day(check.day(available, "available_on")),
        method=method,
        row_key=transaction,
        names=names,
        cells=row_cells,
        failures=tuple(check.failures),
    )


def _kind(category: str, net: int) -> Kind:
    if category in _RESERVES:
        return "reserve_hold" if net < 0 else "reserve_release"
    return _KINDS.get(category, "other")


def _original(check: RowCheck, original: str, text: str, currency: str, gross: int) -> tuple[str | None, int | None]:
    """Return what the customer saw where it was another currency; Stripe writes it without the sign of a refund."""
    if not original or original == currency or not text.strip() or check.failures:
        return None, None
    minor = check.amount(text, check.decimals(original, "customer_facing_currency"), "customer_facing_amount")
    return original, -abs(minor) if gross < 0 else minor
