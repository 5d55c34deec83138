"""REST: hand goods of an order over, or on their way."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from merchant.core.clock import business_now
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.rest import MerchantActView, require_store
from orders.fulfilment import services
from orders.fulfilment.serializers import FulfilmentInput, FulfilmentOutput, fulfilment_output
from orders.order import queries


class FulfilmentsView(MerchantActView):
    """Goods of an order that leave: revenue is booked, and their pieces leave the stock they were kept in."""

    right = "order.fulfil"

    @extend_schema(request=FulfilmentInput, responses={201: FulfilmentOutput})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Hand over all that is left, or the pieces named. Refused while money is missing."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, hand over, answer."""
        given = FulfilmentInput(data=request.data)
        given.is_valid(raise_exception=True)
        order = queries.get_order(kwargs["order_id"])
        if not given.validated_data.get("store_id"):
            require_store(self.caller, order.store_id)
        lines = given.validated_data.get("lines")
        quantities: dict[UUID, int] | None = {line["line_id"]: line["quantity"] for line in lines} if lines else None
        store_id = given.validated_data.get("store_id") or queries.goods_store_id(order)
        if store_id is not None and store_id != order.store_id:
            require_store(self.caller, store_id)
        done = services.hand_over(
            order_id=order.id,
            store_id=store_id,
            now=business_now(self.caller.merchant_id),
            quantities=quantities,
            require_secured=not queries.is_paid_at_the_door(order),
        )
        after = queries.get_order(order.id)
        return json_answer(
            201, fulfilment_output(done, currency=order.currency, fulfilment_status=after.fulfilment_status)
        )
