"""REST: sold at this counter, sent from another store or to an address."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from inventory.pricing.services import LINES_MAX
from merchant.core.clock import business_now
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.rest import MerchantActView
from orders.order import queries as orders
from payments.checkout.serializers import DeliveryInput
from terminals.pos import elsewhere
from terminals.pos.serializers import order_output
from terminals.pos.tills import TillMixin

_TOTALS = OpenApiResponse(description="The order's new totals and version.")


class SourceInput(serializers.Serializer[Any]):
    """Where one line comes from; null is this store."""

    line_id = serializers.UUIDField()
    store_id = serializers.UUIDField(allow_null=True)


class SourcesInput(serializers.Serializer[Any]):
    """Where lines come from, and the version they were drawn from."""

    lines = serializers.ListField(child=SourceInput(), min_length=1, max_length=LINES_MAX)
    version = serializers.IntegerField(min_value=1)


class OrderSourcesView(TillMixin, MerchantActView):
    """The stores that lines of a draft come from."""

    right = "order.create"

    @extend_schema(request=SourcesInput, responses={200: _TOTALS})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Let lines come from other stores; they are reserved there when the order is paid or placed."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Check, note."""
        orders.get_own_order(self.caller, kwargs["order_id"])
        given = SourcesInput(data=request.data)
        given.is_valid(raise_exception=True)
        order = elsewhere.source_lines(
            order_id=kwargs["order_id"],
            register=self.register,
            sources={line["line_id"]: line["store_id"] for line in given.validated_data["lines"]},
            version=given.validated_data["version"],
            now=business_now(self.caller.merchant_id),
        )
        return json_answer(200, order_output(order))


class OrderDeliveryView(TillMixin, MerchantActView):
    """Where an order of the till is sent."""

    right = "order.create"

    @extend_schema(request=DeliveryInput, responses={200: _TOTALS})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Send it to an address; the price of the delivery becomes a line."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Check, note."""
        orders.get_own_order(self.caller, kwargs["order_id"])
        given = DeliveryInput(data=request.data)
        given.is_valid(raise_exception=True)
        order = elsewhere.send_home(
            order_id=kwargs["order_id"],
            register=self.register,
            shopper=given.shopper(),
            method=given.validated_data["delivery_method"],
            now=business_now(self.caller.merchant_id),
        )
        return json_answer(200, order_output(order))
