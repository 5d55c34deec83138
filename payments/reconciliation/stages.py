"""
Where the money of each payment is: taken, settled, paid out, reconciled.

A payment is as far as the slowest of its captures and refunds: *settled* when a report has each of them, *paid_out* when a payout carries each, *reconciled* when
the bank has received each of those payouts in full. `settled_minor` is what reports say was settled for it, refunds taken off.

A payment with one operation, which one payout carries, is told from its match alone, and later from its payout alone. All others are marked, by leaving them
without a payout, and told from all their operations in every run until they are reconciled. The caller holds the reconciliation lock.
"""

from __future__ import annotations

from merchant.core import db
from merchant.core.tenancy import current_merchant_id
from payments.reconciliation.matching import EXPECTED

# Every line `l` of a payout carries its reference or, where the format has none, its batch, which several payouts may share.
_CARRIED = """
LEFT JOIN settlement_payout named ON named.merchant_id = %(merchant)s AND named.gateway_account_id = l.gateway_account_id AND named.currency = l.currency
    AND named.reference = l.payout_reference AND l.payout_reference <> ''
LEFT JOIN (
    SELECT gateway_account_id, currency, batch, bool_and(status = 'in_bank') AS is_in_bank, CASE WHEN count(*) = 1 THEN (array_agg(id))[1] END AS payout_id
    FROM settlement_payout WHERE merchant_id = %(merchant)s AND batch <> '' GROUP BY 1, 2, 3
) shared ON shared.gateway_account_id = l.gateway_account_id AND shared.currency = l.currency AND shared.batch = CASE WHEN l.payout_reference = '' THEN l.batch END
"""
_IS_CARRIED = "(named.id IS NOT NULL OR shared.batch IS NOT NULL)"
_IS_IN_BANK = "coalesce(named.status = 'in_bank', shared.is_in_bank)"
_PAYOUT = "coalesce(named.id, shared.payout_id)"
# Payments that have more than one match of this run, or were matched by a weaker rule, after those were counted; that had some before; or that miss some.
_MIXED = """
AS SELECT payment_id FROM several UNION SELECT payment_id FROM pair WHERE rule <> 'operation_reference'
UNION SELECT payment_id FROM pair JOIN payment_stage USING (payment_id) UNION SELECT payment_id FROM operation_left
"""
_TELL = f"""
INSERT INTO payment_stage (payment_id, merchant_id, settled_minor, money_stage, payout_id)
SELECT l.payment_id, %(merchant)s, l.sale_minor, CASE WHEN NOT {_IS_CARRIED} THEN 'settled' WHEN {_IS_IN_BANK} THEN 'reconciled' ELSE 'paid_out' END, {_PAYOUT}
FROM pair l {_CARRIED} WHERE NOT EXISTS (SELECT FROM mixed WHERE mixed.payment_id = l.payment_id)
ORDER BY l.payment_id
"""  # noqa: S608
_MARK_MIXED = """
INSERT INTO payment_stage (payment_id, merchant_id, settled_minor, money_stage)
SELECT DISTINCT payment_id, %(merchant)s::uuid, 0, 'taken' FROM pair JOIN mixed USING (payment_id)
ON CONFLICT (payment_id) DO UPDATE SET money_stage = 'taken', payout_id = NULL
"""
_MARK_LEFT = """
UPDATE payment_stage s SET money_stage = 'taken', payout_id = NULL FROM operation_left o
WHERE o.payment_id = s.payment_id AND (s.money_stage <> 'taken' OR s.payout_id IS NOT NULL)
"""
_ARRIVED = """
UPDATE payment_stage s SET money_stage = CASE WHEN p.status = 'in_bank' THEN 'reconciled' ELSE 'paid_out' END
FROM settlement_payout p
WHERE p.id IN (SELECT payout_id FROM bank_pair) AND s.merchant_id = %(merchant)s AND s.payout_id = p.id
    AND s.money_stage <> CASE WHEN p.status = 'in_bank' THEN 'reconciled' ELSE 'paid_out' END
"""
_MARKED = f"""
AS SELECT o.payment_id, coalesce(sum(m.amount_minor), 0)::bigint AS settled_minor,
    CASE WHEN NOT bool_and(m.id IS NOT NULL) THEN 'taken' WHEN NOT bool_and({_IS_CARRIED}) THEN 'settled' WHEN bool_and({_IS_IN_BANK}) THEN 'reconciled'
        ELSE 'paid_out' END AS money_stage,
    CASE WHEN bool_and({_PAYOUT} IS NOT NULL) AND count(DISTINCT {_PAYOUT}) = 1 THEN (array_agg({_PAYOUT}))[1] END AS payout_id
FROM payment_stage s JOIN payment_operation o ON o.payment_id = s.payment_id
JOIN payment_payment p ON p.id = o.payment_id JOIN gateway_account g ON g.id = p.gateway_account_id
LEFT JOIN recon_match m ON m.operation_id = o.id AND m.undone_at IS NULL
LEFT JOIN settlement_line l ON l.id = m.settlement_line_id
{_CARRIED}
WHERE s.merchant_id = %(merchant)s AND s.payout_id IS NULL AND s.money_stage <> 'reconciled' AND {EXPECTED}
    AND (m.id IS NOT NULL OR o.kind <> 'take_back' AND NOT EXISTS (SELECT FROM payment_operation b WHERE b.parent_id = o.id AND b.kind = 'take_back'))
GROUP BY o.payment_id
"""  # noqa: S608
_MOVE = """
UPDATE payment_stage s SET settled_minor = n.settled_minor, money_stage = n.money_stage, payout_id = n.payout_id
FROM stage_now n
WHERE n.payment_id = s.payment_id AND (s.settled_minor, s.money_stage, s.payout_id) IS DISTINCT FROM (n.settled_minor, n.money_stage, n.payout_id)
"""


def project_matched() -> int:
    """Write the stage of payments that were matched, or have something new to be matched, in the transaction and on the tables of `matching.match_lines`; return how many."""
    db.temporary_table("mixed", _MIXED)
    db.execute("ANALYZE mixed")
    parameters = {"merchant": current_merchant_id()}
    return sum(db.execute(statement, parameters) for statement in (_TELL, _MARK_MIXED)) + db.execute(_MARK_LEFT)


def project_arrived() -> int:
    """Write the stage of payments whose payout reached the bank, in the transaction and on the tables of `banking.match_payouts`; return how many."""
    return db.execute(_ARRIVED, {"merchant": current_merchant_id()})


def project_marked() -> int:
    """Write the stage of payments that take all their operations to tell, in the caller's transaction; return how many moved."""
    db.plan_for_many_rows()
    db.temporary_table("stage_now", _MARKED, {"merchant": current_merchant_id()})
    db.execute("ANALYZE stage_now")
    return db.execute(_MOVE)
