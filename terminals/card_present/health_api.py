"""The REST edge of a terminal's health: what is wrong and what to do, checks, the text on its display, and what is under way on all of them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.core.clock import machine_now
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.rest import MerchantActView, MerchantView
from payments.records.models import Operation
from terminals.card_present import checks, queries, services, troubles
from terminals.devices import configuration
from terminals.devices.api import own_terminal
from terminals.devices.models import TerminalCheck
from terminals.devices.queries import list_checks, list_samples
from terminals.devices.serializers import CheckOutput, SampleOutput


class DisplayInput(serializers.Serializer[Any]):
    """One line for the display of a terminal; empty takes the last one away."""

    text = serializers.CharField(max_length=60, allow_blank=True)


class HealthView(MerchantView):
    """Whether a terminal can be relied on."""

    right = "terminal.read"

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, terminal_id: UUID) -> Response:
        """Return what is wrong with it, the steps that mend it, and its latest check and sample payment."""
        terminal = own_terminal(self, terminal_id)
        samples, found = list_samples(terminal.id), list_checks(terminal.id)
        wrong = troubles.list_troubles(terminal, configuration.of_terminal(terminal), queries.latest_finished(samples))
        return Response(
            {
                "is_good": not wrong,
                "troubles": [asdict(trouble) for trouble in wrong],
                "latest_check": CheckOutput(found[0]).data if found else None,
                "latest_sample_payment": SampleOutput(samples[0]).data if samples else None,
            }
        )


class ChecksView(MerchantActView):
    """Checks of connection, version, clock and settings."""

    right = {"GET": "terminal.read", "POST": "terminal.manage"}

    @extend_schema(responses=CheckOutput(many=True))
    def get(self, request: Request, terminal_id: UUID) -> Response:
        """Return the latest, newest first."""
        return Response({"results": CheckOutput(list_checks(own_terminal(self, terminal_id).id), many=True).data})

    @extend_schema(request=None, responses={202: CheckOutput})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Begin one; it is finished in a few seconds and disturbs no payment."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Begin, and answer with its record."""
        check: TerminalCheck = checks.start_check(
            terminal_id=own_terminal(self, kwargs["terminal_id"]).id, now=machine_now()
        )
        return json_answer(202, CheckOutput(check).data)


class DisplayView(MerchantActView):
    """The customer's side of a terminal that is at rest."""

    right = "sale.create"

    @extend_schema(request=DisplayInput, responses={202: OpenApiTypes.OBJECT})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Show a line of text; a payment that begins replaces it."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Send it."""
        terminal = own_terminal(self, kwargs["terminal_id"])
        given = DisplayInput(data=request.data)
        given.is_valid(raise_exception=True)
        services.show_text(terminal_id=terminal.id, text=given.validated_data["text"], now=machine_now())
        return json_answer(202, {"terminal_id": str(terminal.id), "text": given.validated_data["text"]})


class OpenPaymentsView(MerchantView):
    """Card payments that nobody knows the end of yet: what a tablet that was switched off asks for first."""

    right = "payment.read"

    @extend_schema(
        parameters=[OpenApiParameter("register_id", OpenApiTypes.UUID, description="Only those of one till.")],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request) -> Response:
        """Return those of the caller's stores, oldest first, each with its terminal, its order and what to tell the cashier."""
        asked = serializers.UUIDField(required=False, allow_null=True).run_validation(
            request.query_params.get("register_id") or None
        )
        rows = queries.list_open_operations(stores=self.caller.stores, register_id=asked)
        return Response({"results": [_open(operation) for operation in rows]})


def _open(operation: Operation) -> dict[str, Any]:
    payment = operation.payment
    return {
        "operation_id": str(operation.id),
        "payment_id": str(payment.id),
        "order_id": str(operation.order_id),
        "order_number": payment.order.number,
        "register_id": str(payment.register_id) if payment.register_id else None,
        "terminal_id": str(operation.terminal_id),
        "status": operation.status,
        "amount": {"amount_minor": operation.amount_minor, "currency": operation.currency},
        "requested_at": operation.requested_at,
        "status_url": f"/api/v1/operations/{operation.id}/",
        "words": queries.words_for(operation).as_document(),
    }
