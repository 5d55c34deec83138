"""The orders: each is the sum of its lines, each line is its price and its tax, and what the books and the papers say of it is that."""

from __future__ import annotations

from reports.verify.look import Findings, Look, missing

_ORDERS = "SELECT count(*) FROM order_order WHERE merchant_id = %(merchant)s"
_ORDERS_OFF = """
SELECT o.number AS order, o.total_minor, coalesce(l.total, 0)::bigint AS total_of_lines_minor, o.tax_minor, coalesce(l.tax, 0)::bigint AS tax_of_lines_minor,
    o.discount_minor, coalesce(l.discount, 0)::bigint AS discount_of_lines_minor
FROM order_order o LEFT JOIN (
    SELECT order_id, sum(total_minor) AS total, sum(tax_minor) AS tax, sum(discount_minor) AS discount
    FROM order_line WHERE merchant_id = %(merchant)s GROUP BY 1
) l ON l.order_id = o.id
WHERE o.merchant_id = %(merchant)s
  AND (o.total_minor, o.tax_minor, o.discount_minor) IS DISTINCT FROM (coalesce(l.total, 0)::bigint, coalesce(l.tax, 0)::bigint, coalesce(l.discount, 0)::bigint)
"""


def orders_follow_lines(look: Look) -> Findings:
    """Total, tax and discount of every order are the sums of its lines."""
    return missing(look, _ORDERS, _ORDERS_OFF)


_LINES = "SELECT count(*) FROM order_line WHERE merchant_id = %(merchant)s"
# Tax is rounded half up per line. What stays of a line after pieces were taken off keeps its share of total, tax and discount, each rounded for itself: half a unit
# of each for every time, and at least a piece went each time.
_LINES_OFF = """
SELECT o.number AS order, w.position, w.quantity, w.unit_price_minor, w.discount_minor, w.total_minor, w.total_by_price::bigint AS total_by_price_minor,
    w.tax_rate_basis_points, w.tax_minor, w.tax_by_rate::bigint AS tax_by_rate_minor
FROM (
    SELECT b.*, CASE WHEN b.includes_tax THEN b.base ELSE b.base + b.tax END AS total_by_price, b.tax AS tax_by_rate,
        CASE WHEN b.cancelled_quantity > 0 THEN b.cancelled_quantity + 1 ELSE 0 END AS tolerance
    FROM (
        SELECT l.*, l.unit_price_minor * l.quantity - l.discount_minor AS base,
            round((l.unit_price_minor * l.quantity - l.discount_minor)::numeric * l.tax_rate_basis_points
                / CASE WHEN l.includes_tax THEN 10000 + l.tax_rate_basis_points ELSE 10000 END) AS tax
        FROM order_line l WHERE l.merchant_id = %(merchant)s
    ) b
) w JOIN order_order o ON o.id = w.order_id
WHERE abs(w.total_minor - w.total_by_price) > w.tolerance OR abs(w.tax_minor - w.tax_by_rate) > w.tolerance
"""


def lines_add_up(look: Look) -> Findings:
    """Every order line costs its pieces times its price less its discount, and its tax is that of its rate."""
    return missing(look, _LINES, _LINES_OFF)


def _share(amount: str, pieces: str) -> str:
    """SQL of what some pieces of a line are worth, as hand-overs and returns count it."""
    return f"CASE {pieces} WHEN 0 THEN 0 WHEN quantity THEN {amount} ELSE round({amount}::numeric * {pieces} / quantity) END"


_GOODS = "SELECT count(*) FROM ledger_journal WHERE merchant_id = %(merchant)s AND recipe IN ('goods_handed_over', 'credit_note')"
_GOODS_OFF = f"""
WITH cards AS (
    SELECT split_part(source, ':', 2)::uuid AS line_id, -sum(amount_minor) AS minor FROM voucher_movement
    WHERE merchant_id = %(merchant)s AND source LIKE 'taken-back:%%' GROUP BY 1
), agreed AS (
    SELECT order_id, CASE kind WHEN 'gift_card' THEN '' ELSE tax_rate_basis_points::text END AS rate,
        sum({_share("total_minor", "fulfilled_quantity")}) AS handed, sum({_share("tax_minor", "fulfilled_quantity")}) AS handed_tax,
        sum(CASE kind WHEN 'gift_card' THEN coalesce(c.minor, 0) ELSE {_share("total_minor", "returned_quantity")} END) AS returned, sum({_share("tax_minor", "returned_quantity")}) AS returned_tax,
        sum(cancelled_quantity) AS tolerance
    FROM order_line LEFT JOIN cards c ON c.line_id = order_line.id WHERE merchant_id = %(merchant)s AND fulfilled_quantity > 0 GROUP BY 1, 2
), booked AS (
    SELECT j.about, a.subject AS rate,
        -coalesce(sum(p.amount_minor) FILTER (WHERE j.recipe = 'goods_handed_over'), 0) AS handed,
        -coalesce(sum(p.amount_minor) FILTER (WHERE j.recipe = 'goods_handed_over' AND a.kind = 'vat_payable'), 0) AS handed_tax,
        coalesce(sum(p.amount_minor) FILTER (WHERE j.recipe = 'credit_note'), 0) AS returned,
        coalesce(sum(p.amount_minor) FILTER (WHERE j.recipe = 'credit_note' AND a.kind = 'vat_payable'), 0) AS returned_tax
    FROM ledger_journal j JOIN ledger_posting p ON p.journal_id = j.id JOIN ledger_account a ON a.id = p.account_id
    WHERE j.merchant_id = %(merchant)s AND j.recipe IN ('goods_handed_over', 'credit_note') AND a.kind NOT IN ('receivable', 'prepayments') GROUP BY 1, 2
)
SELECT coalesce(o.number, b.about) AS order, coalesce(g.rate, b.rate) AS tax_rate_basis_points, coalesce(g.handed, 0)::bigint AS handed_over_minor,
    coalesce(b.handed, 0)::bigint AS revenue_booked_minor, coalesce(g.handed_tax, 0)::bigint AS tax_minor, coalesce(b.handed_tax, 0)::bigint AS tax_booked_minor,
    coalesce(g.returned, 0)::bigint AS returned_minor, coalesce(b.returned, 0)::bigint AS credit_booked_minor,
    coalesce(g.returned_tax, 0)::bigint AS returned_tax_minor, coalesce(b.returned_tax, 0)::bigint AS credit_tax_booked_minor
FROM agreed g FULL JOIN booked b ON b.about = 'order:' || g.order_id AND b.rate = g.rate
LEFT JOIN order_order o ON o.id = g.order_id
WHERE greatest(
    abs(coalesce(g.handed, 0) - coalesce(b.handed, 0)), abs(coalesce(g.handed_tax, 0) - coalesce(b.handed_tax, 0)),
    abs(coalesce(g.returned, 0) - coalesce(b.returned, 0)), abs(coalesce(g.returned_tax, 0) - coalesce(b.returned_tax, 0))
) > coalesce(g.tolerance, 0)
"""  # noqa: S608


def revenue_follows_lines(look: Look) -> Findings:
    """What is booked as revenue, tax and credit of each order is, rate by rate, what its lines, and its gift cards, say of what was handed over and taken back."""
    return missing(look, _GOODS, _GOODS_OFF)


_PAPERS = "SELECT count(*) FROM document_document WHERE merchant_id = %(merchant)s AND kind IN ('receipt', 'invoice', 'credit_note')"
# A receipt says what was agreed when it was paid: pieces taken off later are on papers of their own, so it may say more, never less.
_PAPERS_OFF = """
SELECT d.kind, d.series, d.number, o.number AS order, d.currency, d.total_minor, o.total_minor AS total_of_order_minor,
    (SELECT coalesce(sum((tax->>'tax_minor')::bigint), 0) FROM jsonb_array_elements(d.content->'taxes') tax)::bigint AS tax_minor,
    o.tax_minor AS tax_of_order_minor
FROM document_document d JOIN order_order o ON o.id = d.order_id
LEFT JOIN (
    SELECT order_id, bool_or(cancelled_quantity > 0) AS is_less FROM order_line WHERE merchant_id = %(merchant)s GROUP BY 1
) l ON l.order_id = o.id
WHERE d.merchant_id = %(merchant)s AND d.kind = 'receipt' AND (
    d.currency <> o.currency
    OR d.total_minor <> (d.content->>'total_minor')::bigint
    OR (d.total_minor <> o.total_minor AND NOT (l.is_less AND d.total_minor > o.total_minor))
    OR (NOT coalesce(l.is_less, false)
        AND o.tax_minor <> (SELECT coalesce(sum((tax->>'tax_minor')::bigint), 0) FROM jsonb_array_elements(d.content->'taxes') tax))
)
UNION ALL
SELECT d.kind, d.series, d.number, o.number, d.currency, d.total_minor, i.total_minor, NULL, NULL
FROM document_invoice i JOIN document_document d ON d.id = i.document_id JOIN order_order o ON o.id = i.order_id
WHERE i.merchant_id = %(merchant)s AND (i.total_minor <> d.total_minor OR d.total_minor <> (
    SELECT coalesce(sum((line.value->>2)::bigint), 0) FROM jsonb_array_elements(i.lines) line))
"""


def papers_say_the_order(look: Look) -> Findings:
    """Every receipt says its order's total and tax, and every invoice and credit note the sum of what it bills."""
    return missing(look, _PAPERS, f"SELECT * FROM ({_PAPERS_OFF}) off")  # noqa: S608
