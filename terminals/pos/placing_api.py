"""REST: place a till's order before anybody pays at the till, as a link on the customer's phone needs it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request

from merchant.core.clock import business_now
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.rest import MerchantActView
from orders.order import queries as orders
from terminals.pos import serializers, services
from terminals.pos.tills import TillMixin


class OrderPlacementsView(TillMixin, MerchantActView):
    """Fix the lines of a draft and keep its pieces, so that it can be paid elsewhere: by link, on the customer's phone."""

    right = "order.create"

    @extend_schema(request=None, responses={201: OpenApiResponse(description="The order, placed.")})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Place the order. Placing it again changes nothing."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Place, answer."""
        order_id = kwargs["order_id"]
        orders.get_own_order(self.caller, order_id)
        order = services.open_for_payment(
            order_id=order_id, register=self.register, now=business_now(self.caller.merchant_id)
        )
        return json_answer(201, serializers.order_output(order))
