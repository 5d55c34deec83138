"""REST: give a discount on a line or on the order, list them, take one back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.accounts import discount_limits
from merchant.core.clock import business_now
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.money import MINOR_MAX
from merchant.core.rest import MerchantActView
from orders.order import queries as orders
from orders.order.models import Order, OrderDiscount
from orders.placing import discounts
from orders.placing.discounts import Given
from terminals.pos import discounting
from terminals.pos.serializers import customer_output, money, order_output, stored_lines_output
from terminals.pos.training import practice

_SHOWN = OpenApiResponse(description="The order's new totals, its lines, and the discounts on it.")


class DiscountInput(serializers.Serializer[Any]):
    """A part or an amount off a line, or without `line_id` off the order; why; and the version the till shows."""

    line_id = serializers.UUIDField(allow_null=True, default=None)
    percent_basis_points = serializers.IntegerField(min_value=1, max_value=10_000, default=0)
    amount_minor = serializers.IntegerField(min_value=1, max_value=MINOR_MAX, default=0)
    reason = serializers.CharField(max_length=120)
    approval_id = serializers.UUIDField(allow_null=True, default=None)
    version = serializers.IntegerField(min_value=1)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Want exactly one of part and amount."""
        if bool(attrs["percent_basis_points"]) == bool(attrs["amount_minor"]):
            raise serializers.ValidationError(_("give percent_basis_points or amount_minor"))
        return attrs


class RemovalInput(serializers.Serializer[Any]):
    """The version the till shows."""

    version = serializers.IntegerField(min_value=1)


class OrderDiscountsView(MerchantActView):
    """The discounts that people gave on an order."""

    right: ClassVar[str | Mapping[str, str]] = {"GET": "order.read", "POST": "discount.give"}
    practises = True

    @extend_schema(responses={200: _SHOWN})
    def get(self, request: Request, order_id: UUID) -> Response:
        """List them."""
        if self.caller.register and self.caller.register.is_training:
            return Response(practice.discounts(self.caller.register, order_id))
        order = orders.get_own_order(self.caller, order_id)
        return Response(discounted_output(order, is_masked=self.caller.is_masked))

    @extend_schema(request=DiscountInput, responses={201: _SHOWN})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Give one. Beyond the caller's limit the answer says who may approve it."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Check, give."""
        checked = DiscountInput(data=request.data)
        checked.is_valid(raise_exception=True)
        data = dict(checked.validated_data)
        version, register, limit = data.pop("version"), self.caller.register, discount_limits.limit_of(self.caller)
        given = Given(**data, limit_basis_points=limit.percent_basis_points, limit_amount_minor=limit.amount_minor)
        if register and register.is_training:
            return practice.give_discount(register, kwargs["order_id"], given, version=version)
        order = orders.get_own_order(self.caller, kwargs["order_id"])
        discounting.give(
            order_id=order.id,
            register=register,
            given=given,
            version=version,
            now=business_now(self.caller.merchant_id),
        )
        return json_answer(201, discounted_output(orders.get_order(order.id), is_masked=self.caller.is_masked))


class DiscountRemovalsView(MerchantActView):
    """The end of a discount."""

    right = "discount.give"
    practises = True

    @extend_schema(request=RemovalInput, responses={200: _SHOWN})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Take it back."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Check, take back."""
        checked = RemovalInput(data=request.data)
        checked.is_valid(raise_exception=True)
        register, version = self.caller.register, checked.validated_data["version"]
        if register and register.is_training:
            return practice.take_discount_back(register, kwargs["order_id"], kwargs["discount_id"], version=version)
        order = orders.get_own_order(self.caller, kwargs["order_id"])
        discounting.take_back(
            order_id=order.id,
            register=register,
            discount_id=kwargs["discount_id"],
            version=version,
            now=business_now(self.caller.merchant_id),
        )
        return json_answer(200, discounted_output(orders.get_order(order.id), is_masked=self.caller.is_masked))


def discounted_output(order: Order, *, is_masked: bool = False) -> dict[str, Any]:
    """Return an order with its lines, whose it is, and who took what off."""
    return {
        **order_output(order),
        "lines": stored_lines_output(order),
        "customer": customer_output(order, is_masked=is_masked),
        "discounts": [_discount_output(row, order) for row in discounts.list_discounts(order.id)],
    }


def _discount_output(row: OrderDiscount, order: Order) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "variant_id": str(row.variant_id) if row.variant_id else None,
        "percent_basis_points": row.percent_basis_points or None,
        "amount": money(row.amount_minor, order.currency) if row.amount_minor else None,
        "off": money(row.applied_minor, order.currency),
        "reason": row.reason,
        "given_by": row.given_by_name,
        "approval_id": str(row.approval_id) if row.approval_id else None,
    }
