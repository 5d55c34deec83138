"""REST: the pick list of a store, and handing over against a code."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.pricing.services import LINES_MAX, QUANTITY_MAX
from merchant.core.clock import business_now
from merchant.core.errors import NotFound
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.pagination import page
from merchant.core.rest import MerchantActView, MerchantView
from orders.fulfilment import collecting, queries
from orders.fulfilment.models import Pickup
from orders.fulfilment.serializers import fulfilment_output
from orders.order import queries as orders
from orders.order.models import OrderLine

_SHOWN = OpenApiResponse(description="The pick-up with its lines, without its code: that is the customer's.")


class PickedLineInput(serializers.Serializer[Any]):
    """Pieces of one order line that were fetched from the shelf."""

    line_id = serializers.UUIDField()
    quantity = serializers.IntegerField(min_value=1, max_value=QUANTITY_MAX)


class PickedInput(serializers.Serializer[Any]):
    """What was fetched."""

    lines = serializers.ListField(child=PickedLineInput(), min_length=1, max_length=LINES_MAX)


class CollectionInput(serializers.Serializer[Any]):
    """The code the customer shows."""

    code = serializers.CharField(max_length=20)


class PickupMixin:
    """Finds pick-ups of the caller's stores."""

    caller: Any

    def pickup(self, pickup_id: UUID) -> Pickup:
        """Return it. :raises NotFound: if it is of another store."""
        found: Pickup | None = queries.list_pickups(stores=self.caller.stores).filter(id=pickup_id).first()
        if found is None:
            raise NotFound()
        return found


class PickupsView(PickupMixin, MerchantView):
    """What is to be picked, and what waits for its customer."""

    right = "order.read"

    @extend_schema(parameters=[OpenApiParameter("status"), OpenApiParameter("after")], responses={200: _SHOWN})
    def get(self, request: Request) -> Response:
        """List pick-ups, newest first; `status` narrows."""
        rows = queries.list_pickups(stores=self.caller.stores, status=request.query_params.get("status", ""))
        found = page(rows, after=request.query_params.get("after"))
        return Response({"results": [pickup_output(row) for row in found.rows], "next_cursor": found.older})


class PickedView(PickupMixin, MerchantActView):
    """What was fetched from the shelf."""

    right = "order.fulfil"

    @extend_schema(request=PickedInput, responses={200: _SHOWN})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Note picked pieces; with the last one the customer is told that the order is ready."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Check, note."""
        found = self.pickup(kwargs["pickup_id"])
        given = PickedInput(data=request.data)
        given.is_valid(raise_exception=True)
        pieces: dict[UUID, int] = {}
        for line in given.validated_data["lines"]:
            pieces[line["line_id"]] = pieces.get(line["line_id"], 0) + line["quantity"]
        collecting.pick(pickup_id=found.id, pieces=pieces, now=business_now(self.caller.merchant_id))
        return json_answer(200, pickup_output(self.pickup(found.id)))


class CollectionView(PickupMixin, MerchantActView):
    """Goods given to whoever shows the code."""

    right = "order.fulfil"

    @extend_schema(request=CollectionInput, responses={201: OpenApiResponse(description="Handed over.")})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Check the code, then hand over. Five wrong codes lock the pick-up for a quarter of an hour."""
        # Before the once-only part: a wrong code must be counted although the request is refused.
        found = self.pickup(kwargs["pickup_id"])
        given = CollectionInput(data=request.data)
        given.is_valid(raise_exception=True)
        if found.status != "collected":
            now = business_now(self.caller.merchant_id)
            collecting.check_code(pickup_id=found.id, code=given.validated_data["code"], now=now)
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Hand over."""
        found = self.pickup(kwargs["pickup_id"])
        done = collecting.collect(pickup_id=found.id, now=business_now(self.caller.merchant_id))
        order = orders.get_order(found.order_id)
        shown = fulfilment_output(done, currency=order.currency, fulfilment_status=order.fulfilment_status)
        return json_answer(201, shown)


def pickup_output(pickup: Pickup) -> dict[str, Any]:
    """Return a pick-up as REST shows it. Its code stays with the customer."""
    lines = OrderLine.objects.filter(order_id=pickup.order_id, is_stocked=True).order_by("position")
    return {
        "id": str(pickup.id),
        "order_id": str(pickup.order_id),
        "number": pickup.order.number,
        "store_id": str(pickup.store_id),
        "status": pickup.status,
        "is_paid": orders.open_minor(pickup.order) == 0,
        "ready_at": pickup.ready_at,
        "collect_until": pickup.collect_until,
        "lines": [
            {
                "line_id": str(line.id),
                "sku": line.sku,
                "name": line.name,
                "quantity": line.quantity - line.fulfilled_quantity,
                "picked": pickup.picked.get(str(line.id), 0),
            }
            for line in lines
        ],
    }
