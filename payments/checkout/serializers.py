"""What webshops send and get about checkouts and links."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from inventory.pricing.services import LINES_MAX, QUANTITY_MAX
from merchant.core.fields import CurrencyField
from merchant.core.money import MINOR_MAX
from orders.order.models import Order
from payments.checkout import queries
from payments.checkout.baskets import CHECKOUT_LASTS
from payments.checkout.deliveries import Shopper
from payments.checkout.models import DeliveryMethod, PaymentLink
from payments.checkout.queries import Progress
from payments.checkout.services import LINK_LASTS, LINK_LASTS_MAX
from payments.checkout.stored_card_serializers import ConsentInput


class LinkAmountInput(serializers.Serializer[Any]):
    """An amount in minor units of a currency."""

    amount_minor = serializers.IntegerField(min_value=1, max_value=MINOR_MAX)
    currency = CurrencyField()


class CheckoutLineInput(serializers.Serializer[Any]):
    """One line: a variant id or SKU, and how many."""

    sku = serializers.CharField(max_length=64, required=False)
    variant_id = serializers.UUIDField(required=False)
    quantity = serializers.IntegerField(min_value=1, max_value=QUANTITY_MAX, default=1)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Want exactly one way of naming the article."""
        if ("sku" in attrs) == ("variant_id" in attrs):
            raise serializers.ValidationError(_("name the article by sku or by variant_id"))
        return attrs


class AddressInput(serializers.Serializer[Any]):
    """A postal address."""

    name = serializers.CharField(max_length=160, default="", allow_blank=True)
    line1 = serializers.CharField(max_length=160)
    line2 = serializers.CharField(max_length=160, default="", allow_blank=True)
    postal_code = serializers.CharField(max_length=20)
    city = serializers.CharField(max_length=80)
    country = serializers.RegexField(r"^[A-Z]{2}$")


class CustomerInput(serializers.Serializer[Any]):
    """Who buys."""

    email = serializers.EmailField(default="", allow_blank=True)
    name = serializers.CharField(max_length=160, default="", allow_blank=True)
    phone = serializers.CharField(max_length=40, default="", allow_blank=True)
    locale = serializers.RegexField(r"^[a-z]{2}(-[A-Z]{2})?$", default="en")


class DeliveryInput(serializers.Serializer[Any]):
    """Who buys and where it goes."""

    customer = CustomerInput(required=False)
    shipping_address = AddressInput(required=False)
    billing_address = AddressInput(required=False)
    delivery_method = serializers.CharField(max_length=30, default="", allow_blank=True)

    def shopper(self) -> Shopper:
        """Return the checked input as services take it."""
        data = self.validated_data
        return Shopper(
            **data.get("customer", {}),
            shipping_address={name: value for name, value in data.get("shipping_address", {}).items() if value},
            billing_address={name: value for name, value in data.get("billing_address", {}).items() if value},
        )


class CheckoutInput(DeliveryInput):
    """A basket of the webshop that shall be paid."""

    channel = serializers.CharField(max_length=30)
    currency = CurrencyField()
    lines = serializers.ListField(child=CheckoutLineInput(), min_length=1, max_length=LINES_MAX)
    promotion_codes = serializers.ListField(child=serializers.CharField(max_length=40), max_length=10, default=list)
    coupon = serializers.CharField(max_length=40, default="", allow_blank=True)
    collect_store_id = serializers.UUIDField(required=False)
    payment = serializers.ChoiceField(choices=["online", "in_store", "on_delivery"], default="online")
    keep_hours = serializers.IntegerField(min_value=1, max_value=24 * 30, required=False)
    return_url = serializers.URLField(max_length=400, default="", allow_blank=True)
    cancel_url = serializers.URLField(max_length=400, default="", allow_blank=True)

    @property
    def lasts(self) -> timedelta:
        """For how long the pieces are kept: minutes for who pays now, days for who pays in the store."""
        hours = self.validated_data.get("keep_hours")
        if hours:
            return timedelta(hours=hours)
        return CHECKOUT_LASTS if self.validated_data["payment"] == "online" else LINK_LASTS


class PaymentLinkInput(DeliveryInput):
    """What a link is for: an open order, lines, or a free amount with its description."""

    order_id = serializers.UUIDField(required=False)
    lines = serializers.ListField(child=CheckoutLineInput(), required=False, max_length=LINES_MAX)
    amount = LinkAmountInput(required=False)
    description = serializers.CharField(max_length=200, default="", allow_blank=True)
    channel = serializers.CharField(max_length=30, default="", allow_blank=True)
    currency = CurrencyField(required=False)
    promotion_codes = serializers.ListField(child=serializers.CharField(max_length=40), max_length=10, default=list)
    expires_in_seconds = serializers.IntegerField(
        min_value=60, max_value=int(LINK_LASTS_MAX.total_seconds()), default=int(LINK_LASTS.total_seconds())
    )
    return_url = serializers.URLField(max_length=400, default="", allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Want exactly one thing to pay."""
        if sum(bool(attrs.get(name)) for name in ("order_id", "lines", "amount")) != 1:
            raise serializers.ValidationError(_("give one of order_id, lines and amount"))
        return attrs

    @property
    def lasts(self) -> timedelta:
        """How long the link shall live."""
        return timedelta(seconds=self.validated_data["expires_in_seconds"])


class PayInput(serializers.Serializer[Any]):
    """How to pay: a token of the gateway, its own card page (session), or a card the customer stored. `store_card` keeps the card with this consent."""

    token = serializers.RegexField(r"^[A-Za-z0-9_.-]{1,200}$", required=False)
    session = serializers.BooleanField(required=False)
    stored_card_id = serializers.UUIDField(required=False)
    store_card = ConsentInput(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Want exactly one way."""
        if sum(bool(attrs.get(name)) for name in ("token", "session", "stored_card_id")) != 1:
            raise serializers.ValidationError(_("give one of token, session: true and stored_card_id"))
        if attrs.get("store_card") and attrs.get("stored_card_id"):
            raise serializers.ValidationError(_("that card is stored already"))
        return attrs


def money(minor: int, currency: str) -> dict[str, Any]:
    """Return an amount as REST shows it."""
    return {"amount_minor": minor, "currency": currency}


def delivery_method_output(method: DeliveryMethod) -> dict[str, Any]:
    """Return a way of delivery."""
    price = money(method.price_minor, method.currency)
    return {"code": method.code, "name": method.name, "price": price, "countries": method.countries}


def link_output(link: PaymentLink, order: Order, progress: Progress, *, payment_url: str) -> dict[str, Any]:
    """Return a checkout or link with its order and how far its payment has come."""
    return {
        "id": link.id,
        "status": progress.stage,
        "payment_url": payment_url,
        "expires_at": link.expires_at,
        "created_at": link.created_at,
        "revoked_at": link.revoked_at,
        "views": link.views,
        "order": {
            "id": order.id,
            "number": order.number,
            "status": order.status,
            "total": money(order.total_minor, order.currency),
            "tax": money(order.tax_minor, order.currency),
            "due": money(progress.due_minor, order.currency),
            "email": order.email,
            "delivery": order.delivery,
        },
        "payment": _payment_output(progress),
    }


def lines_output(order: Order) -> list[dict[str, Any]]:
    """Return the order's lines."""
    return [
        {
            "kind": line.kind,
            "sku": line.sku,
            "name": line.name,
            "quantity": line.quantity,
            "unit_price": money(line.unit_price_minor, order.currency),
            "discount": money(line.discount_minor, order.currency),
            "total": money(line.total_minor, order.currency),
            "tax_rate_basis_points": line.tax_rate_basis_points,
        }
        for line in queries.list_lines(order)
    ]


def _payment_output(progress: Progress) -> dict[str, Any] | None:
    operation = progress.operation
    if operation is None:
        return None
    no = progress.decline
    return {
        "id": operation.payment_id,
        "operation_id": operation.id,
        "reference": operation.reference,
        "status": operation.status,
        "action_url": operation.action_url if operation.status == "action_required" else "",
        "decline": no and {"code": no.code, "words": str(no.words), "who": no.who, "next": list(no.next_ways)},
    }
