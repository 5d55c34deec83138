"""Correct what is on the shelf, with a reason."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from inventory.stock.models import StockLevel, StockMovement
from inventory.stock.services import Pieces, put_in, tell_changed
from merchant.core.errors import AppError


class StockWouldGoBelow(AppError):
    """The correction takes more than is free."""

    code = "stock_would_go_below"
    detail = "Only {free} pieces are free in this store; {asked} cannot be taken off."
    next_step = "Count again, or cancel the orders that hold the pieces."


@transaction.atomic
def adjust(
    *,
    variant_id: UUID,
    store_id: UUID,
    quantity: int,
    reason: str,
    source: str,
    now: datetime,
    kind: str = "adjusted",
) -> int:
    """
    Correct a level by `quantity` (positive or negative) and return what is on hand afterwards. Locks the level.

    :raises StockWouldGoBelow: if more would be taken off than is free.
    """
    if quantity > 0:
        piece = Pieces(variant_id, quantity)
        put_in(pieces=[piece], store_id=store_id, kind=kind, source=source, now=now, reason=reason)
        tell_changed(store_id=store_id, variant_ids=[variant_id], why="adjusted")
        return StockLevel.objects.get(variant_id=variant_id, store_id=store_id).on_hand
    level = StockLevel.objects.select_for_update().filter(variant_id=variant_id, store_id=store_id).first()
    free = level.on_hand - level.reserved if level else 0
    if level is None or free < -quantity:
        raise StockWouldGoBelow(free=free, asked=-quantity)
    level.on_hand += quantity
    level.save(update_fields=["on_hand"])
    StockMovement.objects.create(
        variant_id=variant_id,
        store_id=store_id,
        kind=kind,
        quantity=quantity,
        source=source,
        reason=reason,
        moved_at=now,
    )
    tell_changed(store_id=store_id, variant_ids=[variant_id], why="adjusted")
    return level.on_hand
