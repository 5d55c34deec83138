"""The four processors' report files, each in its own shape. Each function returns the text and the physical line of every row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, timezone

from reports.truth.generator.world import Account, Row, major

Written = tuple[str, list[int]]
_CET = timezone(timedelta(hours=1))

SANDBOX_HEADER = (
    "Account,Batch,Line,Type,Payment ID,Operation Reference,Order Reference,Store,Terminal,Method,Card Brand,Card Last 4,Auth Code,Occurred At,"
    "Booked On,Currency,Gross,Fee,Net,Original Currency,Original Gross,Exchange Rate,Payout Reference"
)
ADYEN_HEADER = (
    "Company Account,Merchant Account,Psp Reference,Merchant Reference,Payment Method,Creation Date,TimeZone,Type,Modification Reference,Gross Currency,"
    "Gross Debit (GC),Gross Credit (GC),Exchange Rate,Net Currency,Net Debit (NC),Net Credit (NC),Commission (NC),Markup (NC),Scheme Fees (NC),"
    "Interchange (NC),Payment Method Variant,Modification Merchant Reference,Batch Number,Reserved4,Reserved5,Reserved6,Reserved7,Reserved8,Reserved9,"
    "Reserved10,Booking Date,Booking Date TimeZone,Store,Unique Terminal ID,Authorisation Code"
)
_ADYEN_TYPES = {
    "sale": "Settled", "refund": "Refunded", "chargeback": "Chargeback", "chargeback_reversal": "ChargebackReversed", "payout": "MerchantPayout",
}  # fmt: skip
STRIPE_HEADER = (
    "automatic_payout_id,automatic_payout_effective_at,balance_transaction_id,created_utc,available_on,currency,gross,fee,net,reporting_category,"
    "source_id,description,customer_facing_amount,customer_facing_currency,charge_id,payment_intent_id,payment_method_type,payment_metadata[order_id]"
)
_STRIPE_TYPES = {
    "sale": "charge",
    "refund": "refund",
    "chargeback": "dispute",
    "chargeback_reversal": "dispute_reversal",
    "payout": "payout",
}
PAYPAL_HEADER = (
    "CH,Transaction ID,Invoice ID,PayPal Reference ID,PayPal Reference ID Type,Transaction Event Code,Transaction Initiation Date,"
    "Transaction Completion Date,Transaction Debit or Credit,Gross Transaction Amount,Gross Transaction Currency,Fee Debit or Credit,Fee Amount,"
    "Fee Currency,Custom Field,Consumer ID,Payment Tracking ID,Store ID,Bank Reference ID"
)
_PAYPAL_CODES = {
    "sale": "T0006",
    "refund": "T1107",
    "chargeback": "T1201",
    "chargeback_reversal": "T1202",
    "payout": "T0400",
}


def write(account: Account, rows: Sequence[Row]) -> Written:
    """Write a report of an account."""
    return _WRITERS[account.gateway](account, rows)


def _table(header: str, rows: Iterable[Sequence[str]]) -> Written:
    buffer, lines = io.StringIO(), []
    buffer.write(header + "\n")
    writer = csv.writer(buffer, lineterminator="\n")
    for number, cells in enumerate(rows, start=2):
        writer.writerow(cells)
        lines.append(number)
    return buffer.getvalue(), lines


def _sandbox(account: Account, rows: Sequence[Row]) -> Written:
    def cells(row: Row) -> list[str]:
        return [
            account.external_id, str(row.batch), str(row.number), row.type_text or row.kind, row.processor, row.operation if row.kind != "payout" else "", row.order,
            row.store, row.terminal, "card", "", row.last4, row.auth_code, row.at.isoformat(timespec="seconds"), row.day.isoformat(), row.currency,
            major(row.gross), major(row.fee), major(row.net), row.original_currency, major(row.original) if row.original_currency else "", row.rate,
            row.payout,
        ]  # fmt: skip

    return _table(SANDBOX_HEADER, (cells(row) for row in rows))


def _adyen(account: Account, rows: Sequence[Row]) -> Written:
    def cells(row: Row) -> list[str]:
        gross, gross_currency = (
            (row.original, row.original_currency) if row.original_currency else (row.gross, row.currency)
        )
        is_payout = row.kind == "payout"
        return [
            "Truth", account.external_id, row.processor, row.order, "" if is_payout else "visa", _plain(row.at.astimezone(_CET)), "CET",
            row.type_text or _ADYEN_TYPES[row.kind], row.operation, "" if is_payout else gross_currency, *(("", "") if is_payout else _sides(gross)),
            row.rate or ("" if is_payout else "1"), row.currency, *_sides(row.net), major(row.fee) if row.fee else "", "", "", "",
            "" if is_payout else "visacredit", "", str(row.batch), *[""] * 7, f"{row.day} 00:00:00", "CET", row.store, row.terminal, row.auth_code,
        ]  # fmt: skip

    return _table(ADYEN_HEADER, (cells(row) for row in rows))


def _sides(minor: int) -> tuple[str, str]:
    return (major(-minor), "") if minor < 0 else ("", major(minor))


def _stripe(account: Account, rows: Sequence[Row]) -> Written:
    def cells(row: Row) -> list[str]:
        shown = abs(row.original) if row.original_currency else abs(row.gross)
        is_payout = row.kind == "payout"
        return [
            row.payout, f"{row.day} 00:00:00", f"txn_{account.external_id}{row.batch}x{row.number}", _plain(row.at.astimezone(UTC)), row.day.isoformat(),
            row.currency.lower(), major(row.gross), major(row.fee), major(row.net), row.type_text or _STRIPE_TYPES[row.kind],
            row.payout if is_payout else row.operation, "", "" if is_payout else major(shown),
            "" if is_payout else (row.original_currency or row.currency).lower(), "", "" if is_payout else row.processor, "card", row.order,
        ]  # fmt: skip

    return _table(STRIPE_HEADER, (cells(row) for row in rows))


def _paypal(account: Account, rows: Sequence[Row]) -> Written:
    def cells(row: Row) -> list[str]:
        is_payout = row.kind == "payout"
        is_about_another = row.kind not in ("sale", "payout", "other")
        moment = row.at.strftime("%Y/%m/%d %H:%M:%S +0000")
        return [
            "SB", f"W{row.payout}" if is_payout else row.operation, row.order, row.processor if is_about_another else "", "TXN" if is_about_another else "",
            row.type_text or _PAYPAL_CODES[row.kind], moment, row.day.strftime("%Y/%m/%d 20:00:00 +0000"), "DR" if row.gross < 0 else "CR",
            str(abs(row.gross)), row.currency, ("CR" if row.fee < 0 else "DR") if row.fee else "", str(abs(row.fee)) if row.fee else "",
            row.currency if row.fee else "", "", "", "", row.store, row.payout if is_payout else "",
        ]  # fmt: skip

    body, lines = _table(PAYPAL_HEADER, (cells(row) for row in rows))
    first, last = rows[0].day, rows[-1].day
    head = (
        f'"RH","{last:%Y/%m/%d} 02:00:00 +0000","A","{account.external_id}","011"\n"FH",1\n'
        f'"SH","{first:%Y/%m/%d} 00:00:00 +0000","{last:%Y/%m/%d} 23:59:59 +0000","{account.external_id}",""\n'
    )
    foot = f'"SC",{len(rows)}\n"RC",{len(rows)}\n"FF",1\n'
    return head + body + foot, [line + 3 for line in lines]


def _plain(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


_WRITERS = {"sandbox": _sandbox, "adyen": _adyen, "stripe": _stripe, "paypal": _paypal}
