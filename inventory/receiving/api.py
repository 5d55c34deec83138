"""The REST edge of goods in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from inventory.receiving import counts, deliveries, queries, serializers, transfers
from inventory.receiving.deliveries import Arrived
from merchant.core.clock import business_now
from merchant.core.errors import Invalid, NotFound
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.pagination import page
from merchant.core.rest import MerchantActView, MerchantView, require_store
from merchant.merchants import queries as merchants
from merchant.merchants.models import Store

_PAGE = OpenApiResponse(description="A page, newest first.")
_ONE = OpenApiResponse(description="It with its lines, as it stands now.")
_BOTH: Mapping[str, str] = {"GET": "stock.read", "POST": "stock.manage"}


def read(serializer: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    """Return the checked body."""
    given = serializer(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


class GoodsInView(MerchantActView):
    """What the views of goods in share. A POST acts once per key: see `act` of each."""

    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Do it, once."""
        return super().post(request, **kwargs)

    @property
    def now(self) -> Any:
        """The merchant's time."""
        return business_now(self.caller.merchant_id)

    def listed(self, request: Request, rows: Any, show: Any) -> Response:
        """Return one page of `rows`."""
        status = request.query_params.get("status")
        found = page(rows.filter(status=status) if status else rows, after=request.query_params.get("after"))
        return Response({"results": [show(row) for row in found.rows], "next_cursor": found.older})


class DeliveriesView(GoodsInView):
    """Deliveries that suppliers announced."""

    right: ClassVar[Mapping[str, str]] = _BOTH

    @extend_schema(responses={200: _PAGE})
    def get(self, request: Request) -> Response:
        """List deliveries; `status` narrows."""
        return self.listed(request, queries.list_deliveries(stores=self.caller.stores), serializers.delivery_output)

    @extend_schema(request=serializers.ExpectedDeliveryInput, responses={201: _ONE})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Announce a delivery."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Check, store."""
        data = read(serializers.ExpectedDeliveryInput, request)
        done = deliveries.announce_delivery(
            store_id=merchants.get_own_store_id(self.caller, data["store_id"]),
            expected=pieces_of(data["lines"]),
            supplier=data["supplier"],
            reference=data["reference"],
            expected_on=data["expected_on"],
            now=self.now,
        )
        return json_answer(201, serializers.delivery_output(done, done.lines.select_related("variant")))


class DeliveryView(MerchantView):
    """One delivery."""

    right = "stock.read"

    @extend_schema(responses={200: _ONE})
    def get(self, request: Request, goods_id: UUID) -> Response:
        """Show it."""
        found = queries.get_of(queries.list_deliveries(stores=self.caller.stores), goods_id)
        return Response(serializers.delivery_output(found, found.lines.select_related("variant")))


class DeliveryReceiptsView(GoodsInView):
    """Goods of a delivery that came."""

    right = "stock.receive"

    @extend_schema(request=serializers.ReceiptInput, responses={201: _ONE})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Put what came on the shelf: part, all or more; damaged pieces are noted."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Check, put on the shelf."""
        found = queries.get_of(queries.list_deliveries(stores=self.caller.stores), kwargs["goods_id"])
        arrived = arrived_of(read(serializers.ReceiptInput, request)["lines"])
        done = deliveries.receive_delivery(delivery_id=found.id, arrived=arrived, now=self.now)
        return json_answer(201, serializers.delivery_output(done, done.lines.select_related("variant")))


class DeliveryCloseView(GoodsInView):
    """The end of a delivery of which no more will come."""

    right = "stock.manage"

    @extend_schema(request=None, responses={200: _ONE})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Wait no longer."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Close."""
        found = queries.get_of(queries.list_deliveries(stores=self.caller.stores), kwargs["goods_id"])
        return json_answer(
            200, serializers.delivery_output(deliveries.close_delivery(delivery_id=found.id, now=self.now))
        )


class TransfersView(GoodsInView):
    """Pieces on their way between stores."""

    right: ClassVar[Mapping[str, str]] = _BOTH

    @extend_schema(responses={200: _PAGE})
    def get(self, request: Request) -> Response:
        """List transfers; `status` narrows."""
        return self.listed(request, queries.list_transfers(stores=self.caller.stores), serializers.transfer_output)

    @extend_schema(request=serializers.TransferInput, responses={201: _ONE})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Send pieces to another store: they leave the shelf at once."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Check, take off the shelf."""
        data = read(serializers.TransferInput, request)
        if not Store.objects.filter(id=data["store_to"]).exists():
            raise NotFound()
        done = transfers.send_transfer(
            store_from=merchants.get_own_store_id(self.caller, data["store_from"]),
            store_to=data["store_to"],
            pieces=pieces_of(data["lines"]),
            note=data["note"],
            names={queries.get_article(line["article"]).id: line["article"] for line in data["lines"]},
            now=self.now,
        )
        return json_answer(201, serializers.transfer_output(done, done.lines.select_related("variant")))


class TransferView(MerchantView):
    """One transfer."""

    right = "stock.read"

    @extend_schema(responses={200: _ONE})
    def get(self, request: Request, transfer_id: UUID) -> Response:
        """Show it."""
        found = queries.get_of(queries.list_transfers(stores=self.caller.stores), transfer_id)
        return Response(serializers.transfer_output(found, found.lines.select_related("variant")))


class TransferReceiptsView(GoodsInView):
    """Pieces of a transfer that arrived."""

    right = "stock.receive"

    @extend_schema(request=serializers.ReceiptInput, responses={201: _ONE})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Put what arrived on the shelf of the receiving store."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Check, put on the shelf."""
        found = queries.get_of(queries.list_transfers(stores=self.caller.stores), kwargs["transfer_id"])
        require_store(self.caller, found.store_to_id)
        arrived = arrived_of(read(serializers.ReceiptInput, request)["lines"])
        done = transfers.receive_transfer(transfer_id=found.id, arrived=arrived, now=self.now)
        return json_answer(201, serializers.transfer_output(done, done.lines.select_related("variant")))


class TransferCloseView(GoodsInView):
    """The end of a transfer of which no more will arrive."""

    right = "stock.manage"

    @extend_schema(request=serializers.TransferCloseInput, responses={200: _ONE})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Say that the rest is lost, or back at the sender."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Check, close."""
        found = queries.get_of(queries.list_transfers(stores=self.caller.stores), kwargs["transfer_id"])
        is_back = read(serializers.TransferCloseInput, request)["rest"] == "back"
        done = transfers.close_transfer(transfer_id=found.id, is_back=is_back, now=self.now)
        return json_answer(200, serializers.transfer_output(done, done.lines.select_related("variant")))


class CountsView(GoodsInView):
    """Counts of stores."""

    right: ClassVar[Mapping[str, str]] = {"GET": "stock.read", "POST": "stock.receive"}

    @extend_schema(responses={200: _PAGE})
    def get(self, request: Request) -> Response:
        """List counts; `status` narrows."""
        return self.listed(request, queries.list_counts(stores=self.caller.stores), serializers.count_output)

    @extend_schema(request=serializers.StockCountInput, responses={201: _ONE})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Begin a count; the store goes on selling."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Begin."""
        data = read(serializers.StockCountInput, request)
        done = counts.begin_count(
            store_id=merchants.get_own_store_id(self.caller, data["store_id"]), note=data["note"], now=self.now
        )
        return json_answer(201, serializers.count_output(done, []))


class CountView(MerchantView):
    """One count."""

    right = "stock.read"

    @extend_schema(responses={200: _ONE})
    def get(self, request: Request, count_id: UUID) -> Response:
        """Show it."""
        found = queries.get_of(queries.list_counts(stores=self.caller.stores), count_id)
        return Response(serializers.count_output(found, found.lines.select_related("variant")))


class CountLinesView(GoodsInView):
    """What was counted."""

    right = "stock.receive"

    @extend_schema(request=serializers.CountLineInput, responses={201: _ONE})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Note what was counted of one article. A second count of it replaces the first."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Check, note."""
        found = queries.get_of(queries.list_counts(stores=self.caller.stores), kwargs["count_id"])
        data = read(serializers.CountLineInput, request)
        counts.record_count(
            count_id=found.id,
            variant_id=queries.get_article(data["article"]).id,
            quantity=data["quantity"],
            counted_at=data["counted_at"],
            now=self.now,
        )
        return json_answer(201, serializers.count_output(found, found.lines.select_related("variant")))


class CountBookingView(GoodsInView):
    """The end of a count: its differences become movements."""

    right = "stock.manage"

    @extend_schema(request=serializers.CountBookingInput, responses={200: _ONE})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Book all differences, or none."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Check, book."""
        found = queries.get_of(queries.list_counts(stores=self.caller.stores), kwargs["count_id"])
        reason = read(serializers.CountBookingInput, request)["reason"]
        done = counts.book_count(count_id=found.id, reason=reason, now=self.now)
        return json_answer(200, serializers.count_output(done, done.lines.select_related("variant")))


class CountDropView(GoodsInView):
    """A count that is given up."""

    right = "stock.receive"

    @extend_schema(request=None, responses={200: _ONE})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Drop it; nothing of it is booked."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Drop."""
        found = queries.get_of(queries.list_counts(stores=self.caller.stores), kwargs["count_id"])
        return json_answer(200, serializers.count_output(counts.drop_count(count_id=found.id, now=self.now)))


def pieces_of(lines: list[dict[str, Any]]) -> dict[UUID, int]:
    """Return pieces by variant; an article that is named twice counts twice. :raises Invalid: for one that is not there."""
    pieces: dict[UUID, int] = {}
    for line in lines:
        variant_id = queries.get_article(line["article"]).id
        pieces[variant_id] = pieces.get(variant_id, 0) + line["quantity"]
    return pieces


def arrived_of(lines: list[dict[str, Any]]) -> list[Arrived]:
    """Return what came, one entry a variant. :raises Invalid: for an article that is not there, or named twice."""
    arrived = [Arrived(queries.get_article(line["article"]).id, line["received"], line["damaged"]) for line in lines]
    if len({came.variant_id for came in arrived}) != len(arrived):
        raise Invalid(reason=_("name each article once"))
    return arrived
