"""What a terminal's answer about money means, as an outcome. Nothing here talks or stores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from merchant.core.money import Money
from payments.gateways.base import Outcome
from terminals.drivers.agent import protocol

# The card or the issuer said no, and said it for certain.
_DECLINED = ("refusal", "wrong_pin", "invalid_card", "payment_restriction")
# The terminal gave up before it asked anybody.
_NOT_PROCESSED = (
    "aborted",
    "cancel",
    "busy",
    "not_allowed",
    "message_format",
    "logged_out",
    "device_out",
    "unavailable_service",
    "card_removed",
)


def outcome_of(answer: Mapping[str, Any], asked: Money, *, reference: str = "", tip_max_minor: int = 0) -> Outcome:
    """
    Return what a payment's or refund's answer says about its operation.

    `partial` is a success of less; `success` is one of exactly what was asked and of the tip the customer chose, at most `tip_max_minor`. Any other amount, another
    currency, or another `reference` than the operation's is `unknown` with the code `amount_differs`: the processor is asked, then a person, and nothing counts as
    paid. Words that nobody agreed on are `unknown`, and so is a host that did not answer the terminal: the money may have moved.
    """
    result, condition = answer.get("result"), str(answer.get("error_condition") or "")
    if result in ("success", "partial"):
        return _approval(answer, asked, reference, tip_max_minor)
    if result != "failure":
        return Outcome(status="unknown", data=dict(answer))
    if condition in _DECLINED:
        return Outcome(
            status="declined", decline_code=str(answer.get("decline_code") or condition)[:40], data=dict(answer)
        )
    if condition in (*_NOT_PROCESSED, protocol.NOT_SENT, protocol.TERMINAL_OFFLINE, protocol.NEVER_ARRIVED):
        return Outcome(status="failed", decline_code=condition, data=dict(answer))
    if condition == "in_progress":
        return Outcome(status="submitted", data=dict(answer))
    return Outcome(status="unknown", data=dict(answer))


def differs(data: Mapping[str, Any], asked: Money) -> Outcome:
    """Return the outcome of an approval that is not what was asked for: nobody may call it paid."""
    told = {**data, "problem": "not_what_was_asked", "asked_minor": asked.minor, "asked_currency": asked.currency}
    return Outcome(status="unknown", decline_code=protocol.AMOUNT_DIFFERS, data=told)


def believed(outcome: Outcome, *, requested_at: datetime | None, now: datetime) -> Outcome:
    """Return `outcome` without its moment where that lies before the request or in the future: the terminal's clock is wrong."""
    leeway = timedelta(seconds=protocol.CLOCK_OFF_SECONDS_MAX)
    landed_at = outcome.landed_at
    if landed_at is None or requested_at is None or requested_at - leeway <= landed_at <= now + leeway:
        return outcome
    return replace(outcome, landed_at=None, data={**outcome.data, "clock_not_believed": landed_at.isoformat()})


def _approval(answer: Mapping[str, Any], asked: Money, reference: str, tip_max_minor: int) -> Outcome:
    amount, tip = answer.get("amount_minor"), answer.get("tip_minor", 0)
    tip = tip if type(tip) is int and 0 <= tip <= tip_max_minor else 0
    card = answer.get("card")
    card = card if isinstance(card, dict) else {}
    if not _is_what_was_asked(answer, asked, tip) or answer.get("reference", reference) != reference:
        return differs(answer, asked)
    return Outcome(
        status="succeeded",
        amount_minor=amount,
        tip_minor=min(tip, int(amount or 0)),
        is_captured=answer.get("is_captured") is True,
        gateway_reference=str(answer.get("gateway_reference") or "")[:80],
        card_brand=str(card.get("brand") or "")[:20],
        card_last4=protocol.last4(card.get("last4")),
        auth_code=str(answer.get("auth_code") or "")[:12],
        landed_at=protocol.moment(answer.get("landed_at")),
        data=dict(answer),
    )


def _is_what_was_asked(answer: Mapping[str, Any], asked: Money, tip_minor: int) -> bool:
    amount, most = answer.get("amount_minor"), asked.minor + tip_minor
    # True is an int to Python, and no amount.
    if type(amount) is not int or answer.get("currency") != asked.currency:
        return False
    return 0 < amount <= most if answer["result"] == "partial" else amount == most
