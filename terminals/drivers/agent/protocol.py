"""
The message set between us and a terminal agent, as frozen values. `docs/terminal-protocol.md` is its description for vendors.

Nothing here talks or stores. Amounts are integers in minor units.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from merchant.core.ids import readable_code
from merchant.core.money import Money
from payments.gateways.base import OperationRequest, Outcome

VERSION = "1.0"
SALE_ID = "tillsyn"
HEARTBEAT_SECONDS = 10
# More than two beats: one lost beat is no outage. With the half second between looks everybody knows within 25 s.
SILENCE_SECONDS_MAX = 24

MONEY_CATEGORIES = ("payment", "refund")
CATEGORIES = (*MONEY_CATEGORIES, "abort", "transaction_status", "diagnosis", "display", "event", "login")
TYPES = ("request", "response", "notification")
STATES = ("ready", "in_payment", "needs_care", "updating")
STEPS = ("", "sent", "card", "pin", "bank", "done")
# What a terminal may add as a tip: more than that is a typing error somebody should look at.
TIP_LIMIT_BASIS_POINTS = 2000
CLASSES = {"event": "event", "diagnosis": "device", "display": "device"}

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
)
# Our own words on a message that never left us, or that terminal and processor both promised never to act upon.
NOT_SENT, TERMINAL_OFFLINE, NEVER_ARRIVED = "not_sent", "terminal_offline", "never_arrived"
# What is kept of an answer; a vendor's extra fields might hold what may not be stored.
_KEPT = (
    "result",
    "error_condition",
    "amount_minor",
    "tip_minor",
    "currency",
    "is_captured",
    "gateway_reference",
    "auth_code",
    "decline_code",
    "landed_at",
    "text",
    "steps",
    "receipt_printed",
)
_SERVICE_ID = re.compile(r"[0-9A-Za-z]{1,20}")


class MessageRefused(ValueError):
    """The text is not a message of this protocol."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message in either direction. `service_id` pairs a request with its response."""

    category: str
    type: str
    service_id: str
    body: Mapping[str, Any] = field(default_factory=dict)
    poi_id: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """What a terminal says it is and does. `service_id` names the payment it works on."""

    state: str
    step: str = ""
    service_id: str = ""
    note: str = ""
    battery_percent: int | None = None
    network: str = ""
    software_version: str = ""


def write(message: Message) -> str:
    """Return the text of `message` as it goes over the line."""
    header = {
        "protocol_version": VERSION,
        "message_class": CLASSES.get(message.category, "service"),
        "message_category": message.category,
        "message_type": message.type,
        "service_id": message.service_id,
        "sale_id": SALE_ID,
        "poi_id": message.poi_id,
    }
    return json.dumps({"header": header, "body": message.body}, separators=(",", ":"), ensure_ascii=False)


def read(text: str) -> Message:
    """
    Return the message in `text`.

    :raises MessageRefused: if it is no JSON, or its header is not of this protocol.
    """
    try:
        document = json.loads(text)
        header, body = document["header"], document.get("body") or {}
        message = Message(
            category=str(header["message_category"]),
            type=str(header["message_type"]),
            service_id=str(header["service_id"]),
            poi_id=str(header.get("poi_id", "")),
            body=body,
        )
        version = str(header["protocol_version"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise MessageRefused("this is not a message") from None
    if not isinstance(body, dict) or message.category not in CATEGORIES or message.type not in TYPES:
        raise MessageRefused("this category or type is not known")
    if not _SERVICE_ID.fullmatch(message.service_id) or version.split(".")[0] != VERSION.split(".")[0]:
        raise MessageRefused("the service id or the version is not valid")
    return message


def service_id_of(reference: str) -> str:
    """
    Return the service id under which an operation is asked: 10 characters from its reference, the same every time.

    So an operation has one message row on its terminal and no second one can ever be stored.
    """
    return hashlib.blake2b(reference.encode(), digest_size=5).hexdigest().upper()


def new_service_id() -> str:
    """Return a service id for a message that moves no money."""
    return readable_code(12)


def money_request(request: OperationRequest) -> tuple[str, dict[str, Any]]:
    """Return category and body by which `request` is asked of a terminal."""
    body: dict[str, Any] = {
        "reference": request.reference,
        "order_reference": request.order_reference,
        "amount_minor": request.amount.minor,
        "currency": request.amount.currency,
    }
    if request.kind == "refund":
        return "refund", body | {"original_reference": request.parent_reference}
    asked = {name: True for name in ("moto", "ask_tip") if request.instrument.get(name)}
    return "payment", body | asked | {"capture": "automatic" if request.captures_at_once else "manual"}


def message_reference(category: str, service_id: str) -> dict[str, Any]:
    """Return the body by which a status or an abort names an earlier message."""
    return {"message_reference": {"message_category": category, "service_id": service_id}}


def read_status(body: Mapping[str, Any]) -> Status:
    """
    Return what a terminal reports of itself.

    :raises MessageRefused: for a state or a step that is not known.
    """
    state, step = body.get("state"), body.get("step") or ""
    if state not in STATES or step not in STEPS:
        raise MessageRefused("this state or step is not known")
    battery = body.get("battery_percent")
    is_percentage = isinstance(battery, int) and not isinstance(battery, bool) and 0 <= battery <= 100
    return Status(
        state=state,
        step=step,
        service_id=str(body.get("service_id") or "")[:20],
        note=str(body.get("note") or "")[:200],
        battery_percent=battery if is_percentage else None,
        network=str(body.get("network") or "")[:40],
        software_version=str(body.get("software_version") or "")[:30],
    )


def kept(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of an answer that are stored, the card as brand and last four digits."""
    card = answer.get("card")
    fields = {name: answer[name] for name in _KEPT if name in answer}
    if isinstance(card, dict):
        fields["card"] = {"brand": str(card.get("brand") or "")[:20], "last4": _last4(card.get("last4"))}
    return fields


def failure(condition: str) -> dict[str, Any]:
    """Return the body of an answer that says no."""
    return {"result": "failure", "error_condition": condition}


def tip_max_minor(instrument: Mapping[str, Any], asked_minor: int) -> int:
    """Return how much tip a customer may add on the terminal: nothing unless they were asked for one."""
    return asked_minor * TIP_LIMIT_BASIS_POINTS // 10_000 if instrument.get("ask_tip") else 0


def outcome_of(answer: Mapping[str, Any], asked: Money, *, tip_max_minor: int = 0) -> Outcome:
    """
    Return what a payment's or refund's answer says about its operation.

    Approved for less is a success of less; for more it is one as far as the customer chose a tip of at most `tip_max_minor`. Approved for more, in another currency, or in words that nobody agreed on is `unknown`, for a person or the
    processor to settle; a host that did not answer the terminal is `unknown` too: the money may have moved.
    """
    result, condition = answer.get("result"), str(answer.get("error_condition") or "")
    if result in ("success", "partial"):
        return _approval(answer, asked, tip_max_minor)
    if result != "failure":
        return Outcome(status="unknown", data=dict(answer))
    if condition in _DECLINED:
        return Outcome(
            status="declined", decline_code=str(answer.get("decline_code") or condition)[:40], data=dict(answer)
        )
    if condition in (*_NOT_PROCESSED, NOT_SENT, TERMINAL_OFFLINE, NEVER_ARRIVED):
        return Outcome(status="failed", decline_code=condition, data=dict(answer))
    if condition == "in_progress":
        return Outcome(status="submitted", data=dict(answer))
    return Outcome(status="unknown", data=dict(answer))


def _approval(answer: Mapping[str, Any], asked: Money, tip_max_minor: int) -> Outcome:
    amount, tip = answer.get("amount_minor"), answer.get("tip_minor", 0)
    tip = tip if type(tip) is int and 0 <= tip <= tip_max_minor else 0
    card = answer.get("card")
    card = card if isinstance(card, dict) else {}
    # True is an int to Python, and no amount.
    if type(amount) is not int or not 0 < amount <= asked.minor + tip or answer.get("currency") != asked.currency:
        return Outcome(status="unknown", data={**answer, "problem": "not_what_was_asked"})
    return Outcome(
        status="succeeded",
        amount_minor=amount,
        tip_minor=min(tip, amount),
        is_captured=answer.get("is_captured") is True,
        gateway_reference=str(answer.get("gateway_reference") or "")[:80],
        card_brand=str(card.get("brand") or "")[:20],
        card_last4=_last4(card.get("last4")),
        auth_code=str(answer.get("auth_code") or "")[:12],
        landed_at=_moment(answer.get("landed_at")),
        data=dict(answer),
    )


def _last4(text: Any) -> str:
    return text if isinstance(text, str) and re.fullmatch(r"\d{4}", text) else ""


def _moment(text: Any) -> datetime | None:
    """A terminal's clock may be wrong or missing; only a full moment with its offset is taken."""
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else None
