"""Rows of the next report that belong to no capture or refund: fees, reserves, adjustments, disputes."""

from __future__ import annotations

import sqlite3

from .accounts import Account


def add(
    db: sqlite3.Connection,
    account: Account,
    kind: str,
    reference: str,
    payment_id: str,
    *,
    gross_minor: int,
    fee_minor: int,
) -> None:
    """Add one row; gross is signed from the merchant's view, a positive fee is a cost."""
    moment = account.now()
    db.execute(
        "INSERT INTO ledger_line (account, type, reference, payment_id, gross_minor, fee_minor, occurred_at,"
        " business_date) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            account.name,
            kind,
            reference,
            payment_id,
            gross_minor,
            fee_minor,
            moment.isoformat(),
            account.business_date(moment).isoformat(),
        ),
    )
