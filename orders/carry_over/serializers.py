"""What is sent and shown of carts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from inventory.pricing.services import LINES_MAX, QUANTITY_MAX
from merchant.core.fields import CurrencyField
from merchant.core.masking import mask_email, mask_name
from orders.carry_over.models import CartHold
from orders.order.models import Order, OrderLine
from orders.order.queries import open_minor


class CartLineInput(serializers.Serializer[Any]):
    """One line: an article by variant id, SKU or barcode."""

    article = serializers.CharField(max_length=64)
    quantity = serializers.IntegerField(min_value=1, max_value=QUANTITY_MAX, default=1)


class CartLinesInput(serializers.Serializer[Any]):
    """New lines of a cart, and the version and epoch they were drawn from."""

    lines = serializers.ListField(child=CartLineInput(), min_length=1, max_length=LINES_MAX)
    version = serializers.IntegerField(min_value=1)
    epoch = serializers.IntegerField(min_value=1)
    coupon = serializers.CharField(max_length=40, default="", allow_blank=True)


class CartInput(serializers.Serializer[Any]):
    """A cart of a channel."""

    channel = serializers.CharField(max_length=30)
    currency = CurrencyField(required=False)
    lines = serializers.ListField(child=CartLineInput(), min_length=1, max_length=LINES_MAX)
    email = serializers.EmailField(default="", allow_blank=True)
    coupon = serializers.CharField(max_length=40, default="", allow_blank=True)


class CartReservationInput(serializers.Serializer[Any]):
    """For how long the pieces of a cart are kept."""

    minutes = serializers.IntegerField(min_value=1, max_value=24 * 60, default=15)


class HandOffInput(serializers.Serializer[Any]):
    """The code a customer shows (or the address its QR code holds), or an order's number."""

    code = serializers.CharField(max_length=300, default="", allow_blank=True)
    number = serializers.CharField(max_length=20, default="", allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Want exactly one of them."""
        if bool(attrs["code"]) == bool(attrs["number"]):
            raise serializers.ValidationError(_("give code or number"))
        return attrs


def waiting_output(order: Order, *, now: datetime) -> dict[str, Any]:
    """Return an order that waits at a counter: parked under a name, or half paid and left. Hold and register are loaded by the caller."""
    held: CartHold | None = getattr(order, "hold", None)
    parked_at = held.parked_at if held else None
    since = parked_at or order.placed_at or order.created_at
    return {
        "id": str(order.id),
        "number": order.number,
        "name": held.parked_as if held and parked_at else order.number,
        "is_parked": parked_at is not None,
        "holder": held.holder_name if held else "",
        "since": since,
        "age_seconds": max(0, int((now - since).total_seconds())),
        "store_id": str(order.store_id) if order.store_id else None,
        "status": order.status,
        "version": order.version,
        "total": {"amount_minor": order.total_minor, "currency": order.currency},
        "secured": {"amount_minor": order.secured_minor, "currency": order.currency},
        "open": {"amount_minor": open_minor(order), "currency": order.currency},
    }


def cart_output(
    order: Order, held: CartHold | None, *, with_code: bool = False, is_masked: bool = False
) -> dict[str, Any]:
    """Return a cart with its lines and who holds it; the code is shown to who asked for it only."""

    def money(minor: int) -> dict[str, Any]:
        return {"amount_minor": minor, "currency": order.currency}

    lines = OrderLine.objects.filter(order=order).order_by("position")
    shown: dict[str, Any] = {
        "id": str(order.id),
        "number": order.number,
        "status": order.status,
        "version": order.version,
        "channel": order.channel.code,
        "store_id": str(order.store_id) if order.store_id else None,
        "total": money(order.total_minor),
        "tax": money(order.tax_minor),
        "discount": money(order.discount_minor),
        "open": money(max(0, order.total_minor - order.secured_minor)),
        "email": mask_email(order.email) if is_masked else order.email,
        "coupon": order.coupon_code,
        "lines": [
            {
                "id": str(line.id),
                "sku": line.sku,
                "name": line.name,
                "quantity": line.quantity,
                "total": money(line.total_minor),
                "source_store_id": str(line.source_store_id) if line.source_store_id else None,
            }
            for line in lines
        ],
        "hold": held and {"holder": held.holder_name, "epoch": held.epoch, "lease_until": held.lease_until},
        "parked": held
        and held.parked_at
        and {"name": mask_name(held.parked_as) if is_masked else held.parked_as, "since": held.parked_at},
    }
    if with_code and held is not None and held.code:
        shown["hand_off"] = {
            "code": held.code,
            "until": held.code_until,
            "qr_url": f"/api/v1/carts/{order.id}/code.svg",
        }
    return shown
