"""What is sent to hand goods over, and what comes back."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from inventory.pricing.services import LINES_MAX, QUANTITY_MAX
from orders.fulfilment.models import Fulfilment, Shipment


class FulfilmentLineInput(serializers.Serializer[Any]):
    """Pieces of one order line that leave."""

    line_id = serializers.UUIDField()
    quantity = serializers.IntegerField(min_value=1, max_value=QUANTITY_MAX)


class FulfilmentInput(serializers.Serializer[Any]):
    """Which pieces leave, and from which store; without lines all that is left there."""

    store_id = serializers.UUIDField(required=False)
    lines = serializers.ListField(child=FulfilmentLineInput(), required=False, max_length=LINES_MAX)


class FulfilmentLineOutput(serializers.Serializer[Any]):
    """Pieces of one order line that left."""

    line_id = serializers.UUIDField()
    quantity = serializers.IntegerField()


class MoneyOutput(serializers.Serializer[Any]):
    """An amount in minor units of a currency."""

    amount_minor = serializers.IntegerField()
    currency = serializers.CharField()


class FulfilmentOutput(serializers.Serializer[Any]):
    """Goods handed over at one moment."""

    id = serializers.UUIDField()
    order_id = serializers.UUIDField()
    fulfilment_status = serializers.CharField()
    lines = FulfilmentLineOutput(many=True)
    total = MoneyOutput()
    business_date = serializers.DateField()
    fulfilled_at = serializers.DateTimeField()


def fulfilment_output(done: Fulfilment, *, currency: str, fulfilment_status: str) -> dict[str, Any]:
    """Return goods handed over as REST shows them, with how far their order is now."""
    return {
        "id": str(done.id),
        "order_id": str(done.order_id),
        "fulfilment_status": fulfilment_status,
        "lines": [{"line_id": line_id, "quantity": quantity} for line_id, quantity in done.lines],
        "total": {"amount_minor": done.total_minor, "currency": currency},
        "business_date": done.business_date.isoformat(),
        "fulfilled_at": done.fulfilled_at.isoformat(),
    }


class ShipmentInput(serializers.Serializer[Any]):
    """A parcel that is on its way, as its carrier calls it; `url` is where its customer follows it."""

    carrier = serializers.CharField(max_length=60)
    number = serializers.CharField(max_length=60)
    url = serializers.URLField(max_length=300, required=False, default="", allow_blank=True)


class ShipmentOutput(serializers.Serializer[Any]):
    """A parcel of an order."""

    id = serializers.UUIDField()
    order_id = serializers.UUIDField()
    carrier = serializers.CharField()
    number = serializers.CharField()
    url = serializers.CharField()
    sent_at = serializers.DateTimeField()


def shipment_output(parcel: Shipment) -> dict[str, Any]:
    """Return a parcel as REST shows it."""
    return {
        "id": str(parcel.id),
        "order_id": str(parcel.order_id),
        "carrier": parcel.carrier,
        "number": parcel.number,
        "url": parcel.url,
        "sent_at": parcel.sent_at.isoformat(),
    }
