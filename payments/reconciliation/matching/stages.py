"""
Matches are stored, and with them where the money of each payment is: taken, settled, paid out, reconciled.

A payment is as far as the slowest of its captures and refunds: *settled* when a report has each of them, *paid_out* when a payout carries each, *reconciled* when
the bank has received each of those payouts in full. `settled_minor` is what reports say was settled for it, refunds taken off.

Where one line settles all there is of a payment and one payout carries it, the match names that payout and nothing else is written: the stage is derived from both
(`CarriedStage`). All other payments have a `Stage` row, told from all their operations in every run until they are reconciled. The caller holds the
reconciliation lock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from merchant.core import db
from merchant.core.tenancy import current_merchant_id
from payments.reconciliation.matching.expected import EXPECTED
from payments.reconciliation.models import Match
from payments.settlement.models import ReportFile, SettlementLine

# Every line `l` of a payout carries its reference or, where the format has none, its batch, which several payouts may share.
CARRIED = """
LEFT JOIN settlement_payout named ON named.merchant_id = %(merchant)s AND named.gateway_account_id = l.gateway_account_id AND named.currency = l.currency
    AND named.reference = l.payout_reference AND l.payout_reference <> ''
LEFT JOIN (
    SELECT gateway_account_id, currency, batch, bool_and(status = 'in_bank') AS is_in_bank, CASE WHEN count(*) = 1 THEN (array_agg(id))[1] END AS payout_id
    FROM settlement_payout WHERE merchant_id = %(merchant)s AND batch <> '' GROUP BY 1, 2, 3
) shared ON shared.gateway_account_id = l.gateway_account_id AND shared.currency = l.currency AND shared.batch = CASE WHEN l.payout_reference = '' THEN l.batch END
"""
# The payout that alone brings `l`.
CARRIED_BY = "coalesce(named.id, shared.payout_id)"
_IS_CARRIED = "(named.id IS NOT NULL OR shared.batch IS NOT NULL)"
_IS_IN_BANK = "coalesce(named.status = 'in_bank', shared.is_in_bank)"
# Payments that have more than one row in this run, have a stage or a match already, or miss some; and those that were matched by a weaker rule, after the first
# were counted.
_MIXED = """
AS SELECT payment_id FROM several
UNION SELECT payment_id FROM pair JOIN payment_stage USING (payment_id)
UNION SELECT pair.payment_id FROM recon_match m JOIN payment_operation o ON o.id = m.operation_id JOIN pair ON pair.payment_id = o.payment_id
    WHERE m.merchant_id = %(merchant)s AND m.undone_at IS NULL
UNION SELECT payment_id FROM operation_left UNION SELECT payment_id FROM grouped
"""
_MATCHED_BY_WEAKER = "UNION SELECT payment_id FROM pair WHERE rule <> 'operation_reference'"
_TOLD = """
marked AS (
    INSERT INTO payment_stage (payment_id, merchant_id, settled_minor, money_stage)
    SELECT DISTINCT o.payment_id, o.merchant_id, 0, 'taken' FROM stored JOIN payment_operation o ON o.id = stored.operation_id WHERE stored.carried_by_id IS NULL
    ON CONFLICT (payment_id) DO UPDATE SET money_stage = 'taken'
)
"""
_STORE = """
INSERT INTO recon_match (id, merchant_id, rule, settlement_line_id, operation_id, carried_by_id, amount_minor, currency, evidence, matched_at)
SELECT p.line_id, %(merchant)s, p.rule, p.line_id, p.operation_id, CASE WHEN mixed.payment_id IS NULL THEN p.carried_by_id END, p.sale_minor, p.sale_currency,
    '{}', %(now)s
FROM pair p LEFT JOIN mixed ON mixed.payment_id = p.payment_id
"""
# Which of them name no payout is asked of the pairs again: a million rows given back by the INSERT cost more than a second join.
_MARK_PAIRS = """
INSERT INTO payment_stage (payment_id, merchant_id, settled_minor, money_stage)
SELECT DISTINCT p.payment_id, %(merchant)s::uuid, 0, 'taken' FROM pair p LEFT JOIN mixed ON mixed.payment_id = p.payment_id
WHERE p.carried_by_id IS NULL OR mixed.payment_id IS NOT NULL
ON CONFLICT (payment_id) DO UPDATE SET money_stage = 'taken'
"""
# The first row of a line in a group has the line's id, as any live match has.
_STORE_GROUPS = f"""
WITH stored AS (
    INSERT INTO recon_match (id, merchant_id, rule, settlement_line_id, operation_id, group_id, part, amount_minor, currency, evidence, matched_at, score)
    SELECT CASE WHEN row_number() OVER (PARTITION BY line_id ORDER BY operation_id) = 1 THEN line_id ELSE new_uuid7() END, %(merchant)s, rule, line_id, operation_id,
        group_id, part, minor, currency, jsonb_build_object('parts', count(*) OVER (PARTITION BY group_id)), %(now)s, (%(scores)s::jsonb->>rule)::int
    FROM grouped ORDER BY group_id, part, operation_id
    RETURNING settlement_line_id, operation_id, carried_by_id
), {_TOLD}
SELECT count(DISTINCT settlement_line_id) FROM stored
"""  # noqa: S608
# What a weaker rule went by, so that a person can judge it: a line that names our operation needs no more.
_TELL_WHY = """
UPDATE recon_match m SET score = (%(scores)s::jsonb->>p.rule)::int, evidence = jsonb_strip_nulls(jsonb_build_object(
    'processor_reference', nullif(l.processor_reference, ''), 'merchant_reference', nullif(l.merchant_reference, ''), 'store', nullif(l.store, ''),
    'auth_code', nullif(l.auth_code, ''), 'last4', nullif(l.last4, ''), 'day', p.day, 'business_date', p.business_date, 'amount_minor', p.minor))
FROM pair p JOIN settlement_line l ON l.id = p.line_id WHERE p.rule <> 'operation_reference' AND m.id = p.line_id
"""
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
{CARRIED}
WHERE s.merchant_id = %(merchant)s AND s.money_stage <> 'reconciled' AND {EXPECTED}
    AND (m.id IS NOT NULL OR o.kind <> 'take_back' AND NOT EXISTS (SELECT FROM payment_operation b WHERE b.parent_id = o.id AND b.kind = 'take_back'))
GROUP BY o.payment_id
"""  # noqa: S608
_MOVE = """
UPDATE payment_stage s SET settled_minor = n.settled_minor, money_stage = n.money_stage
FROM stage_now n WHERE n.payment_id = s.payment_id AND (s.settled_minor, s.money_stage) IS DISTINCT FROM (n.settled_minor, n.money_stage)
"""


def store_matches(*, scores: Mapping[str, int], is_weaker_used: bool, now: datetime) -> int:
    """
    Store what `matching.match_lines` paired and grouped, in its transaction and on its tables, and mark the payments it takes more to tell of.

    `scores` says how sure each rule is, per mille; `is_weaker_used` whether any but the first found something. Returns how many lines are matched.
    """
    parameters: dict[str, Any] = {"merchant": current_merchant_id(), "now": now, "scores": db.json_text(dict(scores))}
    db.temporary_table("mixed", _MIXED + _MATCHED_BY_WEAKER if is_weaker_used else _MIXED, parameters)
    db.execute("ANALYZE mixed")
    stored = db.execute(_STORE, parameters)
    db.execute(_MARK_PAIRS, parameters)
    [(grouped,)] = db.rows(_STORE_GROUPS, parameters)
    db.execute(_MARK_LEFT, parameters)
    return stored + int(grouped)


def tell_why(*, scores: Mapping[str, int]) -> None:
    """Note with each match of a weaker rule how sure it is and what it went by, in the transaction and on the tables of `matching.match_lines`."""
    db.execute(_TELL_WHY, {"scores": db.json_text(dict(scores))})


def tell_stages() -> int:
    """Write how far the payments are that take all their operations to tell, in the caller's transaction; return how many moved."""
    db.plan_for_many_rows()
    db.temporary_table("stage_now", _NOW, {"merchant": current_merchant_id()})
    db.execute("ANALYZE stage_now")
    return db.execute(_MOVE)


_MARK = """
INSERT INTO payment_stage (payment_id, merchant_id, settled_minor, money_stage)
SELECT DISTINCT payment_id, merchant_id, 0, 'taken' FROM payment_operation WHERE id = ANY(%(operations)s) AND merchant_id = %(merchant)s
ON CONFLICT (payment_id) DO UPDATE SET money_stage = 'taken'
"""


def tell_anew(operation_ids: Sequence[UUID]) -> None:
    """Write how far the payments of these operations are after a match of theirs was made or undone by hand, in the caller's transaction."""
    if db.execute(_MARK, {"operations": list(operation_ids), "merchant": current_merchant_id()}):
        tell_stages()


def open_lines(matches: Sequence[Match]) -> None:
    """Have the next run look at the reports of these rows again, and tell at once where the money of their payments is."""
    lines = [match.settlement_line_id for match in matches if match.settlement_line_id]
    reports = SettlementLine.objects.filter(id__in=lines).values("report_id")
    ReportFile.objects.filter(id__in=reports).update(lines_open=None)
    tell_anew([match.operation_id for match in matches if match.operation_id])


def lock() -> None:
    """Wait for the merchant's reconciliation lock; it ends with the transaction."""
    db.rows("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"reconciliation:{current_merchant_id()}"])
