"""
Bank statements that should follow each other and do not: where one ends with another balance than the next begins with, something between them was never sent.

A file that grew, or overlaps another, is no gap: of statements that begin on one day the longest counts, and only those that begin where the ones before end, or
later, are compared.
"""

from __future__ import annotations

# In the columns of `differences.COLUMNS`. The amount is what moved in the days nobody has sent.
GAPS = """
WITH said AS (
    SELECT DISTINCT ON (f.bank_account_id, s.currency, s.from_day) f.bank_account_id, s.currency, s.from_day, s.to_day, s.opening, s.closing
    FROM bank_statement_file f CROSS JOIN LATERAL (
        SELECT value->>'currency' AS currency, (value->>'from')::date AS from_day, (value->>'to')::date AS to_day, (value->>'opening_minor')::bigint AS opening,
            (value->>'closing_minor')::bigint AS closing
        FROM jsonb_array_elements(f.summary->'statements')
    ) s
    WHERE f.merchant_id = %(merchant)s AND f.status IN ('balanced', 'unproven') AND s.from_day IS NOT NULL AND s.to_day IS NOT NULL AND s.opening IS NOT NULL
        AND s.closing IS NOT NULL
    ORDER BY f.bank_account_id, s.currency, s.from_day, s.to_day DESC, f.id DESC
), followed AS (
    SELECT *, lag(to_day) OVER w AS before_day, lag(closing) OVER w AS before_closing, max(to_day) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS known_until
    FROM said WINDOW w AS (PARTITION BY bank_account_id, currency ORDER BY from_day)
)
SELECT 'statement_gap', 'gap:' || bank_account_id || ':' || followed.currency || ':' || from_day, before_day || '..' || from_day, opening - before_closing, followed.currency,
    before_closing, opening, 'The statements of ' || b.name || ' end on ' || before_day || ' with another balance than the next one begins with: one between them is missing.',
    NULL::uuid, NULL::uuid, NULL::uuid, NULL::uuid, NULL::uuid, from_day
FROM followed JOIN bank_account b ON b.id = bank_account_id
WHERE opening <> before_closing AND from_day >= known_until AND before_day = known_until
"""
