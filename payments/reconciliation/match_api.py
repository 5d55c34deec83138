"""Matches by hand and what is due, over REST."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.core.clock import business_now, business_today
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.rest import MerchantActView, MerchantView
from payments.reconciliation import hand_matching, payout_watch, undoing
from payments.reconciliation.hand_matching import Sides
from payments.reconciliation.models import Match

# Two weeks back and ahead, unless asked otherwise; a quarter at most.
_DAYS = 14
_DAYS_MAX = 92


class MatchInput(serializers.Serializer[Any]):
    """What belongs together and why: report rows with operations, or a bank line with payouts."""

    settlement_line_ids = serializers.ListField(child=serializers.UUIDField(), default=list, max_length=1000)
    operation_ids = serializers.ListField(child=serializers.UUIDField(), default=list, max_length=1000)
    statement_line_id = serializers.UUIDField(default=None, allow_null=True)
    payout_ids = serializers.ListField(child=serializers.UUIDField(), default=list, max_length=31)
    reason = serializers.CharField(max_length=200)


class UndoMatchInput(serializers.Serializer[Any]):
    """Why a match is undone."""

    reason = serializers.CharField(max_length=200)


class DueInput(serializers.Serializer[Any]):
    """The span of days asked for."""

    from_date = serializers.DateField(default=None, allow_null=True)
    until_date = serializers.DateField(default=None, allow_null=True)


def match_output(match: Match) -> dict[str, Any]:
    """Return a match as REST shows it."""
    sides = (
        "settlement_line_id",
        "operation_id",
        "statement_line_id",
        "payout_id",
        "deposit_id",
        "dispute_id",
        "group_id",
    )
    return {
        "id": str(match.id),
        "rule": match.rule,
        "score": match.score,
        "part": match.part,
        "amount": {"amount_minor": match.amount_minor, "currency": match.currency},
        "evidence": match.evidence,
        "matched_at": match.matched_at.isoformat(),
        "undone_at": match.undone_at.isoformat() if match.undone_at else None,
        **{side: str(getattr(match, side)) if getattr(match, side) else None for side in sides},
    }


class MatchesView(MerchantActView):
    """Match by hand what no rule matches."""

    right = "reconciliation.resolve"

    @extend_schema(request=MatchInput, responses={201: OpenApiTypes.OBJECT})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Match report rows with operations, or a bank line with payouts; several on one side must come to the other."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Match them."""
        wanted = MatchInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        said = dict(wanted.validated_data)
        reason = said.pop("reason")
        made = hand_matching.match_by_hand(
            sides=Sides(**said), reason=reason, now=business_now(self.caller.merchant_id)
        )
        return json_answer(201, {"data": [match_output(match) for match in made]})


class MatchUndoView(MerchantActView):
    """Undo a match with all of its group."""

    right = "reconciliation.resolve"

    @extend_schema(request=UndoMatchInput, responses={200: OpenApiTypes.OBJECT})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Take it back; no rule makes it again."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Undo it."""
        wanted = UndoMatchInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        undone = undoing.undo_match(
            match_id=kwargs["match_id"],
            reason=wanted.validated_data["reason"],
            now=business_now(self.caller.merchant_id),
        )
        return json_answer(200, {"data": [match_output(match) for match in undone]})


class DuePayoutsView(MerchantView):
    """What each gateway account owes for each day, announced or not."""

    right = "settlement.read"

    @extend_schema(
        parameters=[
            OpenApiParameter("from_date", OpenApiTypes.DATE),
            OpenApiParameter("until_date", OpenApiTypes.DATE),
        ],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request) -> Response:
        """Return the days of the span; two weeks back and ahead unless given."""
        wanted = DueInput(data=request.query_params.dict())
        wanted.is_valid(raise_exception=True)
        today = business_today(self.caller.merchant)
        from_day: date = wanted.validated_data["from_date"] or today - timedelta(days=_DAYS)
        until_day: date = wanted.validated_data["until_date"] or today + timedelta(days=_DAYS)
        if (until_day - from_day).days > _DAYS_MAX:
            until_day = from_day + timedelta(days=_DAYS_MAX)
        due = payout_watch.list_due_payouts(from_day=from_day, until_day=until_day, today=today)
        return Response({"data": [_due_output(one) for one in due]})


def _due_output(one: payout_watch.DuePayout) -> dict[str, Any]:
    return {
        "due_on": one.due_on.isoformat(),
        "gateway_account_id": str(one.gateway_account_id),
        "account_name": one.account_name,
        "announced": {"amount_minor": one.announced_minor, "currency": one.currency},
        "arrived": {"amount_minor": one.arrived_minor, "currency": one.currency},
        "unreported": {"amount_minor": one.unreported_minor, "currency": one.currency},
        "payout_id": str(one.payout_id) if one.payout_id else None,
        "state": one.state,
    }
