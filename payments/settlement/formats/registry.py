"""The one table of report formats. Order matters only where a file would satisfy two: the first is taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from payments.settlement.formats import (
    adyen_settlement_details,
    paypal_stl,
    sandbox_settlement,
    stripe_payout_reconciliation,
)
from payments.settlement.formats.base import ReportRow
from payments.settlement.formats.records import Layout


@dataclass(frozen=True, slots=True)
class ReportFormat:
    """
    One kind of file.

    `gateway` whose it is. `required` the columns it cannot do without, `absent` columns that show it to be another
    file. `header_tag` the first cell of the line with the column names, None where that is simply the first line.
    """

    code: str
    label: str
    gateway: str
    read: Callable[[BinaryIO, Layout], Iterator[ReportRow]]
    required: tuple[str, ...]
    absent: tuple[str, ...] = ()
    header_tag: str | None = None


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
        code="stripe-payout-reconciliation",
        label="Stripe payout reconciliation, itemised",
        gateway="stripe",
        read=stripe_payout_reconciliation.read,
        required=stripe_payout_reconciliation.REQUIRED,
    ),
    ReportFormat(
        code="paypal-stl",
        label="PayPal settlement report",
        gateway="paypal",
        read=paypal_stl.read,
        required=paypal_stl.REQUIRED,
        absent=paypal_stl.ABSENT,
        header_tag="CH",
    ),
)
