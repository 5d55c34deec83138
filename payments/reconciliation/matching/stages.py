"""
Matches are stored, and with them where the money of each payment is: taken, settled, paid out, reconciled.

A payment is as far as the slowest of its captures and refunds: *settled* when a report has each of them, *paid_out* when a payout carries each, *reconciled* when
the bank has received each of those payouts in full, *short* when it has received them but less than was announced: the difference is then shared among the
payments of the payout, cent by cent (`missing_minor`), and the rest of each is in the bank. `settled_minor` is what reports say was settled for it, refunds taken off.
What a report settled less than was agreed (`unsettled_minor`) is in no bank however far the rest is: it stays with the processor until a report settles it, or
somebody has decided about it otherwise than by claiming it.

Where one line settles all there is of a payment and one payout carries it, the match names that payout and nothing else is written: the stage is derived from both
(`CarriedStage`). All other payments, those of a payout that came short too, have a `Stage` row, told from all their operations in every run until they are
reconciled. The caller holds the reconciliation lock.
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
    SELECT gateway_account_id, currency, batch, bool_and(status = 'in_bank') AS is_in_bank, bool_and(status IN ('in_bank', 'short')) AS has_arrived,
        sum(greatest(amount_minor - arrived_minor, 0)) FILTER (WHERE status = 'short') AS missing_minor, min(id::text)::uuid AS first_id,
        CASE WHEN count(*) = 1 THEN (array_agg(id))[1] END AS payout_id
    FROM settlement_payout WHERE merchant_id = %(merchant)s AND batch <> '' GROUP BY 1, 2, 3
) shared ON shared.gateway_account_id = l.gateway_account_id AND shared.currency = l.currency AND shared.batch = CASE WHEN l.payout_reference = '' THEN l.batch END
"""
# The payout that alone brings `l`.
CARRIED_BY = "coalesce(named.id, shared.payout_id)"
_IS_CARRIED = "(named.id IS NOT NULL OR shared.batch IS NOT NULL)"
_IS_IN_BANK = "coalesce(named.status = 'in_bank', shared.is_in_bank)"
_HAS_ARRIVED = "coalesce(named.status IN ('in_bank', 'short'), shared.has_arrived)"
# Payments that have more than one row in this run, have a stage or a match already, miss some, were settled short or stand in a payout that came
# short; and those that were matched by a weaker rule, after the first were counted.
_MIXED = """
AS SELECT payment_id FROM several
UNION SELECT payment_id FROM pair JOIN payment_stage USING (payment_id)
UNION SELECT pair.payment_id FROM recon_match m JOIN payment_operation o ON o.id = m.operation_id JOIN pair ON pair.payment_id = o.payment_id
    WHERE m.merchant_id = %(merchant)s AND m.undone_at IS NULL
UNION SELECT payment_id FROM operation_left UNION SELECT payment_id FROM grouped
UNION SELECT payment_id FROM pair WHERE sale_minor < minor AND sale_currency = operation_currency
UNION SELECT pair.payment_id FROM pair JOIN settlement_payout p ON p.id = pair.carried_by_id WHERE p.status = 'short'
"""
_MATCHED_BY_WEAKER = "UNION SELECT payment_id FROM pair WHERE rule <> 'operation_reference'"
_TOLD = """
marked AS (
    INSERT INTO payment_stage (payment_id, merchant_id, settled_minor, money_stage)
    SELECT DISTINCT o.payment_id, o.merchant_id, 0, 'taken' FROM stored JOIN payment_operation o ON o.id = stored.operation_id WHERE stored.carried_by_id IS NULL
    ON CONFLICT (payment_id) DO UPDATE SET money_stage = 'taken', missing_minor = 0
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
ON CONFLICT (payment_id) DO UPDATE SET money_stage = 'taken', missing_minor = 0
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
ON CONFLICT (payment_id) DO UPDATE SET money_stage = 'taken', missing_minor = 0 WHERE payment_stage.money_stage <> 'taken'
"""
_NOW = f"""
AS SELECT o.payment_id, coalesce(sum(m.amount_minor), 0)::bigint AS settled_minor,
    CASE WHEN NOT bool_and(m.id IS NOT NULL) THEN 'taken' WHEN NOT bool_and({_IS_CARRIED}) THEN 'settled' WHEN bool_and({_IS_IN_BANK}) THEN 'reconciled'
        WHEN bool_and({_HAS_ARRIVED}) THEN 'short' ELSE 'paid_out' END AS money_stage
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
UPDATE payment_stage s SET settled_minor = n.settled_minor, money_stage = n.money_stage, missing_minor = CASE WHEN n.money_stage = 'short' THEN s.missing_minor ELSE 0 END
FROM stage_now n WHERE n.payment_id = s.payment_id AND (s.settled_minor, s.money_stage) IS DISTINCT FROM (n.settled_minor, n.money_stage)
"""
# What is missing of a payout is shared among its payments by what each brought, so that the shares come to the difference: each has what the sum up to it is due,
# less what the sum before it was. Of a line that is the sum of several payments each brought its part. A payment whose payout lacks more than payments brought (a reserve, a correction) lacks all of itself and no more.
_SHARES = f"""
AS WITH brought AS (
    SELECT o.payment_id, coalesce(named.id, shared.first_id) AS payout_id, max(CASE WHEN named.id IS NULL THEN shared.missing_minor
            WHEN named.status = 'short' THEN greatest(named.amount_minor - named.arrived_minor, 0) END) AS missing,
        greatest(sum(l.gross_minor::numeric * m.amount_minor / nullif(coalesce(l.original_gross_minor, l.gross_minor), 0)), 0) AS weight,
        greatest(sum(m.amount_minor), 0)::numeric AS of_sale
    FROM payment_stage s JOIN payment_operation o ON o.payment_id = s.payment_id
    JOIN recon_match m ON m.operation_id = o.id AND m.undone_at IS NULL JOIN settlement_line l ON l.id = m.settlement_line_id
    {CARRIED}
    WHERE s.merchant_id = %(merchant)s AND s.money_stage = 'short' GROUP BY 1, 2
), summed AS (
    SELECT *, sum(weight) OVER (PARTITION BY payout_id) AS whole, sum(weight) OVER (PARTITION BY payout_id ORDER BY payment_id) AS so_far
    FROM brought WHERE missing > 0 AND weight > 0
), shared_out AS (
    SELECT *, div(so_far * least(missing, whole), whole) - div((so_far - weight) * least(missing, whole), whole) AS share FROM summed
)
SELECT payment_id, sum(CASE WHEN of_sale = weight THEN share ELSE round(share * of_sale / weight) END)::bigint AS missing_minor FROM shared_out GROUP BY 1
"""  # noqa: S608
_SHARE = """
UPDATE payment_stage s SET missing_minor = coalesce(n.missing_minor, 0)
FROM payment_stage was LEFT JOIN share_now n ON n.payment_id = was.payment_id
WHERE was.merchant_id = %(merchant)s AND was.money_stage = 'short' AND s.payment_id = was.payment_id AND s.missing_minor <> coalesce(n.missing_minor, 0)
"""
# What is open of what reports settled short: less what was decided, but for claims, which the processor still owes until reports have settled the rest.
_UNSETTLED = """
WITH owed AS (
    SELECT o.payment_id, -sum(CASE e.status WHEN 'open' THEN e.amount_minor - decided.booked_minor ELSE decided.claimed_minor END) AS minor,
        max(e.expected_minor) - coalesce((SELECT sum(m.amount_minor) FROM recon_match m WHERE m.operation_id = o.id AND m.undone_at IS NULL), 0) AS gap_minor
    FROM recon_exception e JOIN payment_operation o ON o.id = e.operation_id
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(d.amount_minor) FILTER (WHERE d.way <> 'claim'), 0) AS booked_minor, coalesce(sum(d.amount_minor) FILTER (WHERE d.way = 'claim'), 0) AS claimed_minor
        FROM recon_decision d WHERE d.deviation_id = e.id AND d.undone_at IS NULL AND d.journal_id IS NOT NULL AND d.currency = e.currency
    ) decided
    WHERE e.merchant_id = %(merchant)s AND e.kind = 'amount' AND e.settlement_line_id IS NOT NULL
        AND (e.status = 'open' OR e.status = 'resolved' AND e.id IN (SELECT deviation_id FROM recon_decision WHERE merchant_id = %(merchant)s AND way = 'claim' AND undone_at IS NULL))
        {of_operation}
    GROUP BY o.id
), short_settled AS (
    SELECT payment_id, greatest(sum(least(minor, gap_minor)), 0)::bigint AS minor FROM owed GROUP BY 1
)
UPDATE payment_stage s SET unsettled_minor = coalesce(n.minor, 0)
FROM payment_stage was LEFT JOIN short_settled n ON n.payment_id = was.payment_id
WHERE was.merchant_id = %(merchant)s AND s.payment_id = was.payment_id AND s.unsettled_minor <> coalesce(n.minor, 0)
    AND (n.payment_id IS NOT NULL OR was.unsettled_minor > 0) {of_stage}
"""
# All operations of the payments of some.
_BESIDE = "SELECT payment_id, id FROM payment_operation WHERE payment_id IN (SELECT payment_id FROM payment_operation WHERE id = ANY(%s))"
_SHORT_NOW = "SELECT EXISTS (SELECT FROM payment_stage WHERE merchant_id = %(merchant)s AND money_stage = 'short')"


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
    """
    Write how far the payments are that take all their operations to tell, and what short ones lack, of their payout or of what was agreed, in the caller's
    transaction; return how many moved.

    A repeat moves nothing.
    """
    db.plan_for_many_rows()
    parameters = {"merchant": current_merchant_id()}
    db.temporary_table("stage_now", _NOW, parameters)
    db.execute("ANALYZE stage_now")
    moved = db.execute(_MOVE)
    [(is_any_short,)] = db.rows(_SHORT_NOW, parameters)
    if is_any_short:
        db.temporary_table("share_now", _SHARES, parameters)
        db.execute(_SHARE, parameters)
    tell_unsettled()
    return moved


def tell_unsettled(operation_ids: Sequence[UUID] | None = None) -> None:
    """
    Write what the processor still owes of payments that were settled short, in the caller's transaction: of all, or of those of some operations.

    Somebody decided about it, or took that back, or a run has named it. A repeat writes nothing.
    """
    parameters: dict[str, Any] = {"merchant": current_merchant_id()}
    narrow = {"of_operation": "", "of_stage": ""}
    if operation_ids is not None:
        known = db.rows(_BESIDE, [list(operation_ids)])
        parameters["payments"] = list({payment_id for payment_id, _operation_id in known})
        parameters["operations"] = [operation_id for _payment_id, operation_id in known]
        narrow = {
            "of_operation": "AND e.operation_id = ANY(%(operations)s)",
            "of_stage": "AND was.payment_id = ANY(%(payments)s)",
        }
    db.execute(_UNSETTLED.format(**narrow), parameters)


# What one row settles of a payment follows from its payout (`CarriedStage`) no longer, or not as it was told.
_MARK_CARRIED = """
INSERT INTO payment_stage (payment_id, merchant_id, settled_minor, money_stage)
SELECT o.payment_id, p.merchant_id, sum(m.amount_minor), 'paid_out'
FROM settlement_payout p JOIN settlement_line l ON l.merchant_id = p.merchant_id AND l.gateway_account_id = p.gateway_account_id AND l.currency = p.currency
    AND (l.payout_reference = p.reference AND p.reference <> '' OR l.payout_reference = '' AND p.batch <> '' AND l.batch = p.batch)
JOIN recon_match m ON m.settlement_line_id = l.id AND m.undone_at IS NULL JOIN payment_operation o ON o.id = m.operation_id
WHERE p.merchant_id = %(merchant)s AND p.id = ANY(%(payouts)s) GROUP BY 1, 2
ON CONFLICT (payment_id) DO UPDATE SET money_stage = 'paid_out', missing_minor = 0 WHERE payment_stage.money_stage <> 'taken'
"""


def mark_payouts(payout_ids: Sequence[UUID]) -> int:
    """
    Have the payments of payouts that came short, or are in the bank no longer, told one by one from now on, in the caller's transaction; return how many.

    `tell_stages` tells them.
    """
    if not payout_ids:
        return 0
    return db.execute(_MARK_CARRIED, {"payouts": list(payout_ids), "merchant": current_merchant_id()})


def tell_payouts(payout_ids: Sequence[UUID]) -> None:
    """Write how far the payments of these payouts are after a bank line of theirs was matched or undone by hand, in the caller's transaction."""
    if mark_payouts(payout_ids):
        tell_stages()


_MARK = """
INSERT INTO payment_stage (payment_id, merchant_id, settled_minor, money_stage)
SELECT DISTINCT payment_id, merchant_id, 0, 'taken' FROM payment_operation WHERE id = ANY(%(operations)s) AND merchant_id = %(merchant)s
ON CONFLICT (payment_id) DO UPDATE SET money_stage = 'taken', missing_minor = 0
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
