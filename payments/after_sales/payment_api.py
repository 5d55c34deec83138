"""REST: what is done with one payment: captures, raises, tips, voids, and the end of a page its customer waits on."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.rest import require_store, valid
from payments.after_sales import serializers
from payments.after_sales.later_acts import ASKED, ASKED_AMOUNT, LaterActView
from payments.processing import ending, increments
from payments.processing.captures import request_capture
from payments.processing.voids import request_void
from payments.records.models import Payment
from payments.records.queries import get_payment


class PaymentActView(LaterActView):
    """Something done with one payment."""

    def own_payment(self, payment_id: UUID) -> Payment:
        """Return a payment the caller sees. :raises NotFound: if there is none."""
        payment = get_payment(payment_id)
        require_store(self.caller, payment.store_id)
        return payment


class CapturesView(PaymentActView):
    """Capture an authorised payment: all, a part, several times; a final one lets the rest go."""

    right = "payment.capture"

    @extend_schema(request=serializers.CaptureInput, responses=ASKED_AMOUNT)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Capture."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, ask, answer."""
        data = valid(serializers.CaptureInput, request)
        payment = self.own_payment(kwargs["payment_id"])
        amount = serializers.amount_of(data["amount"]) if data["amount"] else None
        operation = request_capture(payment_id=payment.id, amount=amount, is_final=data["final"], now=self.now)
        return json_answer(202, serializers.operation_output(operation))


class IncrementsView(PaymentActView):
    """Authorise more on a payment whose order has grown."""

    right = "payment.capture"

    @extend_schema(request=serializers.IncreaseInput, responses=ASKED_AMOUNT)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Raise the authorisation."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, ask, answer."""
        amount = serializers.amount_of(valid(serializers.IncreaseInput, request)["amount"])
        payment = self.own_payment(kwargs["payment_id"])
        operation = increments.request_increment(payment_id=payment.id, amount=amount, now=self.now)
        return json_answer(202, serializers.operation_output(operation))


class TipsView(PaymentActView):
    """Add a tip to an authorised payment before its capture, within the gateway's limit."""

    right = "payment.capture"

    @extend_schema(request=serializers.IncreaseInput, responses=ASKED_AMOUNT)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Add a tip."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, ask, answer."""
        tip = serializers.amount_of(valid(serializers.IncreaseInput, request)["amount"])
        payment = self.own_payment(kwargs["payment_id"])
        return json_answer(
            202, serializers.operation_output(increments.add_tip(payment_id=payment.id, tip=tip, now=self.now))
        )


class VoidsView(PaymentActView):
    """Let go what is authorised and not captured: all of it, or the rest after captures."""

    right = "payment.capture"

    @extend_schema(request=serializers.VoidInput, responses=ASKED)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Void."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, ask, answer."""
        reason = valid(serializers.VoidInput, request)["reason"]
        payment = self.own_payment(kwargs["payment_id"])
        operation = request_void(payment_id=payment.id, now=self.now, reason=reason)
        return json_answer(202, serializers.operation_output(operation))


class EndingsView(PaymentActView):
    """End a payment that waits for its customer on a page: on the phone, or in a checkout. Who may send somebody there may end it."""

    right = "link.create"

    @extend_schema(request=None, responses=ASKED)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Ask for the end. A customer who has paid meanwhile has paid: the payment tells."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Ask, answer."""
        payment = self.own_payment(kwargs["payment_id"])
        return json_answer(202, serializers.operation_output(ending.end(payment_id=payment.id, now=self.now)))
