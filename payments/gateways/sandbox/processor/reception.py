"""
One door for every money request: its reference is its idempotency key, and faults and test tokens act here.

The same reference with the same body gets the first answer again; with another body it is refused. A request that is
answered with silence (None) is held and its connection cut; whether it landed is what the caller has to find out.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from . import authorise, challenges, disputes, faults, followups, operations, tasks
from .accounts import Account
from .faults import Fault, Subject
from .http import ApiError, Response, as_json
from .operations import Answer, Asked

# A late landing comes after any caller's time-out and within the first minute of its asking again.
LATE_LANDING_SECONDS = 20

_TOKEN_FAULTS = {
    "tok_timeout_landed": "timeout_after",
    "tok_timeout_not_landed": "timeout_before",
    "tok_lands_late": "late_landing",
}
_PERFORM: dict[str, Callable[[sqlite3.Connection, Account, Asked, str], Answer]] = {
    "authorise": authorise.perform,
    "session": challenges.open_session,
    "increment": followups.perform,
    "capture": followups.perform,
    "refund": followups.perform,
    "void": followups.perform,
}


def fingerprint_of(path: str, body: dict[str, Any]) -> str:
    """Return what tells two requests under one reference apart."""
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{path}\n{canonical}".encode()).hexdigest()


def receive(db: sqlite3.Connection, account: Account, asked: Asked, door: str, public_url: str) -> Response | None:
    """
    Take one money request inside the caller's transaction; `door` is the name of the function that does it.

    :raises ApiError: 409 for a reference that is used otherwise, still landing or cancelled; 422 past a cap.
    """
    earlier = operations.find_operation(db, account.name, asked.reference)
    if earlier is not None:
        return _repeat(earlier, asked)
    if db.execute(
        "SELECT 1 FROM tombstone WHERE account = ? AND reference = ?", (account.name, asked.reference)
    ).fetchone():
        raise ApiError(409, "reference_cancelled", "This reference was cancelled before it landed; it never will.")
    if tasks.is_landing(db, account.name, asked.reference):
        raise ApiError(409, "in_progress", "This reference is being processed.")
    fault = _fault_for(db, account, asked, door)
    if fault is not None and fault.kind == "error_500":
        return as_json({"code": "internal_error", "message": "Something broke."}, status=500)
    if fault is not None and fault.kind == "not_processed":
        return as_json({"code": "busy", "message": "Not processed: try again later or elsewhere."}, status=429)
    if fault is not None and fault.kind == "late_landing":
        due_at = time.time() + float(fault.params.get("seconds", LATE_LANDING_SECONDS))
        tasks.schedule(db, due_at, "land", account.name, asked.reference, {"door": door, "asked": asdict(asked)})
    if fault is not None and fault.kind in ("late_landing", "timeout_before"):
        return None
    answer = land(db, account, asked, door, public_url)
    return None if fault is not None else as_json(answer, status=201)


def land(db: sqlite3.Connection, account: Account, asked: Asked, door: str, public_url: str) -> Answer:
    """Do what was asked and keep the answer for repetitions."""
    answer = _PERFORM[door](db, account, asked, public_url)
    operations.keep_answer(db, account, asked.reference, answer)
    if asked.kind == "authorise" and answer["status"] == "captured":
        followups.schedule_take_back(db, account, "capture", answer)
    return answer


def _repeat(earlier: sqlite3.Row, asked: Asked) -> Response:
    if earlier["fingerprint"] != asked.fingerprint:
        raise ApiError(409, "idempotency_mismatch", "This reference was used for another request.")
    return Response(200, earlier["answer"].encode(), headers=(("idempotency-replayed", "true"),))


def _fault_for(db: sqlite3.Connection, account: Account, asked: Asked, door: str) -> Fault | None:
    if asked.token == "tok_error_500_then_ok" and _count_try(db, account, asked.reference) == 1:
        return Fault(0, "error_500", {})
    if asked.token in _TOKEN_FAULTS:
        return Fault(0, _TOKEN_FAULTS[asked.token], {})
    subject = Subject(asked.reference, asked.order_reference, asked.amount_minor, operation=door)
    return faults.strike(db, account, faults.TRANSPORT, subject, detail=door)


def _count_try(db: sqlite3.Connection, account: Account, reference: str) -> int:
    tries: int = db.execute(
        "INSERT INTO attempt VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET tries = tries + 1 RETURNING tries",
        (account.name, reference),
    ).fetchone()[0]
    return tries


def run_task(db: sqlite3.Connection, account: Account, task: sqlite3.Row, public_url: str) -> None:
    """Do one thing that is due. A landing that is refused now (a cap, for instance) never lands."""
    payload = json.loads(task["payload"])
    reference = task["reference"]
    if task["kind"] == "land":
        try:
            land(db, account, Asked(**payload["asked"]), payload["door"], public_url)
        except ApiError:
            db.execute("INSERT OR IGNORE INTO tombstone VALUES (?, ?)", (account.name, reference))
    elif task["kind"] == "land_session":
        challenges.give_card(db, account, challenges.get_session(db, payload["session"]), payload["token"])
    elif task["kind"] == "take_back":
        followups.take_back(db, account, reference)
    elif task["kind"] == "expire":
        challenges.end(db, account, reference, "session_expired")
    elif task["kind"] == "decide_dispute" and disputes.show(db, account, reference)["status"] in disputes.OPEN:
        disputes.close(db, account, reference, payload["outcome"])
