"""What routing takes in and gives out over REST."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rest_framework import serializers

from payments.records.models import METHODS
from payments.routing.models import RoutingDecision, RoutingPlan
from payments.routing.rules import RULES_MAX, WEEKDAYS, Account, Decided, Rule, Share

MINOR_MAX = 2**53
_CLOCK = r"^$|^([01]\d|2[0-3]):[0-5]\d$"


class ShareInput(serializers.Serializer[Any]):
    """An account and its percentage."""

    account = serializers.UUIDField()
    percent = serializers.IntegerField(min_value=1, max_value=100)


class RuleInput(serializers.Serializer[Any]):
    """One rule. Conditions that are left out do not narrow."""

    name = serializers.CharField(max_length=80)
    shares = ShareInput(many=True, max_length=10)  # type: ignore[call-arg]
    fallback = serializers.ListField(child=serializers.UUIDField(), max_length=10, required=False, default=list)
    is_active = serializers.BooleanField(required=False, default=True)
    methods = serializers.ListField(
        child=serializers.ChoiceField(choices=METHODS), max_length=len(METHODS), required=False, default=list
    )
    channels = serializers.ListField(child=serializers.UUIDField(), max_length=50, required=False, default=list)
    stores = serializers.ListField(child=serializers.UUIDField(), max_length=200, required=False, default=list)
    brands = serializers.ListField(
        child=serializers.RegexField(r"^[a-z_]{1,20}$"), max_length=20, required=False, default=list
    )
    countries = serializers.ListField(
        child=serializers.RegexField(r"^[A-Z]{2}$"), max_length=250, required=False, default=list
    )
    currency = serializers.RegexField(r"^$|^[A-Z]{3}$", required=False, allow_blank=True, default="")
    amount_from = serializers.IntegerField(
        min_value=0, max_value=MINOR_MAX, required=False, allow_null=True, default=None
    )
    amount_to = serializers.IntegerField(
        min_value=0, max_value=MINOR_MAX, required=False, allow_null=True, default=None
    )
    weekdays = serializers.ListField(
        child=serializers.ChoiceField(choices=WEEKDAYS), max_length=len(WEEKDAYS), required=False, default=list
    )
    time_from = serializers.RegexField(_CLOCK, required=False, allow_blank=True, default="")
    time_to = serializers.RegexField(_CLOCK, required=False, allow_blank=True, default="")


class PlanInput(serializers.Serializer[Any]):
    """All rules in order. `based_on` is the version they were drawn from, 0 for the first."""

    rules = RuleInput(many=True, max_length=RULES_MAX)  # type: ignore[call-arg]
    based_on = serializers.IntegerField(min_value=0, max_value=2**31 - 1)
    note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class FactsInput(serializers.Serializer[Any]):
    """A payment that might be. What is left out is not known."""

    method = serializers.ChoiceField(choices=METHODS, default="card")
    currency = serializers.RegexField(r"^[A-Z]{3}$")
    amount_minor = serializers.IntegerField(min_value=1, max_value=MINOR_MAX)
    at = serializers.DateTimeField(required=False)
    channel = serializers.UUIDField(required=False)
    store = serializers.UUIDField(required=False)
    brand = serializers.RegexField(r"^[a-z_]{0,20}$", required=False, allow_blank=True, default="")
    country = serializers.RegexField(r"^$|^[A-Z]{2}$", required=False, allow_blank=True, default="")
    split_key = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")


def rule_of_input(given: dict[str, Any]) -> Rule:
    """Return the rule that was sent."""
    lists = ("fallback", "methods", "channels", "stores", "brands", "countries", "weekdays")
    texts = {name: tuple(str(value) for value in given[name]) for name in lists}
    shares = tuple(Share(str(share["account"]), share["percent"]) for share in given["shares"])
    return Rule(**{**given, **texts, "shares": shares})


def plan_output(plan: RoutingPlan | None) -> dict[str, Any]:
    """Return a version of the rules; without any, version 0."""
    if plan is None:
        return {"version": 0, "rules": [], "note": "", "made_by": None, "made_at": None}
    return {
        "version": plan.version,
        "rules": plan.rules,
        "note": plan.note,
        "made_by": plan.made_by,
        "made_at": plan.made_at.isoformat(),
    }


def account_output(account: Account) -> dict[str, Any]:
    """Return an account as routing sees it."""
    return asdict(account)


def decided_output(decided: Decided) -> dict[str, Any]:
    """Return what was decided and why."""
    return {
        "gateway_account_id": decided.account or None,
        "chain": list(decided.chain),
        "rule": decided.rule or None,
        "reason": decided.reason,
        "rules": [{"name": name, "result": result} for name, result in decided.rules],
        "skipped": [{"account": name, "why": why} for name, why in decided.skipped],
    }


def decision_output(decision: RoutingDecision) -> dict[str, Any]:
    """Return a stored decision."""
    return {
        "id": str(decision.id),
        "payment_id": str(decision.payment_id),
        "order_id": str(decision.order_id),
        "after_payment_id": str(decision.after_payment_id) if decision.after_payment_id else None,
        "gateway_account_id": str(decision.gateway_account_id),
        "plan_version": decision.plan_version,
        "rule": decision.rule or None,
        "reason": decision.reason,
        "facts": decision.inputs["facts"],
        "decided_at": decision.decided_at.isoformat(),
    }
