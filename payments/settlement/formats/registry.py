"""The one table of report formats. Order matters only where a file would satisfy two: the first is taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from payments.settlement.formats import (
    adyen_payment_accounting,
    adyen_settlement_details,
    checkout_breakdown,
    checkout_payouts,
    paypal,
    paypal_balances,
    sandbox_settlement,
    stripe,
)
from payments.settlement.formats.base import ReportRow
from payments.settlement.formats.records import Layout
from payments.settlement.formats.sets import RowSet
from payments.settlement.formats.tally import MovementTally, Tally

# Column names as `records.normal` leaves them, and the first rows below them.
Fits = Callable[[tuple[str, ...], Sequence[tuple[str, ...]]], bool]


@dataclass(frozen=True, slots=True)
class ReportFormat:
    """
    One kind of file.

    `gateway` whose it is. `required` the columns it cannot do without, `absent` columns that show it to be another
    file. `header_tag` the first cell of the line with the column names, None where that is the line that has them.
    `fits` looks at the first rows where two formats have the same columns. `tally` adds the rows up.
    `is_check_only`: its rows tell again what another report settles, so nothing of it is booked.
    `implies_payouts`: what a batch of it adds up to is a payout, which has no row of its own.
    `rounding_minor_max`: what a payout and its rows, which come in two files, may differ by in all; it is booked.
    """

    code: str
    label: str
    gateway: str
    read: Callable[[BinaryIO, Layout], Iterator[RowSet | ReportRow]]
    required: tuple[str, ...]
    absent: tuple[str, ...] = ()
    header_tag: str | None = None
    fits: Fits | None = None
    tally: Callable[[str], Tally] = Tally
    is_check_only: bool = False
    implies_payouts: bool = False
    rounding_minor_max: int = 0


@dataclass(frozen=True, slots=True)
class OtherFile:
    """A processor's file that is known and cannot be settled from: its columns, and what to download instead."""

    label: str
    columns: tuple[str, ...]
    instead: str


FORMATS: tuple[ReportFormat, ...] = (
    ReportFormat(
        code="sandbox-settlement",
        label="Sandbox settlement report",
        gateway="sandbox",
        read=sandbox_settlement.read,
        required=sandbox_settlement.REQUIRED,
    ),
    ReportFormat(
        code="adyen-settlement-details",
        label="Adyen settlement details report",
        gateway="adyen",
        read=adyen_settlement_details.read,
        required=adyen_settlement_details.REQUIRED,
    ),
    ReportFormat(
        code="adyen-payment-accounting",
        label="Adyen payment accounting report",
        gateway="adyen",
        read=adyen_payment_accounting.read,
        required=adyen_payment_accounting.REQUIRED,
        tally=adyen_payment_accounting.LifeTally,
        is_check_only=True,
    ),
    ReportFormat(
        code="stripe-payout-reconciliation",
        label="Stripe payout reconciliation, itemised",
        gateway="stripe",
        read=stripe.read,
        required=stripe.PAYOUT_REQUIRED,
        fits=stripe.is_of_payouts,
        implies_payouts=True,
    ),
    ReportFormat(
        code="stripe-balance-change",
        label="Stripe balance change from activity, itemised",
        gateway="stripe",
        read=stripe.read,
        required=stripe.REQUIRED,
        fits=stripe.is_of_activity,
        tally=MovementTally,
    ),
    ReportFormat(
        code="paypal-stl",
        label="PayPal settlement report",
        gateway="paypal",
        read=paypal.read_settlement,
        required=paypal.REQUIRED,
        absent=(paypal.STATUS,),
        header_tag="CH",
        tally=paypal_balances.BalanceTally,
    ),
    ReportFormat(
        code="paypal-trr",
        label="PayPal transaction detail report",
        gateway="paypal",
        read=paypal.read_transactions,
        required=(*paypal.REQUIRED, paypal.STATUS),
        header_tag="CH",
        tally=MovementTally,
    ),
    ReportFormat(
        code="checkout-breakdown",
        label="Checkout.com settlement breakdown",
        gateway="checkout",
        read=checkout_breakdown.read,
        required=checkout_breakdown.REQUIRED,
        rounding_minor_max=checkout_payouts.ROUNDING_MINOR_MAX,
    ),
    ReportFormat(
        code="checkout-payouts",
        label="Checkout.com payouts",
        gateway="checkout",
        read=checkout_payouts.read,
        required=checkout_payouts.REQUIRED,
        tally=checkout_payouts.PayoutsTally,
        rounding_minor_max=checkout_payouts.ROUNDING_MINOR_MAX,
    ),
)

OTHER_FILES: tuple[OtherFile, ...] = (
    OtherFile(
        label="Adyen's aggregate settlement details report, which sums payments up and names none",
        columns=("Merchant Account", "Payment Method", "Journal Type"),
        instead="the settlement details report",
    ),
    OtherFile(
        label="Stripe's balance summary, which has totals only",
        columns=("category", "description", "net_amount", "currency"),
        instead="the itemised payout reconciliation",
    ),
)


def find_format(code: str) -> ReportFormat | None:
    """Return the format called `code`, or None."""
    return next((entry for entry in FORMATS if entry.code == code), None)
