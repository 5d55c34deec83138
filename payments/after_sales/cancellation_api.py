"""REST: cancel an order, paid or not."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from inventory.pricing.services import LINES_MAX, QUANTITY_MAX
from merchant.core.clock import business_now
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.rest import MerchantActView, valid
from orders.carry_over import services as carry_over
from orders.carry_over.services import Holder
from orders.order import queries as orders
from orders.order.models import Order
from payments.after_sales import cancellations, drawers, line_cancellations
from payments.after_sales.serializers import operation_output
from payments.after_sales.services import RefundRules
from payments.after_sales.slips import SlipMixin


class CancellationInput(serializers.Serializer[Any]):
    """
    Why, and the approval for giving more back than the caller does alone.

    Cash goes back out of the drawer of `register_id`, a till with an open shift (a tablet's own without asking), or with `cash_as_credit` as store credit.
    """

    reason = serializers.CharField(max_length=120)
    approval_id = serializers.UUIDField(allow_null=True, default=None)
    register_id = serializers.UUIDField(allow_null=True, default=None)
    cash_as_credit = serializers.BooleanField(default=False)


class CancellingView(SlipMixin, MerchantActView):
    """Ends an order, or a part of it, and gives its money back."""

    def rules(self, order: Order, data: dict[str, Any]) -> RefundRules:
        """Return up to how much the caller gives back, and out of which drawer. :raises DrawerNotOpen: see `drawers.choose`."""
        drawer = drawers.choose(caller=self.caller, register_id=data["register_id"], currency=order.currency)
        return RefundRules(self.caller.refund_limit_minor, data["approval_id"], drawer)

    @property
    def asked_by(self) -> Holder | None:
        """The till that asks, if one does."""
        register = self.caller.register
        return carry_over.till_holder(register) if register else None


class CancellationsView(CancellingView):
    """The end of an order before its goods left."""

    right = "order.cancel"

    @extend_schema(
        request=CancellationInput,
        responses={
            200: OpenApiResponse(description="Cancelled: no money is on it."),
            202: OpenApiResponse(description="Its goods are for sale again and its money is on the way back."),
        },
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Cancel it: goods back to sale, then money back to the customer."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Check, cancel."""
        order = orders.get_own_order(self.caller, kwargs["order_id"])
        data = valid(CancellationInput, request)
        now = business_now(self.caller.merchant_id)
        done = cancellations.cancel_order(
            order_id=order.id,
            reason=data["reason"],
            now=now,
            rules=self.rules(order, data),
            asked_by=self.asked_by,
            cash_as_credit=data["cash_as_credit"],
        )
        shown = {
            "id": str(done.order.id),
            "number": done.order.number,
            "status": done.order.status,
            "money_on_the_way": {
                "amount_minor": cancellations.orders_money(done.order),
                "currency": done.order.currency,
            },
            "operations": [{"id": str(one.id), "kind": one.kind, "status": one.status} for one in done.operations],
            **self.slip(order, done.operations, data["reason"], now),
        }
        return json_answer(200 if done.order.status == "cancelled" else 202, shown)


class CancelledPiecesInput(serializers.Serializer[Any]):
    """So many pieces of one line."""

    line_id = serializers.UUIDField()
    quantity = serializers.IntegerField(min_value=1, max_value=QUANTITY_MAX)


class LineCancellationInput(CancellationInput):
    """Pieces that are taken off before they are handed over."""

    lines = serializers.ListField(child=CancelledPiecesInput(), min_length=1, max_length=LINES_MAX)
    as_credit = serializers.BooleanField(default=False)


class LineCancellationsView(CancellingView):
    """Pieces taken off an order before its goods left, and what was paid for them."""

    right = "refund.create"

    @extend_schema(
        request=LineCancellationInput,
        responses={202: OpenApiResponse(description="Taken off; what was paid for them is on its way back.")},
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Take pieces off, give their money back."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Check, take off, give back."""
        data = valid(LineCancellationInput, request)
        order = orders.get_own_order(self.caller, kwargs["order_id"])
        quantities: dict[Any, int] = {}
        for line in data["lines"]:
            quantities[line["line_id"]] = quantities.get(line["line_id"], 0) + line["quantity"]
        now = business_now(self.caller.merchant_id)
        done = line_cancellations.cancel_lines(
            order_id=order.id,
            quantities=quantities,
            reason=data["reason"],
            now=now,
            rules=self.rules(order, data),
            as_credit=data["as_credit"],
            asked_by=self.asked_by,
            cash_as_credit=data["cash_as_credit"],
        )
        money = {"currency": done.order.currency}
        shown = {
            "id": str(done.order.id),
            "number": done.order.number,
            "status": done.order.status,
            "version": done.order.version,
            "total": {"amount_minor": done.order.total_minor, **money},
            "back": {"amount_minor": done.back_minor, **money},
            "operations": [operation_output(operation) for operation in done.operations],
            **self.slip(order, done.operations, data["reason"], now),
        }
        return json_answer(202, shown)
