"""The goods: every level is the sum of its movements, what was sold is what was handed over, what is promised is reserved."""

from __future__ import annotations

from reports.verify.look import Findings, Look, missing

_LEVELS = "SELECT count(*) FROM stock_level WHERE merchant_id = %(merchant)s"
_MOVED = """
SELECT variant_id, store_id, sum(quantity) AS total,
    coalesce(sum(quantity) FILTER (WHERE kind = 'opening'), 0) AS opening, coalesce(sum(quantity) FILTER (WHERE kind = 'received'), 0) AS received,
    coalesce(-sum(quantity) FILTER (WHERE kind = 'sold'), 0) AS sold, coalesce(sum(quantity) FILTER (WHERE kind = 'returned'), 0) AS returned,
    coalesce(sum(quantity) FILTER (WHERE kind IN ('adjusted', 'transferred', 'counted')), 0) AS adjusted
FROM stock_movement WHERE merchant_id = %(merchant)s GROUP BY 1, 2
"""
_LEVELS_OFF = f"""
SELECT v.sku, s.code AS store, l.on_hand, l.oversold, coalesce(m.total, 0) AS of_movements, m.opening, m.received, m.sold, m.returned, m.adjusted
FROM (SELECT * FROM stock_level WHERE merchant_id = %(merchant)s) l FULL JOIN ({_MOVED}) m ON m.variant_id = l.variant_id AND m.store_id = l.store_id
LEFT JOIN catalog_variant v ON v.id = coalesce(l.variant_id, m.variant_id) LEFT JOIN merchant_store s ON s.id = coalesce(l.store_id, m.store_id)
WHERE coalesce(l.on_hand - l.oversold, 0) <> coalesce(m.total, 0)
   OR coalesce(l.on_hand - l.oversold, 0) <> coalesce(m.opening + m.received - m.sold + m.returned + m.adjusted, 0)
"""  # noqa: S608
_SUMMARY = f"""
SELECT coalesce(sum(opening), 0)::bigint AS opening, coalesce(sum(received), 0)::bigint AS received, coalesce(sum(sold), 0)::bigint AS sold,
    coalesce(sum(returned), 0)::bigint AS returned, coalesce(sum(adjusted), 0)::bigint AS adjusted, coalesce(sum(total), 0)::bigint AS on_hand
FROM ({_MOVED}) m
"""  # noqa: S608


def levels_follow_movements(look: Look) -> Findings:
    """Pieces on hand, less those sold beyond what was there = opening + received − sold + returned ± adjusted, on every level."""
    found = missing(look, _LEVELS, _LEVELS_OFF)
    return Findings(found.counted, found.violations, look.rows(_SUMMARY))


_OVERSOLD = """
SELECT v.sku, s.code AS store, l.on_hand, l.reserved, l.oversold FROM stock_level l JOIN catalog_variant v ON v.id = l.variant_id JOIN merchant_store s ON s.id = l.store_id
WHERE l.merchant_id = %(merchant)s AND (l.reserved < 0 OR l.on_hand < l.reserved OR (l.oversold > 0 AND l.on_hand > l.reserved))
"""


def nothing_oversold(look: Look) -> Findings:
    """No level is below nothing or below what is promised, and none sells pieces that an offline till has sold before."""
    return missing(look, _LEVELS, _OVERSOLD)


_RESERVED_OFF = """
SELECT v.sku, s.code AS store, coalesce(l.reserved, 0) AS reserved, coalesce(h.held, 0)::bigint AS held
FROM (SELECT * FROM stock_level WHERE merchant_id = %(merchant)s) l FULL JOIN (
    SELECT variant_id, store_id, sum(quantity) AS held FROM stock_reservation WHERE merchant_id = %(merchant)s AND status = 'held' GROUP BY 1, 2
) h ON h.variant_id = l.variant_id AND h.store_id = l.store_id
LEFT JOIN catalog_variant v ON v.id = coalesce(l.variant_id, h.variant_id) LEFT JOIN merchant_store s ON s.id = coalesce(l.store_id, h.store_id)
WHERE coalesce(l.reserved, 0) <> coalesce(h.held, 0)
"""


def reserved_is_held(look: Look) -> Findings:
    """What each level has reserved is the sum of the reservations that are held."""
    return missing(look, _LEVELS, _RESERVED_OFF)


_SOLD = "SELECT count(*) FROM stock_movement WHERE merchant_id = %(merchant)s AND kind = 'sold'"
# A till's sale moves stock under the order's name, every other hand-over under its own.
_SOLD_OFF = """
WITH handed AS (
    SELECT f.order_id, l.variant_id, sum((part.value->>1)::int) AS pieces
    FROM fulfilment_fulfilment f CROSS JOIN LATERAL jsonb_array_elements(f.lines) part JOIN order_line l ON l.id = (part.value->>0)::uuid
    WHERE f.merchant_id = %(merchant)s AND f.store_id IS NOT NULL AND l.is_stocked AND l.variant_id IS NOT NULL GROUP BY 1, 2
), named AS (
    SELECT 'order:' || id AS source, id AS order_id FROM order_order WHERE merchant_id = %(merchant)s
    UNION ALL SELECT 'fulfilment:' || id, order_id FROM fulfilment_fulfilment WHERE merchant_id = %(merchant)s AND store_id IS NOT NULL
), sold AS (
    SELECT n.order_id, m.source, m.variant_id, -sum(m.quantity) AS pieces FROM stock_movement m LEFT JOIN named n ON n.source = m.source
    WHERE m.merchant_id = %(merchant)s AND m.kind = 'sold'
      AND NOT EXISTS (SELECT FROM fulfilment_fulfilment f WHERE f.merchant_id = %(merchant)s AND f.store_id IS NULL AND m.source = 'fulfilment:' || f.id)
    GROUP BY 1, 2, 3
), sums AS (SELECT order_id, CASE WHEN order_id IS NULL THEN source END AS source, variant_id, sum(pieces) AS pieces FROM sold GROUP BY 1, 2, 3)
SELECT coalesce(o.number, s.source) AS order, v.sku, coalesce(h.pieces, 0)::bigint AS handed_over, coalesce(s.pieces, 0)::bigint AS sold
FROM handed h FULL JOIN sums s ON s.order_id = h.order_id AND s.variant_id = h.variant_id
LEFT JOIN order_order o ON o.id = coalesce(h.order_id, s.order_id) LEFT JOIN catalog_variant v ON v.id = coalesce(h.variant_id, s.variant_id)
WHERE coalesce(h.pieces, 0) <> coalesce(s.pieces, 0)
"""


def sold_is_handed_over(look: Look) -> Findings:
    """The pieces sold off the shelf are, order by order, the pieces handed over."""
    return missing(look, _SOLD, _SOLD_OFF)


_RETURNED = "SELECT count(*) FROM stock_movement WHERE merchant_id = %(merchant)s AND kind = 'returned'"
_RETURNED_OFF = """
WITH back AS (
    SELECT 'return:' || r.id AS source, l.variant_id, sum((part.value->>1)::int) AS pieces
    FROM fulfilment_return r CROSS JOIN LATERAL jsonb_array_elements(r.lines) part JOIN order_line l ON l.id = (part.value->>0)::uuid
    WHERE r.merchant_id = %(merchant)s AND r.is_restocked AND r.store_id IS NOT NULL AND l.is_stocked AND l.variant_id IS NOT NULL GROUP BY 1, 2
    UNION ALL
    SELECT 'loose-return:' || r.id, line.variant_id, sum(line.quantity) FROM after_sales_loose_return r
    CROSS JOIN LATERAL jsonb_to_recordset(r.lines) line(variant_id uuid, quantity int, is_stocked bool, goods_to text)
    WHERE r.merchant_id = %(merchant)s AND line.is_stocked AND line.goods_to = 'stock' GROUP BY 1, 2
), shelved AS (
    SELECT source, variant_id, sum(quantity) AS pieces FROM stock_movement WHERE merchant_id = %(merchant)s AND kind = 'returned' GROUP BY 1, 2
)
SELECT coalesce(b.source, s.source) AS source, v.sku, coalesce(b.pieces, 0)::bigint AS taken_back, coalesce(s.pieces, 0)::bigint AS on_shelf
FROM back b FULL JOIN shelved s ON s.source = b.source AND s.variant_id = b.variant_id LEFT JOIN catalog_variant v ON v.id = coalesce(b.variant_id, s.variant_id)
WHERE coalesce(b.pieces, 0) <> coalesce(s.pieces, 0)
"""


def returned_is_taken_back(look: Look) -> Findings:
    """The pieces put back on the shelf are the pieces taken back for sale."""
    return missing(look, _RETURNED, _RETURNED_OFF)


_LINES = "SELECT count(*) FROM order_line WHERE merchant_id = %(merchant)s"
_LINES_OFF = """
WITH handed AS (
    SELECT (part.value->>0)::uuid AS line, sum((part.value->>1)::int) AS pieces FROM fulfilment_fulfilment f
    CROSS JOIN LATERAL jsonb_array_elements(f.lines) part WHERE f.merchant_id = %(merchant)s GROUP BY 1
), back AS (
    SELECT (part.value->>0)::uuid AS line, sum((part.value->>1)::int) AS pieces FROM fulfilment_return r
    CROSS JOIN LATERAL jsonb_array_elements(r.lines) part WHERE r.merchant_id = %(merchant)s GROUP BY 1
)
SELECT l.id AS line, l.order_id AS order, l.fulfilled_quantity, coalesce(h.pieces, 0)::bigint AS handed_over, l.returned_quantity,
    coalesce(b.pieces, 0)::bigint AS taken_back
FROM order_line l LEFT JOIN handed h ON h.line = l.id LEFT JOIN back b ON b.line = l.id
WHERE l.merchant_id = %(merchant)s AND (l.fulfilled_quantity <> coalesce(h.pieces, 0) OR l.returned_quantity <> coalesce(b.pieces, 0))
"""


def lines_follow_goods(look: Look) -> Findings:
    """What each order line says was handed over and came back is what the hand-overs and returns say."""
    return missing(look, _LINES, _LINES_OFF)
