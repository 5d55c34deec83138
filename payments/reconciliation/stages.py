"""
Where the money of each payment is: taken, settled, paid out, reconciled.

A payment is as far as the slowest of its captures and refunds: *settled* when a report has each of them, *paid_out* when a payout carries each, *reconciled* when
the bank has received each of those payouts in full. `settled_minor` is what reports say was settled for it, refunds taken off.
"""

from __future__ import annotations

from merchant.core import db
from merchant.core.tenancy import current_merchant_id
from payments.reconciliation.matching import EXPECTED

# Every line of a payout carries its reference or, where the format has none, its batch.
_NOW = f"""
AS SELECT o.payment_id, coalesce(sum(m.amount_minor), 0)::bigint AS settled_minor,
    CASE WHEN NOT bool_and(m.id IS NOT NULL) THEN 'taken' WHEN NOT bool_and(named.id IS NOT NULL OR batch.batch IS NOT NULL) THEN 'settled'
        WHEN bool_and(coalesce(named.status = 'in_bank', batch.is_in_bank)) THEN 'reconciled' ELSE 'paid_out' END AS money_stage
FROM payment_operation o JOIN payment_payment p ON p.id = o.payment_id JOIN gateway_account g ON g.id = p.gateway_account_id
LEFT JOIN recon_match m ON m.operation_id = o.id AND m.undone_at IS NULL
LEFT JOIN settlement_line l ON l.id = m.settlement_line_id
LEFT JOIN settlement_payout named ON named.merchant_id = %(merchant)s AND named.gateway_account_id = l.gateway_account_id AND named.currency = l.currency
    AND named.reference = l.payout_reference AND l.payout_reference <> ''
LEFT JOIN (
    SELECT gateway_account_id, currency, batch, bool_and(status = 'in_bank') AS is_in_bank FROM settlement_payout
    WHERE merchant_id = %(merchant)s AND batch <> '' GROUP BY 1, 2, 3
) batch ON batch.gateway_account_id = l.gateway_account_id AND batch.currency = l.currency AND batch.batch = l.batch AND l.payout_reference = ''
WHERE {EXPECTED}
    AND (m.id IS NOT NULL OR o.kind <> 'take_back' AND NOT EXISTS (SELECT FROM payment_operation b WHERE b.parent_id = o.id AND b.kind = 'take_back'))
GROUP BY o.payment_id
"""  # noqa: S608
_MOVE = """
UPDATE payment_stage kept SET settled_minor = s.settled_minor, money_stage = s.money_stage
FROM stage_now s WHERE s.payment_id = kept.payment_id AND (kept.settled_minor, kept.money_stage) IS DISTINCT FROM (s.settled_minor, s.money_stage)
"""
# Only one run of a merchant projects at a time, so nobody else can have added the same payment.
_ADD = """
INSERT INTO payment_stage (payment_id, merchant_id, settled_minor, money_stage)
SELECT s.payment_id, %(merchant)s, s.settled_minor, s.money_stage FROM stage_now s
WHERE (s.settled_minor, s.money_stage) IS DISTINCT FROM (0, 'taken')
    AND NOT EXISTS (SELECT FROM payment_stage kept WHERE kept.payment_id = s.payment_id)
ORDER BY s.payment_id
"""


def project_stages() -> int:
    """Write stage and settled amount of every payment whose own are out of date, in the caller's transaction, and return how many there were. The caller holds the reconciliation lock."""
    parameters = {"merchant": current_merchant_id()}
    db.plan_for_many_rows()
    db.temporary_table("stage_now", _NOW, parameters)
    db.execute("ANALYZE stage_now")
    return db.execute(_MOVE) + db.execute(_ADD, parameters)
