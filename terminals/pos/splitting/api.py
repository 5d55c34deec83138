"""REST: share an order, and read what each still owes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.core.clock import business_now
from merchant.core.errors import NotFound
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.rest import MerchantActView
from orders.order import queries as orders
from terminals.pos.splitting import services
from terminals.pos.splitting.serializers import SplitInput, split_output
from terminals.pos.tills import TillMixin
from terminals.pos.training import practice

_SHOWN = OpenApiResponse(description="The parts with what each still owes.")


class OrderSplitsView(TillMixin, MerchantActView):
    """The split of an order."""

    right: ClassVar[str | Mapping[str, str]] = {"GET": "order.read", "POST": "sale.create"}
    practises = True

    @extend_schema(responses={200: _SHOWN})
    def get(self, request: Request, order_id: UUID) -> Response:
        """Show the parts. Half paid and left, they are here for the till that goes on with the order."""
        if self.caller.register and self.caller.register.is_training:
            return Response(practice.parts(self.caller.register, order_id))
        order = orders.get_own_order(self.caller, order_id)
        split = services.find_split(order.id)
        if split is None:
            raise NotFound()
        return Response(split_output(split, order))

    @extend_schema(request=SplitInput, responses={201: _SHOWN})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Share what is open by amount, item or person; a split before ends, what was paid stays."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Check, share."""
        given = SplitInput(data=request.data)
        given.is_valid(raise_exception=True)
        if self.register.is_training:
            mode = given.validated_data["mode"]
            return practice.split(self.register, kwargs["order_id"], mode, given.wanted())
        order = orders.get_own_order(self.caller, kwargs["order_id"])
        split = services.split_order(
            order_id=order.id,
            register=self.register,
            mode=given.validated_data["mode"],
            wanted=given.wanted(),
            now=business_now(self.caller.merchant_id),
        )
        return json_answer(201, split_output(split, orders.get_order(order.id)))
