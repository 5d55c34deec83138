"""Captures, refunds and voids: never more than what is there."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from . import faults, fields, operations, tasks, tokens
from .accounts import Account
from .authorise import common_fields
from .faults import Subject
from .http import ApiError
from .operations import Answer, Asked, Row

_EVENTS = {
    "increment": "payment.increased",
    "capture": "payment.captured",
    "refund": "refund.succeeded",
    "void": "void.succeeded",
}
# The issuer frees the money of an authorisation that nobody captured for so long.
AUTHORISATION_DAYS = 7
# Longer than a synchronous answer takes to be booked, shorter than anyone's patience in a test.
TAKE_BACK_SECONDS = 5


def read_followup(kind: str, payment_id: str, body: dict[str, Any], fingerprint: str) -> Asked:
    """
    Read a capture, refund or void of one payment.

    :raises ApiError: 400 for a field that cannot be.
    """
    return Asked(
        kind=kind,
        reference=fields.text(body, "reference"),
        amount_minor=fields.integer(body, "amount_minor", default=0 if kind == "void" else None, least=kind != "void"),
        fingerprint=fingerprint,
        payment_id=payment_id,
        terminal=fields.optional_text(body, "terminal"),
    )


def read_terminal_refund(db: sqlite3.Connection, account: Account, body: dict[str, Any], fingerprint: str) -> Asked:
    """
    Read a refund asked at a terminal: of an earlier payment, or onto a card that is presented.

    :raises ApiError: 404 if the original is not known.
    """
    common = common_fields(account, body, fingerprint)
    fields.text(body, "terminal")
    original = fields.optional_text(body, "original_reference")
    if not original:
        token = fields.text(body.get("card") or {}, "token")
        tokens.get_card(token)
        return Asked(kind="refund", token=token, method="terminal", **common)
    found = operations.find_operation(db, account.name, original)
    if found is None:
        raise ApiError(404, "not_found", f"There is no operation {original}.")
    return Asked(kind="refund", payment_id=found["payment_id"], method="terminal", **common)


def perform(db: sqlite3.Connection, account: Account, asked: Asked, public_url: str) -> Answer:
    """
    Record a capture, refund or void at once.

    :raises ApiError: 404 without such a payment; 422 past its caps.
    """
    payment = _payment_of(db, account, asked)
    amount = asked.amount_minor
    if asked.kind == "increment":
        return _increase(db, account, asked, payment)
    if asked.kind == "capture":
        _refuse_expired(account, payment)
        _cap(amount, payment["authorised_minor"] - payment["captured_minor"], "amount_exceeds_authorised")
        db.execute("UPDATE payment SET captured_minor = captured_minor + ? WHERE id = ?", (amount, payment["id"]))
    elif asked.kind == "refund":
        if asked.payment_id:
            _cap(amount, payment["captured_minor"] - payment["refunded_minor"], "amount_exceeds_captured")
        db.execute("UPDATE payment SET refunded_minor = refunded_minor + ? WHERE id = ?", (amount, payment["id"]))
    else:
        amount = _void(db, payment, amount)
    asked = replace(asked, amount_minor=amount)
    operations.insert_operation(db, account, asked, payment=payment, status="succeeded", amount_minor=amount)
    answer = operations.announce(db, account, asked.reference, _EVENTS[asked.kind])
    schedule_take_back(db, account, asked.kind, answer)
    return answer


def _increase(db: sqlite3.Connection, account: Account, asked: Asked, payment: Row) -> Answer:
    """Ask the issuer for more; its no is recorded like any other."""
    if payment["status"] != "authorised" or payment["captured_minor"]:
        raise ApiError(422, "not_increasable", f"The payment is {payment['status']}.")
    _refuse_expired(account, payment)
    code = tokens.outcome_of("tok_ok", asked.amount_minor).decline_code
    if not code:
        db.execute(
            "UPDATE payment SET authorised_minor = authorised_minor + ? WHERE id = ?",
            (asked.amount_minor, payment["id"]),
        )
    operations.insert_operation(
        db, account, asked, payment=payment, status="declined" if code else "succeeded", amount_minor=asked.amount_minor
    )
    if code:
        db.execute(
            "UPDATE operation SET decline_code = ? WHERE account = ? AND reference = ?",
            (code, account.name, asked.reference),
        )
    event = "payment.increase_declined" if code else _EVENTS["increment"]
    return operations.announce(db, account, asked.reference, event)


def _refuse_expired(account: Account, payment: Row) -> None:
    ends_at = datetime.fromisoformat(payment["created_at"]) + timedelta(days=AUTHORISATION_DAYS)
    if payment["captured_minor"] == 0 and account.now() >= ends_at:
        raise ApiError(422, "authorisation_expired", "The issuer does not hold this money any more.")


def _payment_of(db: sqlite3.Connection, account: Account, asked: Asked) -> Row:
    if asked.payment_id:
        return operations.get_payment(db, account.name, asked.payment_id)
    operations.insert_payment(db, account, asked, tokens.get_card(asked.token))
    payment_id = account.new_id("pay_", asked.reference)
    db.execute("UPDATE payment SET status = 'refund_only' WHERE id = ?", (payment_id,))
    return operations.get_payment(db, account.name, payment_id)


def _cap(amount: int, room: int, code: str) -> None:
    if amount > room:
        raise ApiError(422, code, f"{amount} was asked, {room} is there.", available_minor=room)


def _void(db: sqlite3.Connection, payment: Row, asked_minor: int) -> int:
    room = payment["authorised_minor"] - payment["captured_minor"]
    amount = asked_minor or room
    if room == 0:
        raise ApiError(422, "nothing_to_void", "Nothing is authorised and not captured.", available_minor=0)
    _cap(amount, room, "amount_exceeds_open")
    is_all = amount == payment["authorised_minor"]
    db.execute(
        "UPDATE payment SET authorised_minor = authorised_minor - ?, status = CASE WHEN ? THEN 'voided' ELSE status END"
        " WHERE id = ?",
        (amount, is_all, payment["id"]),
    )
    return amount


def schedule_take_back(db: sqlite3.Connection, account: Account, kind: str, answer: Answer) -> None:
    """Let a matching fault take this success back later."""
    if kind not in faults.TAKE_BACK:
        return
    subject = Subject(answer["reference"], answer["order_reference"], answer["amount_minor"], operation=kind)
    fault = faults.strike(db, account, (faults.TAKE_BACK[kind],), subject)
    if fault is not None:
        due_at = time.time() + float(fault.params.get("seconds", TAKE_BACK_SECONDS))
        tasks.schedule(db, due_at, "take_back", account.name, answer["reference"], {})


def take_back(db: sqlite3.Connection, account: Account, reference: str) -> None:
    """Fail a capture or refund that had succeeded. What is in a report already is reversed in the next one."""
    operation = operations.find_operation(db, account.name, reference)
    if operation is None or operation["status"] not in ("succeeded", "captured"):
        return
    sign = -1 if operation["kind"] == "refund" else 1
    column = "refunded_minor" if operation["kind"] == "refund" else "captured_minor"
    db.execute("UPDATE operation SET status = 'failed' WHERE seq = ?", (operation["seq"],))
    db.execute(
        f"UPDATE payment SET {column} = {column} - ? WHERE id = ?", (operation["amount_minor"], operation["payment_id"])
    )
    if operation["batch"] is not None:
        moment = account.now()
        db.execute(
            "INSERT INTO ledger_line (account, type, reference, payment_id, gross_minor, fee_minor, occurred_at,"
            " business_date) VALUES (?, 'adjustment', ?, ?, ?, 0, ?, ?)",
            (
                account.name,
                reference,
                operation["payment_id"],
                -sign * operation["amount_minor"],
                moment.isoformat(),
                account.business_date(moment).isoformat(),
            ),
        )
    operations.announce(db, account, reference, "refund.failed" if operation["kind"] == "refund" else "capture.failed")
