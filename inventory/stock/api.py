"""The REST edge of stock."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.catalog import queries as catalog
from inventory.stock import corrections, queries, services
from merchant.core.clock import business_now
from merchant.core.errors import Invalid, NotFound
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.ids import new_id
from merchant.core.pagination import page
from merchant.core.rest import MerchantActView, MerchantView, require_store
from merchant.merchants.models import Store


class AdjustmentInput(serializers.Serializer[Any]):
    """A correction of one level."""

    sku = serializers.CharField(max_length=60)
    store_id = serializers.UUIDField()
    quantity = serializers.IntegerField(min_value=-100_000, max_value=100_000)
    reason = serializers.CharField(max_length=120)


class GoodsInInput(serializers.Serializer[Any]):
    """Goods received into a store."""

    store_id = serializers.UUIDField()
    lines = serializers.ListField(child=serializers.DictField(), min_length=1, max_length=500)
    reference = serializers.CharField(max_length=60, default="", allow_blank=True)


class StockView(MerchantView):
    """Stock levels, newest first."""

    right = "stock.read"

    @extend_schema(
        parameters=[
            OpenApiParameter("store_id"),
            OpenApiParameter("free_at_most", int),
            OpenApiParameter("after"),
            OpenApiParameter("q"),
        ],
        responses={200: OpenApiResponse(description="A page of levels.")},
    )
    def get(self, request: Request) -> Response:
        """Return a page of levels."""
        store_id, at_most = request.query_params.get("store_id"), request.query_params.get("free_at_most")
        try:
            chosen = UUID(store_id) if store_id else None
            bound = int(at_most) if at_most else None
        except ValueError:
            raise Invalid(reason=_("store_id is an id and free_at_most a whole number")) from None
        rows = queries.list_levels(
            store_ids=self.caller.stores, store_id=chosen, free_at_most=bound, text=request.query_params.get("q", "")
        )
        found = page(rows, after=request.query_params.get("after"))
        return Response({"results": [_level(row) for row in found.rows], "next_cursor": found.older})


class StockAdjustmentsView(MerchantActView):
    """Correct what is on the shelf, with a reason."""

    right = "stock.manage"

    @extend_schema(request=AdjustmentInput, responses={201: OpenApiResponse(description="Corrected.")})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Correct a level."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, correct."""
        data = AdjustmentInput(data=request.data)
        data.is_valid(raise_exception=True)
        values = data.validated_data
        store, variant = _store(self, values["store_id"]), catalog.get_by_sku(values["sku"])
        if not values["quantity"]:
            raise Invalid(reason=_("a correction of nothing corrects nothing"))
        on_hand = corrections.adjust(
            variant_id=variant.id,
            store_id=store.id,
            quantity=values["quantity"],
            reason=values["reason"],
            source=f"adjustment:{new_id()}",
            now=business_now(self.caller.merchant_id),
        )
        return json_answer(201, {"sku": variant.sku, "store_id": str(store.id), "on_hand": on_hand})


class StockDeliveriesView(MerchantActView):
    """Put received goods on the shelf."""

    right = "stock.manage"

    @extend_schema(request=GoodsInInput, responses={201: OpenApiResponse(description="Received.")})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Receive goods."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, put on the shelf."""
        data = GoodsInInput(data=request.data)
        data.is_valid(raise_exception=True)
        store = _store(self, data.validated_data["store_id"])
        pieces = [
            services.Pieces(catalog.get_by_sku(str(line.get("sku", ""))).id, _quantity(line))
            for line in data.validated_data["lines"]
        ]
        delivery_id = new_id()
        services.put_in(
            pieces=pieces,
            store_id=store.id,
            kind="received",
            source=f"delivery:{delivery_id}",
            now=business_now(self.caller.merchant_id),
            reason=data.validated_data["reference"],
        )
        services.tell_changed(store_id=store.id, variant_ids=[piece.variant_id for piece in pieces], why="received")
        return json_answer(201, {"delivery_id": str(delivery_id), "pieces": sum(piece.quantity for piece in pieces)})


def _store(view: MerchantView, store_id: UUID) -> Store:
    require_store(view.caller, store_id)
    store = Store.objects.filter(id=store_id).first()
    if store is None:
        raise NotFound()
    return store


def _quantity(line: dict[str, Any]) -> int:
    quantity = line.get("quantity")
    if type(quantity) is not int or not 0 < quantity <= 100_000:
        raise Invalid(reason=_("a quantity is a whole number from 1 to 100,000"))
    return quantity


def _level(row: Any) -> dict[str, Any]:
    return {
        "sku": row.variant.sku,
        "name": row.variant.product.name,
        "store_id": str(row.store_id),
        "store": row.store.name,
        "on_hand": row.on_hand,
        "oversold": row.oversold,
        "reserved": row.reserved,
        "free": row.on_hand - row.reserved,
    }
