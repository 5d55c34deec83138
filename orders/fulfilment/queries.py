"""Reads of pick-ups."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from orders.fulfilment.models import Pickup


def list_pickups(*, stores: Collection[UUID] | None, status: str = "") -> QuerySet[Any]:
    """Return pick-ups of the stores given (None: all), of one state or all."""
    rows = Pickup.objects.select_related("order", "order__channel", "order__customer", "store")
    rows = rows.filter(status=status) if status else rows
    return rows if stores is None else rows.filter(store_id__in=stores)


def list_overdue(*, now: datetime, limit: int) -> list[Pickup]:
    """Return pick-ups nobody came for in time, longest first."""
    return list(Pickup.objects.filter(status="ready", collect_until__lte=now).order_by("collect_until")[:limit])
