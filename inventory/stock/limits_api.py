"""REST: what a channel may sell, what it leaves for others, and from when on somebody orders more."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.catalog import queries as catalog
from inventory.stock import limits, queries
from inventory.stock.serializers import LowLevelInput, SafetyStockInput
from merchant.core.clock import business_now
from merchant.core.errors import Invalid, NotFound
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.rest import MerchantActView, MerchantView, require_store
from merchant.sales_channels.models import Channel

SKUS_MAX = 100


class AvailabilityView(MerchantView):
    """What a channel may sell now: on hand - reserved - its safety stock."""

    right = "stock.read"

    @extend_schema(
        parameters=[
            OpenApiParameter("channel"),
            OpenApiParameter("sku", description="One or several, with commas between."),
        ],
        responses={200: OpenApiResponse(description="Pieces by article and store.")},
    )
    def get(self, request: Request) -> Response:
        """Return the pieces by article and store."""
        skus = [sku for sku in request.query_params.get("sku", "").split(",") if sku][:SKUS_MAX]
        code = request.query_params.get("channel", "")
        channel_id = _channel(code).id if code else None
        rows = queries.list_sellable(channel_id=channel_id, skus=skus, stores=self.caller.stores)
        return Response({"results": rows})


class SafetyStockView(MerchantActView):
    """Pieces a channel leaves for others in each store."""

    right = "stock.manage"

    @extend_schema(request=SafetyStockInput, responses={200: OpenApiResponse(description="Set.")})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Set the safety stock of a channel: of one article or of all without a line of their own."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Check, set."""
        given = SafetyStockInput(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        if self.caller.stores is not None:
            raise NotFound()
        limits.set_safety_stock(
            channel=_channel(data["channel"]),
            variant_id=catalog.get_by_sku(data["sku"]).id if data["sku"] else None,
            quantity=data["quantity"],
            now=business_now(self.caller.merchant_id),
        )
        return json_answer(200, data)


class LowLevelView(MerchantActView):
    """From how many free pieces on somebody is told to order more."""

    right = "stock.manage"

    @extend_schema(request=LowLevelInput, responses={200: OpenApiResponse(description="Set.")})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Set it for one article in one store."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Check, set."""
        given = LowLevelInput(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        require_store(self.caller, data["store_id"])
        limits.set_low_at(
            variant_id=catalog.get_by_sku(data["sku"]).id,
            store_id=data["store_id"],
            low_at=data["low_at"],
            now=business_now(self.caller.merchant_id),
        )
        return json_answer(200, {**data, "store_id": str(data["store_id"])})


def _channel(code: str) -> Channel:
    channel: Channel | None = Channel.objects.filter(code=code).first()
    if channel is None:
        raise Invalid(reason=_("there is no channel {channel}").format(channel=code[:30]))
    return channel
