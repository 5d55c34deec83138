"""REST: settle gift cards that were taken offline."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from merchant.core.clock import business_now
from merchant.core.errors import NotFound
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.rest import MerchantActView, require_store, valid
from payments.vouchers import offline
from payments.vouchers.models import OfflineRedemption

_SHOWN = OpenApiResponse(description="What the card gave, and what is still at risk.")


class WriteOffInput(serializers.Serializer[Any]):
    """Why it is given up."""

    reason = serializers.CharField(max_length=120)


class RedemptionView(MerchantActView):
    """Something done with a gift card payment that is at risk."""

    right = "voucher.manage"

    def own(self, redemption_id: UUID) -> OfflineRedemption:
        """Return what the caller sees. :raises NotFound: if there is none."""
        found: OfflineRedemption | None = OfflineRedemption.objects.filter(id=redemption_id).first()
        if found is None:
            raise NotFound()
        require_store(self.caller, found.store_id)
        return found


class RetryView(RedemptionView):
    """Try the card again."""

    @extend_schema(request=None, responses=_SHOWN)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Take off the card what it has by now."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Look, try, answer."""
        found = self.own(kwargs["redemption_id"])
        done = offline.confirm(redemption_id=found.id, now=business_now(self.caller.merchant_id))
        return json_answer(200, redemption_output(done))


class WriteOffView(RedemptionView):
    """Give up what a card did not have."""

    @extend_schema(request=WriteOffInput, responses=_SHOWN)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Write it off."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, write off, answer."""
        reason = valid(WriteOffInput, request)["reason"]
        found = self.own(kwargs["redemption_id"])
        done = offline.write_off(redemption_id=found.id, reason=reason, now=business_now(self.caller.merchant_id))
        return json_answer(200, redemption_output(done))


def redemption_output(redemption: OfflineRedemption) -> dict[str, Any]:
    """Return a gift card payment that was taken offline."""
    return {
        "id": str(redemption.id),
        "payment_id": str(redemption.payment_id),
        "order_id": str(redemption.order_id),
        "hint": redemption.hint,
        "status": redemption.status,
        "amount": {"amount_minor": redemption.amount_minor, "currency": redemption.currency},
        "confirmed": {"amount_minor": redemption.confirmed_minor, "currency": redemption.currency},
        "at_risk": {"amount_minor": redemption.open_minor, "currency": redemption.currency},
        "why": redemption.why,
        "taken_at": redemption.taken_at,
    }
