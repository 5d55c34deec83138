"""
Sums on the bank: one line that brings several payouts of an account, and a payout that comes in several lines. Only exact sums, and only where there is one way.

Works on the temporary tables of `banking.match_payouts`. The parts of a line share a group, which the database adds up.
"""

from __future__ import annotations

from merchant.core import db

# A month of daily payouts in one line.
PAYOUTS_MAX = 31
# A line that waits for more than a long weekend's payouts is no habit of any processor's.
SPAN_DAYS = 7
LINES_MAX = 20

_NAMED = f"""
WITH c AS ({{candidates}}), whole AS (
    SELECT c.line_id, new_uuid7() AS group_id FROM c JOIN open_bank_line l ON l.id = c.line_id JOIN open_payout p ON p.id = c.payout_id
    GROUP BY c.line_id, l.amount_minor HAVING count(*) BETWEEN 2 AND {PAYOUTS_MAX} AND max(c.per_payout) = 1 AND sum(p.minor) = l.amount_minor
)
INSERT INTO bank_pair (payout_id, line_id, rule, minor, group_id, part)
SELECT c.payout_id, c.line_id, %(rule)s, p.minor, w.group_id, row_number() OVER (PARTITION BY c.line_id ORDER BY p.reference, p.id) - 1
FROM c JOIN whole w USING (line_id) JOIN open_payout p ON p.id = c.payout_id
"""  # noqa: S608
# Payouts in the order of their days: a line may be any run of them, if it is the only run with that sum and the sum of no other line.
_SPANS = f"""
WITH ordered AS (
    SELECT *, row_number() OVER w AS number, sum(minor) OVER w AS total FROM open_payout
    WINDOW w AS (PARTITION BY gateway_account_id, currency ORDER BY expected_on, announced_on, reference, id ROWS UNBOUNDED PRECEDING)
), span AS (
    SELECT a.gateway_account_id, a.currency, a.number AS first, b.number AS last, b.total - a.total + a.minor AS minor,
        greatest(a.announced_on, b.announced_on) AS from_day, b.expected_on + %(window)s AS until_day
    FROM ordered a JOIN ordered b ON b.gateway_account_id = a.gateway_account_id AND b.currency = a.currency
        AND b.number > a.number AND b.number < a.number + {PAYOUTS_MAX} AND b.expected_on <= a.expected_on + {SPAN_DAYS}
), c AS (
    SELECT l.id AS line_id, s.*, count(*) OVER (PARTITION BY l.id) AS per_line, count(*) OVER (PARTITION BY s.gateway_account_id, s.currency, s.first, s.last) AS per_span
    FROM open_bank_line l JOIN span s ON s.currency = l.currency AND s.minor = l.amount_minor AND l.booked_on BETWEEN s.from_day AND s.until_day
), part AS (
    SELECT c.line_id, o.id AS payout_id, o.minor, c.per_line, c.per_span, count(*) OVER (PARTITION BY o.id) AS per_payout, o.number
    FROM c JOIN ordered o ON o.gateway_account_id = c.gateway_account_id AND o.currency = c.currency AND o.number BETWEEN c.first AND c.last
), whole AS (
    SELECT line_id, new_uuid7() AS group_id FROM part GROUP BY line_id HAVING max(per_line) = 1 AND max(per_span) = 1 AND max(per_payout) = 1
        AND NOT bool_or(EXISTS (SELECT FROM bank_barred b WHERE b.line_id = part.line_id AND b.payout_id = part.payout_id))
), bound AS (
    INSERT INTO bank_pair (payout_id, line_id, rule, minor, group_id, part)
    SELECT payout_id, line_id, 'payouts_of_days', minor, group_id, row_number() OVER (PARTITION BY line_id ORDER BY number) - 1 FROM part JOIN whole USING (line_id)
)
INSERT INTO bank_vague SELECT line_id, payout_id, 'payouts_of_days', 2 FROM part WHERE line_id NOT IN (SELECT line_id FROM whole)
"""  # noqa: S608
# All that one payer sent to one account on a day. A payout may have several matches, so these need no group.
_DAYS = f"""
WITH day AS (
    SELECT bank_account_id, currency, booked_on, counterparty, sum(amount_minor) AS minor FROM open_bank_line
    WHERE id NOT IN (SELECT line_id FROM bank_vague) GROUP BY 1, 2, 3, 4 HAVING count(*) BETWEEN 2 AND {LINES_MAX} AND min(sign(amount_minor)) = max(sign(amount_minor))
), c AS (
    SELECT p.id AS payout_id, day.*, count(*) OVER (PARTITION BY p.id) AS per_payout,
        count(*) OVER (PARTITION BY day.bank_account_id, day.currency, day.booked_on, day.counterparty) AS per_day
    FROM day JOIN open_payout p ON p.currency = day.currency AND p.minor = day.minor AND day.booked_on BETWEEN p.announced_on AND p.expected_on + %(window)s
)
INSERT INTO bank_pair (payout_id, line_id, rule, minor)
SELECT c.payout_id, l.id, 'lines_of_a_day', l.amount_minor FROM c
JOIN open_bank_line l ON (l.bank_account_id, l.currency, l.booked_on, l.counterparty) = (c.bank_account_id, c.currency, c.booked_on, c.counterparty)
WHERE c.per_payout = 1 AND c.per_day = 1
    AND NOT EXISTS (SELECT FROM bank_barred b WHERE b.payout_id = c.payout_id)
"""  # noqa: S608
_FORGET = [
    "DELETE FROM open_bank_line l USING bank_pair b WHERE l.id = b.line_id",
    "DELETE FROM open_payout p USING bank_pair b WHERE p.id = b.payout_id",
]


def match_named_sums(candidates: str, *, rule: str) -> None:
    """Bind lines that name several payouts and are their sum."""
    if db.execute(_NAMED.format(candidates=candidates), {"rule": rule}):
        forget_matched()


def match_sums(*, window_days: int) -> None:
    """Bind lines that are the sum of payouts that follow each other, then payouts that are the sum of one payer's lines of a day."""
    db.execute(_SPANS, {"window": window_days})
    forget_matched()
    db.execute(_DAYS, {"window": window_days})
    forget_matched()


def forget_matched() -> None:
    """Take what is bound out of the search."""
    for statement in _FORGET:
        db.execute(statement)
