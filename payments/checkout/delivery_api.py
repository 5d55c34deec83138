"""REST: ways of delivery and what they cost."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from inventory.catalog.models import TaxClass
from merchant.core.audit import services as audit
from merchant.core.clock import business_now
from merchant.core.errors import Invalid, NotFound
from merchant.core.fields import CurrencyField
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.money import MINOR_MAX
from merchant.core.rest import MerchantActView
from merchant.sales_channels.models import Channel
from payments.checkout.models import DeliveryMethod, DeliveryRate
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
        tax_class = TaxClass.objects.filter(code=data.pop("tax_class")).first()
        if tax_class is None:
            raise Invalid(reason="there is no such tax class")
        code = data.pop("code")
        method, _is_new = DeliveryMethod.objects.update_or_create(
            code=code, defaults={**data, "tax_class_id": tax_class.id}
        )
        now = business_now(self.caller.merchant_id)
        audit.record("delivery_method.set", subject=f"delivery_method:{method.id}", now=now, data={"code": code})
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

    rates = serializers.ListField(child=DeliveryRateInput(), max_length=200)


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
        method = DeliveryMethod.objects.select_for_update().filter(id=method_id).first()
        if method is None:
            raise NotFound()
        given = DeliveryRatesInput(data=request.data)
        given.is_valid(raise_exception=True)
        rates = given.validated_data["rates"]
        codes = {rate["channel"] for rate in rates if rate["channel"]}
        channels = {channel.code: channel for channel in Channel.objects.filter(code__in=codes)}
        if codes - channels.keys():
            raise Invalid(reason="there is no such channel")
        DeliveryRate.objects.filter(method=method).delete()
        DeliveryRate.objects.bulk_create(
            DeliveryRate(**{**rate, "method": method, "channel": channels.get(rate["channel"])}) for rate in rates
        )
        now = business_now(self.caller.merchant_id)
        audit.record("delivery_rates.set", subject=f"delivery_method:{method.id}", now=now, data={"rates": len(rates)})
        return json_answer(200, {**delivery_method_output(method), "rates": rates})
