"""
The life of a dispute as the cardholder's bank and the schemes lead it.

An inquiry only asks; a chargeback takes the money in the next report and costs a fee. A dispute that was won gives the money back, and may come
back for a second round. Every change counts `sequence` up, so that whoever hears of the changes in another order knows which is the latest.
"""

from __future__ import annotations

import json
import sqlite3
import time
from datetime import datetime, timedelta
from typing import Any

from . import lines, operations, tasks, tokens, webhooks
from .accounts import Account
from .http import ApiError

# What the schemes charge a merchant for a dispute, roughly, in minor units of the account's currency.
DISPUTE_FEE_MINOR = 1500
# Schemes give one to three weeks; the shortest of them keeps tests of deadlines honest.
DUE_DAYS = 7
# Evidence that says so decides its dispute after so many seconds: a person at the screen sees the answer come.
DECIDED_AFTER_SECONDS = 2
_DECIDING_WORDS = {"winning_evidence": "won", "losing_evidence": "lost"}
OPEN = ("open", "under_review")
Dispute = dict[str, Any]


def open_dispute(
    db: sqlite3.Connection,
    account: Account,
    payment: sqlite3.Row,
    *,
    amount_minor: int,
    reason: str,
    phase: str = "chargeback",
    due_days: int = DUE_DAYS,
) -> Dispute:
    """
    Open a dispute about a captured payment, or an inquiry, which moves nothing yet.

    :raises ApiError: 422 for more than was captured.
    """
    if amount_minor > payment["captured_minor"]:
        raise ApiError(422, "amount_exceeds_captured", "More is disputed than was captured.")
    number = db.execute("SELECT count(*) FROM dispute WHERE payment_id = ?", (payment["id"],)).fetchone()[0]
    dispute_id, now = account.new_id("dp_", payment["id"], number), account.now()
    db.execute(
        "INSERT INTO dispute (id, account, payment_id, amount_minor, currency, reason, status, phase, opened_at, due_at)"
        " VALUES (?, ?, ?, ?, ?, ?, 'open', ?, ?, ?)",
        (
            dispute_id,
            account.name,
            payment["id"],
            amount_minor,
            payment["currency"],
            reason,
            phase,
            now.isoformat(),
            (now + timedelta(days=due_days)).isoformat(),
        ),
    )
    if phase != "inquiry":
        _take(db, account, dispute_id)
    return _announce(db, account, dispute_id, "dispute.inquiry" if phase == "inquiry" else "dispute.opened")


def escalate(db: sqlite3.Connection, account: Account, dispute_id: str) -> Dispute:
    """
    Turn an open inquiry into a chargeback.

    :raises ApiError: 404 unless it is an open inquiry.
    """
    dispute = show(db, account, dispute_id)
    if dispute["phase"] != "inquiry" or dispute["status"] not in OPEN:
        raise _no_such("open inquiry")
    _change(db, account, dispute_id, phase="chargeback", status="open", due_at=_due(account))
    _take(db, account, dispute_id)
    return _announce(db, account, dispute_id, "dispute.escalated")


def close(
    db: sqlite3.Connection, account: Account, dispute_id: str, outcome: str, returned_minor: int | None = None
) -> Dispute:
    """
    Decide an open dispute: `won` gives `returned_minor` (all of it, unless said otherwise) back in the next report; the fee stays.

    :raises ApiError: 404 unless it is open.
    """
    dispute = show(db, account, dispute_id)
    if dispute["status"] not in OPEN:
        raise _no_such("open dispute")
    returned = 0
    if outcome == "won" and dispute["phase"] != "inquiry":
        returned = dispute["amount_minor"] if returned_minor is None else min(returned_minor, dispute["amount_minor"])
        _give_back(db, account, dispute, returned)
    _change(db, account, dispute_id, status=outcome, returned_minor=returned)
    return _announce(db, account, dispute_id, f"dispute.{outcome}")


def reopen(db: sqlite3.Connection, account: Account, dispute_id: str) -> Dispute:
    """
    Begin the second round of a dispute that was won: the cardholder's bank does not accept it and takes the money again.

    :raises ApiError: 404 unless it was won.
    """
    dispute = show(db, account, dispute_id)
    if dispute["status"] != "won":
        raise _no_such("dispute that was won")
    _change(
        db, account, dispute_id, status="open", phase="pre_arbitration", round=dispute["round"] + 1, due_at=_due(account),
        returned_minor=0,
    )  # fmt: skip
    _take(db, account, dispute_id)
    return _announce(db, account, dispute_id, "dispute.reopened")


def answer(
    db: sqlite3.Connection, account: Account, dispute_id: str, *, kind: str, reference: str, body: dict[str, Any]
) -> Dispute:
    """
    Take the merchant's answer: `evidence`, or `acceptance` of the loss. The same reference again gets the first answer.

    :raises ApiError: 404 unless it waits for an answer; 409 after its deadline.
    """
    earlier = db.execute(
        "SELECT answer FROM dispute_answer WHERE account = ? AND reference = ?", (account.name, reference)
    ).fetchone()
    if earlier is not None:
        first: Dispute = json.loads(earlier["answer"])
        return first
    dispute = show(db, account, dispute_id)
    if dispute["status"] != "open":
        raise ApiError(409, "dispute_not_open", f"The dispute is {dispute['status']} and takes no answer.")
    if dispute["due_at"] and datetime.fromisoformat(dispute["due_at"]) < account.now():
        raise ApiError(409, "dispute_overdue", "The time for an answer is over.")
    if kind == "acceptance":
        _change(db, account, dispute_id, status="lost")
    else:
        _change(db, account, dispute_id, status="under_review")
        _decide_soon(db, account, dispute_id, json.dumps(body))
    shown = _announce(db, account, dispute_id, "dispute.lost" if kind == "acceptance" else "dispute.submitted")
    row = (account.name, reference, dispute_id, kind, json.dumps(body), json.dumps(shown))
    db.execute("INSERT INTO dispute_answer VALUES (?, ?, ?, ?, ?, ?)", row)
    return shown


def _decide_soon(db: sqlite3.Connection, account: Account, dispute_id: str, told: str) -> None:
    for word, outcome in _DECIDING_WORDS.items():
        if word in told:
            due_at = time.time() + DECIDED_AFTER_SECONDS
            tasks.schedule(db, due_at, "decide_dispute", account.name, dispute_id, {"outcome": outcome})
            return


def open_settled(db: sqlite3.Connection, account: Account, batch: int) -> None:
    """Let the owners of disputing test cards go to their bank about what `batch` settled."""
    marks = ", ".join("?" * len(tokens.DISPUTING))
    found = db.execute(
        f"SELECT DISTINCT p.* FROM operation o JOIN payment p ON p.id = o.payment_id WHERE o.account = ? AND o.batch = ?"
        f" AND o.kind IN ('authorise', 'capture') AND p.captured_minor > 0 AND p.last4 IN ({marks})"
        " AND NOT EXISTS (SELECT 1 FROM dispute d WHERE d.payment_id = p.id) ORDER BY p.id",
        (account.name, batch, *tokens.DISPUTING),
    ).fetchall()
    for payment in found:
        reason, phase = tokens.DISPUTING[payment["last4"]]
        open_dispute(db, account, payment, amount_minor=payment["captured_minor"], reason=reason, phase=phase)


def end_overdue(db: sqlite3.Connection, account: Account) -> None:
    """Decide what nobody answered in time against the merchant."""
    found = db.execute(
        "SELECT id FROM dispute WHERE account = ? AND status = 'open' AND due_at != '' AND due_at < ? ORDER BY id",
        (account.name, account.now().isoformat()),
    ).fetchall()
    for row in found:
        close(db, account, row["id"], "lost")


def show(db: sqlite3.Connection, account: Account, dispute_id: str) -> Dispute:
    """
    Return a dispute of the account as answers, lists and webhooks show it.

    :raises ApiError: 404 if there is none.
    """
    row = db.execute(f"{_SHOWN} WHERE d.id = ? AND d.account = ?", (dispute_id, account.name)).fetchone()
    if row is None:
        raise _no_such("dispute")
    return {**dict(row), "fee_minor": 0 if row["phase"] == "inquiry" else DISPUTE_FEE_MINOR}


def listed(db: sqlite3.Connection, account: Account) -> list[Dispute]:
    """Return the account's disputes, oldest first."""
    found = db.execute(f"{_SHOWN} WHERE d.account = ? ORDER BY d.opened_at, d.id LIMIT 500", (account.name,)).fetchall()
    return [show(db, account, row["id"]) for row in found]


_SHOWN = (
    "SELECT d.id, d.payment_id, p.reference AS payment_reference, p.order_reference, d.amount_minor, d.currency, d.reason,"
    " d.status, d.phase, d.round, d.sequence, d.opened_at, d.due_at, d.returned_minor"
    " FROM dispute d JOIN payment p ON p.id = d.payment_id"
)


def _take(db: sqlite3.Connection, account: Account, dispute_id: str) -> None:
    dispute = show(db, account, dispute_id)
    lines.add(
        db, account, "chargeback", dispute_id, dispute["payment_id"], gross_minor=-dispute["amount_minor"],
        fee_minor=DISPUTE_FEE_MINOR,
    )  # fmt: skip


def _give_back(db: sqlite3.Connection, account: Account, dispute: Dispute, minor: int) -> None:
    if minor:
        lines.add(
            db, account, "chargeback_reversal", dispute["id"], dispute["payment_id"], gross_minor=minor, fee_minor=0
        )


def _change(db: sqlite3.Connection, account: Account, dispute_id: str, **changes: Any) -> None:
    columns = "".join(f", {name} = ?" for name in changes)
    values = (*changes.values(), dispute_id, account.name)
    db.execute(f"UPDATE dispute SET sequence = sequence + 1{columns} WHERE id = ? AND account = ?", values)


def _announce(db: sqlite3.Connection, account: Account, dispute_id: str, event: str) -> Dispute:
    shown = show(db, account, dispute_id)
    webhooks.queue(db, account, event, {**shown, "changed_at": account.now().isoformat()})
    return shown


def _due(account: Account) -> str:
    return (account.now() + timedelta(days=DUE_DAYS)).isoformat()


def _no_such(what: str) -> ApiError:
    return ApiError(404, "not_found", f"There is no such {what}.")


def payment_of(db: sqlite3.Connection, account: Account, payment_id: str) -> sqlite3.Row:
    """Return the payment a dispute is to be about."""
    return operations.get_payment(db, account.name, payment_id)
