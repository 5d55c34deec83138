"""Builds settlement reports of invented sales in every format, tying unless a test bends them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from merchant.core.money import EXPONENTS
from payments.settlement.formats.base import ReportSummary
from payments.settlement.formats.sniff import open_report, summarise

SANDBOX_HEADER = [
    "Account",
    "Batch",
    "Line",
    "Type",
    "Payment ID",
    "Operation Reference",
    "Order Reference",
    "Store",
    "Terminal",
    "Method",
    "Card Brand",
    "Card Last 4",
    "Auth Code",
    "Occurred At",
    "Booked On",
    "Currency",
    "Gross",
    "Fee",
    "Net",
    "Original Currency",
    "Original Gross",
    "Exchange Rate",
    "Payout Reference",
]
ADYEN_HEADER = [
    "Company Account",
    "Merchant Account",
    "Psp Reference",
    "Merchant Reference",
    "Payment Method",
    "Creation Date",
    "TimeZone",
    "Type",
    "Modification Reference",
    "Gross Currency",
    "Gross Debit (GC)",
    "Gross Credit (GC)",
    "Exchange Rate",
    "Net Currency",
    "Net Debit (NC)",
    "Net Credit (NC)",
    "Commission (NC)",
    "Markup (NC)",
    "Scheme Fees (NC)",
    "Interchange (NC)",
    "Payment Method Variant",
    "Modification Merchant Reference",
    "Batch Number",
    "Reserved4",
    "Reserved5",
]
STRIPE_HEADER = [
    "automatic_payout_id",
    "automatic_payout_effective_at",
    "balance_transaction_id",
    "created_utc",
    "created",
    "available_on_utc",
    "available_on",
    "currency",
    "gross",
    "fee",
    "net",
    "reporting_category",
    "source_id",
    "description",
    "customer_facing_amount",
    "customer_facing_currency",
    "charge_id",
    "payment_intent_id",
    "payment_metadata[order_reference]",
]
PAYPAL_HEADER = [
    "CH",
    "Transaction ID",
    "Invoice ID",
    "PayPal Reference ID",
    "PayPal Reference ID Type",
    "Transaction Event Code",
    "Transaction Initiation Date",
    "Transaction Completion Date",
    "Transaction  Debit or Credit",
    "Gross Transaction Amount",
    "Gross Transaction Currency",
    "Fee Debit or Credit",
    "Fee Amount",
    "Fee Currency",
    "Custom Field",
    "Consumer ID",
    "Payment Tracking ID",
    "Store ID",
    "Bank Reference ID",
]


@dataclass(frozen=True)
class Sale:
    """A gross (negative: a refund) and what it cost, in minor units."""

    gross: int
    fee: int

    @property
    def net(self) -> int:
        return self.gross - self.fee


def major(minor: int, currency: str = "EUR") -> str:
    """Write minor units with a decimal point."""
    decimals = EXPONENTS[currency]
    digits = str(abs(minor)).rjust(decimals + 1, "0")
    text = f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits
    return f"-{text}" if minor < 0 else text


def sandbox_rows(sales: Sequence[Sale], *, currency: str = "EUR", payout: int | None = None) -> list[dict[str, str]]:
    """One row per sale and the payout row."""
    common = {
        "Account": "bakery",
        "Batch": "b-7",
        "Currency": currency,
        "Occurred At": "2026-11-20T09:30:00+01:00",
        "Booked On": "2026-11-20",
        "Payout Reference": "po_7",
    }
    rows = [
        {
            **common,
            "Line": str(number),
            "Type": "sale" if sale.gross >= 0 else "refund",
            "Payment ID": f"pay_{number}",
            "Operation Reference": f"op-{number}",
            "Order Reference": f"ORD-{number}",
            "Card Last 4": "4242",
            "Gross": major(sale.gross, currency),
            "Fee": major(sale.fee, currency),
            "Net": major(sale.net, currency),
        }
        for number, sale in enumerate(sales, start=1)
    ]
    paid = major(-(sum(sale.net for sale in sales) if payout is None else payout), currency)
    number = str(len(sales) + 1)
    return [*rows, {**common, "Line": number, "Type": "payout", "Gross": paid, "Fee": major(0, currency), "Net": paid}]


def adyen_rows(sales: Sequence[Sale], *, currency: str = "EUR", payout: int | None = None) -> list[dict[str, str]]:
    """One row per sale and the payout row."""
    common = {
        "Company Account": "Bakery",
        "Merchant Account": "BakeryPOS",
        "Creation Date": "2026-11-20 09:30:00",
        "TimeZone": "CET",
        "Net Currency": currency,
        "Batch Number": "7",
    }
    rows = []
    for number, sale in enumerate(sales, start=1):
        rows.append(
            {
                **common,
                "Psp Reference": f"PSP{number:013d}",
                "Merchant Reference": f"ORD-{number}",
                "Type": "Settled" if sale.gross >= 0 else "Refunded",
                "Modification Reference": f"MOD{number:013d}",
                "Gross Currency": currency,
                _side("Gross", sale.gross, "GC"): major(abs(sale.gross), currency),
                "Exchange Rate": "1",
                _side("Net", sale.net, "NC"): major(abs(sale.net), currency),
                "Markup (NC)": major(sale.fee, currency),
            }
        )
    paid = sum(sale.net for sale in sales) if payout is None else payout
    text = 'TX1XT batch 7, "BakeryPOS"'
    side = _side("Net", -paid, "NC")
    return [
        *rows,
        {**common, "Type": "MerchantPayout", "Modification Reference": text, side: major(abs(paid), currency)},
    ]


def _side(prefix: str, minor: int, suffix: str) -> str:
    return f"{prefix} {'Credit' if minor >= 0 else 'Debit'} ({suffix})"


def stripe_rows(sales: Sequence[Sale], *, currency: str = "EUR", payout: int | None = None) -> list[dict[str, str]]:
    """One row per sale and the payout row."""
    common = {"automatic_payout_id": "po_7", "created_utc": "2026-11-20 08:30:00", "currency": currency.lower()}
    rows = [
        {
            **common,
            "balance_transaction_id": f"txn_{number}",
            "gross": major(sale.gross, currency),
            "fee": major(sale.fee, currency),
            "net": major(sale.net, currency),
            "reporting_category": "charge" if sale.gross >= 0 else "refund",
            "source_id": f"ch_{number}",
            "payment_intent_id": f"pi_{number}",
            "payment_metadata[order_reference]": f"ORD-{number}",
        }
        for number, sale in enumerate(sales, start=1)
    ]
    paid = major(-(sum(sale.net for sale in sales) if payout is None else payout), currency)
    own = {"balance_transaction_id": "txn_payout", "gross": paid, "fee": major(0, currency), "net": paid}
    return [*rows, {**common, **own, "reporting_category": "payout", "source_id": "po_7"}]


def paypal_rows(sales: Sequence[Sale], *, currency: str = "EUR", payout: int | None = None) -> list[dict[str, str]]:
    """One SB line per sale and the withdrawal."""
    common = {
        "CH": "SB",
        "Transaction Initiation Date": "2026/11/20 09:30:00 +0100",
        "Transaction Completion Date": "2026/11/20 09:30:00 +0100",
        "Gross Transaction Currency": currency,
    }
    rows = [
        {
            **common,
            "Transaction ID": f"TX{number}",
            "Invoice ID": f"ORD-{number}",
            "Transaction Event Code": "T0006" if sale.gross >= 0 else "T1107",
            "Transaction  Debit or Credit": "CR" if sale.gross >= 0 else "DR",
            "Gross Transaction Amount": str(abs(sale.gross)),
            "Fee Debit or Credit": "DR" if sale.fee >= 0 else "CR",
            "Fee Amount": str(abs(sale.fee)),
            "Fee Currency": currency,
        }
        for number, sale in enumerate(sales, start=1)
    ]
    paid = sum(sale.net for sale in sales) if payout is None else payout
    direction = {
        "Transaction  Debit or Credit": "DR" if paid >= 0 else "CR",
        "Gross Transaction Amount": str(abs(paid)),
    }
    return [*rows, {**common, **direction, "Transaction ID": "W1", "Transaction Event Code": "T0400"}]


def written(header: Sequence[str], rows: Sequence[dict[str, str]], *, delimiter: str = ",", end: str = "\r\n") -> str:
    """Write rows under a header."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator=end)
    writer.writerow(header)
    writer.writerows([row.get(name, "") for name in header] for row in rows)
    return buffer.getvalue()


def paypal_written(header: Sequence[str], rows: Sequence[dict[str, str]], **how: Any) -> str:
    """Write rows under their column line, with PayPal's header and trailer lines around them."""
    section = '"RH","2026/11/21 02:00:00 +0100","A","BAKERYACCOUNT","011"\r\n"FH",1\r\n'
    section += '"SH","2026/11/20 00:00:00 +0100","2026/11/20 23:59:59 +0100","BAKERYACCOUNT",""\r\n'
    body = written(header, rows, **how)
    return section + body + f'"SC",{len(rows)}\r\n"RC",{len(rows)}\r\n"FF",1\r\n'


@dataclass(frozen=True)
class Maker:
    """How one format's file is made."""

    code: str
    header: list[str]
    rows: Callable[..., list[dict[str, str]]]
    write: Callable[..., str]
    net_column: str


MAKERS = (
    Maker("sandbox-settlement", SANDBOX_HEADER, sandbox_rows, written, "Net"),
    Maker("adyen-settlement-details", ADYEN_HEADER, adyen_rows, written, "Net Credit (NC)"),
    Maker("stripe-payout-reconciliation", STRIPE_HEADER, stripe_rows, written, "net"),
    Maker("paypal-stl", PAYPAL_HEADER, paypal_rows, paypal_written, "Gross Transaction Amount"),
)


def a_report(maker: Maker, sales: Sequence[Sale] = (Sale(1250, 31), Sale(-500, 0)), **how: Any) -> bytes:
    """A small report that ties."""
    return maker.write(maker.header, maker.rows(sales, **how)).encode()


def summary_of(content: bytes, *, gateway: str | None = None) -> ReportSummary:
    """Read and check a file's content."""
    return summarise(open_report(io.BytesIO(content), gateway=gateway))
