"""What the books say."""

from __future__ import annotations

from merchant.core import db
from merchant.core.tenancy import current_merchant_id


def balance(kind: str, *, subject: str | None = None) -> dict[str, int]:
    """Return what stands on the accounts of a kind, per currency: debit positive, in minor units."""
    rows = db.rows(_BALANCE, {"merchant": current_merchant_id(), "kind": kind, "subject": subject})
    return {currency: int(total) for currency, total in rows}


_BALANCE = """
SELECT a.currency, sum(p.amount_minor) FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id
WHERE a.merchant_id = %(merchant)s AND a.kind = %(kind)s AND (%(subject)s::text IS NULL OR a.subject = %(subject)s)
GROUP BY a.currency HAVING sum(p.amount_minor) <> 0
"""


def list_balances() -> list[tuple[str, str, str, int]]:
    """Return (kind, subject, currency, balance) of every account, debit positive, in minor units, in a fixed order."""
    return [
        (kind, subject, currency, int(total))
        for kind, subject, currency, total in db.rows(_ALL, [current_merchant_id()])
    ]


_ALL = """
SELECT a.kind, a.subject, a.currency, coalesce(sum(p.amount_minor), 0) FROM ledger_account a LEFT JOIN ledger_posting p ON p.account_id = a.id
WHERE a.merchant_id = %s GROUP BY a.kind, a.subject, a.currency ORDER BY 1, 2, 3
"""
