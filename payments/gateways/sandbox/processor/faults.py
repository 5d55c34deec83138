"""
Misbehaviour on command. Each fault is a row with what it matches, how often it may still strike, and what it hit.

`docs/sandbox.md` lists the kinds. A fault strikes once unless `count` says otherwise (0 = for as long as it exists);
`status_down` and `fee_change` last until they end or are deleted.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import fields
from .accounts import Account
from .http import ApiError

TRANSPORT = ("timeout_before", "timeout_after", "late_landing", "error_500", "not_processed")
TRAVEL = ("webhook_duplicate", "webhook_reorder", "webhook_delay", "webhook_drop")
TAKE_BACK = {"refund": "refund_fails_late", "capture": "capture_fails_late"}
ROW = ("settle_short", "leave_out", "settle_twice")
PAYOUT = ("payout_short", "payout_missing")
KINDS = (*TRANSPORT, *TRAVEL, *TAKE_BACK.values(), *ROW, *PAYOUT, "not_ours", "fee_change", "status_down")
_LASTING = ("status_down", "fee_change")
_MATCHES = ("reference", "order_reference", "nth", "operation", "event", "probability")


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that strikes."""

    seq: int
    kind: str
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Subject:
    """What a fault may strike: an operation, an event, a report row or a payout."""

    reference: str
    order_reference: str
    amount_minor: int
    operation: str = ""
    event: str = ""


@dataclass(frozen=True, slots=True)
class Travel:
    """How a webhook travels."""

    copies: int = 1
    delay_seconds: float = 0
    is_dropped: bool = False
    is_held: bool = False


def add(db: sqlite3.Connection, account: Account, wanted: object) -> list[dict[str, Any]]:
    """
    Add faults and return all of the account.

    :raises ApiError: 400 for an unknown kind or a parameter that cannot be; none is added then.
    """
    if not isinstance(wanted, list) or not all(isinstance(one, dict) for one in wanted):
        raise fields.refuse("faults", "a list of objects is needed.")
    for one in wanted:
        kind = fields.choice(one, "kind", KINDS)
        match = one.get("match") or {}
        unknown = [name for name in match if name not in _MATCHES] if isinstance(match, dict) else ["match"]
        if unknown:
            raise fields.refuse("match", f"{unknown[0]} is unknown; known: {', '.join(_MATCHES)}.")
        _check_params(one)
        count = fields.integer(one, "count", default=0 if kind in _LASTING else 1)
        number = db.execute("SELECT count(*) FROM fault WHERE account = ?", (account.name,)).fetchone()[0]
        db.execute(
            "INSERT INTO fault (id, account, kind, params, remaining, created_at) VALUES (?, ?, ?, ?, ?, ?)",
            (account.new_id("flt_", number), account.name, kind, json.dumps(one), count or None, time.time()),
        )
    return listed(db, account.name)


def _check_params(one: dict[str, Any]) -> None:
    for name in ("amount_minor", "basis_points", "fixed_minor", "times"):
        if name in one:
            fields.integer(one, name)
    fields.seconds(one, "seconds", default=0)


def listed(db: sqlite3.Connection, account: str) -> list[dict[str, Any]]:
    """Return the account's faults with what each hit."""
    found = db.execute("SELECT * FROM fault WHERE account = ? ORDER BY seq", (account,)).fetchall()
    return [
        {
            "id": row["id"],
            "kind": row["kind"],
            "params": {name: value for name, value in json.loads(row["params"]).items() if name != "kind"},
            "remaining": row["remaining"],
            "applied": [
                {name: hit[name] for name in ("reference", "order_reference", "amount_minor", "detail")}
                for hit in db.execute("SELECT * FROM fault_hit WHERE fault = ? ORDER BY rowid", (row["seq"],))
            ],
        }
        for row in found
    ]


def remove_all(db: sqlite3.Connection, account: str) -> None:
    """Delete the account's faults and what is known of them."""
    db.execute("DELETE FROM fault_hit WHERE fault IN (SELECT seq FROM fault WHERE account = ?)", (account,))
    db.execute("DELETE FROM fault WHERE account = ?", (account,))


def strike(
    db: sqlite3.Connection, account: Account, kinds: tuple[str, ...], subject: Subject, *, detail: str = ""
) -> Fault | None:
    """Return the first fault of `kinds` that strikes `subject`, counted and listed as applied; else None."""
    marks = ", ".join("?" * len(kinds))
    found = db.execute(
        f"SELECT * FROM fault WHERE account = ? AND kind IN ({marks}) AND remaining IS NOT 0 ORDER BY seq",
        (account.name, *kinds),
    ).fetchall()
    for row in found:
        params = json.loads(row["params"])
        if not _matches(params.get("match") or {}, subject):
            continue
        seen = row["seen"] + 1
        is_struck = _is_chosen(account, row["id"], params.get("match") or {}, subject, seen)
        db.execute(
            "UPDATE fault SET seen = ?, remaining = remaining - ? WHERE seq = ?", (seen, int(is_struck), row["seq"])
        )
        if is_struck:
            fault = Fault(row["seq"], row["kind"], params)
            note(db, fault, subject, detail=detail or row["kind"])
            return fault
    return None


def note(db: sqlite3.Connection, fault: Fault, subject: Subject, *, detail: str) -> None:
    """List `subject` among what the fault hit."""
    db.execute(
        "INSERT INTO fault_hit VALUES (?, ?, ?, ?, ?)",
        (fault.seq, subject.reference, subject.order_reference, subject.amount_minor, detail),
    )


def correct_note(db: sqlite3.Connection, fault: Fault, *, amount_minor: int, detail: str) -> None:
    """Say in the fault's last note what the damage came to, once it is known."""
    db.execute(
        "UPDATE fault_hit SET amount_minor = ?, detail = ?"
        " WHERE rowid = (SELECT max(rowid) FROM fault_hit WHERE fault = ?)",
        (amount_minor, detail, fault.seq),
    )


def _matches(match: Mapping[str, Any], subject: Subject) -> bool:
    return all(
        match.get(name) in (None, getattr(subject, name))
        for name in ("reference", "order_reference", "operation", "event")
    )


def _is_chosen(account: Account, fault_id: str, match: Mapping[str, Any], subject: Subject, seen: int) -> bool:
    if "nth" in match:
        return bool(match["nth"] == seen)
    if "probability" in match:
        return account.chance(fault_id, subject.reference, subject.event) < float(match["probability"])
    return True


def travel_of(db: sqlite3.Connection, account: Account, event: str, data: Mapping[str, Any]) -> Travel:
    """Return how this event's webhook travels."""
    subject = Subject(
        data.get("reference", data["id"]), data.get("order_reference", ""), data.get("amount_minor", 0), event=event
    )
    fault = strike(db, account, TRAVEL, subject, detail=event)
    if fault is None:
        return Travel()
    if fault.kind == "webhook_duplicate":
        return Travel(copies=1 + int(fault.params.get("times", 1)))
    if fault.kind == "webhook_delay":
        return Travel(delay_seconds=float(fault.params.get("seconds", 10)))
    return Travel(is_dropped=fault.kind == "webhook_drop", is_held=fault.kind == "webhook_reorder")


def refuse_if_status_down(db: sqlite3.Connection, account: Account, reference: str) -> None:
    """
    Refuse a look-up while a `status_down` fault lasts; it began when it was posted.

    :raises ApiError: 503 in that time.
    """
    found = db.execute("SELECT * FROM fault WHERE account = ? AND kind = 'status_down'", (account.name,)).fetchall()
    for row in found:
        params = json.loads(row["params"])
        if time.time() < row["created_at"] + float(params.get("seconds", 60)):
            note(db, Fault(row["seq"], row["kind"], params), Subject(reference, "", 0), detail="look-up refused")
            raise ApiError(503, "status_unavailable", "Look-ups are out of service.")
