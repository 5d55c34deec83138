"""REST: goods without a receipt back at the till."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.pricing.services import Wanted
from merchant.core.clock import business_now
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.pagination import page
from merchant.core.rest import MerchantActView, MerchantView, valid
from payments.after_sales import loose_returns
from payments.after_sales.loose_returns import Loose
from payments.after_sales.models import LooseReturn
from terminals.pos import exchanges, returns_serializers
from terminals.pos.exchanges import Settling
from terminals.pos.returns_api import new_basket
from terminals.pos.serializers import wanted
from terminals.pos.tills import TillMixin
from terminals.pos.training.services import require_mode


class LooseQuoteView(TillMixin, MerchantView):
    """What goods without a receipt are worth here and now."""

    right = "refund.create"

    @extend_schema(
        request=returns_serializers.LooseQuoteInput,
        responses=OpenApiResponse(description="Prices with their rule, and what may be given. Nothing is stored."),
    )
    def post(self, request: Request) -> Response:
        """Quote. A repeat is harmless, so it needs no key."""
        data = valid(returns_serializers.LooseQuoteInput, request)
        found = loose_returns.quote(
            register=self.register,
            caller=self.caller,
            wanted=wanted(data["lines"]),
            now=business_now(self.caller.merchant_id),
        )
        return Response(returns_serializers.quote_output(found))


class LooseReturnsView(TillMixin, MerchantActView):
    """Goods back without a receipt."""

    right = {"GET": "order.read", "POST": "refund.create"}

    @extend_schema(responses=OpenApiResponse(description="A page of them, newest first."))
    def get(self, request: Request) -> Response:
        """List them."""
        rows = LooseReturn.objects.all()
        if self.caller.stores is not None:
            rows = rows.filter(store_id__in=self.caller.stores)
        found = page(rows, after=request.query_params.get("after"), before=request.query_params.get("before"))
        shown = [returns_serializers.loose_output(row) for row in found.rows]
        return Response({"results": shown, "older": found.older, "newer": found.newer})

    @extend_schema(
        request=returns_serializers.LooseReturnInput, responses={201: OpenApiResponse(description="Taken back.")}
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Take goods back without a receipt, at the lowest recent price."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, take back, answer."""
        data = valid(returns_serializers.LooseReturnInput, request)
        done = loose_returns.take_back(
            register=self.register,
            caller=self.caller,
            loose=_loose(data, data["payout"]),
            now=business_now(self.caller.merchant_id),
        )
        return json_answer(201, returns_serializers.loose_done_output(done))


class LooseExchangesView(TillMixin, MerchantActView):
    """Goods without a receipt as the price of others."""

    right = "refund.create"

    @extend_schema(
        request=returns_serializers.LooseExchangeInput,
        responses={
            201: OpenApiResponse(description="Exchanged, and the difference paid."),
            202: OpenApiResponse(description="Exchanged; a card has been asked for the difference."),
        },
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Exchange without a receipt."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, exchange, answer."""
        data = valid(returns_serializers.LooseExchangeInput, request)
        require_mode(self.register, data["basket"]["training"])
        done, back = exchanges.exchange_without_receipt(
            loose=_loose(data, "exchange"),
            basket=new_basket(data["basket"]),
            register=self.register,
            caller=self.caller,
            settling=Settling(**data["settling"]),
            now=business_now(self.caller.merchant_id),
        )
        shown = {
            **returns_serializers.exchange_output(done),
            "returned": returns_serializers.loose_output(back.returned),
        }
        return json_answer(202 if done.operation else 201, shown)


def _loose(data: dict[str, Any], payout: str) -> Loose:
    return Loose(
        wanted=[Wanted(line["article"], line["quantity"]) for line in data["lines"]],
        reason=data["reason"],
        payout=payout,
        damaged=frozenset(index for index, line in enumerate(data["lines"]) if line["damaged"]),
        approval_id=data["approval_id"],
    )
