"""
What matching leaves over, named: each difference by kind, amount and reference.

`amount_minor` is signed from the merchant's view, negative is money missing. A difference keeps its row by `dedup_key`, so a second run finds the same one; one
that later data explains is cleared, and comes back if the data turns again. Runs in the transaction of `matching.match_lines`, on its temporary tables.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from merchant.core import db
from merchant.core.tenancy import current_merchant_id
from payments.reconciliation.matching import (
    conversions,
    dispute_rows,
    fee_rows,
    override_rows,
    payout_watch,
    split_fees,
    suggestions,
)

# Columns every statement below fills, in this order.
COLUMNS = """
    kind, dedup_key, reference, amount_minor, currency, expected_minor, found_minor, cause, gateway_account_id, operation_id, settlement_line_id,
    statement_line_id, payout_id, business_date
"""
CURRENT = """
(kind text, dedup_key text, reference text, amount_minor bigint, currency text, expected_minor bigint, found_minor bigint, cause text,
    gateway_account_id uuid, operation_id uuid, settlement_line_id uuid, statement_line_id uuid, payout_id uuid, business_date date)
"""
# A sale that a report books more than a week after its day was held back; an account that settles slower says so (`late_after_days`).
LATE_AFTER_DAYS = 7
# One reading of all pairs for whatever may be odd about one.
_ODD = f"""
AS SELECT p.* FROM pair p
WHERE sale_minor <> minor OR sale_currency <> operation_currency OR currency <> sale_currency OR day > business_date + {LATE_AFTER_DAYS}
"""  # noqa: S608
# What was settled is not what was sold: in amount, or in the currency itself.
_UNEQUAL = """
SELECT kind, kind || ':' || line_id, reference, CASE kind WHEN 'amount' THEN sale_minor - minor ELSE sale_minor END, sale_currency, minor, sale_minor,
    CASE WHEN kind = 'currency' THEN 'The report settles in ' || sale_currency || ' what was sold in ' || operation_currency || ' and names no exchange.'
        WHEN sale_minor < minor THEN 'The processor settled less than was agreed.' ELSE 'The processor settled more than was agreed.' END,
    gateway_account_id, operation_id, line_id, NULL::uuid, NULL::uuid, business_date
FROM (
    SELECT CASE WHEN sale_currency = operation_currency THEN 'amount' ELSE 'currency' END AS kind, line_id, reference, sale_minor, sale_currency, minor,
        operation_currency, gateway_account_id, operation_id, business_date
    FROM odd WHERE sale_minor <> minor OR sale_currency <> operation_currency
) unequal
"""
_LATE = f"""
SELECT 'late', 'late:' || line_id, reference, 0, sale_currency, minor, sale_minor,
    'Booked ' || day - business_date || ' days after the sale.', odd.gateway_account_id, operation_id, line_id, NULL::uuid, NULL::uuid, business_date
FROM odd JOIN gateway_account g ON g.id = odd.gateway_account_id
WHERE day > business_date + coalesce((g.config->>'late_after_days')::int, {LATE_AFTER_DAYS}) AND odd.kind <> 'adjustment'
"""  # noqa: S608
_SPLIT = r"""
SELECT 'split', 'split:' || o.id, o.reference, 0, min(g.currency), sum(m.amount_minor)::bigint, sum(m.amount_minor)::bigint,
    'The processor settled this payment in ' || count(*) || ' rows, which together are its amount.', o.gateway_account_id, o.id,
    min(m.settlement_line_id::text)::uuid, NULL::uuid, NULL::uuid, o.business_date
FROM (SELECT DISTINCT group_id, operation_id, currency FROM grouped WHERE rule LIKE '%%\_parts') g JOIN payment_operation o ON o.id = g.operation_id
JOIN recon_match m ON m.group_id = g.group_id AND m.undone_at IS NULL
GROUP BY o.id HAVING count(*) > 1 AND count(DISTINCT m.operation_id) = 1
"""
# What a line that found nothing says of itself: several fit it; it names an operation, or a payment, whose money has its row already; or nobody knows it.
_NOT_OURS = """
WITH doubt AS (
    SELECT line_id, min(rule) AS rule, max(candidates) AS candidates FROM vague GROUP BY 1
), named AS (
    SELECT l.id AS line_id, o.id AS operation_id FROM line_left l JOIN payment_operation o ON o.reference = l.operation_reference AND o.merchant_id = %(merchant)s
    UNION
    SELECT known.line_id, o.id FROM known JOIN line_left l ON l.id = known.line_id JOIN payment_operation o ON o.payment_id = known.payment_id
    WHERE o.kind = 'refund' AND l.kind = 'refund' OR o.kind IN ('authorise', 'capture') AND l.kind = 'sale'
), again AS (
    SELECT named.line_id, min(named.operation_id::text)::uuid AS operation_id,
        min(m.operation_id::text) FILTER (WHERE l.operation_reference <> '' OR m.amount_minor = l.sale_minor AND m.currency = l.sale_currency)::uuid AS matched_id
    FROM named JOIN line_left l ON l.id = named.line_id LEFT JOIN recon_match m ON m.operation_id = named.operation_id AND m.undone_at IS NULL GROUP BY 1
)
SELECT CASE WHEN doubt.line_id IS NOT NULL THEN 'ambiguous' WHEN again.matched_id IS NOT NULL THEN 'duplicate' WHEN l.kind = 'refund' THEN 'refund_not_ours'
        ELSE 'not_ours' END,
    'line:' || l.id, coalesce(nullif(l.operation_reference, ''), nullif(l.processor_reference, ''), l.merchant_reference), l.sale_minor, l.sale_currency,
    NULL::bigint, l.sale_minor,
    CASE WHEN doubt.candidates = 1 THEN 'Several rows fit one payment equally well (' || replace(doubt.rule, '_', ' ') || ').'
        WHEN doubt.line_id IS NOT NULL THEN doubt.candidates || ' payments fit this row equally well (' || replace(doubt.rule, '_', ' ') || ').'
        WHEN again.matched_id IS NOT NULL THEN 'The processor settled this a second time.'
        WHEN again.operation_id IS NOT NULL AND l.kind = 'refund' THEN 'The row gives back money of a payment of ours in a way our books do not have.'
        WHEN again.operation_id IS NOT NULL THEN 'The row names a payment of ours on which no money moved.' ELSE 'No payment of ours fits this row.' END,
    l.gateway_account_id, coalesce(again.matched_id, again.operation_id), l.id, NULL::uuid, NULL::uuid, l.day
FROM line_left l LEFT JOIN doubt ON doubt.line_id = l.id LEFT JOIN again ON again.line_id = l.id
"""
_MISSING = f"""
SELECT CASE WHEN {override_rows.IS_OVERRIDDEN} THEN '{override_rows.CONTRADICTED}' ELSE 'missing_in_report' END, 'missing:' || o.id, o.reference, -o.minor,
    o.currency, o.minor, 0,
    CASE WHEN {override_rows.IS_OVERRIDDEN} THEN '{override_rows.MISSING_CAUSE}' ELSE 'The reports that cover this day do not contain it.' END, o.gateway_account_id, o.id, NULL::uuid, NULL::uuid, NULL::uuid, o.business_date
FROM operation_left o JOIN gateway_account g ON g.id = o.gateway_account_id JOIN merchant_merchant m ON m.id = g.merchant_id
JOIN (SELECT gateway_account_id, max(covers_until) AS until FROM seen_report GROUP BY 1) covered
    ON covered.gateway_account_id = o.gateway_account_id
WHERE greatest(o.business_date, (o.landed_at AT TIME ZONE m.zone)::date)
    + coalesce((g.config->>'report_lag_days')::int, CASE WHEN g.gateway = 'sandbox' THEN {dispute_rows.SANDBOX_LAG_DAYS} ELSE {dispute_rows.REPORT_LAG_DAYS} END) <= covered.until
    AND NOT EXISTS (SELECT FROM payment_operation b WHERE b.parent_id = o.id AND b.kind = 'take_back')
    AND NOT EXISTS (SELECT FROM vague v WHERE v.operation_id = o.id)
    AND (o.kind <> 'adjustment' OR EXISTS (SELECT FROM payment_operation b JOIN recon_match t ON t.operation_id = b.parent_id AND t.undone_at IS NULL
        WHERE b.id = o.id))
"""  # noqa: S608
_UNCLASSIFIED = """
SELECT 'unclassified', 'unclassified:' || l.id, coalesce(nullif(l.operation_reference, ''), nullif(l.processor_reference, ''), l.line_key), l.gross_minor,
    l.currency, NULL::bigint, l.gross_minor, 'A row of type "' || l.type_text || '", whose amount waits in suspense.',
    l.gateway_account_id, NULL::uuid, l.id, NULL::uuid, NULL::uuid, coalesce(l.booked_on, r.covers_until, (r.posted_at AT TIME ZONE 'UTC')::date)
FROM settlement_line l JOIN settlement_report r ON r.id = l.report_id
WHERE l.merchant_id = %(merchant)s AND r.status = 'posted' AND l.kind IN ('other', 'adjustment', 'transfer') AND l.gross_minor <> 0
    AND NOT EXISTS (SELECT FROM recon_match t WHERE t.id = l.id)
"""
# These are what is open today; differences of a match (amount, currency, fee) stay as long as the match.
_FROM_LINES = ("not_ours", "refund_not_ours", "duplicate", "missing_in_report", "unclassified", *override_rows.KINDS)

_KEEP = f"""
WITH kept AS (
INSERT INTO recon_exception (id, merchant_id, {COLUMNS}, status, resolution, found_at)
SELECT new_uuid7(), %(merchant)s, kind, dedup_key, left(reference, 80), amount_minor, currency, expected_minor, found_minor, cause, gateway_account_id,
    operation_id, settlement_line_id, statement_line_id, payout_id, coalesce(business_date, %(today)s), 'open', '', %(now)s
FROM current_difference c
-- What stands as it did is left alone: a conflict would lock it until the pass ends, each of tens of thousands.
WHERE NOT EXISTS (SELECT FROM recon_exception e WHERE e.merchant_id = %(merchant)s AND e.dedup_key = c.dedup_key AND e.status <> 'cleared'
    AND (e.kind, e.amount_minor, e.currency) = (c.kind, c.amount_minor, c.currency))
ORDER BY kind, dedup_key
ON CONFLICT (merchant_id, dedup_key) DO UPDATE SET kind = excluded.kind, amount_minor = excluded.amount_minor, currency = excluded.currency,
    expected_minor = excluded.expected_minor, found_minor = excluded.found_minor, cause = excluded.cause, status = 'open', resolution = '', resolved_at = NULL,
    snoozed_until = NULL, found_at = excluded.found_at
WHERE recon_exception.status = 'cleared'
    OR (recon_exception.kind, recon_exception.amount_minor, recon_exception.currency) IS DISTINCT FROM (excluded.kind, excluded.amount_minor, excluded.currency)
RETURNING kind, payout_id, reference, amount_minor, currency
)
SELECT count(*), coalesce(jsonb_agg(to_jsonb(kept) ORDER BY payout_id) FILTER (WHERE payout_id IS NOT NULL), '[]') FROM kept
"""  # noqa: S608
_CLEAR = """
UPDATE recon_exception e SET status = 'cleared', resolution = 'Explained by later data.', resolved_at = %(now)s
WHERE e.merchant_id = %(merchant)s AND e.status = 'open' AND (e.kind = ANY(%(kinds)s) OR e.kind = 'ambiguous' AND e.dedup_key LIKE %(ambiguous)s)
    AND NOT EXISTS (SELECT FROM current_difference c WHERE c.dedup_key = e.dedup_key)
"""


def name_line_differences(*, today: date, now: datetime) -> int:
    """Name every difference between settlement lines and operations in the caller's transaction, and return how many rows of exceptions changed."""
    begin()
    parameters = {"merchant": current_merchant_id(), "today": today}
    of_others = (*dispute_rows.DIFFERENCES, *override_rows.DIFFERENCES)
    db.temporary_table("odd", _ODD)
    conversions.name_conversions()
    for statement in (
        _UNEQUAL,
        _LATE,
        _SPLIT,
        *fee_rows.differences(),
        *_of_parts(parameters),
        _NOT_OURS,
        _MISSING,
        payout_watch.OVERDUE,
        _UNCLASSIFIED,
        *of_others,
    ):
        db.execute(f"INSERT INTO current_difference {statement}", parameters)
    completed = db.execute(_COMPLETED, {**parameters, "now": now})
    changed = completed + keep_current(kinds=list(_FROM_LINES), ambiguous="line:%", today=today, now=now)
    suggestions.suggest_operations()
    return changed


def _of_parts(parameters: dict[str, Any]) -> list[str]:
    """Return the statement that names the fees of payments settled in parts, none where this run has none or no contract says anything."""
    db.temporary_table("parted", split_fees.OF_RUN, parameters)
    if not db.rows("SELECT FROM parted LIMIT 1") or not fee_rows.has_contract():
        return []
    return [split_fees.differences()]


# What came short and was completed by a later row is a split now, and its fee is judged with those of the other parts.
_COMPLETED = """
UPDATE recon_exception e SET status = 'cleared', resolution = 'Explained by later data.', resolved_at = %(now)s
FROM grouped g JOIN recon_match m ON m.group_id = g.group_id
WHERE g.is_known AND e.merchant_id = %(merchant)s AND e.dedup_key IN ('amount:' || m.settlement_line_id, 'fee:' || m.settlement_line_id) AND e.status = 'open'
    AND NOT EXISTS (SELECT FROM current_difference c WHERE c.dedup_key = e.dedup_key)
"""


def begin() -> None:
    """Make the empty table of what is to be named in this transaction."""
    db.temporary_table("current_difference", CURRENT)


def keep_current(*, kinds: list[str], ambiguous: str, today: date, now: datetime) -> int:
    """Store what `current_difference` holds, clear open exceptions of `kinds` that it no longer holds, and return how many rows changed."""
    parameters: dict[str, Any] = {
        "merchant": current_merchant_id(),
        "today": today,
        "now": now,
        "kinds": kinds,
        "ambiguous": ambiguous,
    }
    db.execute("ANALYZE current_difference")
    [(kept, of_payouts)] = db.rows(_KEEP, parameters)
    payout_watch.raise_alarms(db.json_value(of_payouts))
    return int(kept) + db.execute(_CLEAR, parameters)
