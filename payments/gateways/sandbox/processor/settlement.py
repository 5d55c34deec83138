"""Closing a day: what was captured and refunded becomes a report, a payout and a line at the bank."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from . import bank, currencies, disputes, faults, webhooks
from .accounts import Account
from .currencies import major
from .faults import Subject
from .report import ReportRow, write_report

# An unlimited `not_ours` fault still leaves a report that a person can read.
NOT_OURS_MAX = 20
_ROW_FAULTS = (*faults.ROW, "fee_change")


def close_day(db: sqlite3.Connection, account: Account, day: date) -> dict[str, Any]:
    """
    Book everything unbooked up to the business date `day`, as one batch, and pay it out on the next day.

    A second call for the same date changes nothing and returns the first one's batch. Without rows there is a report
    with a header only, and no payout.
    """
    earlier = find_batch(db, account.name, day)
    if earlier is not None:
        return describe_batch(earlier)
    number = 1 + db.execute("SELECT count(*) FROM batch WHERE account = ?", (account.name,)).fetchone()[0]
    rows = [*_payment_rows(db, account, day), *_ledger_rows(db, account, day), *_foreign_rows(db, account, day)]
    total = sum(row.net_minor for row in rows)
    payout_id = account.new_id("po_", day) if total else ""
    now = account.now()
    if payout_id:
        rows.append(ReportRow("payout", -total, 0, _local(account, now.isoformat())))
    name = f"sandbox-settlement-{account.name}-{day}-{number}.csv"
    text = write_report(
        rows, account=account.name, batch=number, date=str(day), currency=account.currency, payout=payout_id
    )
    db.execute(
        "INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (account.name, number, str(day), name, text, len(rows), payout_id, total, account.currency, now.isoformat()),
    )
    mark = (number, account.name, str(day))
    db.execute("UPDATE operation SET batch = ? WHERE account = ? AND batch IS NULL AND business_date <= ?", mark)
    db.execute("UPDATE ledger_line SET batch = ? WHERE account = ? AND batch IS NULL AND business_date <= ?", mark)
    batch = find_batch(db, account.name, day)
    assert batch is not None
    if payout_id:
        _pay_out(db, account, batch)
    disputes.end_overdue(db, account)
    disputes.open_settled(db, account, number)
    webhooks.queue(db, account, "report.available", {"id": name, **describe_report(batch)})
    return describe_batch(batch)


def _payment_rows(db: sqlite3.Connection, account: Account, day: date) -> Iterator[ReportRow]:
    found = db.execute(
        "SELECT o.*, p.method, p.brand, p.last4, p.auth_code FROM operation o JOIN payment p ON p.id = o.payment_id"
        " WHERE o.account = ? AND o.batch IS NULL AND o.business_date <= ?"
        " AND (o.kind = 'authorise' AND o.status = 'captured'"
        " OR o.kind IN ('capture', 'refund') AND o.status = 'succeeded') ORDER BY o.seq",
        (account.name, str(day)),
    ).fetchall()
    has_faults = _has_faults(db, account, _ROW_FAULTS)
    for operation in found:
        row = _payment_row(account, operation)
        if has_faults:
            yield from _damaged(db, account, row)
        else:
            yield row


def _payment_row(account: Account, operation: sqlite3.Row) -> ReportRow:
    sign = -1 if operation["kind"] == "refund" else 1
    currency = operation["currency"]
    gross = currencies.convert(operation["amount_minor"], currency, account.currency)
    is_foreign = currency != account.currency
    return ReportRow(
        type="refund" if sign < 0 else "sale",
        gross_minor=sign * gross,
        fee_minor=0 if sign < 0 else fee_of(gross, account.fee_basis_points, account.fee_fixed_minor),
        occurred_at=_local(account, operation["landed_at"]),
        payment_id=operation["payment_id"],
        operation_reference=operation["reference"],
        order_reference=operation["order_reference"],
        store=operation["store"],
        terminal=operation["terminal"],
        method="card",
        card_brand=operation["brand"],
        card_last4=operation["last4"],
        auth_code=operation["auth_code"],
        original_currency=currency if is_foreign else "",
        original_gross_minor=sign * operation["amount_minor"] if is_foreign else 0,
        exchange_rate=str(currencies.rate(currency, account.currency)) if is_foreign else "",
    )


def fee_of(gross_minor: int, basis_points: int, fixed_minor: int) -> int:
    """Return the fee of one sale: the rate, half up, plus the fixed part."""
    return (gross_minor * basis_points + 5_000) // 10_000 + fixed_minor


def _damaged(db: sqlite3.Connection, account: Account, row: ReportRow) -> Iterator[ReportRow]:
    subject = Subject(row.operation_reference, row.order_reference, row.gross_minor, operation=row.type)
    if row.type == "sale":
        row = _with_changed_fee(db, account, row, subject)
    # Refunds are damaged only by a fault that names them, so that "one payment short" means a sale.
    kinds = faults.ROW if row.type == "sale" or _has_faults_for(db, account, subject) else ()
    fault = faults.strike(db, account, kinds, subject) if kinds else None
    if fault is None:
        yield row
    elif fault.kind == "settle_short":
        short = int(fault.params.get("amount_minor", 100))
        damaged = replace(row, gross_minor=row.gross_minor - short)
        given, right = major(damaged.gross_minor, account.currency), major(row.gross_minor, account.currency)
        told = f"gross {given} instead of {right}"
        faults.correct_note(db, fault, amount_minor=short, detail=told)
        yield damaged
    elif fault.kind == "settle_twice":
        yield row
        yield row


def _with_changed_fee(db: sqlite3.Connection, account: Account, row: ReportRow, subject: Subject) -> ReportRow:
    fault = faults.strike(db, account, ("fee_change",), subject)
    if fault is None:
        return row
    basis_points = int(fault.params.get("basis_points", account.fee_basis_points))
    fee = fee_of(row.gross_minor, basis_points, int(fault.params.get("fixed_minor", account.fee_fixed_minor)))
    told = f"fee {major(fee, account.currency)} instead of {major(row.fee_minor, account.currency)}"
    faults.correct_note(db, fault, amount_minor=fee - row.fee_minor, detail=told)
    return replace(row, fee_minor=fee)


def _has_faults(db: sqlite3.Connection, account: Account, kinds: tuple[str, ...]) -> bool:
    marks = ", ".join("?" * len(kinds))
    query = f"SELECT 1 FROM fault WHERE account = ? AND kind IN ({marks}) AND remaining IS NOT 0 LIMIT 1"
    return db.execute(query, (account.name, *kinds)).fetchone() is not None


def _has_faults_for(db: sqlite3.Connection, account: Account, subject: Subject) -> bool:
    query = "SELECT 1 FROM fault WHERE account = ? AND json_extract(params, '$.match.reference') = ? LIMIT 1"
    return db.execute(query, (account.name, subject.reference)).fetchone() is not None


def _ledger_rows(db: sqlite3.Connection, account: Account, day: date) -> Iterator[ReportRow]:
    found = db.execute(
        "SELECT l.*, p.order_reference, p.store, p.terminal, p.brand, p.last4, p.auth_code, p.currency"
        " FROM ledger_line l LEFT JOIN payment p ON p.id = l.payment_id"
        " WHERE l.account = ? AND l.batch IS NULL AND l.business_date <= ? ORDER BY l.id",
        (account.name, str(day)),
    ).fetchall()
    for line in found:
        currency = line["currency"] or account.currency
        is_foreign = currency != account.currency
        yield ReportRow(
            type=line["type"],
            gross_minor=currencies.convert(line["gross_minor"], currency, account.currency),
            fee_minor=line["fee_minor"],
            occurred_at=_local(account, line["occurred_at"]),
            payment_id=line["payment_id"],
            operation_reference=line["reference"],
            order_reference=line["order_reference"] or "",
            store=line["store"] or "",
            terminal=line["terminal"] or "",
            method="card" if line["payment_id"] else "",
            card_brand=line["brand"] or "",
            card_last4=line["last4"] or "",
            auth_code=line["auth_code"] or "",
            original_currency=currency if is_foreign else "",
            original_gross_minor=line["gross_minor"] if is_foreign else 0,
            exchange_rate=str(currencies.rate(currency, account.currency)) if is_foreign else "",
        )


def _foreign_rows(db: sqlite3.Connection, account: Account, day: date) -> Iterator[ReportRow]:
    """Rows of payments that were never ours."""
    for number in range(NOT_OURS_MAX):
        reference = account.new_id("foreign-", day, number)
        fault = faults.strike(db, account, ("not_ours",), Subject(reference, "", 0))
        if fault is None:
            return
        gross = int(fault.params.get("amount_minor", 1999))
        faults.correct_note(db, fault, amount_minor=gross, detail="row of a payment we never had")
        yield ReportRow(
            type="sale",
            gross_minor=gross,
            fee_minor=fee_of(gross, account.fee_basis_points, account.fee_fixed_minor),
            occurred_at=_local(account, account.now().isoformat()),
            payment_id=account.new_id("pay_", "foreign", day, number),
            operation_reference=reference,
            order_reference=f"F-{number + 1}",
            method="card",
            card_brand="visa",
            card_last4="1111",
            auth_code=account.auth_code(reference),
        )


def _pay_out(db: sqlite3.Connection, account: Account, batch: sqlite3.Row) -> None:
    received = batch["payout_minor"]
    fault = faults.strike(db, account, faults.PAYOUT, Subject(batch["payout_id"], "", received))
    if fault is not None and fault.kind == "payout_short":
        short = int(fault.params.get("amount_minor", 100))
        received -= short
        faults.correct_note(db, fault, amount_minor=short, detail=f"bank received {major(received, account.currency)}")
    if fault is None or fault.kind == "payout_short":
        booked_on = date.fromisoformat(batch["date"]) + timedelta(days=1)
        text = f"SANDBOX PAYOUT {batch['payout_id']} {account.name}"
        bank.add_entry(db, account, booked_on, received, text, batch["payout_id"])
    webhooks.queue(db, account, "payout.created", describe_payout(batch))


def find_batch(db: sqlite3.Connection, account: str, day: date) -> sqlite3.Row | None:
    """Return the batch of a closed day, or None."""
    found: sqlite3.Row | None = db.execute(
        "SELECT * FROM batch WHERE account = ? AND date = ?", (account, str(day))
    ).fetchone()
    return found


def describe_batch(batch: sqlite3.Row) -> dict[str, Any]:
    """Return a batch with its report and its payout."""
    return {
        "batch": batch["number"],
        "date": batch["date"],
        "report": describe_report(batch),
        "payout": describe_payout(batch) if batch["payout_id"] else None,
    }


def describe_report(batch: sqlite3.Row) -> dict[str, Any]:
    """Return a report's entry in the list."""
    name = batch["report_name"]
    return {
        "name": name,
        "batch": batch["number"],
        "date": batch["date"],
        "rows": batch["row_count"],
        "currency": batch["currency"],
        "url": f"/v1/reports/{name}",
        "created_at": batch["created_at"],
    }


def describe_payout(batch: sqlite3.Row) -> dict[str, Any]:
    """Return a payout as announced, whatever the bank received."""
    return {
        "id": batch["payout_id"],
        "amount_minor": batch["payout_minor"],
        "currency": batch["currency"],
        "batch": batch["number"],
        "report": batch["report_name"],
        "date": batch["date"],
        "arrives_on": str(date.fromisoformat(batch["date"]) + timedelta(days=1)),
        "created_at": batch["created_at"],
    }


def _local(account: Account, moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone(account.zone).isoformat(timespec="seconds")
