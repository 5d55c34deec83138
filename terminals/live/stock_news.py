"""Tells tablets and pages how many pieces are free after a sale, a hand-over, a return: asked for afterwards, so the sale itself pays nothing."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from uuid import UUID

from merchant.core import db
from merchant.core.outbox import screens
from merchant.core.outbox.services import Event

# What moves pieces, or promises them.
TOPICS = ("order.placed", "order.paid", "order.fulfilled", "order.cancelled", "order.goods_returned")
# 100 articles a message keep it below 10 kB.
ARTICLES_MAX = 100

# The order's own store, the one its channel sells from, and those that handed something over.
_LEVELS = """
SELECT l.store_id, l.variant_id, l.on_hand - l.reserved
FROM stock_level l
WHERE l.merchant_id = %(merchant)s
    AND l.variant_id IN (SELECT variant_id FROM order_line WHERE order_id = %(order)s AND variant_id IS NOT NULL)
    AND l.store_id IN (
        SELECT coalesce(o.store_id, c.stock_store_id) FROM order_order o JOIN merchant_channel c ON c.id = o.channel_id
        WHERE o.id = %(order)s AND o.merchant_id = %(merchant)s
        UNION SELECT store_id FROM fulfilment_fulfilment WHERE order_id = %(order)s AND merchant_id = %(merchant)s
    )
ORDER BY l.store_id, l.variant_id
"""


_CHANGED = """
SELECT store_id, variant_id, on_hand - reserved FROM stock_level
WHERE merchant_id = %(merchant)s AND store_id = %(store)s AND variant_id = ANY(%(variants)s::uuid[]) ORDER BY variant_id
"""


def tell_stock(event: Event) -> None:
    """Send `stock.changed` with the free pieces of the order's articles to everybody who follows the store's stock."""
    _tell(event, db.rows(_LEVELS, {"merchant": event.merchant_id, "order": UUID(event.payload["order_id"])}))


def tell_changed_levels(event: Event) -> None:
    """The same for levels that something else than an order changed: goods in, a transfer, a count, a correction."""
    parameters = {
        "merchant": event.merchant_id,
        "store": UUID(event.payload["store_id"]),
        "variants": event.payload["variant_ids"],
    }
    _tell(event, db.rows(_CHANGED, parameters))


def _tell(event: Event, levels: list[tuple[Any, ...]]) -> None:
    by_store: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for store_id, variant_id, free in levels:
        by_store[store_id].append({"variant_id": str(variant_id), "free_quantity": free})
    for store_id, articles in by_store.items():
        for start in range(0, len(articles), ARTICLES_MAX):
            told = {
                "kind": "stock.changed",
                "store_id": str(store_id),
                "articles": articles[start : start + ARTICLES_MAX],
            }
            screens.push(event.merchant_id, f"store:{store_id}:stock", event=told, store_id=store_id)
        # The lists of the back office read their rows anew.
        screens.push(
            event.merchant_id, screens.merchant_topic("stock"), event={"kind": "stock.changed"}, store_id=store_id
        )
