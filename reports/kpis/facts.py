"""
What each report counts: one SELECT a report, one row a fact.

Every SELECT gives `day` (by the calendar that is asked for), `key` and `reference` of the fact, `url` of the page that shows it, `store_id`, `channel_id`, `gateway_account_id`, `kind` (what the report
is split by: a tax rate, a method, an account), `currency` and the measures in minor units. Its parameters are the merchant, the first and the last day.

Three calendars: *store*, the business day the fact belongs to; *utc*, the day it was booked at Greenwich; *processor*, the day the processor booked it, which only facts have that
a report has brought.
"""

from __future__ import annotations

# Revenue and its tax as the books have it. An order's facts belong to its store and channel; a return without a receipt to the store that took it.
SALES = """
SELECT {day} AS day, p.id::text AS key, coalesce(o.number, j.source) AS reference, CASE WHEN o.id IS NULL THEN '' ELSE '/orders/' || o.id || '/' END AS url,
    coalesce(o.store_id, l.store_id) AS store_id, o.channel_id, NULL::uuid AS gateway_account_id, a.subject AS kind, p.currency,
    CASE WHEN a.kind = 'sales' THEN -p.amount_minor ELSE 0 END AS sold, CASE WHEN a.kind = 'sales_returns' THEN p.amount_minor ELSE 0 END AS returned,
    CASE WHEN a.kind = 'vat_payable' THEN -p.amount_minor ELSE 0 END AS tax, -p.amount_minor AS gross
FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id JOIN ledger_journal j ON j.id = p.journal_id
LEFT JOIN order_order o ON o.id = CASE WHEN j.about LIKE 'order:%%' THEN substr(j.about, 7)::uuid END
LEFT JOIN after_sales_loose_return l ON l.id = CASE WHEN j.about LIKE 'loose-return:%%' THEN substr(j.about, 14)::uuid END
WHERE a.merchant_id = %s AND a.kind IN ('sales', 'sales_returns', 'vat_payable') AND {day} BETWEEN %s AND %s
"""
SALES_DAYS = {"store": "j.business_date", "utc": "(j.booked_at AT TIME ZONE 'UTC')::date"}

# Money in and out of an order, whichever way it came: what was captured, given back, and taken back by the processor.
_MINOR = "coalesce(op.result_minor, op.amount_minor)"
TENDERS = f"""
SELECT {{day}} AS day, op.id::text AS key, op.reference AS reference, '/payments/' || p.id || '/' AS url, p.store_id, o.channel_id, op.gateway_account_id, p.method AS kind, op.currency,
    CASE WHEN op.kind IN ('authorise', 'capture') THEN {_MINOR} WHEN op.kind = 'take_back' AND op.reason <> 'refund' THEN -{_MINOR} ELSE 0 END AS taken,
    CASE WHEN op.kind = 'refund' THEN {_MINOR} WHEN op.kind = 'reclaim' OR op.kind = 'take_back' AND op.reason = 'refund' THEN -{_MINOR} ELSE 0 END AS refunded,
    CASE WHEN op.kind IN ('authorise', 'capture') OR op.kind = 'take_back' AND op.reason = 'refund' OR op.kind = 'reclaim' THEN {_MINOR} ELSE -{_MINOR} END AS net
FROM payment_operation op JOIN payment_payment p ON p.id = op.payment_id JOIN order_order o ON o.id = p.order_id
LEFT JOIN recon_match m ON m.operation_id = op.id AND m.undone_at IS NULL LEFT JOIN settlement_line s ON s.id = m.settlement_line_id
WHERE op.merchant_id = %s AND {{day}} BETWEEN %s AND %s AND op.status = 'succeeded' AND (op.kind IN ('capture', 'refund', 'take_back', 'reclaim')
    OR op.kind = 'authorise' AND (op.captures_at_once OR p.captured_minor + p.taken_back_minor > 0
        AND NOT EXISTS (SELECT FROM payment_operation c WHERE c.payment_id = op.payment_id AND c.kind = 'capture' AND c.status = 'succeeded')))
"""  # noqa: S608
TENDERS_DAYS = {
    "store": "op.business_date",
    "utc": "(op.landed_at AT TIME ZONE 'UTC')::date",
    "processor": "coalesce(s.booked_on, (s.occurred_at AT TIME ZONE 'UTC')::date)",
}
REFUNDS = f"SELECT * FROM ({TENDERS}) tender WHERE refunded <> 0"  # noqa: S608

# What processors charged, by account, on the days they booked it.
FEES = """
SELECT {day} AS day, s.id::text AS key, coalesce(nullif(s.operation_reference, ''), nullif(s.processor_reference, ''), s.line_key) AS reference, '' AS url,
    NULL::uuid AS store_id, NULL::uuid AS channel_id, s.gateway_account_id, g.name AS kind, s.currency,
    CASE WHEN s.kind = 'sale' THEN s.gross_minor ELSE 0 END AS sales, s.fee_minor AS fees
FROM settlement_line s JOIN settlement_report r ON r.id = s.report_id JOIN gateway_account g ON g.id = s.gateway_account_id
WHERE s.merchant_id = %s AND {day} BETWEEN %s AND %s AND r.status = 'posted' AND (s.fee_minor <> 0 OR s.kind = 'sale')
"""
FEES_DAYS = {"processor": "coalesce(s.booked_on, (s.occurred_at AT TIME ZONE 'UTC')::date)"}

PAYOUTS = """
SELECT {day} AS day, p.id::text AS key, p.reference, '/payouts/' || p.id || '/' AS url, NULL::uuid AS store_id, NULL::uuid AS channel_id, p.gateway_account_id, g.name AS kind, p.currency,
    p.amount_minor AS announced, p.arrived_minor AS arrived, p.amount_minor - p.arrived_minor AS missing
FROM settlement_payout p JOIN gateway_account g ON g.id = p.gateway_account_id WHERE p.merchant_id = %s AND {day} BETWEEN %s AND %s
"""
PAYOUTS_DAYS = {"processor": "p.announced_on"}

# What we owe the holders of gift cards and store credit. Its balance is the sum of all days up to the last.
VOUCHERS = """
SELECT {day} AS day, p.id::text AS key, coalesce(o.number, j.source) AS reference, CASE WHEN o.id IS NULL THEN '' ELSE '/orders/' || o.id || '/' END AS url,
    o.store_id, o.channel_id, NULL::uuid AS gateway_account_id, j.recipe AS kind, p.currency, greatest(-p.amount_minor, 0) AS issued,
    CASE WHEN j.recipe = 'voucher_expired' THEN 0 ELSE greatest(p.amount_minor, 0) END AS redeemed,
    CASE WHEN j.recipe = 'voucher_expired' THEN p.amount_minor ELSE 0 END AS expired, -p.amount_minor AS change
FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id JOIN ledger_journal j ON j.id = p.journal_id
LEFT JOIN order_order o ON o.id = CASE WHEN j.about LIKE 'order:%%' THEN substr(j.about, 7)::uuid END
WHERE a.merchant_id = %s AND a.kind = 'voucher_liability' AND {day} BETWEEN %s AND %s
"""

DISPUTES = """
SELECT {day} AS day, m.id::text AS key, coalesce(nullif(d.external_id, ''), d.payment_reference) AS reference, '/disputes/' || d.id || '/' AS url, d.store_id, o.channel_id,
    d.gateway_account_id, d.reason AS kind, m.currency, CASE WHEN m.kind = 'withdrawn' THEN m.amount_minor ELSE 0 END AS withdrawn,
    CASE WHEN m.kind IN ('returned', 'recovered') THEN m.amount_minor ELSE 0 END AS returned, CASE WHEN m.kind = 'lost' THEN m.amount_minor ELSE 0 END AS lost
FROM dispute_movement m JOIN dispute_dispute d ON d.id = m.dispute_id LEFT JOIN payment_payment p ON p.id = d.payment_id LEFT JOIN order_order o ON o.id = p.order_id
WHERE m.merchant_id = %s AND {day} BETWEEN %s AND %s
"""
DISPUTES_DAYS = {"store": "m.business_date", "utc": "(m.at AT TIME ZONE 'UTC')::date"}
