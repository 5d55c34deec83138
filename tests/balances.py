"""What stands on every account of a merchant's books, to compare before and after."""

from __future__ import annotations

from merchant.core import db
from merchant.core.tenancy import current_merchant_id


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
