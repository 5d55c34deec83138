"""The REST edge of prices."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from inventory.catalog.models import Variant
from inventory.pricing.models import Price
from merchant.accounts.api import MerchantActView
from merchant.core.audit import services as audit
from merchant.core.clock import business_now
from merchant.core.errors import Invalid
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.money import EXPONENTS, MINOR_MAX


class PriceInput(serializers.Serializer[Any]):
    """What an article costs from now on."""

    sku = serializers.CharField(max_length=60)
    currency = serializers.ChoiceField(choices=sorted(EXPONENTS))
    amount_minor = serializers.IntegerField(min_value=0, max_value=MINOR_MAX)
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
            raise Invalid(reason=f"there is no article {values['sku']}")
        before = Price.objects.filter(variant=variant, currency=values["currency"]).first()
        defaults = {"amount_minor": values["amount_minor"], "includes_tax": values["includes_tax"]}
        Price.objects.update_or_create(variant=variant, currency=values["currency"], defaults=defaults)
        audit.record(
            "price.changed",
            subject=f"variant:{variant.id}",
            now=business_now(self.caller.merchant_id),
            data={
                "before": before.amount_minor if before else None,
                "after": values["amount_minor"],
                "currency": values["currency"],
            },
        )
        return json_answer(
            201, {"sku": variant.sku, "price": {"amount_minor": values["amount_minor"], "currency": values["currency"]}}
        )
