"""What is sent and shown of deliveries, transfers and counts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from inventory.receiving.models import CountLine, Delivery, DeliveryLine, StockCount, Transfer, TransferLine

PIECES_MAX = 100_000
LINES_MAX = 500


class MovedPiecesInput(serializers.Serializer[Any]):
    """So many pieces of one article: a SKU, a barcode or a variant id."""

    article = serializers.CharField(max_length=64)
    quantity = serializers.IntegerField(min_value=1, max_value=PIECES_MAX)


class ArrivedInput(serializers.Serializer[Any]):
    """Pieces of one article that came: good and damaged ones."""

    article = serializers.CharField(max_length=64)
    received = serializers.IntegerField(min_value=0, max_value=PIECES_MAX, default=0)
    damaged = serializers.IntegerField(min_value=0, max_value=PIECES_MAX, default=0)


class ExpectedDeliveryInput(serializers.Serializer[Any]):
    """What a supplier will bring."""

    store_id = serializers.UUIDField()
    lines = serializers.ListField(child=MovedPiecesInput(), min_length=1, max_length=LINES_MAX)
    supplier = serializers.CharField(max_length=120, default="", allow_blank=True)
    reference = serializers.CharField(max_length=60, default="", allow_blank=True)
    expected_on = serializers.DateField(allow_null=True, default=None)


class ReceiptInput(serializers.Serializer[Any]):
    """What came."""

    lines = serializers.ListField(child=ArrivedInput(), min_length=1, max_length=LINES_MAX)


class TransferInput(serializers.Serializer[Any]):
    """Pieces that leave one store for another."""

    store_from = serializers.UUIDField()
    store_to = serializers.UUIDField()
    lines = serializers.ListField(child=MovedPiecesInput(), min_length=1, max_length=LINES_MAX)
    note = serializers.CharField(max_length=120, default="", allow_blank=True)


class TransferCloseInput(serializers.Serializer[Any]):
    """What became of the pieces nobody waits for any more."""

    rest = serializers.ChoiceField(choices=["lost", "back"])


class StockCountInput(serializers.Serializer[Any]):
    """A store that is counted."""

    store_id = serializers.UUIDField()
    note = serializers.CharField(max_length=120, default="", allow_blank=True)


class CountLineInput(serializers.Serializer[Any]):
    """What was counted of one article, and when (now, if it is not said)."""

    article = serializers.CharField(max_length=64)
    quantity = serializers.IntegerField(min_value=0, max_value=PIECES_MAX)
    counted_at = serializers.DateTimeField(allow_null=True, default=None)


class CountBookingInput(serializers.Serializer[Any]):
    """Why the differences are what they are."""

    reason = serializers.CharField(max_length=120)


def delivery_output(delivery: Delivery, lines: Iterable[DeliveryLine] | None = None) -> dict[str, Any]:
    """Return a delivery as REST shows it."""
    shown: dict[str, Any] = {
        "id": str(delivery.id),
        "number": delivery.number,
        "store_id": str(delivery.store_id),
        "supplier": delivery.supplier,
        "reference": delivery.reference,
        "status": delivery.status,
        "expected_on": delivery.expected_on,
        "created_at": delivery.created_at,
    }
    if lines is not None:
        shown["lines"] = [
            {
                "sku": line.variant.sku,
                "expected": line.expected_quantity,
                "received": line.received_quantity,
                "damaged": line.damaged_quantity,
            }
            for line in lines
        ]
    return shown


def transfer_output(transfer: Transfer, lines: Iterable[TransferLine] | None = None) -> dict[str, Any]:
    """Return a transfer as REST shows it."""
    shown: dict[str, Any] = {
        "id": str(transfer.id),
        "number": transfer.number,
        "store_from": str(transfer.store_from_id),
        "store_to": str(transfer.store_to_id),
        "status": transfer.status,
        "note": transfer.note,
        "sent_at": transfer.sent_at,
    }
    if lines is not None:
        shown["lines"] = [
            {
                "sku": line.variant.sku,
                "sent": line.sent_quantity,
                "received": line.received_quantity,
                "damaged": line.damaged_quantity,
                "lost": line.lost_quantity,
                "returned": line.returned_quantity,
                "on_the_way": line.on_the_way,
            }
            for line in lines
        ]
    return shown


def count_output(count: StockCount, lines: Iterable[CountLine] | None = None) -> dict[str, Any]:
    """Return a count as REST shows it."""
    shown: dict[str, Any] = {
        "id": str(count.id),
        "number": count.number,
        "store_id": str(count.store_id),
        "status": count.status,
        "note": count.note,
        "begun_at": count.begun_at,
    }
    if lines is not None:
        shown["lines"] = [
            {
                "sku": line.variant.sku,
                "counted": line.counted_quantity,
                "expected": line.expected_quantity,
                "difference": line.difference,
                "counted_at": line.counted_at,
            }
            for line in lines
        ]
    return shown
