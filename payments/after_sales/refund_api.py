"""REST: money back on an order, over several tenders: what would go where, and doing it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.core.clock import business_now
from merchant.core.errors import Invalid
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.money import MINOR_MAX, Money
from merchant.core.numbers import whole_number
from merchant.core.rest import MerchantView, valid
from orders.order import queries as orders
from orders.order.models import Order
from payments.after_sales import proposals, serializers, services
from payments.after_sales.later_acts import ASKED, ASKED_AMOUNT, LaterActView
from payments.after_sales.proposals import RefundPart
from payments.after_sales.services import RefundRules
from payments.after_sales.slips import SlipMixin
from payments.records.models import Payment
from payments.vouchers import card_returns


class RefundProposalView(MerchantView):
    """What would go back where: the original route first, cash last."""

    right = "refund.create"

    @extend_schema(
        parameters=[
            OpenApiParameter("amount_minor", int, required=True),
            OpenApiParameter("as_credit", bool),
            OpenApiParameter("gift_cards", str, description="The ids of gift cards that come back, by commas."),
        ],
        responses={
            200: OpenApiResponse(description="The parts, which may be sent back with the refund."),
            409: OpenApiResponse(description="The payments cannot return that much."),
        },
    )
    def get(self, request: Request, order_id: UUID) -> Response:
        """Propose parts. Changes nothing."""
        order = orders.get_own_order(self.caller, order_id)
        minor = whole_number(request.query_params.get("amount_minor", "")) or 0
        if not 0 < minor <= MINOR_MAX:
            raise Invalid(reason=_("`amount_minor` is a whole number"))
        as_credit = request.query_params.get("as_credit", "") in ("1", "true")
        asked = set(request.query_params.get("gift_cards", "").split(","))
        now = business_now(self.caller.merchant_id)
        cards = card_returns.list_returnable(order, now) if asked - {""} else []
        freed = sum(card.minor for card in cards if str(card.voucher.id) in asked)
        amount = Money(minor, order.currency)
        parts = proposals.propose(order=order, amount=amount, as_credit=as_credit, freed_minor=freed)
        return Response({"parts": [serializers.part_output(part) for part in parts]})


class RefundView(SlipMixin, LaterActView):
    """Gives money back on an order."""

    def rules(self, approval_id: UUID | None) -> RefundRules:
        """Return up to how much the caller refunds."""
        return RefundRules(self.caller.refund_limit_minor, approval_id, self.caller.register_id)


class OrderRefundsView(RefundView):
    """Refund an order over its payments, all of it or nothing."""

    right = "refund.create"

    @extend_schema(request=serializers.OrderRefundInput, responses=ASKED_AMOUNT)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Refund."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, refund, answer."""
        data = valid(serializers.OrderRefundInput, request)
        order, now = orders.get_own_order(self.caller, kwargs["order_id"]), self.now
        operations = services.refund_order(
            order_id=order.id,
            amount=serializers.amount_of(data["amount"]),
            reason=data["reason"],
            now=now,
            rules=self.rules(data["approval_id"]),
            as_credit=data["as_credit"],
            parts=_parts(order, data["parts"]),
        )
        shown = {"refunds": [serializers.operation_output(operation) for operation in operations]}
        return json_answer(202, shown | self.slip(order, operations, data["reason"], now))


class OverpaymentRefundsView(RefundView):
    """Give back what was taken twice, in one press, once."""

    right = "refund.create"

    @extend_schema(request=serializers.OverpaymentRefundInput, responses=ASKED)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Give it back."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Give back, answer."""
        data = valid(serializers.OverpaymentRefundInput, request)
        order, now = orders.get_own_order(self.caller, kwargs["order_id"]), self.now
        operations = services.refund_overpayment(order_id=order.id, now=now, rules=self.rules(data["approval_id"]))
        shown = {"operations": [serializers.operation_output(operation) for operation in operations]}
        return json_answer(202, shown | self.slip(order, operations, services.PAID_TWICE, now))


def _parts(order: Order, given: list[dict[str, Any]] | None) -> list[RefundPart] | None:
    if given is None:
        return None
    methods = dict(Payment.objects.filter(order=order).values_list("id", "method"))
    return [
        RefundPart(
            part["payment_id"],
            methods.get(part["payment_id"], ""),
            Money(part["amount_minor"], order.currency),
            part["as_credit"],
        )
        for part in given
    ]
