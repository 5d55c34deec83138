"""The REST edge of the catalogue: tablets sync it, scanners ask it, shops read it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.catalog import queries, services
from inventory.catalog.services import NewVariant
from merchant.core.callers import Caller
from merchant.core.clock import business_date, business_now
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.rest import MerchantActView, MerchantView
from merchant.sales_channels.queries import find_in_store_id


class VariantInput(serializers.Serializer[Any]):
    """One variant to make."""

    sku = serializers.CharField(max_length=60)
    name = serializers.CharField(max_length=160, default="", allow_blank=True)
    barcodes = serializers.ListField(child=serializers.CharField(max_length=64), max_length=20, default=list)
    is_stocked = serializers.BooleanField(default=True)
    weight_grams = serializers.IntegerField(min_value=0, max_value=10_000_000, default=0)


class ProductInput(serializers.Serializer[Any]):
    """One product to make."""

    name = serializers.CharField(max_length=160)
    category = serializers.CharField(max_length=80, default="", allow_blank=True)
    description = serializers.CharField(max_length=5000, default="", allow_blank=True)
    tax_class = serializers.CharField(max_length=20)
    variants = serializers.ListField(child=VariantInput(), min_length=1, max_length=100)


class CatalogView(MerchantView):
    """What changed in the catalogue since a cursor; without one, all of it, page by page."""

    right = "catalog.read"

    @extend_schema(
        parameters=[OpenApiParameter("since", description="The cursor of the last answer.")],
        responses={200: OpenApiResponse(description="Changed variants and the next cursor.")},
    )
    def get(self, request: Request) -> Response:
        """Return changed variants."""
        delta = queries.changed_since(cursor=request.query_params.get("since", ""), **_place(self.caller))
        return Response(
            {
                "variants": delta.variants,
                "cursor": delta.cursor,
                "is_complete": delta.is_complete,
                "is_full": delta.is_full,
            }
        )


class BarcodeView(MerchantView):
    """The article behind a scanned code."""

    right = "catalog.read"

    @extend_schema(
        responses={
            200: OpenApiResponse(description="The variant."),
            404: OpenApiResponse(description="Nothing has it."),
        }
    )
    def get(self, request: Request, code: str) -> Response:
        """Return the scanned variant."""
        return Response(queries.get_by_barcode(code=code, **_place(self.caller)))


class ProductsView(MerchantActView):
    """Make a product with its variants."""

    right = "catalog.manage"

    @extend_schema(request=ProductInput, responses={201: OpenApiResponse(description="Made.")})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Make a product."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, make."""
        data = ProductInput(data=request.data)
        data.is_valid(raise_exception=True)
        values = data.validated_data
        product, variants = services.create_product(
            name=values["name"],
            category=values["category"],
            description=values["description"],
            tax_class_code=values["tax_class"],
            variants=[
                NewVariant(new["sku"], new["name"], new["barcodes"], new["is_stocked"], new["weight_grams"])
                for new in values["variants"]
            ],
            now=business_now(self.caller.merchant_id),
        )
        document = {
            "id": str(product.id),
            "variants": [{"id": str(variant.id), "sku": variant.sku} for variant in variants],
        }
        return json_answer(201, document)


def _place(caller: Caller) -> dict[str, Any]:
    """A tablet sees its store's currency, country and shelf; everybody else the merchant's."""
    now, register, merchant = business_now(caller.merchant_id), caller.register, caller.merchant
    if register:
        day = business_date(now, zone=register.zone, cutoff=register.day_cutoff)
        return {
            "currency": register.currency,
            "country": register.country,
            "store_id": register.store_id,
            "channel_id": find_in_store_id(),
            "day": day,
        }
    day = business_date(now, zone=merchant.zone, cutoff=merchant.day_cutoff)
    return {
        "currency": merchant.base_currency,
        "country": merchant.country,
        "store_id": None,
        "channel_id": None,
        "day": day,
    }
