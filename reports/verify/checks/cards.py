"""Gift cards that orders sold: their money is on the card, and only there."""

from __future__ import annotations

from reports.verify.look import Findings, Look, missing

_SOLD = """
SELECT count(DISTINCT order_id) FROM order_line WHERE merchant_id = %(merchant)s AND kind = 'gift_card' AND fulfilled_quantity > 0
"""
# What the processor took back of a capture was not given back by us.
_GIVEN_TWICE = """
WITH back AS (
    SELECT split_part(source, ':', 2)::uuid AS line_id, -sum(amount_minor) AS minor FROM voucher_movement
    WHERE merchant_id = %(merchant)s AND source LIKE 'taken-back:%%' GROUP BY 1
)
SELECT o.number AS order, p.taken AS taken_minor, p.refunded AS refunded_minor, c.standing AS on_gift_cards_minor FROM (
    SELECT order_id, sum(total_minor * fulfilled_quantity / quantity - coalesce(back.minor, 0))::bigint AS standing
    FROM order_line LEFT JOIN back ON back.line_id = order_line.id
    WHERE merchant_id = %(merchant)s AND kind = 'gift_card' AND fulfilled_quantity > 0 AND quantity > 0 GROUP BY 1
) c JOIN (
    SELECT order_id, sum(captured_minor + taken_back_minor)::bigint AS taken, sum(refunded_minor)::bigint AS refunded FROM payment_payment
    WHERE merchant_id = %(merchant)s GROUP BY 1
) p ON p.order_id = c.order_id JOIN order_order o ON o.id = c.order_id
WHERE p.refunded > 0 AND p.refunded > p.taken - c.standing
"""


def sold_once(look: Look) -> Findings:
    """What went back of an order is never more than it took beyond the money on the gift cards it sold; what was taken off one that came back is not on it."""
    return missing(look, _SOLD, _GIVEN_TWICE)
