"""What the REST routes have in common that do something with a payment or an order later: the way out of an unknown outcome, and the answer "asked"."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse
from rest_framework.request import Request

from merchant.core.clock import business_now
from merchant.core.rest import MerchantActView
from payments.processing.look_ups import look_up_now
from payments.processing.refusals import PaymentOutcomeUnknown

WRONG_CURRENCY = "The amount is in another currency than what it is for (`wrong_currency`, with `currency` and `asked_currency`): nothing was asked."
ASKED = {202: OpenApiResponse(description="Asked; the result comes by websocket, by asking again, or by webhook.")}
# Where the caller names an amount.
ASKED_AMOUNT = {**ASKED, 422: OpenApiResponse(description=WRONG_CURRENCY)}


class LaterActView(MerchantActView):
    """Something done with a payment or an order. Where an earlier outcome is unknown, that is asked for at once and nothing else is done."""

    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Act once; see `LaterActView`."""
        try:
            return super().post(request, **kwargs)
        except PaymentOutcomeUnknown as refusal:
            look_up_now(operation_id=refusal.data["operation_id"])
            raise

    @property
    def now(self) -> Any:
        """The merchant's time."""
        return business_now(self.caller.merchant_id)
