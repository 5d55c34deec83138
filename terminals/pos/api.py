"""The REST edge of the till."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from merchant.accounts.api import MerchantActView, MerchantView, require_store
from merchant.core.callers import RegisterFacts
from merchant.core.clock import business_now
from merchant.core.errors import AppError, Invalid, NotFound
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.money import Money
from orders.documents.serializers import document_output
from orders.order import queries as orders
from orders.order.models import Order
from payments.after_sales import papers, returnable
from payments.after_sales import services as after_sales
from payments.after_sales.services import RefundRules
from payments.after_sales.slips import SlipMixin
from payments.processing import services as processing
from payments.processing.refusals import PaymentOutcomeUnknown
from payments.records.models import Operation
from payments.records.queries import get_payment
from terminals.card_present import services as card_present
from terminals.card_present.queries import words_for
from terminals.pos import sales, serializers, services
from terminals.pos.services import Basket, GiftCard
from terminals.pos.splitting import services as splitting
from terminals.pos.training import practice
from terminals.pos.training.services import require_mode


class NotATill(AppError):
    """Only a paired tablet sells at a register."""

    code = "not_a_till"
    status = 403
    detail = "This request needs the token of a tablet that is paired with a register."
    next_step = "Pair the tablet, then repeat."


class TillMixin:
    """Gives a view the register of its caller."""

    caller: Any

    @property
    def register(self) -> RegisterFacts:
        """The register of the calling tablet. :raises NotATill: for any other caller."""
        if self.caller.register is None:
            raise NotATill()
        return self.caller.register  # type: ignore[no-any-return]


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
        data = _valid(serializers.SaleInput, request)
        register = self.register
        require_mode(register, data["training"])
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
        data = _valid(serializers.OrderInput, request)
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
        data = _valid(serializers.LinesInput, request)
        require_mode(self.register, data["training"])
        if self.register.is_training:
            return practice.change(self.register, kwargs["order_id"], data, now=business_now(self.caller.merchant_id))
        _own_order(self, kwargs["order_id"])
        order = services.change_order(
            order_id=kwargs["order_id"],
            register=self.register,
            basket=_basket(data),
            version=data["version"],
            now=business_now(self.caller.merchant_id),
        )
        return json_answer(200, serializers.order_output(order))


class OrderPaymentsView(TillMixin, MerchantActView):
    """Take a tender towards an order: cash and gift cards at once (201), a card on a terminal later (202)."""

    right = "sale.create"
    practises = True

    @extend_schema(
        request=serializers.TenderInput,
        responses={
            201: OpenApiResponse(description="Taken."),
            202: OpenApiResponse(description="Asked; the result comes later."),
        },
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Take a tender. Where an earlier outcome is unknown, that is asked for at once and nothing else is done."""
        try:
            return super().post(request, **kwargs)
        except PaymentOutcomeUnknown as refusal:
            processing.look_up_now(operation_id=refusal.data["operation_id"])
            raise

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, then take it by its method."""
        data = _valid(serializers.TenderInput, request)
        order_id: UUID = kwargs["order_id"]
        if self.register.is_training:
            return practice.pay(self.register, order_id, data, now=business_now(self.caller.merchant_id))
        _own_order(self, order_id)
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
            payment = services.take_cash(
                order_id=order_id, register=self.register, amount=amount, tendered_minor=data["tendered_minor"], now=now
            )
        else:
            payment = services.take_voucher(
                order_id=order_id, register=self.register, amount=amount, code=data["code"], now=now
            )
        splitting.bind(part, payment.id)
        order = orders.get_order(order_id)
        receipt = services.find_receipt(order_id)
        document = {
            "payment": serializers.payment_output(payment),
            "order": serializers.order_output(order),
            "receipt": document_output(receipt) if receipt else None,
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
        data = _valid(serializers.CompletionInput, request)
        order_id: UUID = kwargs["order_id"]
        now = business_now(self.caller.merchant_id)
        if self.register.is_training:
            return practice.complete(self.register, order_id, version=data["version"], now=now)
        _own_order(self, order_id)
        receipt = services.complete_free(order_id=order_id, register=self.register, version=data["version"], now=now)
        document = {
            "order": serializers.order_output(orders.get_order(order_id)),
            "receipt": document_output(receipt),
        }
        return json_answer(201, document)


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
        data = _valid(serializers.ReturnInput, request)
        if self.caller.register and self.caller.register.is_training:
            return practice.take_back(self.caller.register, kwargs["order_id"], data)
        order = orders.get_order(kwargs["order_id"])
        require_receipt(self, order, data["receipt"])
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
        request=serializers.RefundInput, responses={202: OpenApiResponse(description="Asked, or for cash done.")}
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Refund."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, refund."""
        data = _valid(serializers.RefundInput, request)
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


def _valid(serializer_class: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    data: dict[str, Any] = _validator(serializer_class, get_language()).run_validation(request.data)
    return data


@cache
def _validator(serializer_class: type[Serializer[Any]], language: str | None) -> Serializer[Any]:
    """
    One instance a process and language: copying every field for each request cost a tenth of a sale.

    A field keeps the sentence of its limit as it was said first, so each language has its own.
    """
    return serializer_class()


def _basket(data: dict[str, Any]) -> Basket:
    return Basket(
        wanted=serializers.wanted(data["lines"]),
        codes=data["codes"],
        note=data["note"],
        client_reference=data["client_reference"],
        gift_cards=[GiftCard(**card) for card in data["gift_cards"]],
        coupon=data["coupon"],
    )


def _rules(view: MerchantView, data: dict[str, Any]) -> RefundRules:
    return RefundRules(view.caller.refund_limit_minor, data["approval_id"], view.caller.register_id)


def require_receipt(view: MerchantView, order: Order, token: str) -> None:
    """Let through an order of the caller's stores, or whose receipt was shown. :raises NotFound: for any other."""
    if not returnable.opens(order, token):
        require_store(view.caller, order.store_id)


def _own_order(view: MerchantView, order_id: UUID) -> None:
    require_store(view.caller, orders.get_order(order_id).store_id)
