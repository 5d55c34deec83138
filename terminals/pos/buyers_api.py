"""REST: whose an order of the till is."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request

from merchant.core import limits
from merchant.core.clock import business_now
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.rest import MerchantActView
from orders.order import queries as orders
from terminals.pos import buyers
from terminals.pos.buyers import NewBuyer
from terminals.pos.discount_api import discounted_output
from terminals.pos.serializers import OrderCustomerInput
from terminals.pos.tills import TillMixin

# Somebody new spells a name and an address; a counter with a queue hears of a few a minute.
_NEW_MAX, _NEW_SECONDS = 20, 60


class OrderCustomerView(TillMixin, MerchantActView):
    """The customer of an order."""

    right = "order.create"

    @extend_schema(
        request=OrderCustomerInput,
        responses={200: OpenApiResponse(description="The order with its lines, and whose it is.")},
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Note whose order it is: somebody known, somebody new with a name and a way to be reached, or nobody."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Check, note."""
        orders.get_own_order(self.caller, kwargs["order_id"])
        given = OrderCustomerInput(data=request.data)
        given.is_valid(raise_exception=True)
        new = given.validated_data["new"]
        if new:
            limits.consume(what="new-customer", key=str(self.caller.id), most=_NEW_MAX, seconds=_NEW_SECONDS)
        order = buyers.name_buyer(
            order_id=kwargs["order_id"],
            register=self.register,
            customer_id=given.validated_data["customer_id"],
            new=NewBuyer(**new) if new else None,
            now=business_now(self.caller.merchant_id),
        )
        return json_answer(200, discounted_output(order, is_masked=self.caller.is_masked))
