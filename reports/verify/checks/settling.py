"""
Settling: what stands on clearing and in transit is, to the cent, the items that are open.

An operation whose money moved, and a dispute, stands on clearing until a posted report has its line. So clearing is the sum of: what is not settled yet, differences between
operations and the lines they were matched with, lines matched with nothing, batches without (all of) their payout, and journals that somebody made by hand, such as a write-off.
"""

from __future__ import annotations

from merchant.core import db
from reports.verify.look import ROWS_MAX, Findings, Look, made_at, missing

# Facts that move clearing and are explained by operations and report lines; whatever else is booked on it is an item of its own.
_EXPLAINED = "('money_in', 'refund', 'settlement_fee', 'settlement_other', 'settlement_fx', 'payout_announced', 'dispute_opened', 'dispute_won')"
_ITEMS = f"""
WITH any_line AS (
    SELECT l.id, l.kind, l.gateway_account_id, l.operation_reference, l.processor_reference,
        CASE WHEN l.original_gross_minor IS NULL THEN l.currency ELSE l.original_currency END AS currency,
        coalesce(l.original_gross_minor, l.gross_minor) AS minor
    FROM settlement_line l JOIN settlement_report r ON r.id = l.report_id
    WHERE l.merchant_id = %(merchant)s AND r.status = 'posted'
      AND l.kind IN ('sale', 'refund', 'chargeback', 'chargeback_reversal')
), line AS (
    SELECT * FROM any_line WHERE kind IN ('sale', 'refund')
), dispute_line AS (
    SELECT * FROM any_line WHERE kind NOT IN ('sale', 'refund') AND minor <> 0
), disputed AS (
    SELECT m.settlement_line_id, m.currency, coalesce(nullif(d.external_id, ''), d.id::text) AS name, d.gateway_account_id::text AS subject,
        CASE m.kind WHEN 'withdrawn' THEN -m.amount_minor ELSE m.amount_minor END AS minor
    FROM dispute_movement m JOIN dispute_dispute d ON d.id = m.dispute_id WHERE m.merchant_id = %(merchant)s AND m.kind IN ('withdrawn', 'returned')
), operation AS (
    SELECT o.id, o.reference, p.gateway_account_id, p.method, p.currency, CASE WHEN o.kind = 'refund' THEN -o.result_minor ELSE o.result_minor END AS minor
    FROM payment_operation o JOIN payment_payment p ON p.id = o.payment_id
    WHERE o.merchant_id = %(merchant)s AND o.status = 'succeeded' AND p.method NOT IN ('cash', 'gift_card', 'store_credit', 'exchange')
      AND o.instrument->>'bank_account_id' IS NULL AND coalesce(o.instrument->>'to', '') NOT IN ('store_credit', 'exchange')
      AND (o.kind IN ('capture', 'refund') OR o.kind = 'authorise' AND EXISTS (
        SELECT FROM ledger_journal j WHERE j.merchant_id = o.merchant_id AND j.recipe = 'money_in' AND j.source = 'operation:' || o.reference))
), match AS (
    SELECT operation_id, settlement_line_id, amount_minor, group_id FROM recon_match
    WHERE merchant_id = %(merchant)s AND undone_at IS NULL AND settlement_line_id IS NOT NULL AND operation_id IS NOT NULL
), settled AS (
    SELECT m.operation_id, l.currency, sum(CASE WHEN m.group_id IS NULL THEN l.minor ELSE m.amount_minor END) AS minor
    FROM match m JOIN line l ON l.id = m.settlement_line_id GROUP BY 1, 2
), item AS (
    SELECT CASE WHEN s.operation_id IS NULL THEN 'not settled yet' ELSE 'settled with a difference' END AS what, o.reference,
        coalesce(o.gateway_account_id::text, o.method) AS subject, o.currency, o.minor - coalesce(s.minor, 0) AS minor
    FROM operation o LEFT JOIN settled s ON s.operation_id = o.id AND s.currency = o.currency
    UNION ALL
    SELECT 'settled in another currency', o.reference, l.gateway_account_id::text, l.currency, -l.minor
    FROM operation o JOIN match m ON m.operation_id = o.id JOIN line l ON l.id = m.settlement_line_id AND l.currency <> o.currency
    UNION ALL
    SELECT 'line without a payment', coalesce(nullif(l.operation_reference, ''), l.processor_reference), l.gateway_account_id::text, l.currency, -l.minor
    FROM line l WHERE NOT EXISTS (SELECT FROM match m JOIN operation o ON o.id = m.operation_id WHERE m.settlement_line_id = l.id)
    UNION ALL
    SELECT CASE WHEN l.id IS NULL THEN 'dispute not settled yet' ELSE 'dispute settled with a difference' END, m.name, m.subject, m.currency,
        m.minor - coalesce(l.minor, 0)
    FROM disputed m LEFT JOIN dispute_line l ON l.id = m.settlement_line_id AND l.currency = m.currency
    UNION ALL
    SELECT 'dispute settled in another currency', m.name, m.subject, l.currency, -l.minor
    FROM disputed m JOIN dispute_line l ON l.id = m.settlement_line_id AND l.currency <> m.currency
    UNION ALL
    SELECT 'row without a dispute', coalesce(nullif(l.operation_reference, ''), l.processor_reference), l.gateway_account_id::text, l.currency, -l.minor
    FROM dispute_line l WHERE NOT EXISTS (SELECT FROM disputed m WHERE m.settlement_line_id = l.id)
    UNION ALL
    SELECT 'settled and not paid out', coalesce(nullif(max(l.payout_reference), ''), 'batch ' || l.batch), l.gateway_account_id::text, l.currency, sum(l.net_minor)
    FROM settlement_line l JOIN settlement_report r ON r.id = l.report_id WHERE l.merchant_id = %(merchant)s AND r.status = 'posted'
    GROUP BY l.gateway_account_id, l.batch, CASE WHEN l.batch = '' THEN l.payout_reference END, l.currency HAVING sum(l.net_minor) <> 0
    UNION ALL
    SELECT 'booked by ' || j.recipe, j.source, a.subject, p.currency, p.amount_minor
    FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id JOIN ledger_journal j ON j.id = p.journal_id
    WHERE a.merchant_id = %(merchant)s AND a.kind = 'clearing' AND j.recipe NOT IN {_EXPLAINED}
)
"""  # noqa: S608
_CLEARING = """
SELECT a.subject, a.currency, sum(p.amount_minor)::bigint AS minor FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id
WHERE a.merchant_id = %(merchant)s AND a.kind = 'clearing' GROUP BY 1, 2
"""
_CLEARING_OFF = f"""
{_ITEMS}
SELECT coalesce(c.subject, i.subject) AS gateway_account, coalesce(c.currency, i.currency) AS currency, coalesce(c.minor, 0) AS clearing_minor,
    coalesce(i.minor, 0)::bigint AS open_items_minor, (coalesce(c.minor, 0) - coalesce(i.minor, 0))::bigint AS unexplained_minor
FROM ({_CLEARING}) c FULL JOIN (SELECT subject, currency, sum(minor) AS minor FROM item GROUP BY 1, 2) i ON i.subject = c.subject AND i.currency = c.currency
WHERE coalesce(c.minor, 0) <> coalesce(i.minor, 0)
"""  # noqa: S608
_CLEARING_ITEMS = f"""
{_ITEMS}
SELECT subject AS gateway_account, currency, what, count(*) AS items, sum(minor)::bigint AS minor,
    (array_agg(reference ORDER BY abs(minor) DESC, reference))[1:20] AS references
FROM item WHERE minor <> 0 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""  # noqa: S608


def clearing_is_open_items(look: Look) -> Findings:
    """Clearing of each gateway account is exactly what is not settled, settled differently, settled without us, or booked by hand."""
    counted = f"{_ITEMS} SELECT count(*) FROM item WHERE minor <> 0"  # noqa: S608
    # Much may have come in at once, and row by row each line would be looked for among all others.
    with db.joining_whole_tables():
        off = look.rows(f"{_CLEARING_OFF} LIMIT {ROWS_MAX}")
        return Findings(look.count(counted), off, look.rows(_CLEARING_ITEMS))


_REPORTS = "SELECT count(*) FROM settlement_report WHERE merchant_id = %(merchant)s AND status = 'posted'"
# What the lines of a report must do to clearing: sales, refunds and disputes stand there already, everything else comes from the report; converted ones change currency.
_REPORTS_OFF = """
WITH line AS (
    SELECT l.*, l.kind IN ('sale', 'refund', 'chargeback', 'chargeback_reversal') AS is_sale, l.original_gross_minor IS NOT NULL AND l.original_currency NOT IN ('', l.currency) AS is_converted
    FROM settlement_line l JOIN settlement_report r ON r.id = l.report_id WHERE l.merchant_id = %(merchant)s AND r.status = 'posted'
), claimed AS (
    SELECT report_id, currency, sum(minor) AS minor FROM (
        SELECT report_id, currency, net_minor - CASE WHEN is_sale AND NOT is_converted THEN gross_minor ELSE 0 END AS minor FROM line
        UNION ALL SELECT report_id, original_currency, -original_gross_minor FROM line WHERE is_sale AND is_converted
    ) parts GROUP BY 1, 2
), booked AS (
    -- A payout that a later report corrects is booked by that one.
    SELECT coalesce(substring(j.source from '^[0-9a-f-]{36}:([0-9a-f-]{36})$')::uuid, po.report_id, r.id) AS report_id, p.currency, sum(p.amount_minor) AS minor
    FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id JOIN ledger_journal j ON j.id = p.journal_id
    LEFT JOIN settlement_payout po ON j.about = 'payout:' || po.id LEFT JOIN settlement_report r ON j.about = 'report:' || r.id
    WHERE a.merchant_id = %(merchant)s AND a.kind = 'clearing' AND j.recipe IN ('settlement_fee', 'settlement_other', 'settlement_fx', 'payout_announced')
    GROUP BY 1, 2
)
SELECT coalesce(c.report_id, b.report_id) AS report, r.name, coalesce(c.currency, b.currency) AS currency, coalesce(c.minor, 0)::bigint AS of_lines_minor,
    coalesce(b.minor, 0)::bigint AS booked_minor
FROM claimed c FULL JOIN booked b ON b.report_id = c.report_id AND b.currency = c.currency LEFT JOIN settlement_report r ON r.id = coalesce(c.report_id, b.report_id)
WHERE coalesce(c.minor, 0) <> coalesce(b.minor, 0)
"""


def reports_booked(look: Look) -> Findings:
    """Every posted report is booked on clearing for exactly what its lines say, fees and payouts included; no other report is."""
    return missing(look, _REPORTS, _REPORTS_OFF)


_LINES = """
SELECT count(*) FROM settlement_line l JOIN settlement_report r ON r.id = l.report_id
WHERE l.merchant_id = %(merchant)s AND r.status = 'posted' AND l.kind IN ('sale', 'refund')
"""
# While a run is on its way, lines may wait for it.
_LINES_OFF = """
SELECT r.name AS report, l.line, l.kind, l.operation_reference, l.processor_reference, l.currency, l.gross_minor
FROM settlement_line l JOIN settlement_report r ON r.id = l.report_id
WHERE l.merchant_id = %(merchant)s AND r.status = 'posted' AND l.kind IN ('sale', 'refund')
  AND NOT EXISTS (SELECT FROM recon_match m WHERE m.id = l.id)
  AND NOT EXISTS (SELECT FROM recon_exception e WHERE e.settlement_line_id = l.id)
  AND NOT EXISTS (SELECT FROM core_job k WHERE k.merchant_id = l.merchant_id AND k.kind LIKE 'reconciliation.%%' AND k.status IN ('queued', 'running'))
  AND EXISTS (
    SELECT FROM core_job k JOIN core_job i ON i.id = r.job_id
    WHERE k.merchant_id = l.merchant_id AND k.kind = 'reconciliation.run' AND k.status = 'done' AND k.finished_at > i.finished_at)
"""


def lines_accounted_for(look: Look) -> Findings:
    """Every sale and refund of a posted report is matched or is an exception, once reconciliation has run."""
    return missing(look, _LINES, _LINES_OFF)


_SETTLED = "SELECT count(*) FROM recon_match WHERE merchant_id = %(merchant)s AND undone_at IS NULL AND operation_id IS NOT NULL"
_SETTLED_OFF = """
SELECT coalesce(p.payment_id, s.payment_id) AS payment, coalesce(p.settled_minor, 0) AS settled_minor, coalesce(s.minor, 0)::bigint AS of_matches_minor,
    coalesce(p.unsettled_minor, 0) AS unsettled_minor, coalesce(e.minor, 0)::bigint AS of_exceptions_minor, coalesce(p.money_stage, 'taken') AS money_stage
FROM (
    SELECT payment_id, settled_minor, unsettled_minor, money_stage FROM payment_stage WHERE merchant_id = %(merchant)s
    UNION ALL
    SELECT c.payment_id, c.settled_minor, 0, c.money_stage FROM payment_stage_carried c
    WHERE c.merchant_id = %(merchant)s AND NOT EXISTS (SELECT FROM payment_stage s WHERE s.payment_id = c.payment_id)
) p FULL JOIN (
    SELECT o.payment_id, sum(m.amount_minor) AS minor FROM recon_match m JOIN payment_operation o ON o.id = m.operation_id
    WHERE m.merchant_id = %(merchant)s AND m.undone_at IS NULL AND m.settlement_line_id IS NOT NULL GROUP BY 1
) s ON s.payment_id = p.payment_id
LEFT JOIN (
    SELECT w.payment_id, greatest(sum(least(w.minor, w.agreed_minor - coalesce(t.minor, 0))), 0) AS minor FROM (
        SELECT payment_id, id, -sum(minor) AS minor, max(agreed_minor) AS agreed_minor FROM (
        SELECT o.payment_id, o.id, e.amount_minor AS minor, e.expected_minor AS agreed_minor FROM recon_exception e JOIN payment_operation o ON o.id = e.operation_id
        WHERE e.merchant_id = %(merchant)s AND e.kind = 'amount' AND e.settlement_line_id IS NOT NULL AND e.status = 'open'
        UNION ALL
        SELECT o.payment_id, o.id, CASE WHEN d.way = 'claim' AND e.status = 'resolved' THEN d.amount_minor WHEN d.way <> 'claim' AND e.status = 'open' THEN -d.amount_minor ELSE 0 END,
            e.expected_minor
        FROM recon_decision d JOIN recon_exception e ON e.id = d.deviation_id JOIN payment_operation o ON o.id = e.operation_id
        WHERE e.merchant_id = %(merchant)s AND e.kind = 'amount' AND e.settlement_line_id IS NOT NULL AND d.undone_at IS NULL AND d.journal_id IS NOT NULL
            AND d.currency = e.currency
        ) short_settled GROUP BY 1, 2
    ) w LEFT JOIN (
        SELECT operation_id, sum(amount_minor) AS minor FROM recon_match WHERE merchant_id = %(merchant)s AND undone_at IS NULL AND settlement_line_id IS NOT NULL GROUP BY 1
    ) t ON t.operation_id = w.id
    GROUP BY 1
) e ON e.payment_id = coalesce(p.payment_id, s.payment_id)
WHERE (coalesce(p.settled_minor, 0) <> coalesce(s.minor, 0) OR coalesce(p.unsettled_minor, 0) <> coalesce(e.minor, 0))
  AND NOT EXISTS (SELECT FROM core_job k WHERE k.merchant_id = %(merchant)s AND k.kind LIKE 'reconciliation.%%' AND k.status IN ('queued', 'running'))
"""


_USED_UP = "SELECT count(*) FROM recon_match WHERE merchant_id = %(merchant)s AND undone_at IS NULL"
_USED_UP_OFF = """
SELECT 'settlement line' AS what, l.id::text AS id, coalesce(l.original_gross_minor, l.gross_minor) AS minor, sum(m.amount_minor)::bigint AS of_matches_minor, count(*) AS matches
FROM recon_match m JOIN settlement_line l ON l.id = m.settlement_line_id
WHERE m.merchant_id = %(merchant)s AND m.undone_at IS NULL AND m.operation_id IS NOT NULL GROUP BY l.id
HAVING sum(m.amount_minor) <> coalesce(l.original_gross_minor, l.gross_minor)
UNION ALL
SELECT 'bank line', l.id::text, l.amount_minor, sum(m.amount_minor)::bigint, count(*) FROM recon_match m JOIN bank_statement_line l ON l.id = m.statement_line_id
WHERE m.merchant_id = %(merchant)s AND m.undone_at IS NULL GROUP BY l.id HAVING sum(m.amount_minor) <> l.amount_minor
UNION ALL
SELECT 'operation', o.id::text, coalesce(o.result_minor, o.amount_minor), sum(m.amount_minor)::bigint, count(*)
FROM recon_match m JOIN payment_operation o ON o.id = m.operation_id
WHERE m.merchant_id = %(merchant)s AND m.undone_at IS NULL AND m.settlement_line_id IS NOT NULL GROUP BY o.id
HAVING count(*) > 1 AND abs(sum(m.amount_minor)) <> coalesce(o.result_minor, o.amount_minor)
"""


def matches_use_money_once(look: Look) -> Findings:
    """The live matches of a report row or a bank line come to its amount, and several of one payment to the payment's: no unit of money is matched twice."""
    return missing(look, _USED_UP, _USED_UP_OFF)


def payments_follow_matches(look: Look) -> Findings:
    """What a payment says was settled is the sum of its matched lines."""
    return missing(look, _SETTLED, _SETTLED_OFF)


# How far the money of each payment is by the books alone: what moved clearing, whether a report's row settles it, and whether the journals announce the payout of that
# row and bring all of it to the bank. What was booked since the last run, or just before it, is not settled for reconciliation yet: with it the payment may be told as taken.
_STAGES_OFF = f"""
WITH moved AS (
    SELECT o.id, o.payment_id, o.kind, max(j.id::text) AS journal FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id
    JOIN ledger_journal j ON j.id = p.journal_id JOIN payment_operation o ON o.merchant_id = j.merchant_id AND 'operation:' || o.reference = j.source
    JOIN gateway_account g ON g.id = o.gateway_account_id AND g.gateway <> 'manual'
    WHERE a.merchant_id = %(merchant)s AND a.kind = 'clearing' AND j.recipe IN ('money_in', 'refund', 'capture_taken_back', 'refund_taken_back') GROUP BY 1
), transit AS (
    SELECT j.about, sum(p.amount_minor) FILTER (WHERE j.recipe = 'payout_announced') AS announced,
        -coalesce(sum(p.amount_minor) FILTER (WHERE j.recipe IN ('bank_payout_matched', 'reversal_of_bank_payout_matched')), 0) AS arrived
    FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id JOIN ledger_journal j ON j.id = p.journal_id
    WHERE a.merchant_id = %(merchant)s AND a.kind = 'payouts_in_transit' GROUP BY 1
), payout AS (
    SELECT o.gateway_account_id, o.currency, o.reference, o.batch,
        CASE WHEN t.announced > 0 THEN t.arrived >= t.announced WHEN t.announced < 0 THEN t.arrived <= t.announced ELSE t.arrived = 0 END AS is_in_bank, t.arrived <> 0 AS has_arrived
    FROM settlement_payout o JOIN transit t ON t.about = 'payout:' || o.id WHERE o.merchant_id = %(merchant)s AND t.announced IS NOT NULL
), batch AS (
    SELECT gateway_account_id, currency, batch, bool_and(is_in_bank) AS is_in_bank, bool_and(is_in_bank OR has_arrived) AS has_arrived FROM payout WHERE batch <> '' GROUP BY 1, 2, 3
), operation AS (
    SELECT o.payment_id, m.id IS NOT NULL AS is_settled, coalesce(n.is_in_bank, b.is_in_bank) AS is_in_bank,
        coalesce(n.is_in_bank OR n.has_arrived, b.has_arrived) AS has_arrived, m.id IS NULL AND {made_at("o.journal")} > coalesce((
            SELECT max(k.created_at) - %(in_flight)s::interval FROM core_job k
            WHERE k.merchant_id = %(merchant)s AND k.kind = 'reconciliation.run' AND k.status = 'done'), '-infinity') AS is_young
    FROM moved o LEFT JOIN recon_match m ON m.operation_id = o.id AND m.undone_at IS NULL LEFT JOIN settlement_line l ON l.id = m.settlement_line_id
    LEFT JOIN payout n ON n.gateway_account_id = l.gateway_account_id AND n.currency = l.currency AND n.reference = l.payout_reference AND l.payout_reference <> ''
    LEFT JOIN batch b ON b.gateway_account_id = l.gateway_account_id AND b.currency = l.currency AND b.batch = CASE WHEN l.payout_reference = '' THEN l.batch END
    WHERE m.id IS NOT NULL OR o.kind <> 'take_back' AND NOT EXISTS (SELECT FROM payment_operation t WHERE t.parent_id = o.id AND t.kind = 'take_back')
), of_books AS (
    SELECT payment_id, bool_or(is_young) AS has_young, CASE WHEN coalesce(bool_and(is_settled) FILTER (WHERE NOT is_young), false) THEN
        CASE WHEN bool_or(is_settled AND is_in_bank IS NULL) THEN 'settled' WHEN bool_and(is_in_bank) THEN 'reconciled'
            WHEN bool_and(has_arrived) THEN 'short' ELSE 'paid_out' END
        ELSE 'taken' END AS money_stage
    FROM operation GROUP BY 1
), told AS (
    SELECT payment_id, money_stage FROM payment_stage WHERE merchant_id = %(merchant)s
    UNION ALL
    SELECT c.payment_id, c.money_stage FROM payment_stage_carried c
    WHERE c.merchant_id = %(merchant)s AND NOT EXISTS (SELECT FROM payment_stage s WHERE s.payment_id = c.payment_id)
)
SELECT coalesce(t.payment_id, b.payment_id) AS payment, coalesce(t.money_stage, 'taken') AS money_stage, coalesce(b.money_stage, 'taken') AS of_books
FROM told t FULL JOIN of_books b ON b.payment_id = t.payment_id
WHERE coalesce(t.money_stage, 'taken') <> coalesce(b.money_stage, 'taken') AND NOT (coalesce(b.has_young, false) AND coalesce(t.money_stage, 'taken') = 'taken')
  AND NOT EXISTS (SELECT FROM core_job k WHERE k.merchant_id = %(merchant)s AND k.kind LIKE 'reconciliation.%%' AND k.status IN ('queued', 'running'))
"""  # noqa: S608


def stages_follow_books(look: Look) -> Findings:
    """How far a payment says its money is, taken, settled, paid out, short or reconciled, is what journals and matched rows say."""
    return missing(look, _SETTLED, _STAGES_OFF)


_NO_RUN = """
NOT EXISTS (SELECT FROM core_job k WHERE k.merchant_id = %(merchant)s AND k.kind LIKE 'reconciliation.%%' AND k.status IN ('queued', 'running'))
"""
_SHORT = "SELECT count(*) FROM payment_stage WHERE merchant_id = %(merchant)s AND money_stage = 'short'"
# What lacks of each payout is announced less arrived by the journals alone. Payouts that have a payment in common are told together, because what a payment lacks is one sum;
# those of a batch that several payouts share lack what all of them lack. What payments brought bounds what they lack; what was sold in another currency is bounded by that alone.
_SHORT_OFF = f"""
WITH transit AS (
    SELECT j.about, sum(p.amount_minor) FILTER (WHERE j.recipe = 'payout_announced')
        + coalesce(sum(p.amount_minor) FILTER (WHERE j.recipe IN ('bank_payout_matched', 'reversal_of_bank_payout_matched')), 0) AS lacks
    FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id JOIN ledger_journal j ON j.id = p.journal_id
    WHERE a.merchant_id = %(merchant)s AND a.kind = 'payouts_in_transit' GROUP BY 1
), payout AS (
    SELECT o.id, o.gateway_account_id, o.currency, o.reference, o.batch, greatest(t.lacks, 0) AS lacks
    FROM settlement_payout o JOIN transit t ON t.about = 'payout:' || o.id WHERE o.merchant_id = %(merchant)s
), batch AS (
    SELECT gateway_account_id, currency, batch, min(id::text)::uuid AS id, sum(lacks) AS lacks FROM payout WHERE batch <> '' GROUP BY 1, 2, 3
), brought AS (
    SELECT o.payment_id, s.missing_minor, coalesce(n.id, b.id) AS payout_id, max(coalesce(n.lacks, b.lacks)) AS lacks, min(l.gateway_account_id::text) AS gateway_account,
        sum(l.gross_minor::numeric * m.amount_minor / nullif(coalesce(l.original_gross_minor, l.gross_minor), 0)) AS minor,
        sum(m.amount_minor) AS of_sale, bool_or(m.currency <> l.currency) AS is_converted
    FROM payment_stage s JOIN payment_operation o ON o.payment_id = s.payment_id JOIN recon_match m ON m.operation_id = o.id AND m.undone_at IS NULL
    JOIN settlement_line l ON l.id = m.settlement_line_id
    LEFT JOIN payout n ON n.gateway_account_id = l.gateway_account_id AND n.currency = l.currency AND n.reference = l.payout_reference AND l.payout_reference <> ''
    LEFT JOIN batch b ON b.gateway_account_id = l.gateway_account_id AND b.currency = l.currency AND b.batch = CASE WHEN l.payout_reference = '' THEN l.batch END
    WHERE s.merchant_id = %(merchant)s AND s.money_stage = 'short' GROUP BY 1, 2, 3
), lacking AS (
    SELECT *, count(*) OVER (PARTITION BY payment_id) > 1 AS is_of_several FROM brought WHERE lacks > 0 AND minor > 0
), due AS (
    SELECT payout_id, gateway_account, bool_or(is_of_several) AS is_mixed, bool_or(is_converted) AS is_converted, least(max(lacks), sum(minor)) AS minor
    FROM lacking GROUP BY 1, 2
), together AS (
    SELECT d.*, CASE WHEN d.is_mixed THEN 'several of ' || d.gateway_account ELSE d.payout_id::text END AS payouts FROM due d
), told AS (
    SELECT payouts, sum(missing_minor) AS minor FROM (SELECT DISTINCT t.payouts, l.payment_id, l.missing_minor FROM lacking l JOIN together t USING (payout_id)) one GROUP BY 1
)
SELECT w.payouts, w.minor::bigint AS lacking_minor, t.minor::bigint AS of_payments_minor
FROM (SELECT payouts, sum(minor) AS minor, bool_or(is_converted) AS is_converted FROM together GROUP BY 1) w JOIN told t USING (payouts)
WHERE w.minor <> t.minor AND NOT w.is_converted AND {_NO_RUN}
UNION ALL
SELECT 'payment ' || s.payment_id, coalesce(b.minor, 0)::bigint, s.missing_minor
FROM payment_stage s LEFT JOIN (SELECT payment_id, sum(greatest(of_sale, 0)) AS minor FROM lacking GROUP BY 1) b ON b.payment_id = s.payment_id
WHERE s.merchant_id = %(merchant)s AND s.missing_minor > coalesce(b.minor, 0) AND {_NO_RUN}
"""  # noqa: S608


def short_payouts_are_shared(look: Look) -> Findings:
    """What payments of a payout that came short lack comes, to the cent, to what the payout lacks by the journals, or to all that they brought if it lacks more."""
    return missing(look, _SHORT, _SHORT_OFF)


_PAYOUTS = "SELECT count(*) FROM settlement_payout WHERE merchant_id = %(merchant)s"
_TRANSIT = """
WITH item AS (
    SELECT gateway_account_id::text AS subject, currency, reference, status, amount_minor - arrived_minor AS minor
    FROM settlement_payout WHERE merchant_id = %(merchant)s
    UNION ALL
    SELECT a.subject, p.currency, j.source, 'booked by ' || j.recipe, p.amount_minor
    FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id JOIN ledger_journal j ON j.id = p.journal_id
    WHERE a.merchant_id = %(merchant)s AND a.kind = 'payouts_in_transit' AND j.recipe NOT IN ('payout_announced', 'bank_payout_matched', 'reversal_of_bank_payout_matched')
)
"""
_TRANSIT_OFF = f"""
{_TRANSIT}
SELECT coalesce(b.subject, i.subject) AS gateway_account, coalesce(b.currency, i.currency) AS currency, coalesce(b.minor, 0)::bigint AS in_transit_minor,
    coalesce(i.minor, 0)::bigint AS open_items_minor
FROM (
    SELECT a.subject, a.currency, sum(p.amount_minor) AS minor FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id
    WHERE a.merchant_id = %(merchant)s AND a.kind = 'payouts_in_transit' GROUP BY 1, 2
) b FULL JOIN (SELECT subject, currency, sum(minor) AS minor FROM item GROUP BY 1, 2) i ON i.subject = b.subject AND i.currency = b.currency
WHERE coalesce(b.minor, 0) <> coalesce(i.minor, 0)
"""  # noqa: S608
_TRANSIT_ITEMS = f"""
{_TRANSIT} SELECT subject AS gateway_account, currency, reference, status, minor FROM item WHERE minor <> 0 ORDER BY 1, 2, 3 LIMIT {ROWS_MAX}
"""  # noqa: S608


def transit_is_open_payouts(look: Look) -> Findings:
    """Payouts in transit are exactly what was announced and has not arrived."""
    return Findings(look.count(_PAYOUTS), look.rows(f"{_TRANSIT_OFF} LIMIT {ROWS_MAX}"), look.rows(_TRANSIT_ITEMS))


_MATCHED_LINES = "SELECT count(*) FROM recon_match WHERE merchant_id = %(merchant)s AND undone_at IS NULL AND statement_line_id IS NOT NULL"
_ARRIVED_OFF = """
WITH arrived AS (
    SELECT m.payout_id, sum(CASE WHEN m.group_id IS NULL THEN l.amount_minor ELSE m.amount_minor END) AS minor
    FROM recon_match m JOIN bank_statement_line l ON l.id = m.statement_line_id
    WHERE m.merchant_id = %(merchant)s AND m.undone_at IS NULL AND m.payout_id IS NOT NULL GROUP BY 1
), booked AS (
    SELECT j.about, sum(p.amount_minor) AS minor FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id JOIN ledger_journal j ON j.id = p.journal_id
    WHERE a.merchant_id = %(merchant)s AND a.kind = 'bank' AND j.recipe IN ('bank_payout_matched', 'reversal_of_bank_payout_matched') GROUP BY 1
)
SELECT p.reference AS payout, p.currency, p.arrived_minor, coalesce(a.minor, 0)::bigint AS of_bank_lines_minor, coalesce(b.minor, 0)::bigint AS booked_minor
FROM settlement_payout p LEFT JOIN arrived a ON a.payout_id = p.id LEFT JOIN booked b ON b.about = 'payout:' || p.id
WHERE p.merchant_id = %(merchant)s AND (p.arrived_minor <> coalesce(a.minor, 0) OR p.arrived_minor <> coalesce(b.minor, 0))
"""


def bank_has_what_arrived(look: Look) -> Findings:
    """What arrived of each payout is the sum of its bank lines, and is booked on the bank account."""
    return missing(look, _MATCHED_LINES, _ARRIVED_OFF)
