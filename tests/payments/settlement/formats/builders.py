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
BALANCE_HEADER = [name for name in STRIPE_HEADER if not name.startswith("automatic_payout")]
ACCOUNTING_HEADER = [
    "Company Account",
    "Merchant Account",
    "Psp Reference",
    "Merchant Reference",
    "Payment Method",
    "Booking Date",
    "TimeZone",
    "Record Type",
    "Modification Psp Reference",
    "Main Currency",
    "Main Amount",
    "Payment Currency",
    "Received (PC)",
    "Exchange Rate",
    "Authorised (PC)",
    "Captured (PC)",
    "Settlement Currency",
    "Payable (SC)",
    "Commission (SC)",
    "Markup (SC)",
    "Scheme Fees (SC)",
    "Interchange (SC)",
]
BREAKDOWN_HEADER = [
    "Client Entity ID",
    "Type",
    "Payment ID",
    "Reference",
    "Processed On",
    "Available On",
    "Holding Currency",
    "Payout ID",
    "Gross In Holding Currency",
    "Deduction In Holding Currency",
    "Net In Holding Currency",
    "Processing Fee In Holding Currency",
    "Scheme Fee In Holding Currency",
    "Interchange In Holding Currency",
    "Tax In Holding Currency",
    "Reserve In Holding Currency",
    "Processing Currency",
    "Gross In Processing Currency",
    "FX Rate Applied",
    "Payment Method",
]
PAYOUTS_HEADER = [
    "Client Entity ID",
    "Holding Currency",
    "Payout ID",
    "Payout Date",
    "Payout Amount",
    "Merchant Payout Fees",
    "Payments",
    "Refunds",
    "Chargebacks",
    "Card Payment Scheme Fees",
    "Adjustments",
    "Tax",
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
TRANSACTIONS_HEADER = [*PAYPAL_HEADER[:14], "Transactional Status", *PAYPAL_HEADER[14:]]


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


def balance_rows(sales: Sequence[Sale], *, currency: str = "EUR") -> list[dict[str, str]]:
    """One row per sale, and none of payouts."""
    return stripe_rows(sales, currency=currency)[:-1]


def transaction_rows(sales: Sequence[Sale], *, currency: str = "EUR") -> list[dict[str, str]]:
    """One SB line per sale and the withdrawal, all of them successful."""
    return [{**row, "Transactional Status": "S"} for row in paypal_rows(sales, currency=currency)]


def accounting_rows(sales: Sequence[Sale], *, currency: str = "EUR") -> list[dict[str, str]]:
    """The whole life of each sale, and the last steps of each refund."""
    rows = []
    for number, sale in enumerate(sales, start=1):
        common = {
            "Merchant Account": "BakeryPOS",
            "Psp Reference": f"PSP{number:013d}",
            "Merchant Reference": f"ORD-{number}",
            "Booking Date": "2026-11-20 09:30:00",
            "TimeZone": "CET",
            "Main Currency": currency,
            "Main Amount": major(sale.gross, currency),
            "Payment Currency": currency,
            "Settlement Currency": currency,
        }
        taken, back = major(sale.gross, currency), major(-sale.gross, currency)
        settled = {
            "Captured (PC)": back,
            "Payable (SC)": major(sale.net, currency),
            "Markup (SC)": major(sale.fee, currency),
        }
        if sale.gross < 0:
            rows.append({**common, "Record Type": "SentForRefund", "Captured (PC)": taken})
            rows.append({**common, "Record Type": "Refunded", **settled})
            continue
        rows.append({**common, "Record Type": "Received", "Received (PC)": taken})
        rows.append({**common, "Record Type": "Authorised", "Received (PC)": back, "Authorised (PC)": taken})
        rows.append({**common, "Record Type": "SentForSettle", "Authorised (PC)": back, "Captured (PC)": taken})
        rows.append({**common, "Record Type": "Settled", **settled})
    return rows


def breakdown_rows(sales: Sequence[Sale], *, currency: str = "EUR") -> list[dict[str, str]]:
    """One row per sale."""
    return [
        {
            "Client Entity ID": "ent_bakery",
            "Type": "Charge" if sale.gross >= 0 else "Refund",
            "Payment ID": f"pay_{number}",
            "Reference": f"ORD-{number}",
            "Processed On": "2026-11-20T08:30:00.000",
            "Available On": "2026-11-21T00:00:00.000",
            "Holding Currency": currency,
            "Payout ID": "00000007K7",
            "Gross In Holding Currency": major(sale.gross, currency),
            "Deduction In Holding Currency": major(-sale.fee, currency),
            "Net In Holding Currency": major(sale.net, currency),
            "Processing Fee In Holding Currency": major(-sale.fee, currency),
            "Processing Currency": currency,
            "Gross In Processing Currency": major(sale.gross, currency),
            "FX Rate Applied": "1",
        }
        for number, sale in enumerate(sales, start=1)
    ]


def payouts_rows(sales: Sequence[Sale], *, currency: str = "EUR", payout: int | None = None) -> list[dict[str, str]]:
    """One row: the payout of all sales, with its totals."""
    paid = sum(sale.net for sale in sales) if payout is None else payout
    return [
        {
            "Client Entity ID": "ent_bakery",
            "Holding Currency": currency,
            "Payout ID": "00000007K7",
            "Payout Date": "2026-11-21T02:00:00.000",
            "Payout Amount": major(paid, currency),
            "Payments": major(sum(max(sale.gross, 0) for sale in sales), currency),
            "Refunds": major(sum(min(sale.gross, 0) for sale in sales), currency),
            "Card Payment Scheme Fees": major(-sum(sale.fee for sale in sales), currency),
        }
    ]


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
    """How one format's file is made. `pays` whether it has a payout's row, `ties` whether that must be its other rows."""

    code: str
    header: list[str]
    rows: Callable[..., list[dict[str, str]]]
    write: Callable[..., str]
    net_column: str
    pays: bool = True
    ties: bool = True


SANDBOX = Maker("sandbox-settlement", SANDBOX_HEADER, sandbox_rows, written, "Net")
ADYEN = Maker("adyen-settlement-details", ADYEN_HEADER, adyen_rows, written, "Net Credit (NC)")
ACCOUNTING = Maker(
    "adyen-payment-accounting", ACCOUNTING_HEADER, accounting_rows, written, "Payable (SC)", pays=False, ties=False
)
STRIPE = Maker("stripe-payout-reconciliation", STRIPE_HEADER, stripe_rows, written, "net")
BALANCE = Maker("stripe-balance-change", BALANCE_HEADER, balance_rows, written, "net", pays=False, ties=False)
PAYPAL = Maker("paypal-stl", PAYPAL_HEADER, paypal_rows, paypal_written, "Gross Transaction Amount")
TRANSACTIONS = Maker(
    "paypal-trr", TRANSACTIONS_HEADER, transaction_rows, paypal_written, "Gross Transaction Amount", ties=False
)
BREAKDOWN = Maker(
    "checkout-breakdown", BREAKDOWN_HEADER, breakdown_rows, written, "Net In Holding Currency", pays=False, ties=False
)
PAYOUTS = Maker("checkout-payouts", PAYOUTS_HEADER, payouts_rows, written, "Payout Amount")
MAKERS = (SANDBOX, ADYEN, ACCOUNTING, STRIPE, BALANCE, PAYPAL, TRANSACTIONS, BREAKDOWN, PAYOUTS)
TYING = (SANDBOX, ADYEN, STRIPE, PAYPAL)


def a_report(maker: Maker, sales: Sequence[Sale] = (Sale(1250, 31), Sale(-500, 0)), **how: Any) -> bytes:
    """A small report that ties."""
    return maker.write(maker.header, maker.rows(sales, **how)).encode()


def summary_of(content: bytes, *, gateway: str | None = None) -> ReportSummary:
    """Read and check a file's content."""
    return summarise(open_report(io.BytesIO(content), gateway=gateway))
