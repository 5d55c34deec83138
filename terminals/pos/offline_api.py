"""REST: what tills took offline: the batch, one sale, the rules, and what is at risk."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ValidationError

from merchant.core.clock import business_now
from merchant.core.errors import AppError
from merchant.core.idempotency.services import (
    Answer,
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    RequestInFlight,
    json_answer,
)
from merchant.core.rest import MerchantActView, MerchantView, valid
from merchant.merchants import levels
from terminals.pos import batch, offline, offline_queries, offline_rows, offline_rules, offline_serializers
from terminals.pos.batch import Item
from terminals.pos.offline_rows import Sold
from terminals.pos.serializers import money
from terminals.pos.tills import NotATill, TillMixin

_ABOUT_THE_KEY = (IdempotencyKeyMissing, IdempotencyKeyReused, RequestInFlight)
_RULES = OpenApiResponse(description="What holds, and where each value comes from.")
_STORE = [OpenApiParameter("store_id", str, description="A store; without one a till's own, else the merchant's.")]


class OfflineSaleView(TillMixin, MerchantActView):
    """A sale that was made offline and happened: prices and stock do not refuse it, only the limits do."""

    right = "sale.create"

    @extend_schema(
        request=offline_serializers.OfflineSaleInput,
        responses={201: OpenApiResponse(description="Booked with its own day; says what was oversold and is at risk.")},
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Book it. A refusal is noted, so that staff see the money that waits in the tablet."""
        try:
            return super().post(request, **kwargs)
        except AppError as refusal:
            self.note_refusal(refusal)
            raise

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, book, answer."""
        landed = offline.land(
            register=self.register,
            device_id=self.caller.id,
            sold=self._sold(request),
            now=business_now(self.caller.merchant_id),
        )
        return json_answer(201, offline_serializers.landed_output(landed))

    def note_refusal(self, refusal: AppError) -> None:
        """Note why a sale did not land; of a request that cannot be read nothing is known."""
        if isinstance(refusal, _ABOUT_THE_KEY) or self.caller.register is None:
            return
        try:
            sold = self._sold(self.request)
        except ValidationError:
            return
        offline_rows.note_refusal(
            register=self.register,
            device_id=self.caller.id,
            sold=sold,
            refusal=refusal,
            now=business_now(self.caller.merchant_id),
        )

    def _sold(self, request: Request) -> Sold:
        given = offline_serializers.OfflineSaleInput()
        return given.sold(given.run_validation(request.data), request.headers.get("Idempotency-Key", ""))


class BatchView(MerchantView):
    """A tablet's queue in one call. Each item has its own key, so the call needs none."""

    right = "sale.create"

    @extend_schema(
        request=offline_serializers.BatchInput,
        responses={200: OpenApiResponse(description="Every item with the status and body it would have by itself.")},
    )
    def post(self, request: Request) -> Response:
        """Do the items in order; each is answered on its own."""
        data = valid(offline_serializers.BatchInput, request)
        if self.caller.register is None:
            raise NotATill()
        items = [Item(item["key"], item["path"].removeprefix("/api/v1/"), item["body"]) for item in data["operations"]]
        results = batch.run(request=request, items=items)
        refused = sum(result.status >= 400 for result in results)
        shown = [offline_serializers.result_output(result) for result in results]
        return Response({"results": shown, "landed": len(results) - refused, "refused": refused})


class OfflineRulesView(MerchantView):
    """`/api/v1/offline-rules/`."""

    right = {"GET": "store.read", "PUT": "store.manage"}

    @extend_schema(parameters=_STORE, responses=_RULES)
    def get(self, request: Request) -> Response:
        """Return what holds; a tablet asks for its own store while it is online."""
        text = request.query_params.get("store_id", "")
        store_id = levels.asked_level(self.caller, text) if text else self.caller.store_id
        return Response(offline_serializers.limits_output(_text(store_id), offline_rules.get_limits(store_id)))

    @extend_schema(request=offline_serializers.OfflineRulesInput, responses=_RULES)
    def put(self, request: Request) -> Response:
        """Change values. The same request twice is the same."""
        data = valid(offline_serializers.OfflineRulesInput, request)
        store_id = levels.named_level(self.caller, data.pop("store_id", None))
        now = business_now(self.caller.merchant_id)
        limits = offline_rules.set_rules(store_id=store_id, changes=data, now=now)
        return Response(offline_serializers.limits_output(_text(store_id), limits))


class AtRiskView(MerchantView):
    """What was taken offline and is not sure yet."""

    right = "payment.read"

    @extend_schema(responses=OpenApiResponse(description="Amount, number and oldest by kind and currency."))
    def get(self, request: Request) -> Response:
        """Return it."""
        rows = [
            {
                "kind": row.kind,
                "amount": money(row.minor, row.currency),
                "count": row.number,
                "oldest_at": row.oldest_at,
            }
            for row in offline_queries.list_at_risk(self.caller.stores)
        ]
        return Response({"results": rows})


def _text(store_id: UUID | None) -> str | None:
    return str(store_id) if store_id else None
