"""REST: price lists of stores and channels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.pricing import price_lists
from inventory.pricing.models import ListPrice, PriceList
from inventory.pricing.price_lists import NewList
from inventory.pricing.prices import PRICE_MINOR_MAX
from merchant.core.clock import business_now
from merchant.core.errors import NotFound
from merchant.core.fields import CurrencyField
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.pagination import page
from merchant.core.rest import MerchantActView


class PriceListInput(serializers.Serializer[Any]):
    """A list of prices for one store or one channel; `includes_tax` says how its amounts are meant."""

    name = serializers.CharField(max_length=80)
    currency = CurrencyField()
    includes_tax = serializers.BooleanField(default=True)
    store_id = serializers.UUIDField(allow_null=True, default=None)
    channel = serializers.CharField(max_length=30, default="", allow_blank=True)


class ListPriceInput(serializers.Serializer[Any]):
    """What an article costs on the list; null takes it off the list."""

    sku = serializers.CharField(max_length=60)
    amount_minor = serializers.IntegerField(min_value=0, max_value=PRICE_MINOR_MAX, allow_null=True)


class PriceListsView(MerchantActView):
    """The price lists, newest first."""

    right: ClassVar[Mapping[str, str]] = {"GET": "catalog.read", "POST": "catalog.manage"}

    @extend_schema(responses={200: OpenApiResponse(description="A page of price lists.")})
    def get(self, request: Request) -> Response:
        """List them."""
        rows = PriceList.objects.select_related("channel")
        found = page(rows, after=request.query_params.get("after"))
        return Response({"results": [list_output(row) for row in found.rows], "next_cursor": found.older})

    @extend_schema(request=PriceListInput, responses={201: OpenApiResponse(description="Made.")})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Make a price list."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Check, make."""
        given = PriceListInput(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        new = NewList(data["name"], data["currency"], data["includes_tax"], data["store_id"], data["channel"])
        made = price_lists.create_price_list(new=new, now=business_now(self.caller.merchant_id))
        return json_answer(201, list_output(made))


class ListPricesView(MerchantActView):
    """The prices of a list."""

    right: ClassVar[Mapping[str, str]] = {"GET": "catalog.read", "POST": "catalog.manage"}

    @extend_schema(responses={200: OpenApiResponse(description="A page of its prices.")})
    def get(self, request: Request, list_id: Any) -> Response:
        """List what is on it."""
        if not PriceList.objects.filter(id=list_id).exists():
            raise NotFound()
        rows = ListPrice.objects.filter(price_list_id=list_id).select_related("variant", "price_list")
        found = page(rows, after=request.query_params.get("after"))
        return Response({"results": [price_output(row) for row in found.rows], "next_cursor": found.older})

    @extend_schema(request=ListPriceInput, responses={200: OpenApiResponse(description="Set, or taken off.")})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Set the price of an article on the list."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Check, set."""
        given = ListPriceInput(data=request.data)
        given.is_valid(raise_exception=True)
        now = business_now(self.caller.merchant_id)
        done = price_lists.set_list_price(list_id=kwargs["list_id"], now=now, **given.validated_data)
        document = price_output(done) if done else {"sku": given.validated_data["sku"], "price": None}
        return json_answer(200, document)


def list_output(row: PriceList) -> dict[str, Any]:
    """Return a price list as REST shows it."""
    return {
        "id": str(row.id),
        "name": row.name,
        "currency": row.currency,
        "includes_tax": row.includes_tax,
        "store_id": str(row.store_id) if row.store_id else None,
        "channel": row.channel.code if row.channel else None,
    }


def price_output(row: ListPrice) -> dict[str, Any]:
    """Return one price of a list."""
    price = {"amount_minor": row.amount_minor, "currency": row.price_list.currency}
    return {"sku": row.variant.sku, "price": price, "includes_tax": row.price_list.includes_tax}
