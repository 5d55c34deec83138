"""The relay's rounds through stock: carts whose time is over give their pieces back, and levels that ran low are told once."""

from __future__ import annotations

from django.db import transaction

from inventory.stock import reservations
from merchant.core import db
from merchant.core.clock import business_now
from merchant.core.outbox import services as outbox
from merchant.core.tenancy import acting_for
from merchant.merchants.models import Merchant

# Pieces that come back five seconds late have cost nobody anything; a buyer orders goods by the hour.
ROUND_SECONDS = 5.0

_LOW = """
UPDATE stock_level l SET is_low = NOT l.is_low FROM (
    SELECT id FROM stock_level WHERE low_at IS NOT NULL AND is_low <> (on_hand - reserved <= low_at) ORDER BY id LIMIT 200 FOR UPDATE SKIP LOCKED
) due WHERE l.id = due.id RETURNING l.merchant_id, l.id, l.variant_id, l.store_id, l.on_hand - l.reserved, l.low_at, l.is_low
"""


def release_expired() -> int:
    """Release reservations whose time is over, by each merchant's clock; return how many."""
    return reservations.release_expired(
        now_by_merchant=[
            (merchant, business_now(merchant)) for merchant in Merchant.objects.values_list("id", flat=True)
        ]
    )


def tell_low() -> int:
    """Mark levels that ran low (or recovered) and publish `stock.low` for each that ran low: once, until it has recovered. Return how many changed."""
    with transaction.atomic():
        rows = db.rows(_LOW)
        for merchant_id, level_id, variant_id, store_id, free, low_at, is_low in rows:
            payload = {
                "level_id": str(level_id),
                "variant_id": str(variant_id),
                "store_id": str(store_id),
                "free_quantity": free,
                "low_at": low_at,
            }
            if is_low:
                with acting_for(merchant_id):
                    outbox.publish("stock.low", f"stock_level:{level_id}", payload)
    return len(rows)
