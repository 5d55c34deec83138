"""The settlement report as CSV. Every batch sums to zero, its payout row included."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

from .currencies import major

HEADER = (
    "Account,Batch,Line,Type,Payment ID,Operation Reference,Order Reference,Store,Terminal,Method,Card Brand,"
    "Card Last 4,Auth Code,Occurred At,Booked On,Currency,Gross,Fee,Net,Original Currency,Original Gross,"
    "Exchange Rate,Payout Reference"
)


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One row; gross is signed from the merchant's view, a positive fee is a cost, net is gross less fee."""

    type: str
    gross_minor: int
    fee_minor: int
    occurred_at: str
    payment_id: str = ""
    operation_reference: str = ""
    order_reference: str = ""
    store: str = ""
    terminal: str = ""
    method: str = ""
    card_brand: str = ""
    card_last4: str = ""
    auth_code: str = ""
    original_currency: str = ""
    original_gross_minor: int = 0
    exchange_rate: str = ""

    @property
    def net_minor(self) -> int:
        """What the row moves."""
        return self.gross_minor - self.fee_minor


def write_report(rows: Iterable[ReportRow], *, account: str, batch: int, date: str, currency: str, payout: str) -> str:
    """Return the report of one batch, in the given order."""
    text = io.StringIO()
    text.write(HEADER + "\n")
    writer = csv.writer(text, lineterminator="\n")
    for line, row in enumerate(rows, start=1):
        original = major(row.original_gross_minor, row.original_currency) if row.original_currency else ""
        writer.writerow(
            (
                account,
                batch,
                line,
                row.type,
                row.payment_id,
                row.operation_reference,
                row.order_reference,
                row.store,
                row.terminal,
                row.method,
                row.card_brand,
                row.card_last4,
                row.auth_code,
                row.occurred_at,
                date,
                currency,
                major(row.gross_minor, currency),
                major(row.fee_minor, currency),
                major(row.net_minor, currency),
                row.original_currency,
                original,
                row.exchange_rate,
                payout,
            )
        )
    return text.getvalue()
