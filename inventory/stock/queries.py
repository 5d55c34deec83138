"""Reads of stock."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet

from inventory.stock.models import StockLevel

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
