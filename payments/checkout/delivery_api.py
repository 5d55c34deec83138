"""REST: ways of delivery and what they cost."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from merchant.core.clock import business_now
from merchant.core.errors import NotFound
from merchant.core.fields import CurrencyField
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.money import MINOR_MAX
from merchant.core.rest import MerchantActView
from payments.checkout import delivery_setup
from payments.checkout.delivery_setup import RATES_MAX, MethodTerms, RateTerms
from payments.checkout.models import DeliveryMethod
from payments.checkout.serializers import delivery_method_output


class DeliveryMethodInput(serializers.Serializer[Any]):
    """A way goods reach the customer. A code that begins with `collect` is fetched at the store."""

    code = serializers.RegexField(r"^[a-z0-9_-]{2,30}$")
    name = serializers.CharField(max_length=80)
    currency = CurrencyField()
    price_minor = serializers.IntegerField(min_value=0, max_value=MINOR_MAX)
    tax_class = serializers.CharField(max_length=20)
    countries = serializers.ListField(child=serializers.RegexField(r"^[A-Z]{2}$"), max_length=250, default=list)
    free_from_minor = serializers.IntegerField(min_value=1, max_value=MINOR_MAX, allow_null=True, default=None)
    is_active = serializers.BooleanField(default=True)


class DeliveryMethodSetView(MerchantActView):
    """A way of delivery."""

    right = "catalog.manage"

    @extend_schema(request=DeliveryMethodInput, responses={200: OpenApiResponse(description="Set.")})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Make or change a way of delivery, by its code."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Check, set."""
        given = DeliveryMethodInput(data=request.data)
        given.is_valid(raise_exception=True)
        data = dict(given.validated_data)
        code = data.pop("code")
        now = business_now(self.caller.merchant_id)
        method = delivery_setup.set_method(code=code, terms=MethodTerms(**data), now=now)
        return json_answer(200, {**delivery_method_output(method), "id": str(method.id)})


class DeliveryRateInput(serializers.Serializer[Any]):
    """What a way costs for some orders. Nothing given means any."""

    channel = serializers.CharField(max_length=30, default="", allow_blank=True)
    zone = serializers.CharField(max_length=40, default="", allow_blank=True)
    countries = serializers.ListField(child=serializers.RegexField(r"^[A-Z]{2}$"), max_length=250, default=list)
    weight_grams_max = serializers.IntegerField(min_value=1, max_value=10_000_000, allow_null=True, default=None)
    value_from_minor = serializers.IntegerField(min_value=0, max_value=MINOR_MAX, default=0)
    price_minor = serializers.IntegerField(min_value=0, max_value=MINOR_MAX)


class DeliveryRatesInput(serializers.Serializer[Any]):
    """All rates of a way; none lets its own price hold everywhere."""

    rates = serializers.ListField(child=DeliveryRateInput(), max_length=RATES_MAX)


class DeliveryRatesView(MerchantActView):
    """The rates of a way of delivery."""

    right = "catalog.manage"

    @extend_schema(request=DeliveryRatesInput, responses={200: OpenApiResponse(description="Set.")})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Replace all its rates."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Check, replace."""
        method_id: UUID = kwargs["method_id"]
        if not DeliveryMethod.objects.filter(id=method_id).exists():
            raise NotFound()
        given = DeliveryRatesInput(data=request.data)
        given.is_valid(raise_exception=True)
        rates = given.validated_data["rates"]
        now = business_now(self.caller.merchant_id)
        method = delivery_setup.set_rates(method_id=method_id, rates=[RateTerms(**rate) for rate in rates], now=now)
        return json_answer(200, {**delivery_method_output(method), "rates": rates})
