"""REST: the rules for goods without a receipt, of the merchant and of each store."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.accounts.models import ROLES
from merchant.core.clock import business_now
from merchant.core.money import MINOR_MAX
from merchant.core.rest import MerchantView, valid
from merchant.merchants import levels
from payments.after_sales import rules
from payments.after_sales.rules import PRICE_DAYS_MAX, Rules

_CALLERS = (*ROLES, "register", "api_key")
_SHOWN = OpenApiResponse(description="What holds, and where each value comes from.")
_STORE = [OpenApiParameter("store_id", str, description="A store; without one the merchant's own rules.")]


class ReturnRulesInput(serializers.Serializer[Any]):
    """Values to change; null is inherited again. `day_limits` maps a role, `register` or `api_key` to minor units or null for no limit."""

    store_id = serializers.UUIDField(required=False, allow_null=True)
    day_limits = serializers.DictField(
        child=serializers.IntegerField(min_value=0, max_value=MINOR_MAX, allow_null=True),
        required=False,
        allow_null=True,
    )
    cash_max_minor = serializers.IntegerField(min_value=0, max_value=MINOR_MAX, required=False, allow_null=True)
    price_days = serializers.IntegerField(min_value=1, max_value=PRICE_DAYS_MAX, required=False, allow_null=True)

    def validate_day_limits(self, value: dict[str, Any] | None) -> dict[str, Any] | None:
        """Refuse a limit for nobody."""
        if value and set(value) - set(_CALLERS):
            raise serializers.ValidationError(_("Known are {known}.").format(known=", ".join(_CALLERS)))
        return value


class ReturnRulesView(MerchantView):
    """`/api/v1/return-rules/`."""

    right = {"GET": "store.read", "PUT": "store.manage"}

    @extend_schema(parameters=_STORE, responses=_SHOWN)
    def get(self, request: Request) -> Response:
        """Return what holds in a store."""
        text = request.query_params.get("store_id", "")
        store_id = levels.asked_level(self.caller, text) if text else None
        return Response(_output(store_id, rules.get_rules(store_id)))

    @extend_schema(request=ReturnRulesInput, responses=_SHOWN)
    def put(self, request: Request) -> Response:
        """Change values. The same request twice is the same."""
        data = valid(ReturnRulesInput, request)
        store_id = levels.named_level(self.caller, data.pop("store_id", None))
        done = rules.set_rules(store_id=store_id, changes=data, now=business_now(self.caller.merchant_id))
        return Response(_output(store_id, done))


def _output(store_id: UUID | None, found: Rules) -> dict[str, Any]:
    return {
        "store_id": str(store_id) if store_id else None,
        "day_limits": found.day_limits,
        "cash_max_minor": found.cash_max_minor,
        "price_days": found.price_days,
        "from": found.sources,
    }
