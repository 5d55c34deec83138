"""Sessions: a customer who must still give a card or answer a 3-D Secure question. They end by an answer or by age."""

from __future__ import annotations

import sqlite3
import time

from . import operations, stored_cards, tasks, tokens
from .accounts import Account
from .http import ApiError
from .operations import Answer, Asked, Row
from .tokens import Outcome

# As long as a basket is usually kept: a customer who comes back after half an hour starts again.
SESSION_SECONDS_MAX = 1800


def open_session(db: sqlite3.Connection, account: Account, asked: Asked, public_url: str) -> Answer:
    """Open the hosted card page for one payment and return its address."""
    operations.insert_payment(db, account, asked, None)
    payment = operations.get_payment(db, account.name, account.new_id("pay_", asked.reference))
    session_id = _insert(db, account, asked, payment, challenge="")
    url = f"{public_url}/hosted/{session_id}"
    operations.insert_operation(
        db, account, asked, payment=payment, status="action_required", amount_minor=asked.amount_minor, url=url
    )
    stored_cards.note(
        db, account, payment["id"], card_token="", initiator="customer", stores_card=asked.stores_card,
        network_reference="", is_challenged=False,
    )  # fmt: skip
    return {"id": session_id, "url": url, **_without_id(operations.show(db, account.name, asked.reference))}


def open_challenge(
    db: sqlite3.Connection, account: Account, asked: Asked, payment: Row, outcome: Outcome, public_url: str
) -> str:
    """Open the 3-D Secure page for a card that was given by token and return its address."""
    session_id = _insert(db, account, asked, payment, challenge=outcome.challenge)
    return f"{public_url}/hosted/{session_id}/challenge"


def _without_id(answer: Answer) -> Answer:
    return {name: value for name, value in answer.items() if name != "id"}


def _insert(db: sqlite3.Connection, account: Account, asked: Asked, payment: Row, *, challenge: str) -> str:
    session_id = account.new_id("ses_", asked.reference)
    db.execute(
        "INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            session_id,
            account.name,
            asked.reference,
            payment["id"],
            asked.return_url,
            asked.cancel_url or asked.return_url,
            asked.merchant_name or account.merchant_name,
            challenge,
        ),
    )
    tasks.schedule(db, time.time() + SESSION_SECONDS_MAX, "expire", account.name, asked.reference, {})
    return session_id


def get_session(db: sqlite3.Connection, session_id: str) -> sqlite3.Row:
    """
    Return a session by the id in its address.

    :raises ApiError: 404 if there is no such session.
    """
    found: sqlite3.Row | None = db.execute("SELECT * FROM session WHERE id = ?", (session_id,)).fetchone()
    if found is None:
        raise ApiError(404, "not_found", "There is no such page.")
    return found


def is_open(db: sqlite3.Connection, session: Row) -> bool:
    """Whether the customer may still pay here."""
    operation = operations.find_operation(db, session["account"], session["reference"])
    return operation is not None and operation["status"] == "action_required"


def give_card(db: sqlite3.Connection, account: Account, session: Row, token: str) -> str:
    """Decide an open session by a card and return its status now. A second card changes nothing."""
    operation = operations.find_operation(db, account.name, session["reference"])
    if operation is None or operation["status"] != "action_required":
        return "" if operation is None else str(operation["status"])
    outcome = tokens.outcome_of(token, operation["requested_minor"])
    card = tokens.get_card(token)
    stored_cards.give(db, session["payment_id"], card_token=token, is_challenged=bool(outcome.challenge))
    if outcome.challenge:
        db.execute("UPDATE session SET challenge = ? WHERE id = ?", (outcome.challenge, session["id"]))
        db.execute(
            "UPDATE payment SET brand = ?, last4 = ?, bin_country = ?, funding = ? WHERE id = ?",
            (card.brand, card.last4, card.bin_country, card.funding, session["payment_id"]),
        )
        return "action_required"
    operations.decide(db, account, session["reference"], outcome, card)
    return str(operations.announce(db, account, session["reference"])["status"])


def answer_challenge(db: sqlite3.Connection, account: Account, session: Row, *, is_approved: bool) -> str:
    """Decide a session by the customer's answer to 3-D Secure; a card whose issuer refuses it refuses any answer."""
    operation = operations.find_operation(db, account.name, session["reference"])
    if operation is None or operation["status"] != "action_required" or not session["challenge"]:
        return "" if operation is None else str(operation["status"])
    has_passed = is_approved and session["challenge"] == "approve"
    outcome = Outcome(operation["requested_minor"], decline_code="" if has_passed else "authentication_failed")
    operations.decide(db, account, session["reference"], outcome)
    return str(operations.announce(db, account, session["reference"])["status"])


def end(db: sqlite3.Connection, account: Account, reference: str, decline_code: str) -> None:
    """Decline an open session because the customer left or took too long. One that has ended stays as it is."""
    operation = operations.find_operation(db, account.name, reference)
    if operation is not None and operation["status"] == "action_required":
        operations.decide(db, account, reference, Outcome(0, decline_code=decline_code))
        operations.announce(db, account, reference)
