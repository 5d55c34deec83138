"""REST: goods back at the till: what a scanned receipt still brings, exchanges, and goods without a receipt."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.pricing.services import Wanted
from merchant.core.clock import business_now
from merchant.core.errors import Invalid
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.pagination import page
from merchant.core.rest import MerchantActView, MerchantView
from orders.order import queries as orders
from payments.after_sales import loose_returns, returnable
from payments.after_sales.loose_returns import Loose
from payments.after_sales.models import LooseReturn
from payments.after_sales.services import Goods, RefundRules
from terminals.pos import exchanges, returns_serializers
from terminals.pos.api import TillMixin, require_receipt
from terminals.pos.exchanges import Settling
from terminals.pos.serializers import summed, wanted
from terminals.pos.services import Basket
from terminals.pos.training.services import require_mode


class ReturnableView(MerchantView):
    """What a receipt can still bring back."""

    right = "refund.create"

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "code",
                str,
                required=True,
                description="A receipt's link as scanned, its printed number, or the order's. A tablet's own papers go by the number alone.",
            )
        ],
        responses=OpenApiResponse(
            description="Lines and tenders: how much of each can come back, and why not the rest."
        ),
    )
    def get(self, request: Request) -> Response:
        """Find it. Without the receipt's secret only orders of the caller's stores are found."""
        code = request.query_params.get("code", "").strip()
        if not 0 < len(code) <= 200:
            raise Invalid(reason=_("`code` is what the scanner read"))
        now = business_now(self.caller.merchant_id)
        found = returnable.find(code, now=now, register_id=self.caller.register_id)
        if not found.is_proven and not self.caller.may_use_store(found.order.store_id):
            raise returnable.PaperNotFound()
        return Response(returns_serializers.returnable_output(found))


class OrderExchangesView(TillMixin, MerchantActView):
    """Goods back and other goods along: only the difference is settled."""

    right = "refund.create"

    @extend_schema(
        request=returns_serializers.ExchangeInput,
        responses={
            201: OpenApiResponse(description="Exchanged, and the difference settled."),
            202: OpenApiResponse(description="Exchanged; a card has been asked for the difference."),
        },
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Exchange."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, exchange, answer."""
        data: dict[str, Any] = returns_serializers.ExchangeInput().run_validation(request.data)
        require_mode(self.register, data["basket"]["training"])
        order = orders.get_order(kwargs["order_id"])
        require_receipt(self, order, data["receipt"])
        done = exchanges.exchange(
            order_id=order.id,
            goods=Goods(summed(data["back"]), summed(data["back"], is_damaged=True)),
            basket=_basket(data["basket"]),
            register=self.register,
            settling=Settling(**data["settling"]),
            reason=data["reason"],
            rules=RefundRules(self.caller.refund_limit_minor, data["approval_id"], self.caller.register_id),
            now=business_now(self.caller.merchant_id),
            as_credit=data["as_credit"],
        )
        return json_answer(202 if done.operation else 201, returns_serializers.exchange_output(done))


class LooseQuoteView(TillMixin, MerchantView):
    """What goods without a receipt are worth here and now."""

    right = "refund.create"

    @extend_schema(
        request=returns_serializers.LooseQuoteInput,
        responses=OpenApiResponse(description="Prices with their rule, and what may be given. Nothing is stored."),
    )
    def post(self, request: Request) -> Response:
        """Quote. A repeat is harmless, so it needs no key."""
        data: dict[str, Any] = returns_serializers.LooseQuoteInput().run_validation(request.data)
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
        data: dict[str, Any] = returns_serializers.LooseReturnInput().run_validation(request.data)
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
        data: dict[str, Any] = returns_serializers.LooseExchangeInput().run_validation(request.data)
        require_mode(self.register, data["basket"]["training"])
        done, back = exchanges.exchange_without_receipt(
            loose=_loose(data, "exchange"),
            basket=_basket(data["basket"]),
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


def _basket(data: dict[str, Any]) -> Basket:
    return Basket(wanted=wanted(data["lines"]), codes=data["codes"], note=data["note"], coupon=data["coupon"])
