"""REST: outcomes that nobody knows: the queue for people, asking again, and what two people say."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.accounts.authentication import StaffSessionAuthentication
from merchant.core.clock import business_now
from merchant.core.errors import NotFound
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.rest import MerchantActView, MerchantView, require_store, valid
from payments.after_sales import serializers
from payments.after_sales.later_acts import ASKED
from payments.processing import overriding
from payments.processing.look_ups import look_up_now
from payments.records.models import Operation


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


class LookUpsView(MerchantView):
    """Have the gateway asked at once about an operation without an answer. A repeat is harmless."""

    right = "payment.capture"

    @extend_schema(request=None, responses=ASKED)
    def post(self, request: Request, operation_id: UUID) -> Response:
        """Put the operation first in the queue of looks."""
        operation = _own_operation(self, operation_id)
        look_up_now(operation_id=operation.id)
        return Response(serializers.operation_output(operation), status=202)


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


def _own_operation(view: MerchantView, operation_id: UUID) -> Operation:
    operation = Operation.objects.select_related("payment__order").filter(id=operation_id).first()
    if operation is None:
        raise NotFound()
    require_store(view.caller, operation.payment.store_id)
    return operation
