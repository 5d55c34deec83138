"""
Report rows about disputes, in reconciliation's words: which dispute each belongs to, and what differs.

Settlement binds each row to the movement it proves when the report is booked (`payments.disputes.settling`); here that becomes a match, and whatever has no partner
an exception: a row that nothing can follow from, a movement that no report brings, another amount, a dispute about a payment that is not ours.
"""

from __future__ import annotations

from datetime import datetime

from merchant.core import db
from merchant.core.tenancy import current_merchant_id

# How long after the sale a processor's report may bring it: the sandbox reports each day at its close, others within two days.
REPORT_LAG_DAYS = 2
SANDBOX_LAG_DAYS = 0
# Processors withdraw a disputed amount up to a day after they tell of it.
_DISPUTE_LAG_DAYS = 1

_MATCH = """
INSERT INTO recon_match (id, merchant_id, rule, settlement_line_id, dispute_id, amount_minor, currency, evidence, matched_at)
SELECT l.id, m.merchant_id, 'dispute_' || m.kind, l.id, m.dispute_id, coalesce(l.original_gross_minor, l.gross_minor),
    CASE WHEN l.original_gross_minor IS NULL THEN l.currency ELSE l.original_currency END,
    jsonb_build_object('movement_id', m.id, 'cycle', m.cycle), %(now)s
FROM dispute_movement m JOIN settlement_line l ON l.id = m.settlement_line_id
WHERE m.merchant_id = %(merchant)s AND NOT EXISTS (SELECT FROM recon_match r WHERE r.id = l.id)
ORDER BY m.id
"""


def match_disputes(*, now: datetime) -> int:
    """Store a match for every report row that proves a movement of a dispute, in the caller's transaction, and return how many are new."""
    return db.execute(_MATCH, {"merchant": current_merchant_id(), "now": now})


_SIGNED = "CASE m.kind WHEN 'withdrawn' THEN -m.amount_minor ELSE m.amount_minor END"
_LINE_MINOR = "coalesce(l.original_gross_minor, l.gross_minor)"
_NAME = "coalesce(nullif(d.external_id, ''), d.payment_reference, d.id::text)"
_AMOUNT = f"""
SELECT 'amount', 'amount:' || l.id, {_NAME}, {_LINE_MINOR} - {_SIGNED}, m.currency, {_SIGNED}, {_LINE_MINOR},
    'The report moves another amount than the dispute is about.', l.gateway_account_id, NULL::uuid, l.id, NULL::uuid, NULL::uuid, m.business_date
FROM dispute_movement m JOIN dispute_dispute d ON d.id = m.dispute_id JOIN settlement_line l ON l.id = m.settlement_line_id
WHERE m.merchant_id = %(merchant)s AND {_LINE_MINOR} <> {_SIGNED} AND CASE WHEN l.original_gross_minor IS NULL THEN l.currency ELSE l.original_currency END = m.currency
"""  # noqa: S608
_AGAIN = f"""
SELECT 'duplicate', 'line:' || l.id, coalesce(nullif(l.operation_reference, ''), nullif(l.processor_reference, ''), l.line_key), {_LINE_MINOR}, l.currency,
    NULL::bigint, {_LINE_MINOR}, 'The processor moved the money of this dispute a second time.', l.gateway_account_id, NULL::uuid, l.id, NULL::uuid, NULL::uuid,
    coalesce(l.booked_on, r.covers_until, (r.posted_at AT TIME ZONE 'UTC')::date)
FROM settlement_line l JOIN settlement_report r ON r.id = l.report_id
WHERE l.merchant_id = %(merchant)s AND r.status = 'posted' AND l.kind IN ('chargeback', 'chargeback_reversal') AND l.gross_minor <> 0
    AND NOT EXISTS (SELECT FROM dispute_movement m WHERE m.settlement_line_id = l.id)
    AND NOT EXISTS (SELECT FROM settlement_change c WHERE l.id IN (c.replaced_id, c.reversal_id))
"""  # noqa: S608
_STRANGER = f"""
SELECT 'not_ours', 'dispute:' || d.id, {_NAME}, -(d.held_minor + d.lost_minor), d.currency, NULL::bigint, -(d.held_minor + d.lost_minor),
    'A dispute about a payment we do not have.', d.gateway_account_id, NULL::uuid, NULL::uuid, NULL::uuid, NULL::uuid, d.business_date
FROM dispute_dispute d WHERE d.merchant_id = %(merchant)s AND d.payment_id IS NULL AND d.held_minor + d.lost_minor > 0
"""  # noqa: S608
_MISSING = f"""
SELECT 'missing_in_report', 'dispute:' || m.id, {_NAME}, -({_SIGNED}), m.currency, {_SIGNED}, 0,
    'The reports that cover this day do not contain this movement of the dispute.', d.gateway_account_id, NULL::uuid, NULL::uuid, NULL::uuid, NULL::uuid,
    m.business_date
FROM dispute_movement m JOIN dispute_dispute d ON d.id = m.dispute_id JOIN gateway_account g ON g.id = d.gateway_account_id
JOIN (SELECT gateway_account_id, max(covers_until) AS until FROM settlement_report WHERE merchant_id = %(merchant)s AND status = 'posted' GROUP BY 1) covered
    ON covered.gateway_account_id = d.gateway_account_id
WHERE m.merchant_id = %(merchant)s AND m.kind IN ('withdrawn', 'returned') AND m.settlement_line_id IS NULL
    AND m.business_date + {_DISPUTE_LAG_DAYS} + coalesce((g.config->>'report_lag_days')::int,
        CASE WHEN g.gateway = 'sandbox' THEN {SANDBOX_LAG_DAYS} ELSE {REPORT_LAG_DAYS} END) <= covered.until
"""  # noqa: S608
DIFFERENCES = (_AMOUNT, _AGAIN, _STRANGER, _MISSING)

CLEARING_ITEMS = f"""
SELECT CASE WHEN l.id IS NULL THEN 'dispute_not_settled' ELSE 'dispute_settled_otherwise' END, {_NAME},
    {_SIGNED} - coalesce({_LINE_MINOR}, 0), m.currency
FROM dispute_movement m JOIN dispute_dispute d ON d.id = m.dispute_id
LEFT JOIN settlement_line l ON l.id = m.settlement_line_id AND CASE WHEN l.original_gross_minor IS NULL THEN l.currency ELSE l.original_currency END = m.currency
WHERE m.merchant_id = %(merchant)s AND d.gateway_account_id = %(account)s AND m.kind IN ('withdrawn', 'returned') AND {_SIGNED} <> coalesce({_LINE_MINOR}, 0)
UNION ALL
SELECT 'dispute_row_alone', coalesce(nullif(l.operation_reference, ''), l.processor_reference), -{_LINE_MINOR},
    CASE WHEN l.original_gross_minor IS NULL THEN l.currency ELSE l.original_currency END
FROM settlement_line l JOIN settlement_report r ON r.id = l.report_id
LEFT JOIN dispute_movement m ON m.settlement_line_id = l.id
WHERE l.merchant_id = %(merchant)s AND l.gateway_account_id = %(account)s AND r.status = 'posted' AND l.kind IN ('chargeback', 'chargeback_reversal')
    AND l.gross_minor <> 0 AND (m.id IS NULL OR m.currency <> CASE WHEN l.original_gross_minor IS NULL THEN l.currency ELSE l.original_currency END)
"""  # noqa: S608
