"""Shifts: drawers hold what the books say, Zs follow each other without a gap, and each says what was sold, moved and booked."""

from __future__ import annotations

from reports.verify.look import ROWS_MAX, Findings, Look, missing
from terminals.pos.shifts.closings import digest_of
from terminals.pos.shifts.models import Closing

# What lies in each drawer by what moved it: cash on receipts of one-call sales, till entries, and movements of shifts.
_DRAWERS = """
WITH paper AS (
    SELECT d.register_id, d.currency, d.number, sum(t.amount_minor) AS minor
    FROM document_document d CROSS JOIN LATERAL jsonb_to_recordset(d.content->'tenders') t(method text, amount_minor bigint)
    WHERE d.merchant_id = %(merchant)s AND d.register_id IS NOT NULL AND d.kind = 'receipt' AND t.method = 'cash'
      AND NOT EXISTS (SELECT FROM payment_till_entry e WHERE e.order_id = d.order_id AND e.kind = 'tender')
    GROUP BY 1, 2, 3
), moved AS (
    SELECT register_id, currency, sum(minor) AS minor FROM paper GROUP BY 1, 2
    UNION ALL
    SELECT register_id, currency, sum(amount_minor) FROM payment_till_entry WHERE merchant_id = %(merchant)s AND method = 'cash' GROUP BY 1, 2
    UNION ALL
    SELECT s.register_id, m.currency, sum(m.amount_minor) FROM till_shift s JOIN till_movement m ON m.shift_id = s.id
    WHERE s.merchant_id = %(merchant)s GROUP BY 1, 2
), drawer AS (SELECT register_id::text AS register, currency, sum(minor) AS minor FROM moved GROUP BY 1, 2),
booked AS (
    SELECT a.subject AS register, a.currency, sum(p.amount_minor) AS minor FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id
    WHERE a.merchant_id = %(merchant)s AND a.kind = 'cash_register' GROUP BY 1, 2
)
"""
_DRAWERS_OFF = f"""
{_DRAWERS}
SELECT coalesce(d.register, b.register) AS register, coalesce(d.currency, b.currency) AS currency, coalesce(d.minor, 0)::bigint AS moved_minor,
    coalesce(b.minor, 0)::bigint AS booked_minor
FROM drawer d FULL JOIN booked b ON b.register = d.register AND b.currency = d.currency WHERE coalesce(d.minor, 0) <> coalesce(b.minor, 0)
"""  # noqa: S608
_REGISTERS = "SELECT count(*) FROM merchant_register WHERE merchant_id = %(merchant)s"


def drawers_stand(look: Look) -> Findings:
    """What lies in each drawer by its sales, till entries and movements is what its account in the books says."""
    return missing(look, _REGISTERS, _DRAWERS_OFF)


_AT_TILLS = "SELECT count(*) FROM payment_payment WHERE merchant_id = %(merchant)s AND register_id IS NOT NULL"
# What Zs count of each order, by its till entries or, of a one-call sale, by its receipt, against what its payments at tills came to.
_ENTRIES_OFF = """
WITH kept AS (
    SELECT order_id, sum(authorised_minor - voided_minor - refunded_minor + rounding_minor - coalesce((
        SELECT sum((o.instrument->>'rounding_minor')::bigint) FROM payment_operation o
        WHERE o.payment_id = p.id AND o.kind = 'refund' AND o.status = 'succeeded' AND o.instrument ? 'rounding_minor'
    ), 0)) AS minor FROM payment_payment p
    WHERE merchant_id = %(merchant)s AND register_id IS NOT NULL GROUP BY 1
), entry AS (
    SELECT order_id, sum(amount_minor) AS minor, bool_or(kind = 'tender') AS has_tender FROM payment_till_entry
    WHERE merchant_id = %(merchant)s AND kind <> 'return' AND order_id IS NOT NULL GROUP BY 1
), paper AS (
    SELECT d.order_id, sum(t.amount_minor) AS minor
    FROM document_document d CROSS JOIN LATERAL jsonb_to_recordset(d.content->'tenders') t(amount_minor bigint)
    WHERE d.merchant_id = %(merchant)s AND d.register_id IS NOT NULL AND d.kind = 'receipt' GROUP BY 1
)
SELECT coalesce(k.order_id, e.order_id) AS order, coalesce(k.minor, 0)::bigint AS kept_minor,
    (coalesce(e.minor, 0) + CASE WHEN e.has_tender THEN 0 ELSE coalesce(p.minor, 0) END)::bigint AS counted_minor
FROM kept k FULL JOIN entry e ON e.order_id = k.order_id LEFT JOIN paper p ON p.order_id = k.order_id
WHERE coalesce(k.minor, 0) <> coalesce(e.minor, 0) + CASE WHEN e.has_tender THEN 0 ELSE coalesce(p.minor, 0) END
"""


def entries_follow_payments(look: Look) -> Findings:
    """What Zs count of every order paid at a till is what its payments came to: taken, less what was let go and given back."""
    return missing(look, _AT_TILLS, _ENTRIES_OFF)


_CLOSINGS = "SELECT count(*) FROM till_closing WHERE merchant_id = %(merchant)s"
_GAPS = """
WITH z AS (
    SELECT c.*, lag(number, 1, 0) OVER w AS number_before, lag(receipts_until, 1, 0::bigint) OVER w AS receipts_before,
        lag(closing_cash_minor, 1, 0::bigint) OVER w AS cash_before, lag(grand_sales_minor, 1, 0::bigint) OVER w AS sales_before,
        lag(grand_returns_minor, 1, 0::bigint) OVER w AS returns_before
    FROM till_closing c WHERE merchant_id = %(merchant)s WINDOW w AS (PARTITION BY register_id ORDER BY number)
)
SELECT register_id AS register, number, receipts_after, receipts_before, opening_cash_minor, cash_before FROM z
WHERE number <> number_before + 1 OR receipts_after <> receipts_before OR opening_cash_minor <> cash_before
    OR grand_sales_minor <> sales_before + sales_minor OR grand_returns_minor <> returns_before + returns_minor
"""


def closings_without_gaps(look: Look) -> Findings:
    """The Zs of a register are numbered without gaps, and each begins where the last ended: in receipts, in cash, in grand totals."""
    return missing(look, _CLOSINGS, _GAPS)


_SHIFTS = "SELECT count(*) FROM till_shift WHERE merchant_id = %(merchant)s"
_SHIFTS_OFF = """
SELECT s.id AS shift, s.status, s.expected_minor, s.counted_minor, s.closing_id AS closing FROM till_shift s
WHERE s.merchant_id = %(merchant)s AND (
    (s.status = 'closed') IS DISTINCT FROM (s.closing_id IS NOT NULL AND s.id = (SELECT max(o.id::text)::uuid FROM till_shift o WHERE o.closing_id = s.closing_id))
    OR (s.status = 'open') <> (s.ended_at IS NULL)
    OR s.counted_minor - s.expected_minor <> (SELECT coalesce(sum(m.amount_minor), 0) FROM till_movement m WHERE m.shift_id = s.id AND m.kind = 'over_short')
    OR s.float_minor <> (SELECT coalesce(sum(m.amount_minor), 0) FROM till_movement m WHERE m.shift_id = s.id AND m.kind = 'float'))
UNION ALL
SELECT m.id, m.kind, m.amount_minor, NULL, NULL FROM till_movement m
WHERE m.merchant_id = %(merchant)s AND m.amount_minor <> 0 AND NOT EXISTS (
    SELECT FROM ledger_journal j JOIN ledger_posting p ON p.journal_id = j.id JOIN ledger_account a ON a.id = p.account_id
    WHERE j.merchant_id = m.merchant_id AND j.recipe = 'drawer_' || m.kind AND j.source = 'movement:' || m.id AND a.kind = 'cash_register'
        AND p.amount_minor = m.amount_minor)
"""


def shifts_stand(look: Look) -> Findings:
    """Every shift that has ended was counted, its difference and its float are movements, and each movement is booked for its amount."""
    return missing(look, _SHIFTS, f"SELECT * FROM ({_SHIFTS_OFF}) off")  # noqa: S608


# What a Z says against the receipts in its range, the entries and movements it counts, and what was booked for the goods of those receipts. A receipt may stand for goods
# that are sent or fetched later: they are awaited until they are handed over.
_TOTALS_OFF = """
WITH z AS (SELECT * FROM till_closing WHERE merchant_id = %(merchant)s), paper AS (
    SELECT z.id AS closing, d.order_id, d.total_minor, d.content FROM z JOIN document_document d ON d.merchant_id = z.merchant_id
        AND d.series = 'register:' || z.register_id AND d.number > z.receipts_after AND d.number <= z.receipts_until AND d.kind = 'receipt'
), sold AS (SELECT closing, count(*) AS receipts, sum(total_minor) AS minor FROM paper GROUP BY 1), cash AS (
    SELECT p.closing, sum(t.amount_minor) AS minor FROM paper p CROSS JOIN LATERAL jsonb_to_recordset(p.content->'tenders') t(method text, amount_minor bigint)
    WHERE t.method = 'cash' AND NOT EXISTS (SELECT FROM payment_till_entry e WHERE e.order_id = p.order_id AND e.kind = 'tender') GROUP BY 1
), entry AS (
    SELECT closing_id AS closing, coalesce(sum(amount_minor) FILTER (WHERE method = 'cash'), 0) AS cash,
        -coalesce(sum(amount_minor) FILTER (WHERE kind = 'return'), 0) AS returned, -coalesce(sum(amount_minor) FILTER (WHERE kind = 'refund'), 0) AS refunded
    FROM payment_till_entry WHERE merchant_id = %(merchant)s AND closing_id IS NOT NULL GROUP BY 1
), movement AS (
    SELECT s.closing_id AS closing, sum(m.amount_minor) AS minor FROM till_shift s JOIN till_movement m ON m.shift_id = s.id
    WHERE s.merchant_id = %(merchant)s AND s.closing_id IS NOT NULL GROUP BY 1
), goods AS (
    SELECT p.closing, -sum(g.amount_minor) AS minor FROM (SELECT DISTINCT closing, order_id FROM paper) p
    JOIN ledger_journal j ON j.merchant_id = %(merchant)s AND j.about = 'order:' || p.order_id AND j.recipe = 'goods_handed_over'
    JOIN ledger_posting g ON g.journal_id = j.id JOIN ledger_account a ON a.id = g.account_id AND a.kind IN ('sales', 'vat_payable', 'voucher_liability')
    GROUP BY 1
), awaited AS (
    SELECT p.closing, sum(p.total_minor - coalesce(f.minor, 0)) AS minor FROM paper p
    LEFT JOIN LATERAL (SELECT sum(total_minor) AS minor FROM fulfilment_fulfilment WHERE order_id = p.order_id) f ON true GROUP BY 1
)
SELECT z.register_id AS register, z.number, z.sales_minor, coalesce(sold.minor, 0)::bigint AS receipts_minor, coalesce(goods.minor, 0)::bigint AS booked_minor,
    coalesce(awaited.minor, 0)::bigint AS awaited_minor,
    z.closing_cash_minor, (z.opening_cash_minor + coalesce(cash.minor, 0) + coalesce(entry.cash, 0) + coalesce(movement.minor, 0))::bigint AS moved_cash_minor,
    z.returns_minor, coalesce(entry.returned, 0)::bigint AS of_entries_minor
FROM z LEFT JOIN sold ON sold.closing = z.id LEFT JOIN cash ON cash.closing = z.id LEFT JOIN entry ON entry.closing = z.id
LEFT JOIN movement ON movement.closing = z.id LEFT JOIN goods ON goods.closing = z.id
LEFT JOIN awaited ON awaited.closing = z.id
WHERE z.sales_minor <> coalesce(sold.minor, 0) OR z.sales_minor <> coalesce(goods.minor, 0) + coalesce(awaited.minor, 0) OR z.returns_minor <> coalesce(entry.returned, 0)
    OR z.refunds_minor <> coalesce(entry.refunded, 0) OR (z.content->'figures'->>'receipts')::int <> coalesce(sold.receipts, 0)
    OR z.closing_cash_minor <> z.opening_cash_minor + coalesce(cash.minor, 0) + coalesce(entry.cash, 0) + coalesce(movement.minor, 0)
"""


def closings_are_postings(look: Look) -> Findings:
    """What a Z says is what its receipts, entries and movements come to, and what was booked for their goods and cash."""
    return missing(look, _CLOSINGS, _TOTALS_OFF)


# What a Z says of each tender against the receipts and entries it counts, told apart as `terminals.pos.shifts.figures` does. What was paid elsewhere (by link on the
# customer's phone) has no entry, and may be let go or added to after the Z: of it the Z says at most what was ever secured.
_TENDERS_OFF = """
WITH z AS (SELECT * FROM till_closing WHERE merchant_id = %(merchant)s), paper AS NOT MATERIALIZED (
    SELECT z.id AS closing, d.order_id, d.content FROM z JOIN document_document d ON d.merchant_id = z.merchant_id
        AND d.series = 'register:' || z.register_id AND d.number > z.receipts_after AND d.number <= z.receipts_until AND d.kind = 'receipt'
), at_till AS (
    SELECT DISTINCT order_id FROM payment_till_entry WHERE merchant_id = %(merchant)s AND kind = 'tender' AND order_id IS NOT NULL
), moved AS (
    SELECT p.closing, 'tender' AS kind, t.method, sum(t.amount_minor) AS minor, 0 AS elsewhere
    FROM paper p LEFT JOIN at_till a ON a.order_id = p.order_id CROSS JOIN LATERAL jsonb_to_recordset(p.content->'tenders') t(method text, amount_minor bigint)
    WHERE a.order_id IS NULL GROUP BY 1, 3
    UNION ALL
    SELECT p.closing, 'tender', y.method, 0, sum(y.authorised_minor)
    FROM (SELECT DISTINCT closing, order_id FROM paper JOIN at_till USING (order_id)) p
    JOIN payment_payment y ON y.order_id = p.order_id AND y.register_id IS NULL GROUP BY 1, 3
    UNION ALL
    SELECT closing_id, CASE kind WHEN 'reclaim' THEN 'tender' ELSE kind END, method, sum(amount_minor), 0
    FROM payment_till_entry WHERE merchant_id = %(merchant)s AND closing_id IS NOT NULL AND kind <> 'return' GROUP BY 1, 2, 3
), counted AS (
    SELECT closing, method, coalesce(sum(minor) FILTER (WHERE kind = 'tender'), 0) AS taken, sum(elsewhere) AS elsewhere,
        abs(coalesce(sum(minor) FILTER (WHERE kind = 'refund'), 0)) AS refunded, abs(coalesce(sum(minor) FILTER (WHERE kind = 'void'), 0)) AS voided
    FROM moved GROUP BY 1, 2
), said AS (
    SELECT z.id AS closing, t.* FROM z CROSS JOIN LATERAL jsonb_to_recordset(z.content->'figures'->'tenders')
        t(method text, taken_minor bigint, refunded_minor bigint, voided_minor bigint)
), compared AS (
    SELECT coalesce(s.closing, c.closing) AS closing, coalesce(s.method, c.method) AS method, coalesce(s.taken_minor, 0) AS taken_minor,
        coalesce(c.taken, 0) AS of_sales, coalesce(c.elsewhere, 0) AS elsewhere, coalesce(s.refunded_minor, 0) AS refunded_minor, coalesce(c.refunded, 0) AS of_refunds,
        coalesce(s.voided_minor, 0) AS voided_minor, coalesce(c.voided, 0) AS of_voids
    FROM said s FULL JOIN counted c ON c.closing = s.closing AND c.method = s.method
)
SELECT z.register_id AS register, z.number, c.method, c.taken_minor, c.of_sales::bigint AS of_sales_minor, c.elsewhere::bigint AS elsewhere_minor,
    c.refunded_minor, c.of_refunds::bigint AS of_refunds_minor, c.voided_minor, c.of_voids::bigint AS of_voids_minor
FROM compared c JOIN z ON z.id = c.closing
WHERE NOT (c.taken_minor = abs(c.of_sales) OR c.taken_minor BETWEEN c.of_sales AND c.of_sales + c.elsewhere)
    OR c.refunded_minor <> c.of_refunds OR c.voided_minor <> c.of_voids
"""


def closings_say_tenders(look: Look) -> Findings:
    """What a Z says was taken, given back and let go by each tender is what the sales and entries it counts were paid with."""
    return missing(look, _CLOSINGS, _TENDERS_OFF)


_TRAIL = "SELECT subject, data->>'digest' AS digest FROM core_audit_entry WHERE merchant_id = %(merchant)s AND action = 'closing.made'"


def closings_sealed(look: Look) -> Findings:
    """Every Z still reads as it did when it was made: its digest is its own, and the one in the audit trail."""
    trail = {row["subject"]: row["digest"] for row in look.rows(_TRAIL)}
    rows = []
    closings = list(Closing.objects.order_by("id"))
    for closing in closings:
        digest = digest_of(closing)
        if digest != closing.digest or trail.get(f"closing:{closing.id}") != digest:
            rows.append({"register": closing.register_id, "number": closing.number, "difference": "the Z was changed"})
    known = {f"closing:{closing.id}" for closing in closings}
    rows += [{"subject": subject, "difference": "the Z is gone"} for subject in trail if subject not in known]
    return Findings(len(closings), rows[:ROWS_MAX])


_DEPOSITS = "SELECT count(*) FROM bank_deposit WHERE merchant_id = %(merchant)s"
_IN_TRANSIT_OFF = """
WITH item AS (
    SELECT currency, amount_minor - arrived_minor AS minor FROM bank_deposit WHERE merchant_id = %(merchant)s
    UNION ALL
    SELECT p.currency, p.amount_minor FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id JOIN ledger_journal j ON j.id = p.journal_id
    WHERE a.merchant_id = %(merchant)s AND a.kind = 'cash_in_transit' AND j.recipe NOT IN ('deposit_sent', 'deposit_arrived')
)
SELECT coalesce(b.currency, i.currency) AS currency, coalesce(b.minor, 0)::bigint AS in_transit_minor, coalesce(i.minor, 0)::bigint AS open_items_minor
FROM (
    SELECT a.currency, sum(p.amount_minor) AS minor FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id
    WHERE a.merchant_id = %(merchant)s AND a.kind = 'cash_in_transit' GROUP BY 1
) b FULL JOIN (SELECT currency, sum(minor) AS minor FROM item GROUP BY 1) i ON i.currency = b.currency WHERE coalesce(b.minor, 0) <> coalesce(i.minor, 0)
UNION ALL
SELECT d.reference, d.arrived_minor, coalesce(m.minor, 0)::bigint FROM bank_deposit d LEFT JOIN (
    SELECT deposit_id, sum(amount_minor) AS minor FROM recon_match WHERE merchant_id = %(merchant)s AND undone_at IS NULL AND deposit_id IS NOT NULL GROUP BY 1
) m ON m.deposit_id = d.id WHERE d.merchant_id = %(merchant)s AND d.arrived_minor <> coalesce(m.minor, 0)
"""


def deposits_in_transit(look: Look) -> Findings:
    """Cash in transit is exactly the deposits that have not arrived, and what arrived of each is the sum of its bank lines."""
    return missing(look, _DEPOSITS, f"SELECT * FROM ({_IN_TRANSIT_OFF}) off")  # noqa: S608
