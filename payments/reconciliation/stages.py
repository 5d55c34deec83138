"""
Where the money of each payment is: taken, settled, paid out, reconciled.

A payment is as far as the slowest of its captures and refunds: *settled* when a report has each of them, *paid_out* when a payout carries each, *reconciled* when
the bank has received each of those payouts in full. `settled_minor` is what reports say was settled for it, refunds taken off.
"""

from __future__ import annotations

from merchant.core import db
from merchant.core.tenancy import current_merchant_id
from payments.reconciliation.matching import EXPECTED, WORK_MEMORY

_ITEMS = f"""
AS SELECT p.id AS payment_id, m.settlement_line_id AS line_id, m.amount_minor
FROM payment_operation o JOIN payment_payment p ON p.id = o.payment_id JOIN gateway_account g ON g.id = p.gateway_account_id
LEFT JOIN recon_match m ON m.operation_id = o.id AND m.undone_at IS NULL
WHERE {EXPECTED}
    AND (m.id IS NOT NULL OR o.kind <> 'take_back' AND NOT EXISTS (SELECT FROM payment_operation b WHERE b.parent_id = o.id AND b.kind = 'take_back'))
"""  # noqa: S608
# Every line of a payout carries its reference or, where the format has none, its batch.
_CARRIED = """
AS SELECT l.gateway_account_id, l.payout_reference, l.batch, l.currency, min(p.status) AS status, bool_and(p.status = 'in_bank') AS is_in_bank
FROM (SELECT DISTINCT gateway_account_id, payout_reference, batch, currency FROM settlement_line WHERE merchant_id = %(merchant)s) l
JOIN settlement_payout p ON p.merchant_id = %(merchant)s AND p.gateway_account_id = l.gateway_account_id AND p.currency = l.currency
    AND CASE WHEN l.payout_reference <> '' THEN p.reference = l.payout_reference ELSE l.batch <> '' AND p.batch = l.batch END
GROUP BY 1, 2, 3, 4
"""
_STAGES = """
AS SELECT i.payment_id, coalesce(sum(i.amount_minor), 0) AS settled_minor,
    CASE WHEN NOT bool_and(i.line_id IS NOT NULL) THEN 'taken' WHEN bool_or(c.status IS NULL) THEN 'settled' WHEN bool_and(c.is_in_bank) THEN 'reconciled'
        ELSE 'paid_out' END AS money_stage
FROM money_item i LEFT JOIN settlement_line l ON l.id = i.line_id
LEFT JOIN carried c ON c.gateway_account_id = l.gateway_account_id AND c.payout_reference = l.payout_reference AND c.batch = l.batch AND c.currency = l.currency
GROUP BY i.payment_id
"""
_UPDATE = """
UPDATE payment_payment p SET settled_minor = s.settled_minor, money_stage = s.money_stage
FROM payment_stage s WHERE p.id = s.payment_id AND (p.settled_minor, p.money_stage) IS DISTINCT FROM (s.settled_minor, s.money_stage)
"""


def project_stages() -> int:
    """Write stage and settled amount of every payment whose own are out of date, in the caller's transaction, and return how many there were."""
    parameters = {"merchant": current_merchant_id()}
    db.execute("SELECT set_config('work_mem', %s, true)", [WORK_MEMORY])
    for name, body in (("money_item", _ITEMS), ("carried", _CARRIED), ("payment_stage", _STAGES)):
        db.temporary_table(name, body, parameters if "%(" in body else ())
        db.execute(f"ANALYZE {name}")
    return db.execute(_UPDATE)
