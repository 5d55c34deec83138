"""REST: money for an order whose customer is not there: a stored card is charged, or a marketplace took it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request

from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.rest import valid
from orders.order import queries as orders
from payments.after_sales import serializers
from payments.after_sales.later_acts import ASKED_AMOUNT, WRONG_CURRENCY, LaterActView
from payments.processing import marketplaces, stored_cards


class StoredCardChargesView(LaterActView):
    """Charge a stored card towards an order, without its customer."""

    right = "checkout.create"

    @extend_schema(request=serializers.ChargeInput, responses=ASKED_AMOUNT)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Charge."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, ask, answer."""
        data = valid(serializers.ChargeInput, request)
        order = orders.get_own_order(self.caller, data["order_id"])
        operation = stored_cards.charge(
            credential_id=kwargs["credential_id"],
            order_id=order.id,
            amount=serializers.amount_of(data["amount"]),
            now=self.now,
        )
        return json_answer(202, serializers.operation_output(operation))


class MarketplacePaymentsView(LaterActView):
    """Record what the marketplace took for an order that was placed in its channel."""

    right = "payment.capture"

    @extend_schema(
        request=serializers.MarketplacePaymentInput,
        responses={
            201: OpenApiResponse(description="Recorded; the marketplace's report and payout are expected."),
            422: OpenApiResponse(description=WRONG_CURRENCY),
        },
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Record it."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, record, answer."""
        data = valid(serializers.MarketplacePaymentInput, request)
        payment = marketplaces.take_at_marketplace(
            order_id=orders.get_own_order(self.caller, kwargs["order_id"]).id,
            account_id=data["account_id"],
            amount=serializers.amount_of(data["amount"]),
            reference=data["reference"],
            now=self.now,
        )
        shown = {"id": str(payment.id), "order_id": str(payment.order_id), "status": payment.status}
        amount = {"amount_minor": payment.amount_minor, "currency": payment.currency}
        return json_answer(201, {**shown, "amount": amount, "reference": payment.gateway_reference})
