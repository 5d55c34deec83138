"""What needs a person, on Home, in the inbox and as the rail counts it: one statement lists it, one counts it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from merchant.core import db
from merchant.core.callers import Caller
from merchant.core.clock import business_date, business_now
from merchant.core.tenancy import current_actor
from payments.reconciliation.matching.payout_watch import is_decided, is_put_off
from reports.overview.queries import Narrowed

# How far back a blocked file or a given-up webhook still asks for somebody.
RECENT_DAYS = 14
# The pages of a statement come within a night; after two days one does not come by itself.
PAGE_WAITS_DAYS = 2
_ROWS_OF_A_KIND_MAX = 5

# A file that was not booked is named until later ones of its account that were booked have brought all it has: each batch, or each statement of the same days.
# Its name says so only where no batch or statement of it can be told from others, as of a file that broke off: many exports have one name for ever.
_CAME = """
CASE WHEN EXISTS (SELECT FROM jsonb_array_elements({file}.summary->'{parts}') part WHERE {is_known})
THEN NOT EXISTS (
    SELECT {key} FROM jsonb_array_elements({file}.summary->'{parts}') part WHERE {is_own}
    EXCEPT SELECT {key} FROM {later} CROSS JOIN jsonb_array_elements(n.summary->'{parts}') part WHERE {is_later}{is_alike} AND {is_own}
) ELSE EXISTS (SELECT FROM {later} WHERE {is_later} AND n.name = {file}.name) END
"""
_REPORT_CAME = _CAME.format(
    file="r",
    parts="batches",
    key="coalesce(part->>'reference', ''), part->>'currency'",
    is_known="part->>'reference' <> ''",
    is_own="true",
    later="settlement_report n",
    is_later="n.merchant_id = r.merchant_id AND n.gateway_account_id = r.gateway_account_id AND n.id > r.id AND n.status = 'posted'",
    is_alike="",
)
# Statements of other accounts are left out of a file.
_IS_OWN = "part->>'status' IS DISTINCT FROM 'of_another_account'"
_STATEMENT_CAME = _CAME.format(
    file="f",
    parts="statements",
    key="part->>'currency', part->>'number', part->>'from', part->>'to'",
    is_known=f"(part->>'number' <> '' OR coalesce(part->>'from', part->>'to') IS NOT NULL) AND {_IS_OWN}",
    is_own=_IS_OWN,
    later="bank_statement_file n",
    is_later="n.merchant_id = f.merchant_id AND n.bank_account_id = f.bank_account_id AND n.id > f.id AND n.status IN ('balanced', 'unproven')",
    is_alike=" AND n.format = f.format",
)
# What needs somebody, each kind with its newest rows. Overpaid orders are asked for word for word as their index has it, which is only then used. Columns: kind, id, subject, text, minor, currency, at, number.
_NEEDS = {
    "payment.read": """
(SELECT 'unknown' AS kind, p.id::text AS id, ord.number AS subject, coalesce(s.name, c.name) AS text, op.amount_minor AS minor, p.currency, op.requested_at AS at, op.looks::int AS number
FROM payment_operation op JOIN payment_payment p ON p.id = op.payment_id JOIN order_order ord ON ord.id = p.order_id JOIN merchant_channel c ON c.id = ord.channel_id
LEFT JOIN merchant_store s ON s.id = p.store_id
WHERE op.merchant_id = %(merchant)s AND op.status = 'unknown' AND (%(stores)s::uuid[] IS NULL OR p.store_id = ANY(%(stores)s))
ORDER BY op.id DESC LIMIT %(most)s)
UNION ALL
(SELECT 'offline_cards', min(r.id::text), '', '', sum(r.amount_minor - r.confirmed_minor - r.written_off_minor)::bigint, r.currency, min(r.taken_at), count(*)::int
FROM voucher_offline_redemption r
WHERE r.merchant_id = %(merchant)s AND r.status = 'at_risk' AND (%(stores)s::uuid[] IS NULL OR r.store_id = ANY(%(stores)s)) GROUP BY r.currency)
UNION ALL
(SELECT 'offline_refused', min(f.id::text), '', min(f.refusal || E'\n' || f.refusal_text), sum(f.cash_minor + f.gift_card_minor)::bigint, f.currency, min(f.sold_at), count(*)::int
FROM till_offline_sale f
WHERE f.merchant_id = %(merchant)s AND f.status = 'refused' AND (%(stores)s::uuid[] IS NULL OR f.store_id = ANY(%(stores)s)) GROUP BY f.currency)
UNION ALL
(SELECT 'sold_offline_too', ord.id::text, ord.number, '', LEAST(ord.secured_minor - ord.refunded_minor, own.secured_minor - own.refunded_minor), f.currency, f.sold_at, 0
FROM till_offline_sale f JOIN order_order ord ON ord.id = f.replaced_order_id JOIN order_order own ON own.id = f.order_id
WHERE f.merchant_id = %(merchant)s AND f.status = 'landed' AND f.replaced_order_id IS NOT NULL AND (%(stores)s::uuid[] IS NULL OR f.store_id = ANY(%(stores)s))
    AND ord.secured_minor > ord.refunded_minor AND own.secured_minor > own.refunded_minor
ORDER BY f.id DESC LIMIT %(most)s)
UNION ALL
(SELECT CASE WHEN op.reason = 'refund' THEN 'refund_taken_back' ELSE 'capture_taken_back' END, p.id::text, ord.number, '', op.amount_minor, p.currency, op.requested_at, 0
FROM payment_operation op JOIN payment_payment p ON p.id = op.payment_id JOIN order_order ord ON ord.id = p.order_id
WHERE op.merchant_id = %(merchant)s AND op.kind = 'take_back' AND op.requested_at >= %(recent)s AND (%(stores)s::uuid[] IS NULL OR p.store_id = ANY(%(stores)s))
    AND CASE WHEN op.reason = 'refund' THEN p.captured_minor > p.refunded_minor ELSE ord.secured_minor < ord.total_minor END
ORDER BY op.id DESC LIMIT %(most)s)
UNION ALL
(SELECT 'overpaid', ord.id::text, ord.number, '', ord.secured_minor - ord.refunded_minor - CASE WHEN ord.status = 'cancelled' THEN 0 ELSE ord.total_minor END,
    ord.currency, p.latest_at, 0
FROM (
    SELECT * FROM order_order ord WHERE ord.merchant_id = %(merchant)s AND (%(stores)s::uuid[] IS NULL OR ord.store_id = ANY(%(stores)s))
        AND ord.secured_minor > ord.refunded_minor + CASE WHEN ord.status = 'cancelled' THEN 0 ELSE ord.total_minor END OFFSET 0
) ord JOIN LATERAL (
    SELECT max(p.created_at) AS latest_at, max(p.business_date) AS latest_on, sum(p.refunding_minor) AS refunding_minor FROM payment_payment p WHERE p.order_id = ord.id
) p ON p.refunding_minor = 0 AND p.latest_on >= %(today)s::date - 30 LIMIT %(most)s)
UNION ALL
(SELECT 'expiring', p.id::text, ord.number, '', p.authorised_minor - p.captured_minor - p.voided_minor, p.currency, p.authorisation_ends_at, 0
FROM payment_payment p JOIN order_order ord ON ord.id = p.order_id
WHERE p.merchant_id = %(merchant)s AND p.status = 'authorised' AND p.end_warned_at IS NOT NULL AND (%(stores)s::uuid[] IS NULL OR p.store_id = ANY(%(stores)s))
ORDER BY p.authorisation_ends_at LIMIT %(most)s)
UNION ALL
(SELECT 'override_broken', p.id::text, ord.number, v.proof, op.amount_minor, p.currency, v.proven_at, 0
FROM payment_override v JOIN payment_operation op ON op.id = v.operation_id JOIN payment_payment p ON p.id = op.payment_id JOIN order_order ord ON ord.id = p.order_id
WHERE v.merchant_id = %(merchant)s AND v.status = 'broken' AND v.proven_at >= %(recent)s AND (%(stores)s::uuid[] IS NULL OR p.store_id = ANY(%(stores)s))
ORDER BY v.id DESC LIMIT %(most)s)
""",
    "terminal.read": """
SELECT t.state, t.id::text, t.name, s.name || CASE WHEN t.note <> '' THEN ': ' || t.note ELSE '' END, NULL::bigint, '', coalesce(t.last_seen_at, t.step_at), 0
FROM terminal_terminal t JOIN merchant_store s ON s.id = t.store_id
WHERE t.merchant_id = %(merchant)s AND t.token_hash IS NOT NULL AND t.state IN ('offline', 'needs_care') AND (%(stores)s::uuid[] IS NULL OR t.store_id = ANY(%(stores)s))
ORDER BY t.last_seen_at DESC NULLS LAST LIMIT %(most)s
""",
    "reconciliation.read": """
SELECT 'exceptions', kind, kind, currency, sum(amount_minor)::bigint, currency, min(found_at), count(*)::int
FROM recon_exception WHERE merchant_id = %(merchant)s AND status = 'open' AND coalesce(snoozed_until <= %(today)s, true) AND %(stores)s::uuid[] IS NULL
GROUP BY kind, currency
ORDER BY abs(sum(amount_minor)) DESC LIMIT 6
""",
    "settlement.read": f"""
(SELECT 'late_payout', p.id::text, p.reference, g.name, p.amount_minor - p.arrived_minor, p.currency, p.expected_on::timestamptz, 0
FROM settlement_payout p JOIN gateway_account g ON g.id = p.gateway_account_id
WHERE p.merchant_id = %(merchant)s AND p.status IN ('expected', 'in_transit') AND p.expected_on < %(today)s AND %(stores)s::uuid[] IS NULL
    AND NOT {is_decided("p")} AND NOT {is_put_off("p")}
ORDER BY p.expected_on LIMIT %(most)s)
UNION ALL
(SELECT 'blocked_import', r.id::text, r.name, g.name, NULL::bigint, '', r.received_at, 0
FROM settlement_report r JOIN gateway_account g ON g.id = r.gateway_account_id
WHERE r.merchant_id = %(merchant)s AND r.status IN ('out_of_balance', 'refused') AND r.received_at >= %(recent)s AND %(stores)s::uuid[] IS NULL
    AND NOT {_REPORT_CAME}
ORDER BY r.id DESC LIMIT %(most)s)
UNION ALL
(SELECT 'blocked_statement', f.id::text, f.name, b.name, NULL::bigint, '', f.received_at, 0
FROM bank_statement_file f JOIN bank_account b ON b.id = f.bank_account_id
WHERE f.merchant_id = %(merchant)s AND f.status IN ('out_of_balance', 'refused') AND f.received_at >= %(recent)s AND f.summary->>'page_of' IS NULL
    AND %(stores)s::uuid[] IS NULL
    AND NOT {_STATEMENT_CAME}
ORDER BY f.id DESC LIMIT %(most)s)
UNION ALL
(SELECT 'waiting_statement', (array_agg(f.id ORDER BY f.id))[1]::text, (array_agg(f.name ORDER BY f.id))[1], min(b.name), NULL::bigint, '', min(f.received_at),
    coalesce(min((f.summary->>'waits_for')::int), 0)
FROM bank_statement_file f JOIN bank_account b ON b.id = f.bank_account_id
WHERE f.merchant_id = %(merchant)s AND f.status = 'waiting' AND f.received_at < %(waited)s AND %(stores)s::uuid[] IS NULL
GROUP BY f.bank_account_id, f.summary->'pages'->>'statement', f.summary->'pages'->>'period'
ORDER BY 7 LIMIT %(most)s)
UNION ALL
(SELECT 'dead_job', j.id::text, j.kind, left(j.last_error, 120), NULL::bigint, '', j.created_at, j.attempts::int
FROM core_job j WHERE j.merchant_id = %(merchant)s AND j.status = 'dead' AND j.created_at >= %(recent)s AND %(stores)s::uuid[] IS NULL
ORDER BY j.id DESC LIMIT %(most)s)
""",  # noqa: S608
    "export.create": """
SELECT 'schedule_halted', x.id::text, x.name, x.problem, NULL::bigint, '', NULL::timestamptz, 0
FROM export_schedule x WHERE x.merchant_id = %(merchant)s AND x.is_active AND x.problem <> '' AND %(stores)s::uuid[] IS NULL
ORDER BY x.id LIMIT %(most)s
""",
    "shift.read": """
SELECT 'drawer_over_limit', coalesce(h.id::text, ''), r.name, s.name, d.seen_minor, s.currency, d.over_limit_since, 0
FROM till_drawer d JOIN merchant_register r ON r.id = d.register_id JOIN merchant_store s ON s.id = r.store_id
LEFT JOIN till_shift h ON h.register_id = r.id AND h.status = 'open'
WHERE d.merchant_id = %(merchant)s AND d.over_limit_since IS NOT NULL AND (%(stores)s::uuid[] IS NULL OR r.store_id = ANY(%(stores)s))
ORDER BY d.over_limit_since LIMIT %(most)s
""",
    "approval.give": """
SELECT 'approval', a.id::text, a.asked_by_name, concat_ws(chr(10), a.right, a.subject, a.reason), a.amount_minor, a.currency, a.asked_at, 0
FROM merchant_approval a
WHERE a.merchant_id = %(merchant)s AND a.status = 'asked' AND a.expires_at > clock_timestamp()
    AND a.right = ANY(%(rights)s) AND a.asked_by <> %(actor)s AND (%(stores)s::uuid[] IS NULL OR a.store_id = ANY(%(stores)s))
ORDER BY a.id LIMIT %(most)s
""",
    "dispute.read": """
SELECT 'dispute', d.id::text, coalesce(ord.number, d.external_id), d.status || CASE WHEN r.status = 'refused' THEN ' refused' ELSE '' END, d.amount_minor,
    d.currency, d.due_at, d.round::int
FROM dispute_dispute d LEFT JOIN payment_payment p ON p.id = d.payment_id LEFT JOIN order_order ord ON ord.id = p.order_id
LEFT JOIN LATERAL (SELECT status FROM dispute_reply WHERE dispute_id = d.id ORDER BY id DESC LIMIT 1) r ON true
WHERE d.merchant_id = %(merchant)s AND d.status IN ('opened', 'evidence_due', 'expired') AND r.status IS DISTINCT FROM 'requested'
    AND (%(stores)s::uuid[] IS NULL OR d.store_id = ANY(%(stores)s))
ORDER BY d.due_at NULLS LAST, d.id LIMIT %(most)s
""",
    "order.read": """
SELECT 'cancelling', o.id::text, o.number, c.name, greatest(o.secured_minor, o.captured_minor) - o.refunded_minor, o.currency, o.cancel_asked_at, 0
FROM order_order o JOIN merchant_channel c ON c.id = o.channel_id
WHERE o.merchant_id = %(merchant)s AND o.status = 'open' AND o.cancel_asked_at IS NOT NULL AND (%(stores)s::uuid[] IS NULL OR o.store_id = ANY(%(stores)s))
    AND NOT EXISTS (SELECT FROM payment_operation op WHERE op.order_id = o.id AND op.status IN ('requested', 'submitted', 'action_required', 'unknown'))
ORDER BY o.id DESC LIMIT %(most)s
""",
    "stock.read": """
(SELECT 'low_stock', l.id::text, v.sku, s.name, NULL::bigint, '', now(), (l.on_hand - l.reserved)::int
FROM stock_level l JOIN catalog_variant v ON v.id = l.variant_id JOIN merchant_store s ON s.id = l.store_id
WHERE l.merchant_id = %(merchant)s AND l.low_at IS NOT NULL AND l.is_low AND (%(stores)s::uuid[] IS NULL OR l.store_id = ANY(%(stores)s))
ORDER BY l.on_hand - l.reserved LIMIT %(most)s)
UNION ALL
(SELECT 'oversold', l.id::text, v.sku, s.name, NULL::bigint, '', now(), l.oversold
FROM stock_level l JOIN catalog_variant v ON v.id = l.variant_id JOIN merchant_store s ON s.id = l.store_id
WHERE l.merchant_id = %(merchant)s AND l.oversold > 0 AND (%(stores)s::uuid[] IS NULL OR l.store_id = ANY(%(stores)s))
ORDER BY l.oversold DESC LIMIT %(most)s)
""",
    "webhook.read": """
(SELECT 'parked_events', 'parked', min(i.topic), '', NULL::bigint, '', min(i.received_at), count(*)::int
FROM webhook_inbound i
WHERE i.merchant_id = %(merchant)s AND i.processed_at IS NULL AND i.put_aside_at IS NULL AND i.attempts > 0 AND %(stores)s::uuid[] IS NULL
    AND i.received_at < clock_timestamp() - interval '1 minute'
HAVING count(*) > 0)
UNION ALL
(SELECT 'failed_webhooks', e.id::text, e.url, '', NULL::bigint, '', max(d.created_at), count(*)::int
FROM merchant_webhook_delivery d JOIN merchant_webhook_endpoint e ON e.id = d.endpoint_id
WHERE d.merchant_id = %(merchant)s AND d.status = 'failed' AND d.created_at >= %(recent)s AND e.is_active AND %(stores)s::uuid[] IS NULL
GROUP BY e.id, e.url ORDER BY count(*) DESC LIMIT 3)
""",
}


def list_needs(
    narrowed: Narrowed, *, rights: frozenset[str], today: date, now: datetime, most: int = _ROWS_OF_A_KIND_MAX
) -> list[dict[str, Any]]:
    """Return what needs somebody, of what `rights` let a person see, at most `most` of a kind, with one statement."""
    parameters = _needs_parameters(narrowed, rights=rights, today=today, now=now)
    return db.prepared_dict_rows(_needs_of(rights, most), parameters)


def count_rows(rows: list[dict[str, Any]]) -> int:
    """Return how many things the rows of `list_needs` stand for: exceptions are one row of many, every other row is one thing."""
    return sum(row["number"] if row["kind"] == "exceptions" else 1 for row in rows)


def _needs_of(rights: frozenset[str], most: int) -> str:
    """
    Return the statement that lists what needs somebody who has `rights`; no rows where nothing is theirs to see.

    `most` stands in its text: PostgreSQL keeps the plan of a statement only when it knows how many rows are wanted.
    """
    columns = "SELECT ''::text AS kind, ''::text AS id, ''::text AS subject, ''::text AS text, 0::bigint AS minor, ''::text AS currency, now() AS at, 0 AS number WHERE false"
    parts = [columns, *(f"({sql.strip()})" for right, sql in _NEEDS.items() if right in rights)]
    return " UNION ALL ".join(parts).replace("%(most)s", str(most))


def _needs_parameters(narrowed: Narrowed, *, rights: frozenset[str], today: date, now: datetime) -> dict[str, Any]:
    recent, asker = now - timedelta(days=RECENT_DAYS), current_actor().key
    waited = now - timedelta(days=PAGE_WAITS_DAYS)
    return narrowed.parameters(today=today, recent=recent, waited=waited, rights=sorted(rights), actor=asker)


_COUNTS = """
SELECT
    (SELECT count(*) FROM payment_operation op JOIN payment_payment p ON p.id = op.payment_id
     WHERE op.merchant_id = %(merchant)s AND op.status = 'unknown' AND (%(stores)s::uuid[] IS NULL OR p.store_id = ANY(%(stores)s)))::int AS payments,
    (SELECT count(*) FROM terminal_terminal t WHERE t.merchant_id = %(merchant)s AND t.token_hash IS NOT NULL AND t.state IN ('offline', 'needs_care', 'unknown')
        AND (%(stores)s::uuid[] IS NULL OR t.store_id = ANY(%(stores)s)))::int AS terminals,
    (SELECT count(*) FROM recon_exception WHERE merchant_id = %(merchant)s AND status = 'open' AND coalesce(snoozed_until <= %(today)s, true))::int AS reconciliation,
    (SELECT count(*) FROM till_drawer d JOIN merchant_register r ON r.id = d.register_id WHERE d.merchant_id = %(merchant)s
        AND d.over_limit_since IS NOT NULL AND (%(stores)s::uuid[] IS NULL OR r.store_id = ANY(%(stores)s)))::int AS day_close,
    (SELECT count(*) FROM dispute_dispute d WHERE d.merchant_id = %(merchant)s AND d.status IN ('opened', 'evidence_due', 'expired')
        AND (%(stores)s::uuid[] IS NULL OR d.store_id = ANY(%(stores)s)))::int AS disputes,
    (SELECT coalesce(sum(CASE kind WHEN 'exceptions' THEN number ELSE 1 END), 0) FROM ({needs}) needs)::int AS home
"""


def count_needs(caller: Caller) -> dict[str, int]:
    """Return per entry of the rail how many things need a person, with one statement. Home counts what its page lists for this person, and nothing else."""
    narrowed = Narrowed(tuple(caller.stores) if caller.stores is not None else None)
    merchant, now = caller.merchant, business_now(caller.merchant_id)
    today = business_date(now, zone=merchant.zone, cutoff=merchant.day_cutoff)
    statement = _COUNTS.replace("{needs}", _needs_of(caller.rights, _ROWS_OF_A_KIND_MAX))
    [row] = db.prepared_dict_rows(statement, _needs_parameters(narrowed, rights=caller.rights, today=today, now=now))
    return row
