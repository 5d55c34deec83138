"""The books: every journal and every day balances, reversals mirror, and customers stand where their orders say."""

from __future__ import annotations

from reports.verify.look import Findings, Look, missing

_JOURNALS = "SELECT count(*) FROM ledger_journal WHERE merchant_id = %(merchant)s"
_UNBALANCED = """
SELECT j.id AS journal, j.recipe, j.source, p.currency, sum(p.amount_minor) AS off_minor, 0 AS base_off_minor
FROM ledger_journal j JOIN ledger_posting p ON p.journal_id = j.id WHERE j.merchant_id = %(merchant)s
GROUP BY j.id, p.currency HAVING sum(p.amount_minor) <> 0
UNION ALL
SELECT j.id, j.recipe, j.source, 'base', 0, sum(p.base_minor)
FROM ledger_journal j JOIN ledger_posting p ON p.journal_id = j.id WHERE j.merchant_id = %(merchant)s
GROUP BY j.id HAVING sum(p.base_minor) <> 0
"""


def journals_balance(look: Look) -> Findings:
    """Every journal sums to zero in each currency and in base currency."""
    return missing(look, _JOURNALS, _UNBALANCED)


_INCOMPLETE = """
SELECT j.id AS journal, j.recipe, j.source, j.posting_count AS promised, count(p.id) AS found
FROM ledger_journal j LEFT JOIN ledger_posting p ON p.journal_id = j.id AND p.merchant_id = j.merchant_id
WHERE j.merchant_id = %(merchant)s GROUP BY j.id HAVING count(p.id) <> j.posting_count
"""


def journals_complete(look: Look) -> Findings:
    """Every journal has exactly the postings it was born with."""
    return missing(look, _JOURNALS, _INCOMPLETE)


_POSTINGS = "SELECT count(*) FROM ledger_posting WHERE merchant_id = %(merchant)s"
_MISPLACED = """
SELECT p.id AS posting, p.journal_id AS journal, p.account_id AS account, p.currency
FROM ledger_posting p LEFT JOIN ledger_journal j ON j.id = p.journal_id LEFT JOIN ledger_account a ON a.id = p.account_id
WHERE p.merchant_id = %(merchant)s
  AND (j.merchant_id IS DISTINCT FROM p.merchant_id OR a.merchant_id IS DISTINCT FROM p.merchant_id OR a.currency IS DISTINCT FROM p.currency)
"""


def postings_belong(look: Look) -> Findings:
    """Every posting stands in a journal and on an account of the same merchant and currency."""
    return missing(look, _POSTINGS, _MISPLACED)


_DAYS = "SELECT count(DISTINCT business_date) FROM ledger_journal WHERE merchant_id = %(merchant)s"
_DAYS_OFF = """
SELECT d.business_date, d.currency, sum(d.total) AS off_minor FROM (
    SELECT j.business_date, p.account_id, p.currency, sum(p.amount_minor) AS total
    FROM ledger_journal j JOIN ledger_posting p ON p.journal_id = j.id WHERE j.merchant_id = %(merchant)s GROUP BY 1, 2, 3
) d GROUP BY 1, 2 HAVING sum(d.total) <> 0
"""


def days_balance(look: Look) -> Findings:
    """The day sums of all accounts come to zero on each business day."""
    return missing(look, _DAYS, _DAYS_OFF)


_REVERSALS = "SELECT count(*) FROM ledger_journal WHERE merchant_id = %(merchant)s AND reverses_id IS NOT NULL"
_NO_MIRROR = """
SELECT r.id AS reversal, r.reverses_id AS journal, p.account_id AS account, sum(p.amount_minor) AS off_minor
FROM ledger_journal r JOIN ledger_posting p ON p.journal_id IN (r.id, r.reverses_id)
WHERE r.merchant_id = %(merchant)s AND r.reverses_id IS NOT NULL GROUP BY 1, 2, 3 HAVING sum(p.amount_minor) <> 0
"""


def reversals_mirror(look: Look) -> Findings:
    """Every reversal is the exact opposite of its journal on each account."""
    return missing(look, _REVERSALS, _NO_MIRROR)


# With H handed over and C money kept, a customer owes max(0, H - C) and we owe max(0, C - H): order by order, in the postings about that order.
_STANDING = """
WITH stands AS (
    SELECT o.id, o.number, o.currency, greatest(0, o.handed_over_minor - o.captured_minor + o.refunded_minor) AS receivable,
        greatest(0, o.captured_minor - o.refunded_minor - o.handed_over_minor) AS prepayments
    FROM order_order o WHERE o.merchant_id = %(merchant)s
), booked AS (
    SELECT j.about, p.currency, sum(p.amount_minor) FILTER (WHERE a.kind = 'receivable') AS receivable,
        -sum(p.amount_minor) FILTER (WHERE a.kind = 'prepayments') AS prepayments
    FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id JOIN ledger_journal j ON j.id = p.journal_id
    WHERE a.merchant_id = %(merchant)s AND a.kind IN ('receivable', 'prepayments') GROUP BY 1, 2
)
SELECT coalesce(s.number, b.about) AS order, coalesce(s.currency, b.currency) AS currency, coalesce(s.receivable, 0) AS receivable_minor,
    coalesce(b.receivable, 0)::bigint AS booked_receivable_minor, coalesce(s.prepayments, 0) AS prepayments_minor,
    coalesce(b.prepayments, 0)::bigint AS booked_prepayments_minor
FROM stands s FULL JOIN booked b ON b.about = 'order:' || s.id AND b.currency = s.currency
"""
_OFF_STANDING = f"""
SELECT * FROM ({_STANDING}) c WHERE receivable_minor <> booked_receivable_minor OR prepayments_minor <> booked_prepayments_minor
"""  # noqa: S608
_OPEN_STANDING = f"""
SELECT currency, count(*) FILTER (WHERE receivable_minor <> 0) AS orders_owed, sum(receivable_minor)::bigint AS receivable_minor,
    count(*) FILTER (WHERE prepayments_minor <> 0) AS orders_prepaid, sum(prepayments_minor)::bigint AS prepayments_minor
FROM ({_STANDING}) c GROUP BY 1 HAVING sum(receivable_minor) <> 0 OR sum(prepayments_minor) <> 0 ORDER BY 1
"""  # noqa: S608


def customers_stand(look: Look) -> Findings:
    """Receivable and prepayments are what each order's goods and money make them, and nothing else is on them."""
    found = missing(look, "SELECT count(*) FROM order_order WHERE merchant_id = %(merchant)s", _OFF_STANDING)
    return Findings(found.counted, found.violations, look.rows(_OPEN_STANDING))


_GOODS = "SELECT count(*) FROM fulfilment_fulfilment WHERE merchant_id = %(merchant)s"
_GOODS_OFF = """
WITH goods AS (
    SELECT order_id, sum(minor) AS minor, sum(returned) AS returned FROM (
        SELECT order_id, total_minor AS minor, 0 AS returned FROM fulfilment_fulfilment WHERE merchant_id = %(merchant)s
        UNION ALL SELECT order_id, 0, total_minor FROM fulfilment_return WHERE merchant_id = %(merchant)s
    ) moves GROUP BY 1
), booked AS (
    SELECT j.about, -sum(p.amount_minor) FILTER (WHERE j.recipe = 'goods_handed_over') AS minor,
        sum(p.amount_minor) FILTER (WHERE j.recipe = 'credit_note') AS returned
    FROM ledger_journal j JOIN ledger_posting p ON p.journal_id = j.id JOIN ledger_account a ON a.id = p.account_id
    WHERE j.merchant_id = %(merchant)s AND j.recipe IN ('goods_handed_over', 'credit_note') AND a.kind NOT IN ('receivable', 'prepayments')
    GROUP BY 1
)
SELECT coalesce(o.number, b.about) AS order, coalesce(o.handed_over_minor, 0) AS projected_minor, coalesce(g.minor, 0)::bigint AS handed_over_minor,
    coalesce(g.returned, 0)::bigint AS returned_minor, coalesce(b.minor, 0)::bigint AS revenue_booked_minor,
    coalesce(b.returned, 0)::bigint AS credit_booked_minor
FROM (SELECT * FROM order_order WHERE merchant_id = %(merchant)s) o LEFT JOIN goods g ON g.order_id = o.id FULL JOIN booked b ON b.about = 'order:' || o.id
WHERE coalesce(o.handed_over_minor, 0) <> coalesce(g.minor, 0) - coalesce(g.returned, 0)
   OR coalesce(g.minor, 0) <> coalesce(b.minor, 0) OR coalesce(g.returned, 0) <> coalesce(b.returned, 0)
"""


def goods_booked(look: Look) -> Findings:
    """What was handed over and taken back of each order is its projection, and is booked as revenue and credit, tax included."""
    return missing(look, _GOODS, _GOODS_OFF)
