"""REST: the later life of a payment: captures, raises, tips, voids, refunds over several tenders, and outcomes nobody knows."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.accounts.authentication import StaffSessionAuthentication
from merchant.core.clock import business_now
from merchant.core.errors import Invalid, NotFound
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.money import MINOR_MAX, Money
from merchant.core.numbers import whole_number
from merchant.core.rest import MerchantActView, MerchantView, require_store, valid
from orders.order import queries as orders
from orders.order.models import Order
from payments.after_sales import proposals, serializers, services
from payments.after_sales.proposals import RefundPart
from payments.after_sales.services import RefundRules
from payments.after_sales.slips import SlipMixin
from payments.processing import ending, increments, marketplaces, overriding, stored_cards
from payments.processing.captures import request_capture
from payments.processing.look_ups import look_up_now
from payments.processing.refusals import PaymentOutcomeUnknown
from payments.processing.voids import request_void
from payments.records.models import Operation, Payment
from payments.records.queries import get_payment
from payments.vouchers import card_returns

_ASKED = {202: OpenApiResponse(description="Asked; the result comes by websocket, by asking again, or by webhook.")}


class LaterActView(SlipMixin, MerchantActView):
    """Something done with a payment or an order. Where an earlier outcome is unknown, that is asked for at once and nothing else is done."""

    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Act once; see `LaterActView`."""
        try:
            return super().post(request, **kwargs)
        except PaymentOutcomeUnknown as refusal:
            look_up_now(operation_id=refusal.data["operation_id"])
            raise

    def own_payment(self, payment_id: UUID) -> Payment:
        """Return a payment the caller sees. :raises NotFound: if there is none."""
        payment = get_payment(payment_id)
        require_store(self.caller, payment.store_id)
        return payment

    def rules(self, approval_id: UUID | None) -> RefundRules:
        """Return up to how much the caller refunds."""
        return RefundRules(self.caller.refund_limit_minor, approval_id, self.caller.register_id)

    @property
    def now(self) -> Any:
        """The merchant's time."""
        return business_now(self.caller.merchant_id)


class CapturesView(LaterActView):
    """Capture an authorised payment: all, a part, several times; a final one lets the rest go."""

    right = "payment.capture"

    @extend_schema(request=serializers.CaptureInput, responses=_ASKED)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Capture."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, ask, answer."""
        data = valid(serializers.CaptureInput, request)
        payment = self.own_payment(kwargs["payment_id"])
        amount = _money(data["amount"]) if data["amount"] else None
        operation = request_capture(payment_id=payment.id, amount=amount, is_final=data["final"], now=self.now)
        return json_answer(202, serializers.operation_output(operation))


class IncrementsView(LaterActView):
    """Authorise more on a payment whose order has grown."""

    right = "payment.capture"

    @extend_schema(request=serializers.IncreaseInput, responses=_ASKED)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Raise the authorisation."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, ask, answer."""
        amount = _money(valid(serializers.IncreaseInput, request)["amount"])
        payment = self.own_payment(kwargs["payment_id"])
        operation = increments.request_increment(payment_id=payment.id, amount=amount, now=self.now)
        return json_answer(202, serializers.operation_output(operation))


class TipsView(LaterActView):
    """Add a tip to an authorised payment before its capture, within the gateway's limit."""

    right = "payment.capture"

    @extend_schema(request=serializers.IncreaseInput, responses=_ASKED)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Add a tip."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, ask, answer."""
        tip = _money(valid(serializers.IncreaseInput, request)["amount"])
        payment = self.own_payment(kwargs["payment_id"])
        return json_answer(
            202, serializers.operation_output(increments.add_tip(payment_id=payment.id, tip=tip, now=self.now))
        )


class VoidsView(LaterActView):
    """Let go what is authorised and not captured: all of it, or the rest after captures."""

    right = "payment.capture"

    @extend_schema(request=serializers.VoidInput, responses=_ASKED)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Void."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, ask, answer."""
        reason = valid(serializers.VoidInput, request)["reason"]
        payment = self.own_payment(kwargs["payment_id"])
        operation = request_void(payment_id=payment.id, now=self.now, reason=reason)
        return json_answer(202, serializers.operation_output(operation))


class LookUpsView(MerchantView):
    """Have the gateway asked at once about an operation without an answer. A repeat is harmless."""

    right = "payment.capture"

    @extend_schema(request=None, responses=_ASKED)
    def post(self, request: Request, operation_id: UUID) -> Response:
        """Put the operation first in the queue of looks."""
        operation = _own_operation(self, operation_id)
        look_up_now(operation_id=operation.id)
        return Response(serializers.operation_output(operation), status=202)


class EndingsView(LaterActView):
    """End a payment that waits for its customer on a page: on the phone, or in a checkout. Who may send somebody there may end it."""

    right = "link.create"

    @extend_schema(request=None, responses=_ASKED)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Ask for the end. A customer who has paid meanwhile has paid: the payment tells."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Ask, answer."""
        payment = self.own_payment(kwargs["payment_id"])
        return json_answer(202, serializers.operation_output(ending.end(payment_id=payment.id, now=self.now)))


class UnresolvedView(MerchantView):
    """Operations whose outcome nobody knows: the queue for people."""

    right = "payment.read"

    @extend_schema(
        parameters=[OpenApiParameter("for_people", bool, description="Only those that were asked about in vain.")],
        responses=OpenApiResponse(description="The oldest hundred."),
    )
    def get(self, request: Request) -> Response:
        """Return the oldest hundred."""
        is_for_people = request.query_params.get("for_people", "") in ("1", "true")
        rows = overriding.list_unresolved(stores=self.caller.stores, is_for_people=is_for_people)[:100]
        return Response({"results": [serializers.unresolved_output(row) for row in rows]})


class OverridesView(MerchantActView):
    """Treat an unknown outcome as paid or not paid: staff only, with the approval of a second person."""

    authentication_classes = [StaffSessionAuthentication]
    right = "payment.override"

    @extend_schema(
        request=serializers.OverrideInput, responses={201: OpenApiResponse(description="Said; to be proven.")}
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Say how it ended."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, say, answer."""
        data = valid(serializers.OverrideInput, request)
        operation = _own_operation(self, kwargs["operation_id"])
        said = overriding.override(
            operation_id=operation.id,
            is_paid=data["treat_as"] == "paid",
            reason=data["reason"],
            approval_id=data["approval_id"],
            now=business_now(self.caller.merchant_id),
        )
        return json_answer(201, serializers.override_output(said))


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


class OrderRefundsView(LaterActView):
    """Refund an order over its payments, all of it or nothing."""

    right = "refund.create"

    @extend_schema(request=serializers.OrderRefundInput, responses=_ASKED)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Refund."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, refund, answer."""
        data = valid(serializers.OrderRefundInput, request)
        order, now = orders.get_own_order(self.caller, kwargs["order_id"]), self.now
        operations = services.refund_order(
            order_id=order.id,
            amount=_money(data["amount"]),
            reason=data["reason"],
            now=now,
            rules=self.rules(data["approval_id"]),
            as_credit=data["as_credit"],
            parts=_parts(order, data["parts"]),
        )
        shown = {"refunds": [serializers.operation_output(operation) for operation in operations]}
        return json_answer(202, shown | self.slip(order, operations, data["reason"], now))


class OverpaymentRefundsView(LaterActView):
    """Give back what was taken twice, in one press, once."""

    right = "refund.create"

    @extend_schema(request=serializers.OverpaymentRefundInput, responses=_ASKED)
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


class StoredCardChargesView(LaterActView):
    """Charge a stored card towards an order, without its customer."""

    right = "checkout.create"

    @extend_schema(request=serializers.ChargeInput, responses=_ASKED)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Charge."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, ask, answer."""
        data = valid(serializers.ChargeInput, request)
        order = orders.get_own_order(self.caller, data["order_id"])
        operation = stored_cards.charge(
            credential_id=kwargs["credential_id"], order_id=order.id, amount=_money(data["amount"]), now=self.now
        )
        return json_answer(202, serializers.operation_output(operation))


class MarketplacePaymentsView(LaterActView):
    """Record what the marketplace took for an order that was placed in its channel."""

    right = "payment.capture"

    @extend_schema(
        request=serializers.MarketplacePaymentInput,
        responses={201: OpenApiResponse(description="Recorded; the marketplace's report and payout are expected.")},
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
            amount=_money(data["amount"]),
            reference=data["reference"],
            now=self.now,
        )
        shown = {"id": str(payment.id), "order_id": str(payment.order_id), "status": payment.status}
        amount = {"amount_minor": payment.amount_minor, "currency": payment.currency}
        return json_answer(201, {**shown, "amount": amount, "reference": payment.gateway_reference})


def _own_operation(view: MerchantView, operation_id: UUID) -> Operation:
    operation = Operation.objects.select_related("payment__order").filter(id=operation_id).first()
    if operation is None:
        raise NotFound()
    require_store(view.caller, operation.payment.store_id)
    return operation


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


def _money(given: dict[str, Any]) -> Money:
    return Money(given["amount_minor"], given["currency"])
