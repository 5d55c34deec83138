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
from payments.reconciliation import dispute_rows, override_rows

# Columns every statement below fills, in this order.
COLUMNS = """
    kind, dedup_key, reference, amount_minor, currency, expected_minor, found_minor, cause, gateway_account_id, operation_id, settlement_line_id,
    statement_line_id, payout_id, business_date
"""
CURRENT = """
(kind text, dedup_key text, reference text, amount_minor bigint, currency text, expected_minor bigint, found_minor bigint, cause text,
    gateway_account_id uuid, operation_id uuid, settlement_line_id uuid, statement_line_id uuid, payout_id uuid, business_date date)
"""
# What was settled is not what was sold: in amount, or in the currency itself.
_UNEQUAL = """
SELECT kind, kind || ':' || line_id, reference, CASE kind WHEN 'amount' THEN sale_minor - minor ELSE sale_minor END, sale_currency, minor, sale_minor,
    CASE WHEN kind = 'currency' THEN 'The report settles in ' || sale_currency || ' what was sold in ' || operation_currency || ' and names no exchange.'
        WHEN sale_minor < minor THEN 'The processor settled less than was agreed.' ELSE 'The processor settled more than was agreed.' END,
    gateway_account_id, operation_id, line_id, NULL::uuid, NULL::uuid, business_date
FROM (
    SELECT CASE WHEN sale_currency = operation_currency THEN 'amount' ELSE 'currency' END AS kind, line_id, reference, sale_minor, sale_currency, minor,
        operation_currency, gateway_account_id, operation_id, business_date
    FROM pair WHERE sale_minor <> minor OR sale_currency <> operation_currency
) unequal
"""
# The contract speaks of what was sold; only where that was in another currency the settled gross is what the fee was taken from.
_FEE = """
WITH contract AS (
    SELECT c.*, lead(valid_from) OVER (PARTITION BY gateway_account_id ORDER BY valid_from) AS valid_until FROM fee_contract c WHERE merchant_id = %(merchant)s
), fee AS (
    SELECT p.*, CASE WHEN p.kind = 'refund' THEN c.refund_fixed_minor
        ELSE (CASE WHEN p.currency = p.operation_currency THEN p.minor ELSE p.gross_minor END * c.basis_points + 5000) / 10000 + c.fixed_minor END AS expected
    FROM pair p JOIN contract c ON c.gateway_account_id = p.gateway_account_id AND p.business_date >= c.valid_from
        AND (c.valid_until IS NULL OR p.business_date < c.valid_until) AND p.kind <> 'adjustment'
)
SELECT 'fee', 'fee:' || line_id, reference, expected - fee_minor, currency, expected, fee_minor,
    CASE WHEN fee_minor > expected THEN 'The fee is higher than the contract says.' ELSE 'The fee is lower than the contract says.' END,
    gateway_account_id, operation_id, line_id, NULL::uuid, NULL::uuid, business_date
FROM fee WHERE fee_minor <> expected
"""
_NOT_OURS = """
SELECT CASE WHEN vague.line_id IS NOT NULL THEN 'ambiguous' WHEN known.id IS NOT NULL AND known.is_matched THEN 'duplicate' WHEN l.kind = 'refund' THEN 'refund_not_ours'
        ELSE 'not_ours' END,
    'line:' || l.id, coalesce(nullif(l.operation_reference, ''), nullif(l.processor_reference, ''), l.merchant_reference), l.sale_minor, l.sale_currency,
    NULL::bigint, l.sale_minor,
    CASE WHEN vague.line_id IS NOT NULL THEN vague.candidates || ' payments fit this row equally well (' || replace(vague.rule, '_', ' ') || ').'
        WHEN known.id IS NOT NULL AND known.is_matched THEN 'The processor settled this a second time.'
        WHEN known.id IS NOT NULL THEN 'The row names a payment of ours on which no money moved.' ELSE 'No payment of ours fits this row.' END,
    l.gateway_account_id, known.id, l.id, NULL::uuid, NULL::uuid, l.day
FROM line_left l LEFT JOIN vague ON vague.line_id = l.id
LEFT JOIN LATERAL (
    SELECT o.id, EXISTS (SELECT FROM recon_match m WHERE m.operation_id = o.id AND m.undone_at IS NULL) AS is_matched
    FROM payment_operation o WHERE o.reference = l.operation_reference AND o.merchant_id = %(merchant)s
) known ON true
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
INSERT INTO recon_exception (id, merchant_id, {COLUMNS}, status, resolution, found_at)
SELECT new_uuid7(), %(merchant)s, kind, dedup_key, left(reference, 80), amount_minor, currency, expected_minor, found_minor, cause, gateway_account_id,
    operation_id, settlement_line_id, statement_line_id, payout_id, coalesce(business_date, %(today)s), 'open', '', %(now)s
FROM current_difference ORDER BY kind, dedup_key
ON CONFLICT (merchant_id, dedup_key) DO UPDATE SET kind = excluded.kind, amount_minor = excluded.amount_minor, currency = excluded.currency,
    expected_minor = excluded.expected_minor, found_minor = excluded.found_minor, cause = excluded.cause, status = 'open', resolution = '', resolved_at = NULL,
    found_at = excluded.found_at
WHERE recon_exception.status = 'cleared'
    OR (recon_exception.kind, recon_exception.amount_minor, recon_exception.currency) IS DISTINCT FROM (excluded.kind, excluded.amount_minor, excluded.currency)
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
    for statement in (_UNEQUAL, _FEE, _NOT_OURS, _MISSING, _UNCLASSIFIED, *of_others):
        db.execute(f"INSERT INTO current_difference {statement}", parameters)
    return keep_current(kinds=list(_FROM_LINES), ambiguous="line:%", today=today, now=now)


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
    kept = db.execute(_KEEP, parameters)
    return kept + db.execute(_CLEAR, parameters)
