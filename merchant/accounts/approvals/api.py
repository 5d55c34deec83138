"""REST: ask for approval, see what became of it, grant, refuse, set a PIN."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.accounts.approvals import queries, services
from merchant.accounts.approvals.models import Approval
from merchant.accounts.approvals.serializers import (
    ApprovalOutput,
    ApprovalsOutput,
    AskApprovalInput,
    PinGrantInput,
    SetPinInput,
)
from merchant.accounts.authentication import StaffSessionAuthentication
from merchant.core.errors import NotFound
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.money import Money
from merchant.core.rest import MerchantActView, MerchantView, require_store

_LISTED_MAX = 100


class ApprovalsView(MerchantActView):
    """Approvals the caller asked for or may decide about."""

    right = {"GET": "approval.read", "POST": "approval.ask"}

    @extend_schema(responses=ApprovalsOutput)
    def get(self, request: Request) -> Response:
        """Return the newest hundred; `status=asked` narrows them."""
        rows = queries.list_seen_by(self.caller)
        if status := request.query_params.get("status"):
            rows = rows.filter(status=status)
        return Response({"results": ApprovalOutput(rows[:_LISTED_MAX], many=True).data})

    @extend_schema(request=AskApprovalInput, responses={201: ApprovalOutput})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Ask another person for approval of one act."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, ask, answer."""
        given = AskApprovalInput(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        if data["store_id"] is not None:
            require_store(self.caller, data["store_id"])
        amount = Money(data["amount"]["amount_minor"], data["amount"]["currency"]) if data["amount"] else None
        wish = services.Wish(data["right"], data["subject"], data["reason"], amount, data["store_id"])
        return json_answer(201, ApprovalOutput(services.ask_approval(wish=wish)).data)


class ApprovalView(MerchantView):
    """One approval: a till asks until it is decided."""

    right = "approval.read"

    @extend_schema(responses=ApprovalOutput)
    def get(self, request: Request, approval_id: UUID) -> Response:
        """Return it as it stands."""
        return Response(ApprovalOutput(_seen(self, approval_id)).data)


class ApprovalDecisionView(MerchantActView):
    """A person's word on what another one asked. For staff only."""

    authentication_classes = [StaffSessionAuthentication]
    right = "approval.give"
    is_granted = True

    @extend_schema(request=None, responses={200: ApprovalOutput, 403: OpenApiResponse(description="May not decide.")})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Decide, once."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Decide, answer."""
        approval = _seen(self, kwargs["approval_id"])
        decided = services.decide(approval_id=approval.id, member_id=self.caller.id, is_granted=self.is_granted)
        return json_answer(200, ApprovalOutput(decided).data)


class ApprovalRefusalView(ApprovalDecisionView):
    """No."""

    is_granted = False


class ApprovalPinGrantView(MerchantView):
    """A yes at the till: somebody with the right types their PIN on the tablet that asked."""

    right = "approval.ask"

    @extend_schema(request=PinGrantInput, responses={200: ApprovalOutput})
    def post(self, request: Request, approval_id: UUID) -> Response:
        """Grant with a PIN. Each wrong one is counted; a repeat after a yes is refused as decided."""
        _seen(self, approval_id)
        given = PinGrantInput(data=request.data)
        given.is_valid(raise_exception=True)
        granted = services.grant_with_pin(approval_id=approval_id, **given.validated_data)
        return Response(ApprovalOutput(granted).data)


class PinView(MerchantView):
    """The PIN by which the signed-in person grants at a till."""

    authentication_classes = [StaffSessionAuthentication]
    right = "pin.manage"

    @extend_schema(request=SetPinInput, responses={204: None})
    def post(self, request: Request) -> Response:
        """Set or replace it; a locked one is open again."""
        given = SetPinInput(data=request.data)
        given.is_valid(raise_exception=True)
        services.set_pin(member_id=self.caller.id, pin=given.validated_data["pin"])
        return Response(status=204)


def _seen(view: MerchantView, approval_id: UUID) -> Approval:
    approval = queries.list_seen_by(view.caller).filter(pk=approval_id).first()
    if approval is None:
        raise NotFound()
    return approval
