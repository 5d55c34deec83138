"""
Matches are stored, and with them where the money of each payment is: taken, settled, paid out, reconciled.

A payment is as far as the slowest of its captures and refunds: *settled* when a report has each of them, *paid_out* when a payout carries each, *reconciled* when
the bank has received each of those payouts in full. `settled_minor` is what reports say was settled for it, refunds taken off.

Where one line settles all there is of a payment and one payout carries it, the match names that payout and nothing else is written: the stage is derived from both
(`CarriedStage`). All other payments have a `Stage` row, told from all their operations in every run until they are reconciled. The caller holds the
reconciliation lock.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from merchant.core import db
from merchant.core.tenancy import current_merchant_id
from payments.reconciliation.expected import EXPECTED

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
# Payments that have more than one row in this run, were matched by a weaker rule, after those were counted, have a stage or a match already, or miss some.
_MIXED = """
AS SELECT payment_id FROM several UNION SELECT payment_id FROM pair WHERE rule <> 'operation_reference'
UNION SELECT payment_id FROM pair JOIN payment_stage USING (payment_id)
UNION SELECT pair.payment_id FROM recon_match m JOIN payment_operation o ON o.id = m.operation_id JOIN pair ON pair.payment_id = o.payment_id
    WHERE m.merchant_id = %(merchant)s AND m.undone_at IS NULL
UNION SELECT payment_id FROM operation_left
"""
_STORE = f"""
WITH stored AS (
    INSERT INTO recon_match (id, merchant_id, rule, settlement_line_id, operation_id, carried_by_id, amount_minor, currency, evidence, matched_at)
    SELECT l.line_id, %(merchant)s, l.rule, l.line_id, l.operation_id, CASE WHEN mixed.payment_id IS NULL THEN coalesce(named.id, shared.payout_id) END,
        l.sale_minor, l.sale_currency, '{{}}', %(now)s
    FROM pair l LEFT JOIN mixed ON mixed.payment_id = l.payment_id {_CARRIED}
    RETURNING operation_id, carried_by_id
), marked AS (
    INSERT INTO payment_stage (payment_id, merchant_id, settled_minor, money_stage)
    SELECT DISTINCT o.payment_id, o.merchant_id, 0, 'taken' FROM stored JOIN payment_operation o ON o.id = stored.operation_id WHERE stored.carried_by_id IS NULL
    ON CONFLICT (payment_id) DO UPDATE SET money_stage = 'taken'
)
SELECT count(*) FROM stored
"""  # noqa: S608
# Something new of these payments waits for its line: what was told or derived of them no longer holds.
_MARK_LEFT = """
INSERT INTO payment_stage (payment_id, merchant_id, settled_minor, money_stage)
SELECT DISTINCT left_.payment_id, %(merchant)s::uuid, 0, 'taken' FROM operation_left left_
WHERE EXISTS (SELECT FROM payment_operation o JOIN recon_match m ON m.operation_id = o.id WHERE o.payment_id = left_.payment_id AND m.undone_at IS NULL)
ON CONFLICT (payment_id) DO UPDATE SET money_stage = 'taken' WHERE payment_stage.money_stage <> 'taken'
"""
_NOW = f"""
AS SELECT o.payment_id, coalesce(sum(m.amount_minor), 0)::bigint AS settled_minor,
    CASE WHEN NOT bool_and(m.id IS NOT NULL) THEN 'taken' WHEN NOT bool_and({_IS_CARRIED}) THEN 'settled' WHEN bool_and({_IS_IN_BANK}) THEN 'reconciled'
        ELSE 'paid_out' END AS money_stage
FROM payment_stage s JOIN payment_operation o ON o.payment_id = s.payment_id
JOIN gateway_account g ON g.id = o.gateway_account_id
LEFT JOIN recon_match m ON m.operation_id = o.id AND m.undone_at IS NULL
LEFT JOIN settlement_line l ON l.id = m.settlement_line_id
{_CARRIED}
WHERE s.merchant_id = %(merchant)s AND s.money_stage <> 'reconciled' AND {EXPECTED}
    AND (m.id IS NOT NULL OR o.kind <> 'take_back' AND NOT EXISTS (SELECT FROM payment_operation b WHERE b.parent_id = o.id AND b.kind = 'take_back'))
GROUP BY o.payment_id
"""  # noqa: S608
_MOVE = """
UPDATE payment_stage s SET settled_minor = n.settled_minor, money_stage = n.money_stage
FROM stage_now n WHERE n.payment_id = s.payment_id AND (s.settled_minor, s.money_stage) IS DISTINCT FROM (n.settled_minor, n.money_stage)
"""


def store_matches(*, now: datetime) -> int:
    """Store what `matching.match_lines` paired, in its transaction and on its tables, mark the payments it takes more to tell of, and return how many matches."""
    parameters: dict[str, Any] = {"merchant": current_merchant_id(), "now": now}
    db.temporary_table("mixed", _MIXED, parameters)
    db.execute("ANALYZE mixed")
    [(stored,)] = db.rows(_STORE, parameters)
    db.execute(_MARK_LEFT, parameters)
    return int(stored)


def tell_stages() -> int:
    """Write how far the payments are that take all their operations to tell, in the caller's transaction; return how many moved."""
    db.plan_for_many_rows()
    db.temporary_table("stage_now", _NOW, {"merchant": current_merchant_id()})
    db.execute("ANALYZE stage_now")
    return db.execute(_MOVE)
