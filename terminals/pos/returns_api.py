"""REST: goods of a receipt back at the till, with their money or for other goods, and money of one payment."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.core.clock import business_now
from merchant.core.errors import Invalid
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.money import Money
from merchant.core.rest import MerchantActView, MerchantView, require_store, valid
from orders.documents.serializers import document_output
from orders.order import queries as orders
from orders.order.models import Order
from payments.after_sales import papers, returnable
from payments.after_sales import services as after_sales
from payments.after_sales.later_acts import WRONG_CURRENCY
from payments.after_sales.services import Goods, RefundRules
from payments.after_sales.slips import SlipMixin
from payments.records.queries import get_payment
from terminals.pos import exchanges, returns_serializers, serializers
from terminals.pos.exchanges import Settling
from terminals.pos.serializers import summed, wanted
from terminals.pos.services import Basket
from terminals.pos.tills import TillMixin
from terminals.pos.training import practice
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
        found = returnable.find(code, now=now, register_id=self.caller.register_id, only_stores=self.caller.stores)
        if not found.is_proven and not self.caller.may_use_store(found.order.store_id):
            raise returnable.PaperNotFound()
        return Response(returns_serializers.returnable_output(found))


class OrderReturnsView(MerchantActView):
    """Take goods of a receipt back and refund them by the way they were paid."""

    right = "refund.create"
    practises = True

    @extend_schema(
        request=serializers.ReturnInput, responses={201: OpenApiResponse(description="Taken back; refunds listed.")}
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Take goods back."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, take back, refund."""
        data = valid(serializers.ReturnInput, request)
        if self.caller.register and self.caller.register.is_training:
            return practice.take_back(self.caller.register, kwargs["order_id"], data)
        order = orders.get_order(kwargs["order_id"])
        _require_receipt(self, order, data["receipt"])
        register, now = self.caller.register, business_now(self.caller.merchant_id)
        done = after_sales.return_goods(
            order_id=order.id,
            quantities=serializers.summed(data["lines"]),
            damaged=serializers.summed(data["lines"], is_damaged=True),
            is_restocked=data["restock"],
            reason=data["reason"],
            now=now,
            rules=_rules(self, data),
            as_credit=data["as_credit"],
            store_id=register.store_id if register else None,
            cards={card["voucher_id"]: card["amount_minor"] for card in data["gift_cards"]},
        )
        paper = None
        if register is not None:
            paper = papers.issue_for_order(
                order=order, return_ids=done.return_ids, operations=done.operations, register=register, now=now
            )
        document = {
            "return_id": str(done.return_id),
            "return_ids": [str(return_id) for return_id in done.return_ids],
            "total": serializers.money(done.total_minor, order.currency),
            "refunds": [serializers.operation_output(operation) for operation in done.operations],
            "receipt": document_output(paper) if paper else None,
        }
        return json_answer(201, document)


class PaymentRefundsView(SlipMixin, MerchantActView):
    """Give money of one payment back; at a till with a slip, which the answer names."""

    right = "refund.create"
    practises = True

    @extend_schema(
        request=serializers.RefundInput,
        responses={
            202: OpenApiResponse(description="Asked, or for cash done."),
            422: OpenApiResponse(description=WRONG_CURRENCY),
        },
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Refund."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, refund."""
        data = valid(serializers.RefundInput, request)
        if self.caller.register and self.caller.register.is_training:
            return practice.refund(self.caller.register, kwargs["payment_id"], data)
        payment = get_payment(kwargs["payment_id"])
        require_store(self.caller, payment.store_id)
        now = business_now(self.caller.merchant_id)
        operation = after_sales.refund_payment(
            payment_id=payment.id,
            amount=Money(data["amount"]["amount_minor"], data["amount"]["currency"]),
            reason=data["reason"],
            now=now,
            rules=_rules(self, data),
            as_credit=data["as_credit"],
        )
        slip = self.slip(payment.order, [operation], data["reason"], now)
        return json_answer(202, serializers.operation_output(operation) | slip)


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
        data = valid(returns_serializers.ExchangeInput, request)
        require_mode(self.register, data["basket"]["training"])
        order = orders.get_order(kwargs["order_id"])
        _require_receipt(self, order, data["receipt"])
        done = exchanges.exchange(
            order_id=order.id,
            goods=Goods(summed(data["back"]), summed(data["back"], is_damaged=True)),
            basket=new_basket(data["basket"]),
            register=self.register,
            settling=Settling(**data["settling"]),
            reason=data["reason"],
            rules=_rules(self, data),
            now=business_now(self.caller.merchant_id),
            as_credit=data["as_credit"],
        )
        return json_answer(202 if done.operation else 201, returns_serializers.exchange_output(done))


def new_basket(data: dict[str, Any]) -> Basket:
    """Return the new goods of an exchange as validated."""
    return Basket(wanted=wanted(data["lines"]), codes=data["codes"], note=data["note"], coupon=data["coupon"])


def _rules(view: MerchantView, data: dict[str, Any]) -> RefundRules:
    return RefundRules(view.caller.refund_limit_minor, data["approval_id"], view.caller.register_id)


def _require_receipt(view: MerchantView, order: Order, token: str) -> None:
    """Let through an order of the caller's stores, or whose receipt was shown. :raises NotFound: for any other."""
    if not returnable.opens(order, token):
        require_store(view.caller, order.store_id)
