"""REST: money at the till: tenders of an order, the end of one that costs nothing, and what became of an operation."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.core.clock import business_now
from merchant.core.errors import NotFound
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.money import Money
from merchant.core.rest import MerchantActView, MerchantView, require_store, valid
from orders.documents.serializers import document_output
from orders.order import queries as orders
from payments.after_sales.later_acts import WRONG_CURRENCY, LaterActView
from payments.records.models import Operation
from terminals.card_present import services as card_present
from terminals.card_present.queries import words_for
from terminals.pos import completing, receipts, serializers, services
from terminals.pos.splitting import services as splitting
from terminals.pos.tills import TillMixin
from terminals.pos.training import practice


class OrderPaymentsView(TillMixin, LaterActView):
    """Take a tender towards an order: cash and gift cards at once (201), a card on a terminal later (202)."""

    right = "sale.create"
    practises = True

    @extend_schema(
        request=serializers.TenderInput,
        responses={
            201: OpenApiResponse(description="Taken."),
            202: OpenApiResponse(description="Asked; the result comes later."),
            422: OpenApiResponse(description=f"{WRONG_CURRENCY} Or cash that cannot be what was handed over."),
        },
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Take a tender. Where an earlier outcome is unknown, that is asked for at once and nothing else is done."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, then take it by its method."""
        data = valid(serializers.TenderInput, request)
        order_id: UUID = kwargs["order_id"]
        if self.register.is_training:
            return practice.pay(self.register, order_id, data, now=business_now(self.caller.merchant_id))
        orders.get_own_order(self.caller, order_id)
        amount = Money(data["amount"]["amount_minor"], data["amount"]["currency"])
        now = business_now(self.caller.merchant_id)
        part = splitting.require_part(
            order_id=order_id, part_id=data["part_id"], amount=amount, is_cash=data["method"] == "cash"
        )
        if data["method"] == "card_present":
            operation = self._on_terminal(order_id, amount, data, now)
            splitting.bind(part, operation.payment_id)
            return json_answer(202, serializers.operation_output(operation))
        if data["method"] == "cash":
            payment = completing.take_cash(
                order_id=order_id, register=self.register, amount=amount, tendered_minor=data["tendered_minor"], now=now
            )
        else:
            payment = completing.take_voucher(
                order_id=order_id, register=self.register, amount=amount, code=data["code"], now=now
            )
        splitting.bind(part, payment.id)
        order = orders.get_order(order_id)
        receipt = receipts.find_receipt(order_id)
        document = {
            "payment": serializers.payment_output(payment),
            "order": serializers.order_output(order),
            "receipt": document_output(receipt) if receipt else None,
            "gift_card": serializers.card_left_output(payment),
        }
        return json_answer(201, document)

    def _on_terminal(self, order_id: UUID, amount: Money, data: dict[str, Any], now: Any) -> Operation:
        services.open_for_payment(order_id=order_id, register=self.register, now=now)
        return card_present.start_payment(
            order_id=order_id,
            amount=amount,
            terminal_id=data["terminal_id"],
            register_id=self.register.register_id,
            store_id=self.register.store_id,
            now=now,
            is_moto=data["moto"],
            asks_tip=data["ask_tip"],
            tip_minor=data["tip_minor"],
        )


class OrderCompletionsView(TillMixin, MerchantActView):
    """The end of an order that costs nothing any more: handed over and printed without a payment."""

    right = "sale.create"
    practises = True

    @extend_schema(
        request=serializers.CompletionInput,
        responses={201: OpenApiResponse(description="Handed over; the order and its receipt.")},
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Complete an order of which nothing is left to pay."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, complete, answer."""
        data = valid(serializers.CompletionInput, request)
        order_id: UUID = kwargs["order_id"]
        now = business_now(self.caller.merchant_id)
        if self.register.is_training:
            return practice.complete(self.register, order_id, version=data["version"], now=now)
        orders.get_own_order(self.caller, order_id)
        receipt = completing.complete_free(order_id=order_id, register=self.register, version=data["version"], now=now)
        document = {
            "order": serializers.order_output(orders.get_order(order_id)),
            "receipt": document_output(receipt),
        }
        return json_answer(201, document)


class OperationView(MerchantView):
    """What became of an operation: asking again is always safe."""

    right = "payment.read"

    @extend_schema(responses={200: OpenApiResponse(description="The operation as it stands.")})
    def get(self, request: Request, operation_id: UUID) -> Response:
        """Return the operation."""
        if self.caller.register and self.caller.register.is_training:
            return Response(practice.operation(self.caller.register, operation_id))
        operation = Operation.objects.select_related("payment").filter(id=operation_id).first()
        if operation is None:
            raise NotFound()
        require_store(self.caller, operation.payment.store_id)
        return Response(
            {
                **serializers.operation_output(operation),
                "words": words_for(operation).as_document() if operation.terminal_id else None,
                "payment": serializers.payment_output(operation.payment),
            }
        )
