"""The REST edge of what is under way on a terminal: see it, cancel it, check the terminal with a sample payment."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.core.clock import machine_now
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.rest import MerchantActView, MerchantView
from payments.records.models import Operation
from terminals.card_present import queries, sample_payments, services
from terminals.devices.api import own_terminal
from terminals.devices.models import Terminal
from terminals.devices.queries import list_samples
from terminals.devices.serializers import SampleOutput


class CancelView(MerchantActView):
    """Give up the payment on a terminal."""

    right = "sale.create"

    @extend_schema(request=None, responses={202: OpenApiTypes.OBJECT})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Ask for it; the operation's outcome tells whether the approval was faster."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Ask, and answer with the operation as it stands."""
        terminal = own_terminal(self, kwargs["terminal_id"])
        operation = services.cancel_payment(terminal_id=terminal.id, now=machine_now())
        return json_answer(202, {"operation": _operation(operation)})


class StatusView(MerchantView):
    """What a terminal is doing."""

    right = "terminal.read"

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, terminal_id: UUID) -> Response:
        """Return its state, its step and the operation under way."""
        terminal = own_terminal(self, terminal_id)
        return Response(_status(terminal, queries.find_open_operation(terminal.id)))


class SamplePaymentsView(MerchantActView):
    """Sample payments of a terminal: the recorded health check."""

    right = {"GET": "terminal.read", "POST": "terminal.manage"}

    @extend_schema(responses=SampleOutput(many=True))
    def get(self, request: Request, terminal_id: UUID) -> Response:
        """Return the latest, newest first."""
        return Response({"results": SampleOutput(list_samples(own_terminal(self, terminal_id).id), many=True).data})

    @extend_schema(request=None, responses={202: SampleOutput})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Begin one; it is finished in a few seconds."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Begin, and answer with its record."""
        terminal = own_terminal(self, kwargs["terminal_id"])
        sample = sample_payments.start_sample(terminal_id=terminal.id, now=machine_now())
        return json_answer(202, SampleOutput(sample).data)


def _status(terminal: Terminal, operation: Operation | None) -> dict[str, Any]:
    return {
        "terminal_id": str(terminal.id),
        "name": terminal.name,
        "is_connected": terminal.is_connected,
        "state": terminal.state,
        "step": terminal.step,
        "step_at": terminal.step_at,
        "note": terminal.note,
        "fault": terminal.fault,
        "operation": _operation(operation) if operation else None,
    }


def _operation(operation: Operation) -> dict[str, Any]:
    return {
        "id": str(operation.id),
        "payment_id": str(operation.payment_id),
        "order_id": str(operation.order_id),
        "kind": operation.kind,
        "status": operation.status,
        "amount": {"amount_minor": operation.amount_minor, "currency": operation.currency},
        "decline_code": operation.decline_code,
        "words": queries.words_for(operation).as_document(),
    }
