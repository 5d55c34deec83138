"""What tablets send and get about a shared order."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from inventory.pricing.services import LINES_MAX, QUANTITY_MAX
from merchant.core.money import MINOR_MAX
from orders.order.models import Order
from terminals.pos.splitting import services
from terminals.pos.splitting.models import MODES, Split
from terminals.pos.splitting.services import PARTS_MAX, Share


class SplitItemInput(serializers.Serializer[Any]):
    """Pieces of a line that somebody pays."""

    line_id = serializers.UUIDField()
    quantity = serializers.IntegerField(min_value=1, max_value=QUANTITY_MAX, default=1)


class PartInput(serializers.Serializer[Any]):
    """One who pays. By amount the last one may leave the amount out and pays the rest; by item the pieces are theirs."""

    name = serializers.CharField(max_length=60, default="", allow_blank=True)
    amount_minor = serializers.IntegerField(min_value=1, max_value=MINOR_MAX, allow_null=True, default=None)
    items = serializers.ListField(child=SplitItemInput(), max_length=LINES_MAX, default=list)


class SplitInput(serializers.Serializer[Any]):
    """How what is open of an order is shared."""

    mode = serializers.ChoiceField(choices=MODES)
    parts = serializers.ListField(child=PartInput(), min_length=1, max_length=PARTS_MAX)

    def wanted(self) -> list[Share]:
        """Return the checked parts."""
        return [
            Share(
                part["name"],
                part["amount_minor"],
                {item["line_id"]: item["quantity"] for item in part["items"]},
            )
            for part in self.validated_data["parts"]
        ]


def split_output(split: Split, order: Order) -> dict[str, Any]:
    """Return a split with what each still owes."""

    def money(minor: int) -> dict[str, Any]:
        return {"amount_minor": minor, "currency": order.currency}

    return {
        "order_id": str(order.id),
        "mode": split.mode,
        "total": money(order.total_minor),
        "open": money(max(0, order.total_minor - order.secured_minor)),
        "parts": [
            {
                "id": str(state.part.id),
                "name": state.part.name,
                "share": money(state.part.share_minor),
                "paid": money(state.paid_minor),
                "due": money(state.due_minor),
                "items": [{"line_id": line_id, "quantity": quantity} for line_id, quantity in state.part.items],
            }
            for state in services.list_parts(split, order)
        ],
    }
