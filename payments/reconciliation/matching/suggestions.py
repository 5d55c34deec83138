"""
What may belong to an exception although no rule binds it: candidates with a score and what speaks for them. A person chooses; nothing is ever matched by this.

The score adds up what agrees, per mille. Only the few that need it are looked at: beyond `ROWS_MAX` open rows something larger is wrong than a suggestion mends.
"""

from __future__ import annotations

from merchant.core import db
from merchant.core.tenancy import current_merchant_id

ROWS_MAX = 2000
SHOWN_MAX = 3
# Below this too little speaks for it.
_SCORE_MIN = 300

_PLAIN = "upper(regexp_replace({0}, '[^[:alnum:]]', '', 'g'))"
_OPERATIONS = f"""
SELECT 'line:' || l.id AS dedup_key, s.id, s.reference, s.score, s.why FROM line_left l CROSS JOIN LATERAL (
    SELECT o.id, o.reference, points.score, points.why FROM operation_left o CROSS JOIN LATERAL (
        SELECT sum(agreed.points)::int AS score, array_agg(agreed.why ORDER BY agreed.points DESC, agreed.why) AS why FROM (VALUES
            (400, 'amount', o.minor = l.sale_minor), (250, 'amount_close', o.minor <> l.sale_minor AND abs(o.minor - l.sale_minor) * 100 <= abs(o.minor) * 5),
            (150, 'day', o.business_date = l.day), (80, 'days_close', o.business_date <> l.day AND abs(o.business_date - l.day) <= 7),
            (200, 'auth_code', l.auth_code <> '' AND l.auth_code = o.auth_code), (150, 'last4', l.last4 <> '' AND l.last4 = o.card_last4),
            (50, 'store', l.store <> '' AND l.store = o.store_code),
            (300, 'reference', length(l.operation_reference) >= 6 AND {_PLAIN.format("o.reference")} = {_PLAIN.format("l.operation_reference")}
                OR length(l.merchant_reference) >= 4 AND {_PLAIN.format("o.order_number")} = {_PLAIN.format("l.merchant_reference")})
        ) agreed (points, why, holds) WHERE agreed.holds
    ) points
    WHERE o.gateway_account_id = l.gateway_account_id AND o.kind = l.kind AND o.currency = l.sale_currency AND points.score >= {_SCORE_MIN}
    ORDER BY points.score DESC, abs(o.business_date - l.day), o.reference LIMIT {SHOWN_MAX}
) s
"""  # noqa: S608
_PAYOUTS = f"""
SELECT 'bank:' || l.id AS dedup_key, s.id, s.reference, s.score, s.why FROM open_bank_line l CROSS JOIN LATERAL (
    SELECT p.id, p.reference, points.score, points.why FROM settlement_payout p CROSS JOIN LATERAL (
        SELECT sum(agreed.points)::int AS score, array_agg(agreed.why ORDER BY agreed.points DESC, agreed.why) AS why FROM (VALUES
            (500, 'amount', p.amount_minor - p.arrived_minor = l.amount_minor),
            (300, 'amount_close', p.amount_minor - p.arrived_minor <> l.amount_minor AND abs(p.amount_minor - p.arrived_minor - l.amount_minor) * 100 <= abs(p.amount_minor - p.arrived_minor) * 5),
            (200, 'day', p.expected_on = l.booked_on), (100, 'days_close', p.expected_on <> l.booked_on AND abs(p.expected_on - l.booked_on) <= 7),
            (300, 'reference', length(p.reference) >= 6 AND position({_PLAIN.format("p.reference")} IN {_PLAIN.format("l.text")}) > 0)
        ) agreed (points, why, holds) WHERE agreed.holds
    ) points
    WHERE p.merchant_id = %(merchant)s AND p.status IN ('in_transit', 'short') AND p.currency = l.currency AND points.score >= {_SCORE_MIN}
    ORDER BY points.score DESC, abs(p.expected_on - l.booked_on), p.reference LIMIT {SHOWN_MAX}
) s
"""  # noqa: S608
_KEEP = """
WITH candidate AS ({candidates}), told AS (
    SELECT dedup_key, jsonb_agg(jsonb_build_object('{target}', id, 'reference', reference, 'score', least(score, 1000), 'why', to_jsonb(why))
        ORDER BY score DESC, reference) AS suggestions
    FROM candidate GROUP BY 1
)
UPDATE recon_exception e SET suggestions = coalesce(told.suggestions, '[]')
FROM current_difference c LEFT JOIN told USING (dedup_key)
WHERE e.merchant_id = %(merchant)s AND e.dedup_key = c.dedup_key AND e.status = 'open' AND c.dedup_key LIKE %(about)s
    AND e.suggestions IS DISTINCT FROM coalesce(told.suggestions, '[]')
"""


def suggest_operations() -> int:
    """Note which open operations may belong to each row that found none, on the tables of `matching.match_lines`. Returns how many exceptions have other suggestions now."""
    return _keep(_OPERATIONS, target="operation_id", about="line:%", rows="line_left")


def suggest_payouts() -> int:
    """Note which open payouts may belong to each bank line that found none, on the tables of `banking.match_payouts`. Returns how many exceptions have other suggestions now."""
    return _keep(_PAYOUTS, target="payout_id", about="bank:%", rows="open_bank_line")


def _keep(candidates: str, *, target: str, about: str, rows: str) -> int:
    number = int(db.rows(f"SELECT count(*) FROM (SELECT FROM {rows} LIMIT {ROWS_MAX + 1}) few")[0][0])  # noqa: S608
    if not 0 < number <= ROWS_MAX:
        return 0
    statement = _KEEP.format(candidates=candidates, target=target)
    return db.execute(statement, {"merchant": current_merchant_id(), "about": about})
