"""The REST edge of match rules and their dry runs."""

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

from merchant.core.clock import business_now
from merchant.core.filters import FilterReader
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.jobs.models import Job
from merchant.core.rest import MerchantActView, MerchantView
from payments.reconciliation.desk import dry_run, limits, rules
from payments.reconciliation.desk.dry_run import Trial
from payments.reconciliation.desk.rules import ROUNDING_ACCOUNTS, WINDOW_DAYS_MAX
from payments.reconciliation.matching import rules_now
from payments.reconciliation.matching.models import MatchRules
from payments.reconciliation.matching.rules_now import Rules
from payments.settlement.serializers import progress_output


class RulesInput(serializers.Serializer[Any]):
    """The rules of one level; what is not named is as by default."""

    gateway_account_id = serializers.UUIDField(required=False, allow_null=True, default=None)
    card_window_days = serializers.IntegerField(min_value=0, max_value=WINDOW_DAYS_MAX, default=7)
    payout_window_days = serializers.IntegerField(min_value=0, max_value=WINDOW_DAYS_MAX, default=7)
    rounding_max_minor = serializers.IntegerField(min_value=0, max_value=10**9 - 1, default=0)
    rounding_account = serializers.ChoiceField(choices=ROUNDING_ACCOUNTS, default=ROUNDING_ACCOUNTS[0])


class SaveRulesInput(RulesInput):
    """Rules to save. `limits` maps a role to what it decides alone in minor units of the base currency, null for no limit; of the merchant's level alone."""

    limits = serializers.DictField(
        child=serializers.IntegerField(min_value=0, allow_null=True), required=False, allow_null=True, default=None
    )
    seen_version = serializers.IntegerField(required=False, allow_null=True, default=None)


class DryRunInput(RulesInput):
    """Rules to try on some business days."""

    first = serializers.DateField()
    last = serializers.DateField()


class RulesView(MerchantActView):
    """What holds for matching."""

    right = {"GET": "reconciliation.read", "POST": "reconciliation.rules"}

    @extend_schema(
        parameters=[OpenApiParameter("gateway_account_id", OpenApiTypes.UUID)], responses=OpenApiTypes.OBJECT
    )
    def get(self, request: Request) -> Response:
        """Return what holds for a gateway account, or for all that have no rules of their own."""
        account_id = FilterReader(request.query_params, known=("gateway_account_id",)).key("gateway_account_id")
        held, version = rules_now.current_rules(account_id)
        return Response(_output(held, version))

    @extend_schema(request=SaveRulesInput, responses={200: OpenApiTypes.OBJECT})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Save a new version; what was matched stays."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Save it."""
        wanted = SaveRulesInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        given = wanted.validated_data
        saved = rules.save_rules(
            gateway_account_id=given["gateway_account_id"],
            rules=_rules(given),
            role_limits=given["limits"],
            seen_version=given["seen_version"],
            role=self.caller.role,
            now=business_now(self.caller.merchant_id),
        )
        return json_answer(200, _output(_rules(given), saved))


class DryRunsView(MerchantActView):
    """What other rules would have done."""

    right = "reconciliation.rules"

    @extend_schema(request=DryRunInput, responses={202: OpenApiTypes.OBJECT})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Put a dry run in the queue; it changes nothing."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Ask for it."""
        wanted = DryRunInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        given = wanted.validated_data
        trial = Trial(_rules(given), given["gateway_account_id"], given["first"], given["last"])
        return json_answer(202, _run_output(dry_run.request_dry_run(trial)))


class DryRunView(MerchantView):
    """One dry run."""

    right = "reconciliation.read"

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, run_id: UUID) -> Response:
        """Return what would change, once it is known."""
        return Response(_run_output(dry_run.get_dry_run(run_id)))


def _rules(given: dict[str, Any]) -> Rules:
    return Rules(
        given["card_window_days"], given["payout_window_days"], given["rounding_max_minor"], given["rounding_account"]
    )


def _output(held: Rules, version: MatchRules | None) -> dict[str, Any]:
    return {
        **asdict(held),
        "limits": limits.current_limits(),
        "version": version.version if version else 0,
        "gateway_account_id": str(version.gateway_account_id) if version and version.gateway_account_id else None,
        "saved_by": version.saved_by if version else "",
        "saved_at": version.saved_at.isoformat() if version else None,
    }


def _run_output(job: Job) -> dict[str, Any]:
    return {"id": str(job.id), "asked": job.payload, "result": job.result or None, "progress": progress_output(job)}
