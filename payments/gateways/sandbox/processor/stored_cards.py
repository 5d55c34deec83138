"""Cards kept for later, and who began a payment: what the card schemes want to know of it."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from .accounts import Account
from .http import ApiError


def note(
    db: sqlite3.Connection,
    account: Account,
    payment_id: str,
    *,
    card_token: str,
    initiator: str,
    stores_card: bool,
    network_reference: str,
    is_challenged: bool,
) -> None:
    """Keep who began a payment; for a card that is to be stored also its token and the evidence of authentication."""
    sca = _authentication(is_challenged=is_challenged) if initiator == "customer" else {}
    db.execute(
        "INSERT OR IGNORE INTO payment_detail VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            payment_id,
            account.name,
            initiator,
            card_token,
            account.new_id("stk_", payment_id) if stores_card else "",
            network_reference or account.new_id("ntx_", payment_id),
            json.dumps(sca),
        ),
    )


def give(db: sqlite3.Connection, payment_id: str, *, card_token: str, is_challenged: bool) -> None:
    """Keep the card that was typed on the hosted page, and how its owner is asked to prove that it is theirs."""
    db.execute(
        "UPDATE payment_detail SET card_token = ?, sca = ? WHERE payment_id = ?",
        (card_token, json.dumps(_authentication(is_challenged=is_challenged)), payment_id),
    )


def _authentication(*, is_challenged: bool) -> dict[str, str]:
    return {"method": "challenge" if is_challenged else "frictionless", "result": "authenticated", "version": "2.2"}


def keep(db: sqlite3.Connection, account: Account, payment: sqlite3.Row, reference: str) -> dict[str, Any]:
    """
    Store the card of a payment that its customer made, and return it in the shape of an operation. A repeat stores nothing more.

    :raises ApiError: 422 for a payment that was not approved, or that the customer did not begin.
    """
    row = db.execute("SELECT * FROM payment_detail WHERE payment_id = ?", (payment["id"],)).fetchone()
    if row is None or row["initiator"] != "customer" or not payment["authorised_minor"]:
        raise ApiError(422, "not_storable", "Only the card of an approved payment of a customer's own can be stored.")
    token = row["stored_token"] or account.new_id("stk_", payment["id"])
    db.execute("UPDATE payment_detail SET stored_token = ? WHERE payment_id = ?", (token, payment["id"]))
    return {
        "id": token,
        "kind": "store",
        "reference": reference,
        "payment_id": payment["id"],
        "status": "succeeded",
        "amount_minor": 0,
        "currency": payment["currency"],
        "card": {name: payment[name] for name in ("brand", "last4", "bin_country", "funding")},
        "initiator": "customer",
        "network_reference": row["network_reference"],
        "stored_token": token,
        "sca": json.loads(row["sca"]),
    }


def find_card_token(db: sqlite3.Connection, account: str, stored_token: str, network_reference: str) -> str:
    """
    Return the test card behind a stored one.

    :raises ApiError: 422 for an unknown token, or one that is used without the network's reference of its first payment.
    """
    found = db.execute(
        "SELECT card_token, network_reference FROM payment_detail WHERE account = ? AND stored_token = ?",
        (account, stored_token),
    ).fetchone()
    if found is None or not stored_token:
        raise ApiError(422, "token_unknown", "There is no such stored card.")
    if found["network_reference"] != network_reference:
        raise ApiError(422, "mandate_missing", "The network's reference of the first payment is missing or wrong.")
    return str(found["card_token"])


def describe(db: sqlite3.Connection, operation: sqlite3.Row) -> dict[str, Any]:
    """Return what an authorisation that was approved tells about its initiator and a stored card."""
    if operation["kind"] != "authorise" or operation["status"] not in ("authorised", "captured"):
        return {}
    row = db.execute("SELECT * FROM payment_detail WHERE payment_id = ?", (operation["payment_id"],)).fetchone()
    if row is None or (row["initiator"] == "customer" and not row["stored_token"]):
        return {}
    told: dict[str, Any] = {"initiator": row["initiator"], "network_reference": row["network_reference"]}
    if row["stored_token"]:
        told |= {"stored_token": row["stored_token"], "sca": json.loads(row["sca"])}
    return told
