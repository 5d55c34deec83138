"""The money: orders are what their payments are, payments what their operations are, and each movement stands in the books once."""

from __future__ import annotations

from reports.verify.look import Findings, Look, missing

_ORDERS = "SELECT count(*) FROM order_order WHERE merchant_id = %(merchant)s"
_ORDERS_OFF = """
SELECT o.number AS order, o.secured_minor, coalesce(p.secured, 0)::bigint AS secured_of_payments_minor, o.captured_minor,
    coalesce(p.captured, 0)::bigint AS captured_of_payments_minor, o.refunded_minor, coalesce(p.refunded, 0)::bigint AS refunded_of_payments_minor
FROM order_order o LEFT JOIN (
    SELECT order_id, sum(secured - greatest(0, secured - without_tip) * has_tip) AS secured, sum(captured_minor - tip_captured) AS captured,
        sum(refunded_minor - (tip_captured - greatest(0, least(tip_captured, captured_minor - refunded_minor)))) AS refunded
    FROM (
        SELECT *, authorised_minor - voided_minor AS secured, authorised_minor - tip_minor AS without_tip, sign(tip_minor)::int AS has_tip,
            greatest(0, captured_minor - (authorised_minor - tip_minor)) * sign(tip_minor)::int AS tip_captured
        FROM payment_payment WHERE merchant_id = %(merchant)s
    ) shared GROUP BY 1
) p ON p.order_id = o.id
WHERE o.merchant_id = %(merchant)s
  AND (o.secured_minor, o.captured_minor, o.refunded_minor) IS DISTINCT FROM
      (coalesce(p.secured, 0)::bigint, coalesce(p.captured, 0)::bigint, coalesce(p.refunded, 0)::bigint)
"""


def orders_follow_payments(look: Look) -> Findings:
    """What an order says is secured, captured and refunded is the sum of its payments."""
    return missing(look, _ORDERS, _ORDERS_OFF)


_PAYMENTS = "SELECT count(*) FROM payment_payment WHERE merchant_id = %(merchant)s"
# An authorisation that captured at once is known by its journal: the answer said so, whatever was asked.
_DERIVED = """
WITH operation AS (
    SELECT o.*, EXISTS (
        SELECT FROM ledger_journal j WHERE j.merchant_id = o.merchant_id AND j.recipe = 'money_in' AND j.source = 'operation:' || o.reference
    ) AS is_money_in FROM payment_operation o WHERE o.merchant_id = %(merchant)s
), derived AS (
    SELECT payment_id,
        coalesce(sum(result_minor) FILTER (WHERE kind IN ('authorise', 'increment') AND status = 'succeeded'), 0)::bigint AS authorised_minor,
        coalesce(sum(result_minor) FILTER (WHERE status = 'succeeded' AND (kind = 'capture' OR kind = 'authorise' AND is_money_in)), 0)::bigint
            - coalesce(sum(result_minor) FILTER (WHERE kind = 'take_back' AND reason <> 'refund'), 0)::bigint AS captured_minor,
        coalesce(sum(result_minor) FILTER (WHERE kind = 'take_back' AND reason <> 'refund'), 0)::bigint AS taken_back_minor,
        coalesce(sum(amount_minor) FILTER (WHERE kind = 'capture' AND status IN %(open)s), 0)::bigint AS asked_capture_minor,
        coalesce(sum(result_minor) FILTER (WHERE kind = 'refund' AND status = 'succeeded'), 0)::bigint
            - coalesce(sum(result_minor) FILTER (WHERE kind = 'reclaim' OR kind = 'take_back' AND reason = 'refund'), 0)::bigint AS refunded_minor,
        coalesce(sum(amount_minor) FILTER (WHERE kind = 'refund' AND status IN %(open)s), 0)::bigint AS asked_refund_minor,
        bool_or(kind IN ('void', 'expire') AND status = 'succeeded' OR kind = 'take_back' AND reason <> 'refund') AS is_voided,
        bool_or(kind = 'expire' AND status = 'succeeded') AS is_expired,
        (array_agg(status ORDER BY id DESC) FILTER (WHERE kind = 'authorise'))[1] AS asked
    FROM operation GROUP BY 1
), expected AS (
    SELECT d.*, CASE WHEN d.is_voided THEN greatest(0, d.authorised_minor - d.captured_minor) ELSE 0 END AS voided_minor,
        least(d.asked_capture_minor, greatest(0, d.authorised_minor - d.captured_minor)) AS capturing_minor,
        least(d.asked_refund_minor, greatest(0, d.captured_minor - d.refunded_minor)) AS refunding_minor,
        CASE WHEN d.captured_minor > 0 THEN
            CASE WHEN d.refunded_minor = 0 THEN 'captured' WHEN d.refunded_minor >= d.captured_minor THEN 'refunded' ELSE 'partly_refunded' END
        WHEN d.taken_back_minor > 0 THEN 'failed'
        WHEN d.authorised_minor > 0 THEN CASE WHEN d.is_expired THEN 'expired' WHEN d.is_voided THEN 'voided' ELSE 'authorised' END
        WHEN d.asked IN ('requested', 'submitted') THEN 'pending' ELSE d.asked END AS status
    FROM derived d
)
"""
_FIELDS = (
    "authorised_minor",
    "captured_minor",
    "capturing_minor",
    "refunded_minor",
    "refunding_minor",
    "voided_minor",
    "taken_back_minor",
    "status",
)
_PAYMENTS_OFF = f"""
{_DERIVED}
SELECT p.id AS payment, {", ".join(f"p.{name}, e.{name} AS {name}_of_operations" for name in _FIELDS)}
FROM payment_payment p LEFT JOIN expected e ON e.payment_id = p.id WHERE p.merchant_id = %(merchant)s
  AND ({", ".join(f"p.{name}" for name in _FIELDS)}) IS DISTINCT FROM ({", ".join(f"e.{name}" for name in _FIELDS)})
"""  # noqa: S608
_OPEN = "('requested', 'submitted', 'action_required', 'unknown')"


def payments_follow_operations(look: Look) -> Findings:
    """What a payment says, its status included, follows from its operations."""
    return missing(look, _PAYMENTS, _PAYMENTS_OFF.replace("%(open)s", _OPEN))


# Where the money of each tender stands once it has moved.
_MONEY_ACCOUNT = """
CASE WHEN o.instrument->>'to' = 'store_credit' THEN 'voucher_liability' WHEN o.instrument->>'to' = 'exchange' THEN 'exchanges'
    WHEN p.method = 'gift_card' AND o.kind = 'authorise' AND o.instrument ? 'offline' THEN 'offline_gift_cards' ELSE
    CASE p.method WHEN 'exchange' THEN 'exchanges' WHEN 'cash' THEN 'cash_register' WHEN 'gift_card' THEN 'voucher_liability' WHEN 'store_credit' THEN 'voucher_liability' ELSE 'clearing' END
END
"""
_MOVED = f"""
WITH moved AS (
    SELECT o.reference, o.kind, o.status, o.captures_at_once, o.result_minor, p.id AS payment, p.method, p.currency, {_MONEY_ACCOUNT} AS account,
        CASE p.method WHEN 'cash' THEN p.register_id::text WHEN 'gift_card' THEN '' WHEN 'store_credit' THEN '' WHEN 'exchange' THEN '' ELSE coalesce(p.gateway_account_id::text, p.method) END AS subject
    FROM payment_operation o JOIN payment_payment p ON p.id = o.payment_id WHERE o.merchant_id = %(merchant)s
), booked AS (
    SELECT j.source, p.currency, sum(p.amount_minor) AS minor, min(a.kind) AS account, min(a.subject) AS subject, count(*) AS legs
    FROM ledger_journal j JOIN ledger_posting p ON p.journal_id = j.id JOIN ledger_account a ON a.id = p.account_id
    WHERE j.merchant_id = %(merchant)s AND j.recipe = %(recipe)s AND j.reverses_id IS NULL AND a.kind NOT IN ('receivable', 'prepayments', 'tips') GROUP BY 1, 2
)
SELECT coalesce(m.reference, b.source) AS operation, m.kind, m.status, m.method, coalesce(m.currency, b.currency) AS currency,
    m.result_minor AS moved_minor, b.minor::bigint AS booked_minor, m.account AS expected_account, b.account AS booked_on
"""  # noqa: S608
_CAPTURES_OFF = f"""
{_MOVED}
FROM (SELECT * FROM moved WHERE kind IN ('authorise', 'capture')) m FULL JOIN booked b ON b.source = 'operation:' || m.reference
WHERE (b.source IS NOT NULL AND (m.status IS DISTINCT FROM 'succeeded' OR b.minor <> m.result_minor OR b.account <> m.account OR b.subject <> m.subject
        OR b.currency <> m.currency))
   OR (b.source IS NULL AND m.status = 'succeeded' AND (m.kind = 'capture' OR m.captures_at_once))
"""  # noqa: S608
_SUCCEEDED = (
    "SELECT count(*) FROM payment_operation WHERE merchant_id = %(merchant)s AND status = 'succeeded' AND kind IN "
)


def captures_booked(look: Look) -> Findings:
    """Every capture, and every authorisation that captured at once, is booked once for its amount on its account; no other money came in."""
    return missing(look, f"{_SUCCEEDED} ('authorise', 'capture')", _CAPTURES_OFF, recipe="money_in")


_REFUNDS_OFF = f"""
{_MOVED}
FROM (SELECT * FROM moved WHERE kind = 'refund') m FULL JOIN booked b ON b.source = 'operation:' || m.reference
WHERE (b.source IS NOT NULL AND (m.status IS DISTINCT FROM 'succeeded' OR b.minor <> -m.result_minor OR b.account <> m.account OR b.currency <> m.currency))
   OR (b.source IS NULL AND m.status = 'succeeded')
"""  # noqa: S608


def refunds_booked(look: Look) -> Findings:
    """Every refund that succeeded is booked once for its amount on its account; no other money went out to customers."""
    return missing(look, f"{_SUCCEEDED} ('refund')", _REFUNDS_OFF, recipe="refund")


# What a processor undid, or an exchange gave back, against the journal of what was undone: on the same account, for the same amount, the other way round.
_UNDONE_OFF = """
WITH undone AS (
    SELECT b.reference, b.kind, b.status, b.currency, b.result_minor, o.reference AS first, o.kind AS first_kind
    FROM payment_operation b LEFT JOIN payment_operation o ON o.id = b.parent_id WHERE b.merchant_id = %(merchant)s AND b.kind IN ('take_back', 'reclaim')
), booked AS (
    SELECT j.source, j.recipe, p.currency, sum(p.amount_minor) AS minor, min(a.kind) AS account, min(a.subject) AS subject
    FROM ledger_journal j JOIN ledger_posting p ON p.journal_id = j.id JOIN ledger_account a ON a.id = p.account_id
    WHERE j.merchant_id = %(merchant)s AND j.recipe IN ('money_in', 'refund', 'capture_taken_back', 'refund_taken_back', 'exchange_reclaimed')
        AND j.reverses_id IS NULL AND a.kind NOT IN ('receivable', 'prepayments', 'tips') GROUP BY 1, 2, 3
)
SELECT coalesce(u.reference, b.source) AS operation, u.first AS undoes, b.recipe, u.result_minor AS moved_minor, b.minor::bigint AS booked_minor, b.account AS booked_on,
    f.minor::bigint AS first_booked_minor, f.account AS first_booked_on
FROM undone u FULL JOIN (SELECT * FROM booked WHERE recipe NOT IN ('money_in', 'refund')) b ON b.source = 'operation:' || u.reference
LEFT JOIN booked f ON f.source = 'operation:' || u.first AND f.recipe IN ('money_in', 'refund')
WHERE u.reference IS NULL OR b.source IS NULL OR f.source IS NULL OR u.status <> 'succeeded' OR b.currency <> u.currency
    OR b.recipe <> CASE WHEN u.kind = 'reclaim' THEN 'exchange_reclaimed' WHEN u.first_kind = 'refund' THEN 'refund_taken_back' ELSE 'capture_taken_back' END
    OR b.minor <> CASE WHEN u.first_kind = 'refund' THEN u.result_minor ELSE -u.result_minor END OR (b.account, b.subject) <> (f.account, f.subject)
    OR (u.kind = 'take_back' AND b.minor <> -f.minor)
"""
_UNDONE = "SELECT count(*) FROM payment_operation WHERE merchant_id = %(merchant)s AND kind IN ('take_back', 'reclaim')"


def undone_booked(look: Look) -> Findings:
    """Every capture or refund the processor took back, and everything an exchange gave back, is booked once, against the journal of what it undoes."""
    return missing(look, _UNDONE, _UNDONE_OFF)


_OVER = """
SELECT p.id AS payment, p.authorised_minor, p.captured_minor, p.refunded_minor, p.refunding_minor FROM payment_payment p
WHERE p.merchant_id = %(merchant)s AND (p.captured_minor > p.authorised_minor OR p.refunded_minor + p.refunding_minor > p.captured_minor)
"""


def nothing_over_its_cap(look: Look) -> Findings:
    """Nothing was captured beyond its authorisation or refunded beyond its capture."""
    return missing(look, _PAYMENTS, _OVER)


_CASH = "SELECT count(*) FROM merchant_register WHERE merchant_id = %(merchant)s"
_CASH_OFF = """
WITH taken AS (
    SELECT coalesce(nullif(o.instrument->>'register_id', ''), p.register_id::text) AS register, p.currency,
        sum(CASE o.kind WHEN 'refund' THEN -o.result_minor ELSE o.result_minor END) AS minor
    FROM payment_operation o JOIN payment_payment p ON p.id = o.payment_id
    WHERE o.merchant_id = %(merchant)s AND p.method = 'cash' AND o.status = 'succeeded'
        AND coalesce(o.instrument->>'to', '') NOT IN ('store_credit', 'exchange') AND o.kind <> 'reclaim' GROUP BY 1, 2
), booked AS (
    SELECT a.subject, a.currency, sum(p.amount_minor) AS minor FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id
    JOIN ledger_journal j ON j.id = p.journal_id
    WHERE a.merchant_id = %(merchant)s AND a.kind = 'cash_register' AND j.recipe IN ('money_in', 'refund') GROUP BY 1, 2
)
SELECT coalesce(t.register, b.subject) AS register, coalesce(t.currency, b.currency) AS currency, coalesce(t.minor, 0)::bigint AS taken_minor,
    coalesce(b.minor, 0)::bigint AS booked_minor
FROM taken t FULL JOIN booked b ON b.subject = coalesce(t.register, '') AND b.currency = t.currency WHERE coalesce(t.minor, 0) <> coalesce(b.minor, 0)
"""


def cash_in_drawers(look: Look) -> Findings:
    """What customers paid into and got out of each drawer, be it another than they paid into, is what its account says."""
    return missing(look, _CASH, _CASH_OFF)


_ROUNDED = "SELECT count(*) FROM payment_payment WHERE merchant_id = %(merchant)s AND method = 'cash'"
_ROUNDED_OFF = """
WITH rounded AS (
    SELECT 'operation:' || o.reference AS source, p.currency, CASE o.kind WHEN 'refund' THEN -(o.instrument->>'rounding_minor')::bigint ELSE p.rounding_minor END AS minor
    FROM payment_operation o JOIN payment_payment p ON p.id = o.payment_id
    WHERE o.merchant_id = %(merchant)s AND p.method = 'cash' AND o.status = 'succeeded'
        AND CASE o.kind WHEN 'refund' THEN o.instrument ? 'rounding_minor' WHEN 'authorise' THEN p.rounding_minor <> 0 ELSE false END
    UNION ALL
    SELECT 'loose-return:' || r.id, r.currency, -r.rounding_minor FROM after_sales_loose_return r WHERE r.merchant_id = %(merchant)s AND r.rounding_minor <> 0
), booked AS (
    SELECT j.source, p.currency, -sum(p.amount_minor) AS minor FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id
    JOIN ledger_journal j ON j.id = p.journal_id
    WHERE a.merchant_id = %(merchant)s AND a.kind = 'cash_rounding' GROUP BY 1, 2
)
SELECT coalesce(r.source, b.source) AS operation, coalesce(r.currency, b.currency) AS currency, coalesce(r.minor, 0)::bigint AS rounded_minor,
    coalesce(b.minor, 0)::bigint AS booked_minor
FROM rounded r FULL JOIN booked b ON b.source = r.source AND b.currency = r.currency WHERE coalesce(r.minor, 0) <> coalesce(b.minor, 0)
"""


def cash_rounding_booked(look: Look) -> Findings:
    """What cash payments, refunds and cash for goods without a receipt were rounded by for want of coins is booked as that, each once, and nothing else is."""
    return missing(look, _ROUNDED, _ROUNDED_OFF)


_VOUCHERS = "SELECT count(*) FROM voucher_voucher WHERE merchant_id = %(merchant)s"
_VOUCHERS_OFF = """
SELECT 'voucher ' || v.hint AS what, v.currency, v.balance_minor, coalesce(m.minor, 0)::bigint AS expected_minor FROM voucher_voucher v
LEFT JOIN (SELECT voucher_id, sum(amount_minor) AS minor FROM voucher_movement WHERE merchant_id = %(merchant)s GROUP BY 1) m ON m.voucher_id = v.id
WHERE v.merchant_id = %(merchant)s AND v.balance_minor <> coalesce(m.minor, 0)
UNION ALL
SELECT 'liability', coalesce(v.currency, b.currency), coalesce(v.minor, 0)::bigint, coalesce(b.minor, 0)::bigint FROM (
    SELECT currency, sum(balance_minor) AS minor FROM voucher_voucher WHERE merchant_id = %(merchant)s GROUP BY 1
) v FULL JOIN (
    SELECT a.currency, -sum(p.amount_minor) AS minor FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id
    WHERE a.merchant_id = %(merchant)s AND a.kind = 'voucher_liability' GROUP BY 1
) b ON b.currency = v.currency WHERE coalesce(v.minor, 0) <> coalesce(b.minor, 0)
"""


def vouchers_stand(look: Look) -> Findings:
    """The balance of every gift card and store credit is the sum of its movements, and all of them together are the liability in the books."""
    return missing(look, _VOUCHERS, f"SELECT * FROM ({_VOUCHERS_OFF}) off")  # noqa: S608


_LOOSE = "SELECT count(*) FROM after_sales_loose_return WHERE merchant_id = %(merchant)s"
_LOOSE_OFF = """
WITH booked AS (
    SELECT j.source, -sum(p.amount_minor) AS minor, min(a.kind) AS account, min(a.subject) AS subject
    FROM ledger_journal j JOIN ledger_posting p ON p.journal_id = j.id JOIN ledger_account a ON a.id = p.account_id
    WHERE j.merchant_id = %(merchant)s AND j.recipe = 'loose_return' AND a.kind NOT IN ('sales_returns', 'vat_payable') GROUP BY 1
)
SELECT coalesce('loose-return:' || r.id, b.source) AS return, r.payout, coalesce(r.total_minor, 0) AS given_minor, coalesce(b.minor, 0)::bigint AS booked_minor,
    b.account AS booked_on
FROM (SELECT * FROM after_sales_loose_return WHERE merchant_id = %(merchant)s) r FULL JOIN booked b ON b.source = 'loose-return:' || r.id
WHERE r.total_minor IS DISTINCT FROM b.minor
   OR b.account <> CASE r.payout WHEN 'cash' THEN 'cash_register' WHEN 'store_credit' THEN 'voucher_liability' ELSE 'exchanges' END
   OR (r.payout = 'cash' AND b.subject <> r.register_id::text)
"""


def loose_returns_booked(look: Look) -> Findings:
    """What was given for goods without a receipt is booked once, from the drawer or as what it was given."""
    return missing(look, _LOOSE, _LOOSE_OFF)


_EXCHANGES = "SELECT count(*) FROM payment_payment WHERE merchant_id = %(merchant)s AND method = 'exchange'"
_EXCHANGES_OFF = """
SELECT a.currency, sum(p.amount_minor)::bigint AS left_over_minor FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id
WHERE a.merchant_id = %(merchant)s AND a.kind = 'exchanges' GROUP BY 1 HAVING sum(p.amount_minor) <> 0
"""


def exchanges_are_even(look: Look) -> Findings:
    """What exchanges took from one order they gave to the next: nothing is left between them."""
    return missing(look, _EXCHANGES, _EXCHANGES_OFF)


_OFFLINE_CARDS = "SELECT count(*) FROM voucher_offline_redemption WHERE merchant_id = %(merchant)s"
_OFFLINE_CARDS_OFF = """
SELECT coalesce(r.currency, b.currency) AS currency, coalesce(r.minor, 0)::bigint AS at_risk_minor, coalesce(b.minor, 0)::bigint AS booked_minor
FROM (
    SELECT currency, sum(amount_minor - confirmed_minor - written_off_minor) AS minor FROM voucher_offline_redemption WHERE merchant_id = %(merchant)s GROUP BY 1
) r FULL JOIN (
    SELECT a.currency, sum(p.amount_minor) AS minor FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id
    WHERE a.merchant_id = %(merchant)s AND a.kind = 'offline_gift_cards' GROUP BY 1
) b ON b.currency = r.currency WHERE coalesce(r.minor, 0) <> coalesce(b.minor, 0)
"""


def offline_cards_stand(look: Look) -> Findings:
    """Gift cards taken offline and neither confirmed nor written off are what stands on their account."""
    return missing(look, _OFFLINE_CARDS, _OFFLINE_CARDS_OFF)
