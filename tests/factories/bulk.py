"""Many payments of one merchant, inserted by PostgreSQL itself."""

from __future__ import annotations

from typing import Any

from merchant.core import db

_ORDERS = """
INSERT INTO order_order (id, merchant_id, number, channel_id, store_id, register_id, status, fulfilment_status, currency, total_minor, tax_minor,
    discount_minor, secured_minor, captured_minor, refunded_minor, handed_over_minor, email, delivery, note, business_date, created_at, version)
SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, %(merchant)s, 'B' || n, %(channel)s, %(store)s, %(register)s, 'completed', 'fulfilled', 'EUR',
    1000 + n %% 500, 160, 0, 1000 + n %% 500, 1000 + n %% 500, 0, 1000 + n %% 500, '', '{}', '', date '2026-11-01' + n %% 20,
    timestamptz '2026-11-01 08:00+00' + n * interval '1 second', 1
FROM generate_series(1, %(count)s) n
"""
_PAYMENTS = """
INSERT INTO payment_payment (id, merchant_id, order_id, store_id, register_id, method, currency, amount_minor, status, authorised_minor, captured_minor,
    capturing_minor, refunded_minor, refunding_minor, voided_minor, card_brand, card_last4, gateway_reference, auth_code, decline_code,
    business_date, created_at)
SELECT id, merchant_id, id, store_id, register_id, 'cash', currency, total_minor, 'captured', total_minor, total_minor, 0, 0, 0, 0, '', '', '', '', '',
    business_date, created_at
FROM order_order WHERE merchant_id = %(merchant)s
"""


def fill(shop: Any, count: int) -> None:
    """Give the shop `count` orders with one payment each."""
    values = {
        "merchant": shop.id, "channel": shop.channel.id, "store": shop.store.id, "register": shop.register.id, "count": count,
    }  # fmt: skip
    db.execute(_ORDERS, values)
    db.execute(_PAYMENTS, values)
    db.execute("ANALYZE payment_payment, order_order")
