"""REST: make coupons, see how far they are used, end them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.pricing import coupons
from inventory.pricing.models import COUPON_KINDS, Coupon
from merchant.core.clock import business_now
from merchant.core.fields import CurrencyField
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.money import MINOR_MAX
from merchant.core.pagination import page
from merchant.core.rest import MerchantActView


class CouponInput(serializers.Serializer[Any]):
    """What a coupon takes off, from what, how often and until when."""

    code = serializers.RegexField(r"^[A-Za-z0-9_-]{3,40}$")
    kind = serializers.ChoiceField(choices=COUPON_KINDS)
    name = serializers.CharField(max_length=80, default="", allow_blank=True)
    percent_basis_points = serializers.IntegerField(min_value=1, max_value=10_000, required=False)
    amount_minor = serializers.IntegerField(min_value=1, max_value=MINOR_MAX, required=False)
    currency = CurrencyField(required=False)
    minimum_minor = serializers.IntegerField(min_value=0, max_value=MINOR_MAX, default=0)
    category = serializers.CharField(max_length=80, default="", allow_blank=True)
    product_id = serializers.UUIDField(required=False)
    uses_max = serializers.IntegerField(min_value=1, max_value=1_000_000, required=False)
    uses_per_customer_max = serializers.IntegerField(min_value=1, max_value=1_000, required=False)
    starts_at = serializers.DateTimeField(required=False)
    ends_at = serializers.DateTimeField(required=False)


class CouponsView(MerchantActView):
    """Coupons, newest first."""

    right: ClassVar[Mapping[str, str]] = {"GET": "catalog.read", "POST": "catalog.manage"}

    @extend_schema(responses={200: OpenApiResponse(description="A page of coupons.")})
    def get(self, request: Request) -> Response:
        """List coupons."""
        found = page(Coupon.objects.all(), after=request.query_params.get("after"))
        return Response({"results": [coupon_output(row) for row in found.rows], "next_cursor": found.older})

    @extend_schema(request=CouponInput, responses={201: OpenApiResponse(description="Made.")})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Make a coupon."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Check, make."""
        given = CouponInput(data=request.data)
        given.is_valid(raise_exception=True)
        now = business_now(self.caller.merchant_id)
        coupon = coupons.create_coupon(now=now, **given.validated_data)
        return json_answer(201, coupon_output(coupon))


class CouponEndView(MerchantActView):
    """The end of a coupon."""

    right = "catalog.manage"

    @extend_schema(request=None, responses={200: OpenApiResponse(description="Ended; orders that hold it keep it.")})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """End it now."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """End it."""
        ended = coupons.end_coupon(coupon_id=kwargs["coupon_id"], now=business_now(self.caller.merchant_id))
        return json_answer(200, coupon_output(ended))


def coupon_output(coupon: Coupon) -> dict[str, Any]:
    """Return a coupon as REST shows it."""
    return {
        "id": str(coupon.id),
        "code": coupon.code,
        "name": coupon.name,
        "kind": coupon.kind,
        "percent_basis_points": coupon.percent_basis_points,
        "amount": {"amount_minor": coupon.amount_minor, "currency": coupon.currency}
        if coupon.kind == "amount"
        else None,
        "minimum_minor": coupon.minimum_minor,
        "category": coupon.category,
        "product_id": str(coupon.product_id) if coupon.product_id else None,
        "uses_max": coupon.uses_max,
        "uses_per_customer_max": coupon.uses_per_customer_max,
        "used": coupon.used,
        "starts_at": coupon.starts_at,
        "ends_at": coupon.ends_at,
        "is_active": coupon.is_active,
    }
