"""Payments and operations as rows, and the one JSON object in which every answer, look-up and webhook shows them."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from . import stored_cards, webhooks
from .accounts import Account
from .http import ApiError
from .tokens import Card, Outcome


@dataclass(frozen=True, slots=True)
class Asked:
    """One checked money request. `amount_minor` 0 in a void means all that is open."""

    kind: str
    reference: str
    amount_minor: int
    fingerprint: str
    currency: str = ""
    payment_id: str = ""
    token: str = ""
    capture: str = "manual"
    method: str = "token"
    order_reference: str = ""
    store: str = ""
    terminal: str = ""
    return_url: str = ""
    cancel_url: str = ""
    merchant_name: str = ""
    initiator: str = "customer"
    stores_card: bool = False
    network_reference: str = ""


Row = sqlite3.Row
Answer = dict[str, Any]

_ID_PREFIX = {"authorise": "pay_", "increment": "inc_", "capture": "cap_", "refund": "ref_", "void": "void_"}
_AUTHORISE_EVENTS = {
    "authorised": "payment.authorised",
    "captured": "payment.captured",
    "declined": "payment.declined",
    "action_required": "payment.action_required",
}


def find_operation(db: sqlite3.Connection, account: str, reference: str) -> sqlite3.Row | None:
    """Return what has landed under a reference, or None."""
    found: sqlite3.Row | None = db.execute(
        "SELECT * FROM operation WHERE account = ? AND reference = ?", (account, reference)
    ).fetchone()
    return found


def get_payment(db: sqlite3.Connection, account: str, payment_id: str) -> sqlite3.Row:
    """
    Return a payment of this account.

    :raises ApiError: 404 if it has no such payment.
    """
    found: sqlite3.Row | None = db.execute(
        "SELECT * FROM payment WHERE id = ? AND account = ?", (payment_id, account)
    ).fetchone()
    if found is None:
        raise ApiError(404, "not_found", f"There is no payment {payment_id}.")
    return found


def insert_payment(db: sqlite3.Connection, account: Account, asked: Asked, card: Card | None) -> None:
    """Record a payment that waits for its first decision."""
    db.execute(
        "INSERT INTO payment VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 'action_required', ?, ?, ?, ?, '', 0, ?)",
        (
            account.new_id("pay_", asked.reference),
            account.name,
            asked.reference,
            asked.order_reference,
            asked.store,
            asked.terminal,
            asked.method,
            asked.capture,
            asked.currency,
            *(("", "", "", "") if card is None else (card.brand, card.last4, card.bin_country, card.funding)),
            account.now().isoformat(),
        ),
    )


def insert_operation(
    db: sqlite3.Connection,
    account: Account,
    asked: Asked,
    *,
    payment: Row,
    status: str,
    amount_minor: int,
    url: str = "",
) -> None:
    """Record an operation. It has landed now, unless the customer must act first."""
    moment = account.now()
    has_landed = status != "action_required"
    db.execute(
        "INSERT INTO operation (account, reference, id, payment_id, kind, status, amount_minor, requested_minor,"
        " currency, order_reference, store, terminal, decline_code, action_url, landed_at, business_date, fingerprint)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?, ?, ?)",
        (
            account.name,
            asked.reference,
            account.new_id(_ID_PREFIX[asked.kind], asked.reference),
            payment["id"],
            asked.kind,
            status,
            amount_minor,
            asked.amount_minor,
            payment["currency"],
            payment["order_reference"],
            asked.store or payment["store"],
            asked.terminal or payment["terminal"],
            url,
            moment.isoformat() if has_landed else None,
            account.business_date(moment).isoformat() if has_landed else None,
            asked.fingerprint,
        ),
    )


def decide(
    db: sqlite3.Connection, account: Account, reference: str, outcome: Outcome, card: Card | None = None
) -> None:
    """Write the issuer's word on an authorisation that waits for it; nothing else changes its amounts upward."""
    operation = find_operation(db, account.name, reference)
    assert operation is not None
    assert operation["status"] == "action_required"
    payment = get_payment(db, account.name, operation["payment_id"])
    status = (
        "declined" if outcome.decline_code else {"manual": "authorised", "automatic": "captured"}[payment["capture"]]
    )
    approved = 0 if status == "declined" else outcome.approved_minor
    moment = account.now()
    db.execute(
        "UPDATE operation SET status = ?, decline_code = ?, amount_minor = ?, action_url = '', landed_at = ?,"
        " business_date = ? WHERE seq = ?",
        (
            status,
            outcome.decline_code,
            outcome.approved_minor or operation["requested_minor"],
            moment.isoformat(),
            account.business_date(moment).isoformat(),
            operation["seq"],
        ),
    )
    db.execute(
        "UPDATE payment SET status = ?, authorised_minor = ?, captured_minor = ?, auth_code = ?, is_partial = ?"
        " WHERE id = ?",
        (
            "declined" if status == "declined" else "authorised",
            approved,
            approved if status == "captured" else 0,
            "" if status == "declined" else account.auth_code(reference),
            int(outcome.is_partial),
            payment["id"],
        ),
    )
    if card is not None:
        db.execute(
            "UPDATE payment SET brand = ?, last4 = ?, bin_country = ?, funding = ? WHERE id = ?",
            (card.brand, card.last4, card.bin_country, card.funding, payment["id"]),
        )


def announce(db: sqlite3.Connection, account: Account, reference: str, event: str = "") -> Answer:
    """Queue the webhook of an operation's present state and return the operation."""
    shown = show(db, account.name, reference)
    webhooks.queue(db, account, event or _AUTHORISE_EVENTS[shown["status"]], shown)
    return shown


def keep_answer(db: sqlite3.Connection, account: Account, reference: str, answer: Answer) -> None:
    """Keep what the first request was told, so that a repetition is told the same."""
    db.execute(
        "UPDATE operation SET answer = ? WHERE account = ? AND reference = ?",
        (json.dumps(answer, separators=(",", ":")), account.name, reference),
    )


def show(db: sqlite3.Connection, account: str, reference: str) -> Answer:
    """
    Return the operation under a reference as it stands.

    :raises ApiError: 404 if nothing under it has landed.
    """
    operation = find_operation(db, account, reference)
    if operation is None:
        raise ApiError(404, "not_found", f"There is no operation {reference}.")
    shown = describe(operation, get_payment(db, account, operation["payment_id"]))
    return {**shown, **stored_cards.describe(db, operation)}


def describe(operation: Row, payment: Row) -> Answer:
    """Return the one object in which an operation is shown everywhere."""
    card = {name: payment[name] for name in ("brand", "last4", "bin_country", "funding")}
    return {
        "id": operation["id"],
        "kind": operation["kind"],
        "reference": operation["reference"],
        "payment_id": operation["payment_id"],
        "status": operation["status"],
        "amount_minor": operation["amount_minor"],
        "requested_minor": operation["requested_minor"],
        "currency": operation["currency"],
        "decline_code": operation["decline_code"] or None,
        "order_reference": operation["order_reference"],
        "store": operation["store"],
        "terminal": operation["terminal"],
        "card": card if payment["brand"] else None,
        "auth_code": payment["auth_code"] or None,
        "is_partial": bool(payment["is_partial"]),
        "action_url": operation["action_url"] or None,
        "landed_at": operation["landed_at"],
        "business_date": operation["business_date"],
    }


def describe_payment(db: sqlite3.Connection, payment: Row) -> Answer:
    """Return a payment's sums and its operations in order."""
    found = db.execute("SELECT * FROM operation WHERE payment_id = ? ORDER BY seq", (payment["id"],)).fetchall()
    sums = ("authorised_minor", "captured_minor", "refunded_minor", "currency", "order_reference", "store", "terminal")
    return {
        "id": payment["id"],
        "reference": payment["reference"],
        "status": payment["status"],
        **{name: payment[name] for name in sums},
        "operations": [describe(operation, payment) for operation in found],
    }
