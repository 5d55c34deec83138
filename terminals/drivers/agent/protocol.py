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
from payments.gateways.base import OperationRequest

VERSION = "1.0"
SALE_ID = "tillsyn"
HEARTBEAT_SECONDS = 10
# More than two beats: one lost beat is no outage. With the half second between looks everybody knows within 25 s.
SILENCE_SECONDS_MAX = 24

MONEY_CATEGORIES = ("payment", "refund")
CATEGORIES = (
    *MONEY_CATEGORIES,
    "abort",
    "transaction_status",
    "diagnosis",
    "configuration",
    "display",
    "event",
    "login",
)
TYPES = ("request", "response", "notification")
STATES = ("ready", "in_payment", "needs_care", "updating")
STEPS = ("", "sent", "card", "pin", "signature", "bank", "done")
# What a terminal may say is wrong with it. A word of tomorrow is kept as `other`, with its note.
FAULTS = ("paper_out", "printer", "battery_low", "card_reader", "tamper", "host", "other")
# What a terminal may add as a tip: more than that is a typing error somebody should look at.
TIP_LIMIT_BASIS_POINTS = 2000
CLASSES = {"event": "event", "diagnosis": "device", "configuration": "device", "display": "device"}

# Our own words on a message that never left us, or that terminal and processor both promised never to act upon.
NOT_SENT, TERMINAL_OFFLINE, NEVER_ARRIVED = "not_sent", "terminal_offline", "never_arrived"
# Not a no: another amount, currency or reference than was asked. The processor is asked, then a person.
AMOUNT_DIFFERS = "amount_differs"
# A terminal's clock may be this far off before its moments are not believed and staff are told.
CLOCK_OFF_SECONDS_MAX = 120
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
    "reference",
    "version",
    "software_version",
    "battery_percent",
    "network",
    "printer",
    "host",
    "time",
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
    fault: str = ""
    time: datetime | None = None


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
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
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
        fault=_fault(body.get("fault")),
        time=moment(body.get("time")),
    )


def _fault(word: Any) -> str:
    return word if word in FAULTS else "other" if word else ""


def kept(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of an answer that are stored, the card as brand and last four digits."""
    card = answer.get("card")
    fields = {name: answer[name] for name in _KEPT if name in answer}
    if isinstance(card, dict):
        fields["card"] = {"brand": str(card.get("brand") or "")[:20], "last4": last4(card.get("last4"))}
    return fields


def failure(condition: str) -> dict[str, Any]:
    """Return the body of an answer that says no."""
    return {"result": "failure", "error_condition": condition}


def tip_max_minor(instrument: Mapping[str, Any], asked_minor: int) -> int:
    """Return how much tip a customer may add on the terminal: nothing unless they were asked for one."""
    return asked_minor * TIP_LIMIT_BASIS_POINTS // 10_000 if instrument.get("ask_tip") else 0


def last4(text: Any) -> str:
    """Return four digits, or "" for anything else: a card number must not come in this way."""
    return text if isinstance(text, str) and re.fullmatch(r"\d{4}", text) else ""


def moment(text: Any) -> datetime | None:
    """Return the moment in `text`, or None: a terminal's clock may be missing, and only a full moment with its offset is taken."""
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else None
