"""The REST edge of routing."""

from __future__ import annotations

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.core.clock import business_now, machine_now
from merchant.core.filters import FilterReader
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.pagination import page
from merchant.core.rest import MerchantActView, MerchantView, require_store
from payments.records import queries as records
from payments.routing import queries, serializers, services
from payments.routing.rules import Facts


class PlanView(MerchantView):
    """The rules in force."""

    right = "gateway.read"

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Return the rules in order, and the accounts with their health."""
        accounts = [serializers.account_output(account) for account in queries.list_accounts(now=machine_now())]
        return Response({**serializers.plan_output(queries.current_plan()), "accounts": accounts})


class PlansView(MerchantActView):
    """Versions of the rules: list them, save the next one."""

    right = {"GET": "gateway.read", "POST": "routing.manage"}

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Return a page of versions, newest first."""
        found = page(
            queries.list_plans(), after=request.query_params.get("after"), before=request.query_params.get("before")
        )
        rows = [serializers.plan_output(plan) for plan in found.rows]
        return Response({"data": rows, "older": found.older, "newer": found.newer})

    @extend_schema(request=serializers.PlanInput, responses={201: OpenApiTypes.OBJECT})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Save all rules as the next version."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Save them."""
        wanted = serializers.PlanInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        given = wanted.validated_data
        plan = services.save_plan(
            rules=[serializers.rule_of_input(rule) for rule in given["rules"]], based_on=given["based_on"], note=given["note"],
            now=business_now(self.caller.merchant_id),
        )  # fmt: skip
        return json_answer(201, serializers.plan_output(plan))


class RouteView(MerchantView):
    """Which route would this take?"""

    right = "gateway.read"

    @extend_schema(parameters=[serializers.FactsInput], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Decide for a payment that might be, by the same function as for one that is. Nothing is stored or asked."""
        wanted = serializers.FactsInput(data=request.query_params)
        wanted.is_valid(raise_exception=True)
        return Response(serializers.decided_output(services.route(facts_of(self, wanted.validated_data)).decided))


class DecisionsView(MerchantView):
    """Why payments went where they went."""

    right = "gateway.read"

    @extend_schema(parameters=[OpenApiParameter("payment", OpenApiTypes.UUID)], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Return a page of decisions, newest first; of one payment with `payment`."""
        payment_id = FilterReader(request.query_params.dict(), known=["payment"]).key("payment")
        if payment_id is not None:
            require_store(self.caller, records.get_payment(payment_id).store_id)
        elif self.caller.stores is not None:
            return Response({"data": [], "older": None, "newer": None})
        found = page(
            queries.list_decisions(payment_id=payment_id), after=request.query_params.get("after"),
            before=request.query_params.get("before"),
        )  # fmt: skip
        rows = [serializers.decision_output(decision) for decision in found.rows]
        return Response({"data": rows, "older": found.older, "newer": found.newer})


class ReplayView(MerchantView):
    """One decision again: as it was, and as it would be now."""

    right = "gateway.read"

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, decision_id: UUID) -> Response:
        """Return what its stored inputs decide, and what the present rules and health would."""
        decision = queries.get_decision(decision_id)
        require_store(self.caller, records.get_payment(decision.payment_id).store_id)
        return Response(
            {
                "decision": serializers.decision_output(decision),
                "replayed": serializers.decided_output(services.replay(decision)),
                "now": serializers.decided_output(services.route_now(decision)),
            }
        )


def facts_of(view: MerchantView, given: dict[str, Any]) -> Facts:
    """Return the facts that were sent; without a moment, the merchant's present one, in its zone."""
    merchant = view.caller.merchant
    at = given.get("at") or business_now(merchant.id)
    texts = {name: str(given.get(name, "")) for name in ("method", "currency", "channel", "store", "brand", "country")}
    local = at.astimezone(ZoneInfo(merchant.zone)).replace(tzinfo=None).isoformat(timespec="seconds")
    return Facts(**texts, amount_minor=given["amount_minor"], at=local, split_key=given["split_key"])
