"""
Cancel by reference: after the answer, the operation has no effect and never will have one.

Not landed: a tombstone keeps it from landing. Landed and not in a report: taken out again. In a report, or with
something built on it (a capture, a refund): final, and the answer says how it stands; the merchant may refund it under
a reference of its own.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from . import operations, tasks
from .accounts import Account
from .operations import Row


def cancel(db: sqlite3.Connection, account: Account, reference: str) -> dict[str, Any]:
    """Return `cancelled`, or `already_final` if it was refused before or can no longer be taken back."""
    operation = operations.find_operation(db, account.name, reference)
    if operation is None:
        tasks.drop_landing(db, account.name, reference)
        db.execute("INSERT OR IGNORE INTO tombstone VALUES (?, ?)", (account.name, reference))
        return {"result": "cancelled", "operation": None}
    if operation["status"] == "cancelled":
        return _result(db, account, reference, "cancelled")
    is_cancelled = _CANCEL[operation["kind"]](db, account, operation)
    return _result(db, account, reference, "cancelled" if is_cancelled else "already_final")


def _result(db: sqlite3.Connection, account: Account, reference: str, result: str) -> dict[str, Any]:
    return {"result": result, "operation": operations.show(db, account.name, reference)}


def _mark(db: sqlite3.Connection, operation: Row) -> None:
    db.execute("UPDATE operation SET status = 'cancelled', action_url = '' WHERE seq = ?", (operation["seq"],))


def _cancel_authorisation(db: sqlite3.Connection, account: Account, operation: Row) -> bool:
    payment = operations.get_payment(db, account.name, operation["payment_id"])
    if not _is_untouched(operation, payment):
        return False
    tasks.drop_landing(db, account.name, operation["reference"])
    _mark(db, operation)
    db.execute(
        "UPDATE payment SET status = 'cancelled', authorised_minor = 0, captured_minor = 0 WHERE id = ?",
        (payment["id"],),
    )
    return True


def _is_untouched(operation: Row, payment: Row) -> bool:
    """Whether nothing was built on the authorisation and no report has it."""
    if operation["status"] == "authorised":
        return bool(payment["captured_minor"] == 0 and payment["authorised_minor"] > 0)
    if operation["status"] == "captured":
        return bool(payment["refunded_minor"] == 0 and operation["batch"] is None)
    return bool(operation["status"] == "action_required")


def _cancel_capture(db: sqlite3.Connection, account: Account, operation: Row) -> bool:
    payment = operations.get_payment(db, account.name, operation["payment_id"])
    left = payment["captured_minor"] - operation["amount_minor"]
    if operation["status"] != "succeeded" or operation["batch"] is not None or payment["refunded_minor"] > left:
        return False
    _mark(db, operation)
    db.execute("UPDATE payment SET captured_minor = ? WHERE id = ?", (left, payment["id"]))
    return True


def _cancel_refund(db: sqlite3.Connection, account: Account, operation: Row) -> bool:
    if operation["status"] != "succeeded" or operation["batch"] is not None:
        return False
    _mark(db, operation)
    db.execute(
        "UPDATE payment SET refunded_minor = refunded_minor - ? WHERE id = ?",
        (operation["amount_minor"], operation["payment_id"]),
    )
    return True


def _cancel_increment(db: sqlite3.Connection, account: Account, operation: Row) -> bool:
    payment = operations.get_payment(db, account.name, operation["payment_id"])
    if operation["status"] != "succeeded" or payment["captured_minor"] or payment["status"] != "authorised":
        return False
    _mark(db, operation)
    db.execute(
        "UPDATE payment SET authorised_minor = authorised_minor - ? WHERE id = ?",
        (operation["amount_minor"], payment["id"]),
    )
    return True


def _cancel_void(db: sqlite3.Connection, account: Account, operation: Row) -> bool:
    return False


_CANCEL = {
    "authorise": _cancel_authorisation,
    "increment": _cancel_increment,
    "capture": _cancel_capture,
    "refund": _cancel_refund,
    "void": _cancel_void,
}
