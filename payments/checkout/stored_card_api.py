"""REST: cards that customers leave for later. Store, look, give back; charging one is in `payments.after_sales`, paying a checkout with one in `api`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.core.clock import business_now
from merchant.core.errors import NotFound
from merchant.core.filters import FilterReader
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.pagination import page
from merchant.core.rest import MerchantActView, MerchantView, require_store, valid
from merchant.customers.models import Customer
from payments.checkout.stored_card_serializers import StoreCardInput, stored_card_output
from payments.processing import stored_cards
from payments.records.credentials import get_credential
from payments.records.models import StoredCredential
from payments.records.queries import get_payment
from payments.records.states import STORED_CARD

_SHOWN = OpenApiResponse(
    description="The stored card: whose, which, with what consent and evidence, and whether it can be used."
)
_FILTERS = [OpenApiParameter(name, str) for name in ("customer_id", "status", "after", "before")]


class StoredCardsView(MerchantActView):
    """Cards that customers left with the gateway, and one more."""

    right: ClassVar[Mapping[str, str]] = {"GET": "checkout.read", "POST": "checkout.create"}

    @extend_schema(parameters=_FILTERS, responses=_SHOWN)
    def get(self, request: Request) -> Response:
        """Return a page, newest first; `customer_id` and `status` narrow it."""
        asked = request.query_params
        found = page(_narrowed(asked.dict()), after=asked.get("after"), before=asked.get("before"))
        data = [stored_card_output(card) for card in found.rows]
        return Response({"data": data, "older": found.older, "newer": found.newer})

    @extend_schema(request=StoreCardInput, responses={202: _SHOWN})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Ask for a card to be stored. Answered before the gateway was asked: the result is in the card, or comes by webhook."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Validate, ask, answer."""
        data = valid(StoreCardInput, request)
        now = business_now(self.caller.merchant_id)
        customer_id: Any = data.get("customer_id")
        if customer_id and not Customer.objects.filter(id=customer_id).exists():
            raise NotFound()
        agreed = {"text": data["consent"]["text"], "consented_at": data["consent"].get("at", now)}
        if data.get("payment_id"):
            require_store(self.caller, get_payment(data["payment_id"]).store_id)
            card = stored_cards.request_storing_of_payment(
                payment_id=data["payment_id"], customer_id=customer_id, now=now, **agreed
            )
        else:
            given = {"token": data["token"]} if data.get("token") else {"session": True}
            card = stored_cards.request_storing(
                customer_id=customer_id,
                account=stored_cards.find_account(data.get("currency", "")),
                instrument=given | {"return_url": data["return_url"]},
                now=now,
                **agreed,
            )
        return json_answer(202, stored_card_output(card))


class StoredCardView(MerchantView):
    """One stored card. Ask again until its `status` is `stored`, `declined` or `failed`."""

    right = "checkout.read"

    @extend_schema(responses=_SHOWN)
    def get(self, request: Request, credential_id: UUID) -> Response:
        """Show a stored card."""
        return Response(stored_card_output(get_credential(credential_id)))


class StoredCardRevokeView(MerchantActView):
    """Give a card back: nobody can charge it any more."""

    right = "checkout.create"

    @extend_schema(request=None, responses={200: _SHOWN})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Revoke it; a repeat changes nothing."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Revoke it now."""
        card = stored_cards.revoke(credential_id=kwargs["credential_id"], now=business_now(self.caller.merchant_id))
        return json_answer(200, stored_card_output(card))


def _narrowed(asked: dict[str, str]) -> QuerySet[StoredCredential]:
    read = FilterReader(asked, known=("customer_id", "status"))
    rows: QuerySet[StoredCredential] = StoredCredential.objects.select_related("first_operation")
    if (customer_id := read.key("customer_id")) is not None:
        rows = rows.filter(customer_id=customer_id)
    if statuses := read.choices("status", STORED_CARD.states):
        rows = rows.filter(status__in=statuses)
    return rows
