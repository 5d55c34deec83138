"""What is sent about limits of stock."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

PIECES_MAX = 100_000


class SafetyStockInput(serializers.Serializer[Any]):
    """Pieces a channel leaves for others in each store: of one article, or of every article without a line of its own."""

    channel = serializers.CharField(max_length=30)
    sku = serializers.CharField(max_length=60, default="", allow_blank=True)
    quantity = serializers.IntegerField(min_value=0, max_value=PIECES_MAX)


class LowLevelInput(serializers.Serializer[Any]):
    """With so many free pieces in a store somebody is told; null tells nobody."""

    sku = serializers.CharField(max_length=60)
    store_id = serializers.UUIDField()
    low_at = serializers.IntegerField(min_value=0, max_value=PIECES_MAX, allow_null=True)
