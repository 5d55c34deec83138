"""REST: the parcels of an order that are on their way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.core.clock import business_now
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.rest import MerchantActView
from orders.fulfilment import queries, shipping
from orders.fulfilment.serializers import ShipmentInput, ShipmentOutput, shipment_output
from orders.fulfilment.shipping import Parcel
from orders.order import queries as orders


class ShipmentsView(MerchantActView):
    """Parcels of an order, for its customer to follow. Noting one moves no goods and no money: handing over does."""

    right: ClassVar[str | Mapping[str, str]] = {"GET": "order.read", "POST": "order.fulfil"}

    @extend_schema(responses={200: ShipmentOutput(many=True)})
    def get(self, request: Request, order_id: UUID) -> Response:
        """List the parcels of the order, first sent first."""
        order = orders.get_own_order(self.caller, order_id)
        return Response({"data": [shipment_output(parcel) for parcel in queries.list_shipments(order.id)]})

    @extend_schema(request=ShipmentInput, responses={201: ShipmentOutput})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Note a parcel with its carrier and number. A number that the order has already is refused."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Check, note, answer."""
        order = orders.get_own_order(self.caller, kwargs["order_id"])
        given = ShipmentInput(data=request.data)
        given.is_valid(raise_exception=True)
        noted = shipping.note_shipment(
            order_id=order.id, parcel=Parcel(**given.validated_data), now=business_now(self.caller.merchant_id)
        )
        return json_answer(201, shipment_output(noted))
