"""Disputes: what stands on the disputed account is what is at stake, every movement is booked once, and nobody was paid back twice on our word."""

from __future__ import annotations

from reports.verify.look import ROWS_MAX, Findings, Look, missing

_DISPUTES = "SELECT count(*) FROM dispute_dispute WHERE merchant_id = %(merchant)s"
_STANDS = """
WITH stake AS (
    SELECT gateway_account_id::text AS subject, currency, sum(held_minor) AS held, sum(lost_minor) AS lost FROM dispute_dispute WHERE merchant_id = %(merchant)s GROUP BY 1, 2
), booked AS (
    SELECT a.subject, a.currency, coalesce(sum(p.amount_minor) FILTER (WHERE a.kind = 'disputed'), 0) AS held,
        coalesce(sum(p.amount_minor) FILTER (WHERE a.kind = 'dispute_losses'), 0) AS lost
    FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id
    WHERE a.merchant_id = %(merchant)s AND a.kind IN ('disputed', 'dispute_losses') GROUP BY 1, 2
)
SELECT coalesce(s.subject, b.subject) AS gateway_account, coalesce(s.currency, b.currency) AS currency, coalesce(s.held, 0)::bigint AS at_stake_minor,
    coalesce(b.held, 0)::bigint AS disputed_account_minor, coalesce(s.lost, 0)::bigint AS lost_minor, coalesce(b.lost, 0)::bigint AS losses_account_minor
FROM stake s FULL JOIN booked b ON b.subject = s.subject AND b.currency = s.currency
WHERE coalesce(s.held, 0) <> coalesce(b.held, 0) OR coalesce(s.lost, 0) <> coalesce(b.lost, 0)
"""
_OPEN = f"""
SELECT coalesce(nullif(external_id, ''), id::text) AS dispute, status, phase, held_minor, currency, due_at FROM dispute_dispute
WHERE merchant_id = %(merchant)s AND held_minor > 0 ORDER BY due_at, id LIMIT {ROWS_MAX}
"""  # noqa: S608


def disputed_is_open_disputes(look: Look) -> Findings:
    """The disputed account of each gateway account is what is at stake in its open disputes, and its losses are what was lost."""
    return Findings(look.count(_DISPUTES), look.rows(f"{_STANDS} LIMIT {ROWS_MAX}"), look.rows(_OPEN))


_MOVEMENTS = "SELECT count(*) FROM dispute_movement WHERE merchant_id = %(merchant)s"
# Each movement has one journal of its own recipe for its own amount; a decided dispute has nothing at stake, an inquiry never moved anything.
_MOVED_OFF = """
WITH moved AS (
    SELECT m.*, CASE m.kind WHEN 'withdrawn' THEN 'dispute_opened' WHEN 'returned' THEN 'dispute_won' WHEN 'lost' THEN 'dispute_lost' ELSE 'dispute_recovered' END AS recipe,
        'dispute:' || m.dispute_id || ':' || m.cycle AS source
    FROM dispute_movement m WHERE m.merchant_id = %(merchant)s
), booked AS (
    SELECT j.recipe, j.source, sum(p.amount_minor) FILTER (WHERE p.amount_minor > 0) AS minor
    FROM ledger_journal j JOIN ledger_posting p ON p.journal_id = j.id WHERE j.merchant_id = %(merchant)s AND j.recipe LIKE 'dispute\\_%%' GROUP BY 1, 2
)
SELECT coalesce(m.source, b.source) AS movement, coalesce(m.recipe, b.recipe) AS recipe, m.amount_minor AS moved_minor, b.minor::bigint AS booked_minor
FROM moved m FULL JOIN booked b ON b.recipe = m.recipe AND b.source = m.source WHERE m.amount_minor IS DISTINCT FROM b.minor::bigint
UNION ALL
SELECT 'dispute:' || d.id, d.status, d.held_minor, coalesce(s.held, 0)::bigint FROM dispute_dispute d LEFT JOIN (
    SELECT dispute_id, sum(CASE WHEN kind IN ('withdrawn', 'recovered') THEN amount_minor ELSE -amount_minor END) AS held,
        sum(CASE kind WHEN 'lost' THEN amount_minor WHEN 'recovered' THEN -amount_minor ELSE 0 END) AS lost
    FROM dispute_movement WHERE merchant_id = %(merchant)s GROUP BY 1
) s ON s.dispute_id = d.id
WHERE d.merchant_id = %(merchant)s AND (d.held_minor <> coalesce(s.held, 0) OR d.lost_minor <> coalesce(s.lost, 0)
    OR d.status IN ('won', 'lost', 'accepted') AND d.held_minor <> 0 OR d.phase = 'inquiry' AND s.dispute_id IS NOT NULL)
"""


def disputes_follow_movements(look: Look) -> Findings:
    """Every movement of a dispute is booked once for its amount, and what a dispute says is at stake or lost is the sum of them."""
    return missing(look, _MOVEMENTS, _MOVED_OFF)


_PAYMENTS_OFF = """
WITH sums AS (
    SELECT payment_id, sum(held_minor + lost_minor) AS minor FROM dispute_dispute WHERE merchant_id = %(merchant)s AND payment_id IS NOT NULL GROUP BY 1
)
SELECT p.id AS payment, p.disputed_minor, coalesce(s.minor, 0)::bigint AS of_disputes_minor, p.refunding_minor, p.refunded_minor, p.captured_minor
FROM payment_payment p LEFT JOIN sums s ON s.payment_id = p.id
WHERE p.merchant_id = %(merchant)s AND p.disputed_minor <> coalesce(s.minor, 0)
"""
# Late facts: no rule of ours is broken, but somebody is paid back twice unless the dispute is answered.
_TWICE = f"""
SELECT p.id AS payment, p.captured_minor, p.refunded_minor, p.disputed_minor, p.refunded_minor + p.disputed_minor - p.captured_minor AS twice_minor, p.currency
FROM payment_payment p WHERE p.merchant_id = %(merchant)s AND p.disputed_minor > 0 AND p.refunded_minor + p.disputed_minor > p.captured_minor
ORDER BY p.id LIMIT {ROWS_MAX}
"""  # noqa: S608


def payments_follow_disputes(look: Look) -> Findings:
    """What a payment says is disputed is the sum of its disputes; where money was refunded as well, it is listed."""
    counted = look.count(f"{_DISPUTES} AND payment_id IS NOT NULL")
    return Findings(counted, look.rows(f"{_PAYMENTS_OFF} LIMIT {ROWS_MAX}"), look.rows(_TWICE))


_LINES = """
SELECT count(*) FROM settlement_line l JOIN settlement_report r ON r.id = l.report_id
WHERE l.merchant_id = %(merchant)s AND r.status = 'posted' AND l.kind IN ('chargeback', 'chargeback_reversal')
"""
_LINES_OFF = """
SELECT r.name AS report, l.line, l.kind, l.operation_reference, l.currency, l.gross_minor
FROM settlement_line l JOIN settlement_report r ON r.id = l.report_id
WHERE l.merchant_id = %(merchant)s AND r.status = 'posted' AND l.kind IN ('chargeback', 'chargeback_reversal') AND l.gross_minor <> 0
  AND NOT EXISTS (SELECT FROM dispute_movement m WHERE m.settlement_line_id = l.id)
  AND NOT EXISTS (SELECT FROM settlement_change c WHERE l.id IN (c.replaced_id, c.reversal_id))
  AND NOT EXISTS (SELECT FROM recon_exception e WHERE e.settlement_line_id = l.id)
  AND NOT EXISTS (SELECT FROM core_job k WHERE k.merchant_id = l.merchant_id AND k.kind LIKE 'reconciliation.%%' AND k.status IN ('queued', 'running'))
  AND EXISTS (
    SELECT FROM core_job k JOIN core_job i ON i.id = r.job_id
    WHERE k.merchant_id = l.merchant_id AND k.kind = 'reconciliation.run' AND k.status = 'done' AND k.finished_at > i.finished_at)
"""


def rows_prove_movements(look: Look) -> Findings:
    """Every row of a posted report about a dispute proves one of its movements or is an exception, once reconciliation has run."""
    return missing(look, _LINES, _LINES_OFF)
