"""REST: selling at the till: a sale in one call, and an order that is begun and changed."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request

from merchant.core.clock import business_now
from merchant.core.errors import Invalid
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.money import Money
from merchant.core.rest import MerchantActView, valid
from orders.order import queries as orders
from payments.processing.refusals import demand_currency
from terminals.pos import sales, serializers, services
from terminals.pos.services import Basket, GiftCard
from terminals.pos.tills import TillMixin
from terminals.pos.training import practice
from terminals.pos.training.services import require_mode


class SaleView(TillMixin, MerchantActView):
    """A cash sale in one call: priced, taken from stock, paid, handed over and numbered together, or not at all."""

    right = "sale.create"
    practises = True

    @extend_schema(request=serializers.SaleInput, responses={201: OpenApiResponse(description="The sale is done.")})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Sell for cash."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, sell, answer."""
        data = valid(serializers.SaleInput, request)
        register = self.register
        require_mode(register, data["training"])
        if data["currency"] is not None:
            demand_currency(Money(data["tendered_minor"], data["currency"]), register.currency)
        if register.is_training:
            return practice.sell(register, data, now=business_now(self.caller.merchant_id))
        if data["coupon"]:
            raise Invalid(reason=_("a coupon is held by an order: begin one, then take its payment"))
        sale = sales.sell_for_cash(
            register=register,
            channel_id=services.in_store_channel(),
            wanted=serializers.wanted(data["lines"]),
            tendered_minor=data["tendered_minor"],
            now=business_now(self.caller.merchant_id),
            expected_total_minor=data["total_minor"],
            codes=data["codes"],
            client_reference=data["client_reference"],
        )
        return json_answer(201, serializers.sale_output(sale, register.currency))


class TillOrdersView(TillMixin, MerchantActView):
    """Begin an order with lines; the answer carries live totals."""

    right = "order.create"
    practises = True

    @extend_schema(request=serializers.OrderInput, responses={201: OpenApiResponse(description="The draft order.")})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Begin an order."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, price, store."""
        data = valid(serializers.OrderInput, request)
        require_mode(self.register, data["training"])
        if self.register.is_training:
            return practice.begin(self.register, data, now=business_now(self.caller.merchant_id))
        basket = _basket(data)
        made = services.begin_order(register=self.register, basket=basket, now=business_now(self.caller.merchant_id))
        return json_answer(201, serializers.made_output(made, self.register.currency, status="draft", version=1))


class OrderLinesView(TillMixin, MerchantActView):
    """Replace the lines of a draft; the answer carries live totals."""

    right = "order.create"
    practises = True

    @extend_schema(
        request=serializers.LinesInput, responses={200: OpenApiResponse(description="The order's new totals.")}
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Replace the lines."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, price, store."""
        data = valid(serializers.LinesInput, request)
        require_mode(self.register, data["training"])
        if self.register.is_training:
            return practice.change(self.register, kwargs["order_id"], data, now=business_now(self.caller.merchant_id))
        orders.get_own_order(self.caller, kwargs["order_id"])
        order = services.change_order(
            order_id=kwargs["order_id"],
            register=self.register,
            basket=_basket(data),
            version=data["version"],
            now=business_now(self.caller.merchant_id),
        )
        return json_answer(200, serializers.order_output(order))


def _basket(data: dict[str, Any]) -> Basket:
    return Basket(
        wanted=serializers.wanted(data["lines"]),
        codes=data["codes"],
        note=data["note"],
        client_reference=data["client_reference"],
        gift_cards=[GiftCard(**card) for card in data["gift_cards"]],
        coupon=data["coupon"],
    )
