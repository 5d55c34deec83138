"""REST: park an order under a name, list what waits at the counters of a store, and go on with it at any till."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from merchant.core.clock import business_now
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.rest import MerchantActView, MerchantListView
from orders.carry_over import parking, queries
from orders.carry_over import services as carry_over
from orders.carry_over.serializers import cart_output, waiting_output
from orders.order import queries as orders
from orders.order.models import Order
from terminals.pos.tills import TillMixin

_SHOWN = OpenApiResponse(description="The order with its lines, who holds it, and under which name it is parked.")


class ParkInput(serializers.Serializer[Any]):
    """A name that the next cashier understands; without one the order's number. And the version the tablet shows."""

    name = serializers.CharField(max_length=80, default="", allow_blank=True)
    version = serializers.IntegerField(min_value=1)


class OrderParkingsView(TillMixin, MerchantActView):
    """Put an order aside."""

    right = "order.create"

    @extend_schema(request=ParkInput, responses={200: _SHOWN})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Park the order; it waits for any till of the store."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Check, park."""
        order = orders.get_own_order(self.caller, kwargs["order_id"])
        given = ParkInput(data=request.data)
        given.is_valid(raise_exception=True)
        held = parking.park(
            order_id=order.id,
            holder=carry_over.till_holder(self.register),
            now=business_now(self.caller.merchant_id),
            **given.validated_data,
        )
        return json_answer(200, cart_output(orders.get_order(order.id), held))


class OrderResumptionsView(TillMixin, MerchantActView):
    """Go on with an order that waits."""

    right = "order.create"

    @extend_schema(request=None, responses={200: _SHOWN})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Resume it at this till. Of two tills one wins; the other reads who has it."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Check, take."""
        order = orders.get_own_order(self.caller, kwargs["order_id"])
        held = parking.resume(
            order_id=order.id,
            holder=carry_over.till_holder(self.register),
            now=business_now(self.caller.merchant_id),
        )
        return json_answer(200, cart_output(orders.get_order(order.id), held))


class WaitingOrdersView(MerchantListView):
    """`GET /api/v1/till/parked/`: parked orders and half-paid ones of the caller's stores, with name and age."""

    right: ClassVar[str | Mapping[str, str]] = "order.read"

    def rows(self) -> QuerySet[Any]:
        """Return them; a tablet sees its store's."""
        return queries.list_waiting(stores=self.caller.stores)

    def output(self, row: Order) -> dict[str, Any]:
        """Return one."""
        return waiting_output(row, now=business_now(self.caller.merchant_id))
