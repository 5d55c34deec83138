"""
Where the money of each payment is: taken, settled, paid out, reconciled.

A payment is as far as the slowest of its captures and refunds: *settled* when a report has each of them, *paid_out* when a payout carries each, *reconciled* when
the bank has received each of those payouts in full. `settled_minor` is what reports say was settled for it, refunds taken off.
"""

from __future__ import annotations

from merchant.core import db
from merchant.core.tenancy import current_merchant_id
from payments.reconciliation.matching import EXPECTED, WORK_MEMORY

_UPDATE = f"""
WITH item AS (
    SELECT p.id AS payment_id, m.amount_minor, l.report_id, l.gateway_account_id, l.payout_reference, l.batch, l.currency, m.id IS NOT NULL AS is_settled
    FROM payment_operation o JOIN payment_payment p ON p.id = o.payment_id JOIN gateway_account g ON g.id = p.gateway_account_id
    LEFT JOIN recon_match m ON m.operation_id = o.id AND m.undone_at IS NULL LEFT JOIN settlement_line l ON l.id = m.settlement_line_id
    WHERE {EXPECTED}
), paid AS (
    SELECT i.payment_id, i.amount_minor, i.is_settled, out.status
    FROM item i LEFT JOIN settlement_payout out ON out.gateway_account_id = i.gateway_account_id AND out.merchant_id = %(merchant)s AND out.currency = i.currency
        AND CASE WHEN i.payout_reference <> '' THEN out.reference = i.payout_reference ELSE i.batch <> '' AND out.batch = i.batch END
), stage AS (
    SELECT payment_id, coalesce(sum(amount_minor), 0) AS settled_minor,
        CASE WHEN NOT bool_and(is_settled) THEN 'taken' WHEN bool_or(status IS NULL) THEN 'settled' WHEN bool_and(status = 'in_bank') THEN 'reconciled'
            ELSE 'paid_out' END AS money_stage
    FROM paid GROUP BY payment_id
), changed AS (
    SELECT s.* FROM stage s JOIN payment_payment p ON p.id = s.payment_id
    WHERE (p.settled_minor, p.money_stage) IS DISTINCT FROM (s.settled_minor, s.money_stage) ORDER BY s.payment_id
)
UPDATE payment_payment p SET settled_minor = c.settled_minor, money_stage = c.money_stage FROM changed c WHERE p.id = c.payment_id
"""  # noqa: S608


def project_stages() -> int:
    """Write stage and settled amount of every payment whose own are out of date, in the caller's transaction, and return how many there were."""
    db.execute("SELECT set_config('work_mem', %s, true)", [WORK_MEMORY])
    return db.execute(_UPDATE, {"merchant": current_merchant_id()})
