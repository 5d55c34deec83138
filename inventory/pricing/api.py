"""The REST edge of prices."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from inventory.catalog.models import Variant
from inventory.pricing import prices
from inventory.pricing.prices import PRICE_MINOR_MAX
from merchant.core.clock import business_now
from merchant.core.errors import Invalid
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.money import EXPONENTS, Money
from merchant.core.rest import MerchantActView


class PriceInput(serializers.Serializer[Any]):
    """What an article costs from now on."""

    sku = serializers.CharField(max_length=60)
    currency = serializers.ChoiceField(choices=sorted(EXPONENTS))
    amount_minor = serializers.IntegerField(min_value=0, max_value=PRICE_MINOR_MAX)
    includes_tax = serializers.BooleanField(default=True)


class PricesView(MerchantActView):
    """Set the price of an article in a currency."""

    right = "catalog.manage"

    @extend_schema(request=PriceInput, responses={201: OpenApiResponse(description="Set.")})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Set a price."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, set."""
        data = PriceInput(data=request.data)
        data.is_valid(raise_exception=True)
        values = data.validated_data
        variant = Variant.objects.filter(sku=values["sku"]).first()
        if variant is None:
            raise Invalid(reason=_("there is no article {article}").format(article=values["sku"]))
        prices.set_price(
            variant=variant,
            price=Money(values["amount_minor"], values["currency"]),
            includes_tax=values["includes_tax"],
            now=business_now(self.caller.merchant_id),
        )
        return json_answer(
            201, {"sku": variant.sku, "price": {"amount_minor": values["amount_minor"], "currency": values["currency"]}}
        )
