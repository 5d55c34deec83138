"""Reads of stock."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet

from inventory.stock.models import StockLevel
from merchant.core import db
from merchant.core.tenancy import current_merchant_id

# With so few pieces free somebody should order more.
LOW_AT = 5


def list_levels(
    *, store_ids: frozenset[UUID] | None, store_id: UUID | None = None, free_at_most: int | None = None, text: str = ""
) -> QuerySet[Any]:
    """Return stock levels with article and store: of one store or those allowed, low ones only, or by SKU or name."""
    rows = StockLevel.objects.select_related("variant__product", "store").annotate(free=F("on_hand") - F("reserved"))
    if store_ids is not None:
        rows = rows.filter(store_id__in=store_ids)
    if store_id:
        rows = rows.filter(store_id=store_id)
    if free_at_most is not None:
        rows = rows.filter(free__lte=free_at_most)
    if text:
        rows = rows.filter(variant__sku__istartswith=text) | rows.filter(variant__product__name__icontains=text)
    return rows


Incoming = Callable[[Collection[UUID]], Mapping[tuple[UUID, UUID], int]]
_incoming: list[Incoming] = []


def incoming_from(source: Incoming) -> None:
    """Register what knows how many pieces of variants are on their way, by (variant, store)."""
    _incoming[:] = [source]


def incoming(variant_ids: Collection[UUID]) -> Mapping[tuple[UUID, UUID], int]:
    """Return how many pieces are on their way, by (variant, store)."""
    return _incoming[0](variant_ids) if _incoming else {}


_AVAILABLE = """
SELECT v.sku, l.store_id, s.name AS store, l.on_hand, l.reserved, coalesce(own.quantity, every.quantity, 0) AS safety,
    greatest(0, l.on_hand - l.reserved - coalesce(own.quantity, every.quantity, 0)) AS sellable, v.id AS variant_id
FROM catalog_variant v JOIN stock_level l ON l.variant_id = v.id AND l.merchant_id = v.merchant_id JOIN merchant_store s ON s.id = l.store_id
LEFT JOIN stock_safety own ON own.merchant_id = v.merchant_id AND own.channel_id = %(channel)s AND own.variant_id = v.id
LEFT JOIN stock_safety every ON every.merchant_id = v.merchant_id AND every.channel_id = %(channel)s AND every.variant_id IS NULL
WHERE v.merchant_id = %(merchant)s AND v.sku = ANY(%(skus)s) AND (%(stores)s::uuid[] IS NULL OR l.store_id = ANY(%(stores)s))
ORDER BY v.sku, s.name, l.store_id
"""


def list_sellable(
    *, channel_id: UUID | None, skus: Collection[str], stores: Collection[UUID] | None
) -> list[dict[str, Any]]:
    """Return, per article and store, what a channel may sell: on hand - reserved - its safety stock."""
    parameters = {
        "merchant": current_merchant_id(),
        "channel": channel_id,
        "skus": list(skus),
        "stores": None if stores is None else list(stores),
    }
    return db.dict_rows(_AVAILABLE, parameters)


def list_oversold(*, store_id: UUID, variant_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return per variant how many pieces of a store were sold beyond what was there."""
    levels = StockLevel.objects.filter(store_id=store_id, variant_id__in=list(variant_ids))
    return dict(levels.values_list("variant_id", "oversold"))
