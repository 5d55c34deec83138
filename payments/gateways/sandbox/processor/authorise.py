"""Authorisations by token: checked, decided by the test card, recorded."""

from __future__ import annotations

import sqlite3
from typing import Any

from . import challenges, fields, operations, stored_cards, tokens
from .accounts import Account
from .currencies import is_convertible
from .http import ApiError
from .operations import Answer, Asked


def read_authorisation(db: sqlite3.Connection, account: Account, body: dict[str, Any], fingerprint: str) -> Asked:
    """
    Read a payment by token.

    :raises ApiError: 400 for a field that cannot be, 422 for a token or currency we do not take.
    """
    method = body.get("method")
    if not isinstance(method, dict):
        raise fields.refuse("method", 'an object such as {"type": "token", "token": "tok_visa_ok"} is needed.')
    is_stored = fields.choice(method, "type", ("token", "stored")) == "stored"
    network_reference = fields.optional_text(method, "network_reference")
    token = (
        stored_cards.find_card_token(db, account.name, fields.text(method, "token"), network_reference)
        if is_stored
        else _known_token(method)
    )
    stores_card = body.get("store_card") is True
    return Asked(
        kind="authorise",
        token=token,
        initiator=fields.choice(body, "initiator", ("customer", "phone", "merchant"), default="customer"),
        stores_card=stores_card,
        network_reference=network_reference,
        capture=fields.choice(body, "capture", ("manual", "automatic"), default="manual"),
        return_url=fields.optional_text(body, "return_url", length_max=2000),
        **common_fields(account, body, fingerprint, may_be_nothing=stores_card),
    )


def read_terminal_authorisation(account: Account, body: dict[str, Any], fingerprint: str) -> Asked:
    """
    Read a payment asked by a terminal's card side.

    :raises ApiError: as `read_authorisation`.
    """
    card = body.get("card")
    if not isinstance(card, dict):
        raise fields.refuse("card", 'an object such as {"token": "tok_visa_ok"} is needed.')
    fields.text(body, "terminal")
    return Asked(
        kind="authorise",
        token=_known_token(card),
        method="terminal",
        initiator="phone" if body.get("moto") is True else "customer",
        capture=fields.choice(body, "capture", ("manual", "automatic"), default="automatic"),
        **common_fields(account, body, fingerprint),
    )


def common_fields(
    account: Account, body: dict[str, Any], fingerprint: str, *, may_be_nothing: bool = False
) -> dict[str, Any]:
    """
    Read what every request for money has. An amount of nothing only asks whether a card is good: `may_be_nothing`, where it is to be stored.

    :raises ApiError: 400 for a field that cannot be, 422 for a currency without a rate.
    """
    currency = fields.text(body, "currency", length_max=3)
    if not is_convertible(currency, account.currency):
        raise ApiError(422, "currency_unsupported", f"{currency} cannot be settled in {account.currency}.")
    return {
        "reference": fields.text(body, "reference"),
        "amount_minor": fields.integer(body, "amount_minor", least=0 if may_be_nothing else 1),
        "fingerprint": fingerprint,
        "currency": currency,
        "order_reference": fields.optional_text(body, "order_reference"),
        "store": fields.optional_text(body, "store"),
        "terminal": fields.optional_text(body, "terminal"),
    }


def _known_token(holder: dict[str, Any]) -> str:
    token = fields.text(holder, "token")
    tokens.get_card(token)
    return token


def perform(db: sqlite3.Connection, account: Account, asked: Asked, public_url: str) -> Answer:
    """Record the authorisation and what the issuer says. Nothing of it existed before."""
    card = tokens.get_card(asked.token)
    # Nobody is there to answer a challenge on the phone or when the merchant charges a stored card.
    outcome = tokens.outcome_of(asked.token, asked.amount_minor)
    if outcome.challenge and asked.initiator != "customer":
        outcome = tokens.Outcome(asked.amount_minor)
    operations.insert_payment(db, account, asked, card)
    payment = operations.get_payment(db, account.name, account.new_id("pay_", asked.reference))
    url = challenges.open_challenge(db, account, asked, payment, outcome, public_url) if outcome.challenge else ""
    operations.insert_operation(
        db, account, asked, payment=payment, status="action_required", amount_minor=asked.amount_minor, url=url
    )
    stored_cards.note(
        db, account, payment["id"], card_token=asked.token, initiator=asked.initiator, stores_card=asked.stores_card,
        network_reference=asked.network_reference, is_challenged=bool(outcome.challenge),
    )  # fmt: skip
    if not outcome.challenge:
        operations.decide(db, account, asked.reference, outcome)
    return operations.announce(db, account, asked.reference)
