"""Reads of pick-ups and of what came back."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from orders.fulfilment.models import Fulfilment, Pickup, Return, Shipment
from orders.order.models import OrderLine


def list_pickups(*, stores: Collection[UUID] | None, status: str = "") -> QuerySet[Any]:
    """Return pick-ups of the stores given (None: all), of one state or all."""
    rows = Pickup.objects.select_related("order", "order__channel", "order__customer", "store")
    rows = rows.filter(status=status) if status else rows
    return rows if stores is None else rows.filter(store_id__in=stores)


def list_overdue(*, now: datetime, limit: int) -> list[Pickup]:
    """Return pick-ups nobody came for in time, longest first."""
    return list(Pickup.objects.filter(status="ready", collect_until__lte=now).order_by("collect_until")[:limit])


def find_pickup(order_id: UUID) -> Pickup | None:
    """Return the pick-up of an order with its store, if it is collected."""
    pickup: Pickup | None = Pickup.objects.select_related("store").filter(order_id=order_id).first()
    return pickup


def list_shipments(order_id: UUID) -> list[Shipment]:
    """Return the parcels of an order, first sent first."""
    return list(Shipment.objects.filter(order_id=order_id).order_by("id"))


def last_hand_over(order_id: UUID) -> datetime | None:
    """Return when goods of an order last left, or None if none did."""
    moment: datetime | None = (
        Fulfilment.objects.filter(order_id=order_id).order_by("-id").values_list("fulfilled_at", flat=True).first()
    )
    return moment


def cards_returned_minor(order_id: UUID) -> int:
    """Return how much money was taken off the gift cards of an order that came back, in minor units."""
    cards = OrderLine.objects.filter(order_id=order_id, kind="gift_card", returned_quantity__gt=0)
    ids = {str(line_id) for line_id in cards.values_list("id", flat=True)}
    if not ids:
        return 0
    returns = Return.objects.filter(order_id=order_id).values_list("lines", flat=True)
    return sum(int(row[2]) for rows in returns for row in rows if row[0] in ids)
