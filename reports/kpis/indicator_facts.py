"""
What the key figures count: one SELECT a report, one row a fact, with the columns of `facts`.

Here amounts are not all money: a fact counts as 1 of what it is, and durations are whole milliseconds. A report without money gives '' as its currency, so that it has one
figure in all.
"""

from __future__ import annotations

# Where an order was sold has its zone and cut-off: the store, online the channel.
_PLACE = "JOIN merchant_channel c ON c.id = o.channel_id LEFT JOIN merchant_store s ON s.id = o.store_id"
_IS_PAID = "(o.status IN ('open', 'completed') AND o.secured_minor >= o.total_minor)"
_MILLISECONDS = "(extract(epoch FROM {later} - {earlier}) * 1000)::bigint"

ORDER_DAYS = {"store": "o.business_date", "utc": "(coalesce(o.placed_at, o.created_at) AT TIME ZONE 'UTC')::date"}
# Orders that are paid, or whose money is held. Split by the hour at the place they were sold.
ORDERS = f"""
SELECT {{day}} AS day, o.id::text AS key, o.number AS reference, '/orders/' || o.id || '/' AS url, o.store_id, o.channel_id, NULL::uuid AS gateway_account_id,
    to_char(coalesce(o.placed_at, o.created_at) AT TIME ZONE coalesce(s.zone, c.zone), 'HH24') AS kind, o.currency, 1 AS orders, o.total_minor AS value
FROM order_order o {_PLACE} WHERE o.merchant_id = %s AND {{day}} BETWEEN %s AND %s AND {_IS_PAID}
"""  # noqa: S608

# Paid orders whose customer is known. Who has a paid order from before comes back.
CUSTOMERS = f"""
SELECT day, key, reference, url, store_id, channel_id, gateway_account_id, CASE WHEN returning_orders = 1 THEN 'returning' ELSE 'new' END AS kind, '' AS currency, 1 AS orders,
    returning_orders AS returning
FROM (
    SELECT {{day}} AS day, o.id::text AS key, o.number AS reference, '/orders/' || o.id || '/' AS url, o.store_id, o.channel_id, NULL::uuid AS gateway_account_id,
        EXISTS (SELECT FROM order_order b WHERE b.merchant_id = o.merchant_id AND b.customer_id = o.customer_id AND b.id < o.id
            AND b.status IN ('open', 'completed') AND b.secured_minor >= b.total_minor)::int AS returning_orders
    FROM order_order o WHERE o.merchant_id = %s AND {{day}} BETWEEN %s AND %s AND o.customer_id IS NOT NULL AND {_IS_PAID}
) customers
"""  # noqa: S608

# What customers began by themselves, and how far it came. An hour without money is as good as gone: a page to pay lives no longer than that by default.
CARTS = f"""
SELECT day, key, reference, url, store_id, channel_id, gateway_account_id, kind, '' AS currency, 1 AS begun, (kind = 'paid')::int AS paid, (kind = 'abandoned')::int AS abandoned
FROM (
    SELECT {{day}} AS day, o.id::text AS key, o.number AS reference, '/orders/' || o.id || '/' AS url, o.store_id, o.channel_id, NULL::uuid AS gateway_account_id,
        CASE WHEN {_IS_PAID} THEN 'paid' WHEN o.status = 'cancelled'
            OR o.created_at < now() + coalesce((SELECT k."offset" FROM core_business_clock k WHERE k.merchant_id = o.merchant_id), interval '0') - interval '1 hour'
            THEN 'abandoned' ELSE 'still_open' END AS kind
    FROM order_order o JOIN merchant_channel c ON c.id = o.channel_id
    WHERE o.merchant_id = %s AND {{day}} BETWEEN %s AND %s AND c.kind NOT IN ('in_store', 'phone', 'subscription', 'marketplace', 'link')
) carts
"""  # noqa: S608
CART_DAYS = {"store": "o.business_date", "utc": "(o.created_at AT TIME ZONE 'UTC')::date"}

OPERATION_DAYS = {"store": "op.business_date", "utc": "(op.requested_at AT TIME ZONE 'UTC')::date"}
# What a marketplace took is only noted: nobody was asked.
_ASKED = """FROM payment_operation op JOIN payment_payment p ON p.id = op.payment_id JOIN order_order o ON o.id = p.order_id
    JOIN gateway_account g ON g.id = op.gateway_account_id WHERE op.merchant_id = %s AND {day} BETWEEN %s AND %s
    AND p.method <> 'marketplace'"""
_OPERATION = "{day} AS day, op.id::text AS key, op.reference, '/payments/' || p.id || '/' AS url, p.store_id, o.channel_id, op.gateway_account_id"

# Every authorisation that has an outcome, or whose outcome nobody knows.
APPROVALS = f"""
SELECT {_OPERATION}, CASE WHEN op.status = 'succeeded' THEN 'approved' ELSE coalesce(nullif(op.decline_code, ''), op.status) END AS kind, '' AS currency,
    1 AS asked, (op.status = 'succeeded')::int AS approved, (op.status = 'declined')::int AS declined, (op.status IN ('failed', 'unknown'))::int AS errors
{_ASKED} AND op.kind = 'authorise' AND op.status IN ('succeeded', 'declined', 'failed', 'unknown')
"""

# Whatever a gateway was asked for that failed or has no answer, by its cause.
ERRORS = f"""
SELECT {_OPERATION}, coalesce(nullif(op.decline_code, ''), op.status) AS kind, '' AS currency, 1 AS errors, (op.status = 'unknown')::int AS unanswered
{_ASKED} AND op.status IN ('failed', 'unknown')
"""

# From sending to the gateway's first answer; with the card at a terminal, the PIN is part of it. Where the answer is that whoever pays has to do something (3-D Secure, a page
# of their bank), it is an answer: how long they then take is not the gateway's. What was sent is stamped by the machine's clock, which the business clock may be ahead of; where
# that was moved in between, the wish stands in.
_ANSWERED = """CROSS JOIN LATERAL (
    SELECT CASE WHEN op.action_url = '' THEN op.finished_at ELSE (SELECT min(e.at) FROM payment_evidence e WHERE e.operation_id = op.id) END AS answered_at,
        op.submitted_at + coalesce((SELECT k."offset" FROM core_business_clock k WHERE k.merchant_id = op.merchant_id), interval '0') AS sent_at
) said CROSS JOIN LATERAL (
    SELECT CASE WHEN said.sent_at BETWEEN op.requested_at AND said.answered_at THEN said.sent_at ELSE op.requested_at END AS begun_at
) asked"""
PROCESSING = f"""
SELECT {_OPERATION}, p.method AS kind, '' AS currency, 1 AS answered, {_MILLISECONDS.format(later="said.answered_at", earlier="asked.begun_at")} AS waited
{_ASKED.replace(" WHERE ", f" {_ANSWERED} WHERE ")} AND op.kind = 'authorise' AND op.status IN ('succeeded', 'declined') AND said.answered_at >= op.requested_at
"""

# The business day of a moment where a store is; local wall time decides, as `clock.business_date` does.
_STORE_DAY = "((e.at AT TIME ZONE s.zone)::date - ((e.at AT TIME ZONE s.zone)::time < s.day_cutoff)::int)"
# A terminal is down from the loss of its connection to the next one, and until now if there is none. A gateway is down while nothing it is asked for is answered, two in a row at
# least: from the first to the last of them, which is what is known for sure.
DOWNTIME = f"""
WITH asked AS (SELECT %s::uuid AS merchant_id, %s::date AS first, %s::date AS last)
SELECT {{day}} AS day, down.key, down.reference, down.url, down.store_id, NULL::uuid AS channel_id, NULL::uuid AS gateway_account_id, 'terminal' AS kind, '' AS currency,
    1 AS outages, {_MILLISECONDS.format(later="coalesce(back.at, down.latest)", earlier="down.began_at")} AS lasted
FROM asked CROSS JOIN LATERAL (
    SELECT e.id::text AS key, e.id, e.terminal_id, t.name || ', ' || s.name AS reference, '/terminals/' || t.id || '/' AS url, t.store_id, e.at AS began_at,
        {_STORE_DAY} AS business_day, CASE WHEN t.token_hash IS NULL THEN e.at ELSE greatest(clock_timestamp(), e.at) END AS latest
    FROM terminal_event e JOIN terminal_terminal t ON t.id = e.terminal_id JOIN merchant_store s ON s.id = t.store_id
    WHERE e.merchant_id = asked.merchant_id AND e.kind = 'went_offline'
) down LEFT JOIN LATERAL (
    SELECT b.at FROM terminal_event b WHERE b.terminal_id = down.terminal_id AND b.kind = 'connected' AND b.id > down.id ORDER BY b.id LIMIT 1
) back ON true WHERE {{day}} BETWEEN asked.first AND asked.last
UNION ALL
SELECT {{day}}, down.key, down.reference, down.url, NULL, NULL, down.gateway_account_id, 'gateway', '', 1,
    {_MILLISECONDS.format(later="silent.until", earlier="down.began_at")}
FROM asked CROSS JOIN LATERAL (
    SELECT op.id::text AS key, op.id, op.gateway_account_id, g.name AS reference, '/payments/' || op.payment_id || '/' AS url, op.requested_at AS began_at,
        op.business_date AS business_day
    FROM payment_operation op JOIN gateway_account g ON g.id = op.gateway_account_id
    WHERE op.merchant_id = asked.merchant_id AND op.kind = 'authorise' AND op.status IN ('failed', 'unknown')
) down LEFT JOIN LATERAL (
    SELECT b.status FROM payment_operation b WHERE b.gateway_account_id = down.gateway_account_id AND b.kind = 'authorise' AND b.id < down.id ORDER BY b.id DESC LIMIT 1
) before ON true LEFT JOIN LATERAL (
    SELECT a.id FROM payment_operation a WHERE a.gateway_account_id = down.gateway_account_id AND a.kind = 'authorise' AND a.id > down.id
        AND a.status NOT IN ('failed', 'unknown') ORDER BY a.id LIMIT 1
) answered ON true CROSS JOIN LATERAL (
    SELECT count(*) AS number, max(coalesce(x.finished_at, x.requested_at)) AS until FROM payment_operation x
    WHERE x.gateway_account_id = down.gateway_account_id AND x.kind = 'authorise' AND x.id >= down.id AND (answered.id IS NULL OR x.id < answered.id)
) silent
WHERE {{day}} BETWEEN asked.first AND asked.last AND coalesce(before.status NOT IN ('failed', 'unknown'), true) AND silent.number > 1
"""  # noqa: S608
DOWNTIME_DAYS = {"store": "down.business_day", "utc": "(down.began_at AT TIME ZONE 'UTC')::date"}
