"""REST: checkouts of webshops, payment links, their QR codes."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

import segno
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request as RestRequest
from rest_framework.response import Response

from inventory.pricing.services import Wanted
from merchant.core.clock import business_now
from merchant.core.errors import Invalid
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.masking import mask_email
from merchant.core.pagination import page
from merchant.core.rest import MerchantActView, MerchantView, valid
from merchant.sales_channels.models import Channel
from orders.order import queries as orders
from payments.checkout import queries, services
from payments.checkout.baskets import Request
from payments.checkout.models import PaymentLink
from payments.checkout.serializers import (
    CheckoutInput,
    DeliveryInput,
    PayInput,
    PaymentLinkInput,
    delivery_method_output,
    lines_output,
    link_output,
)

_SHOWN = OpenApiResponse(description="The checkout or link, its order and how far its payment has come.")


class LinkMixin:
    """Shows links, and gives the clock and the stores of the caller."""

    request: Any
    caller: Any

    def shown(self, link: PaymentLink, *, with_lines: bool = True) -> dict[str, Any]:
        """Return `link` as it stands."""
        now = business_now(self.caller.merchant_id)
        order = link.order
        url = self.request.build_absolute_uri(reverse("checkout:pay", args=[link.token]))
        document = link_output(link, order, queries.progress(link, order, now=now), payment_url=url)
        if self.caller.is_masked:
            document["order"] |= {"email": mask_email(order.email), "delivery": {}}
            # Whoever has the address reads name and delivery behind it.
            document["payment_url"] = ""
        return {**document, "lines": lines_output(order)} if with_lines else document


class DeliveryMethodListView(MerchantView):
    """Ways of delivery; `currency` and `country` narrow them."""

    right = "checkout.read"

    @extend_schema(responses=OpenApiResponse(description="Ways of delivery, cheapest first."))
    def get(self, request: RestRequest) -> Response:
        """List ways of delivery."""
        asked = request.query_params
        methods = queries.list_delivery_methods(currency=asked.get("currency", ""), country=asked.get("country", ""))
        return Response({"results": [delivery_method_output(method) for method in methods]})


class CheckoutListView(LinkMixin, MerchantActView):
    """Begin a checkout: the order is placed and its pieces are kept for 15 minutes."""

    right = "checkout.create"

    @extend_schema(request=CheckoutInput, responses={201: _SHOWN})
    def post(self, request: RestRequest, **kwargs: Any) -> HttpResponse:
        """Begin a checkout."""
        return super().post(request, **kwargs)

    def act(self, request: RestRequest, **kwargs: Any) -> Answer:
        """Price, place, reserve."""
        given = CheckoutInput(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        wanted = Request(
            channel=_channel(data["channel"]),
            currency=data["currency"],
            shopper=given.shopper(),
            wanted=_wanted(data["lines"]),
            delivery_method=data["delivery_method"],
            promotion_codes=data["promotion_codes"],
            coupon=data["coupon"],
            collect_store_id=data.get("collect_store_id"),
            payment=data["payment"],
            lasts=given.lasts,
            return_url=data["return_url"],
            cancel_url=data["cancel_url"],
        )
        link = services.begin(kind="checkout", request=wanted, now=business_now(self.caller.merchant_id))
        return json_answer(201, self.shown(link))


class CheckoutView(LinkMixin, MerchantView):
    """One checkout. Ask again until its `status` is `paid`, or change its delivery before paying."""

    right: ClassVar[Mapping[str, str]] = {"GET": "checkout.read", "PATCH": "checkout.create"}

    @extend_schema(responses=_SHOWN)
    def get(self, request: RestRequest, checkout_id: UUID) -> Response:
        """Show a checkout."""
        return Response(self.shown(queries.get_link(checkout_id, kind="checkout", stores=self.caller.stores)))

    @extend_schema(request=DeliveryInput, responses=_SHOWN)
    def patch(self, request: RestRequest, checkout_id: UUID) -> Response:
        """Change address, e-mail or way of delivery."""
        given = DeliveryInput(data=request.data)
        given.is_valid(raise_exception=True)
        link = queries.get_link(checkout_id, kind="checkout", stores=self.caller.stores)
        services.change_delivery(
            link=link,
            shopper=given.shopper(),
            delivery_method=given.validated_data["delivery_method"] or link.order.delivery.get("method", ""),
            now=business_now(self.caller.merchant_id),
        )
        return Response(self.shown(queries.get_link(checkout_id)))


class CheckoutPaymentListView(LinkMixin, MerchantActView):
    """Pay a checkout. Answered before the gateway was asked: the result is in the checkout, or comes by webhook."""

    right = "checkout.create"

    @extend_schema(request=PayInput, responses={202: _SHOWN})
    def post(self, request: RestRequest, **kwargs: Any) -> HttpResponse:
        """Pay by token, or open the gateway's card page."""
        return super().post(request, **kwargs)

    def act(self, request: RestRequest, **kwargs: Any) -> Answer:
        """Ask for all that is due."""
        data = valid(PayInput, request)
        link = queries.get_link(kwargs["checkout_id"], kind="checkout", stores=self.caller.stores)
        now = business_now(self.caller.merchant_id)
        agreed = data.get("store_card")
        services.pay(
            link=link,
            instrument=_instrument(data),
            return_url=link.return_url or request.build_absolute_uri(reverse("checkout:return", args=[link.token])),
            now=now,
            store_card=services.Consent(agreed["text"], agreed.get("at", now)) if agreed else None,
        )
        return json_answer(202, self.shown(queries.get_link(link.id)))


class PaymentLinkListView(LinkMixin, MerchantActView):
    """Links that were made, newest first; make another."""

    right: ClassVar[Mapping[str, str]] = {"GET": "link.read", "POST": "link.create"}

    @extend_schema(responses=_SHOWN)
    def get(self, request: RestRequest) -> Response:
        """List links."""
        asked = request.query_params
        rows = queries.list_links(kind="link", stores=self.caller.stores)
        found = page(rows, after=asked.get("after"), before=asked.get("before"))
        shown = [self.shown(link, with_lines=False) for link in found.rows]
        return Response({"results": shown, "older": found.older, "newer": found.newer})

    @extend_schema(request=PaymentLinkInput, responses={201: _SHOWN})
    def post(self, request: RestRequest, **kwargs: Any) -> HttpResponse:
        """Make a link."""
        return super().post(request, **kwargs)

    def act(self, request: RestRequest, **kwargs: Any) -> Answer:
        """Make a link for an open order, for lines, or for a free amount."""
        given = PaymentLinkInput(data=request.data)
        given.is_valid(raise_exception=True)
        now = business_now(self.caller.merchant_id)
        order_id = given.validated_data.get("order_id")
        if order_id is None:
            return json_answer(201, self.shown(services.begin(kind="link", request=_link_request(given), now=now)))
        orders.get_own_order(self.caller, order_id)
        link = services.link_to_order(
            order_id=order_id, lasts=given.lasts, now=now, return_url=given.validated_data["return_url"]
        )
        return json_answer(201, self.shown(link))


class PaymentLinkView(LinkMixin, MerchantView):
    """One link."""

    right = "link.read"

    @extend_schema(responses=_SHOWN)
    def get(self, request: RestRequest, link_id: UUID) -> Response:
        """Show a link."""
        return Response(self.shown(queries.get_link(link_id, kind="link", stores=self.caller.stores)))


class PaymentLinkRevokeView(LinkMixin, MerchantActView):
    """Withdraw a link."""

    right = "link.create"

    @extend_schema(request=None, responses={200: _SHOWN})
    def post(self, request: RestRequest, **kwargs: Any) -> HttpResponse:
        """Withdraw a link; an order made for it is cancelled."""
        return super().post(request, **kwargs)

    def act(self, request: RestRequest, **kwargs: Any) -> Answer:
        """Withdraw it now."""
        link = queries.get_link(kwargs["link_id"], kind="link", stores=self.caller.stores)
        services.revoke(link=link, now=business_now(self.caller.merchant_id))
        return json_answer(200, self.shown(queries.get_link(link.id)))


class PaymentLinkQrView(LinkMixin, MerchantView):
    """The link as a QR code: error correction Q, so that a scratched table sign still reads."""

    right = "link.read"

    @extend_schema(responses={(200, "image/*"): bytes})
    def get(self, request: RestRequest, link_id: UUID, kind: str) -> HttpResponse:
        """Draw the code."""
        link = queries.get_link(link_id, kind="link", stores=self.caller.stores)
        code = segno.make(
            request.build_absolute_uri(reverse("checkout:pay", args=[link.token])), error="q", micro=False
        )
        drawn = io.BytesIO()
        code.save(drawn, kind=kind, scale=8, border=4)
        response = HttpResponse(drawn.getvalue(), content_type={"svg": "image/svg+xml", "png": "image/png"}[kind])
        response["Content-Disposition"] = f'inline; filename="payment-{link.order.number}.{kind}"'
        response["Cache-Control"] = "private, no-store"
        return response


def _instrument(data: Mapping[str, Any]) -> dict[str, Any]:
    if data.get("stored_card_id"):
        return {"stored_card_id": data["stored_card_id"]}
    return {"token": data["token"]} if data.get("token") else {"session": True}


def _link_request(given: PaymentLinkInput) -> Request:
    data = given.validated_data
    channel = _channel(data["channel"]) if data["channel"] else _link_channel()
    amount = data.get("amount")
    return Request(
        channel=channel,
        currency=amount["currency"] if amount else data.get("currency", channel.currency),
        shopper=given.shopper(),
        wanted=_wanted(data.get("lines") or []),
        free_amount_minor=amount["amount_minor"] if amount else None,
        description=data["description"],
        delivery_method=data["delivery_method"],
        promotion_codes=data["promotion_codes"],
        return_url=data["return_url"],
        lasts=given.lasts,
    )


def _wanted(lines: Sequence[Mapping[str, Any]]) -> list[Wanted]:
    return [Wanted(str(line.get("variant_id") or line["sku"]), line["quantity"]) for line in lines]


def _channel(code: str) -> Channel:
    channel: Channel | None = Channel.objects.select_related("stock_store").filter(code=code).first()
    if channel is None:
        raise Invalid(reason=_("there is no channel {code}").format(code=code))
    return channel


def _link_channel() -> Channel:
    """Return the merchant's channel for links, or any that sells online."""
    channels = list(Channel.objects.select_related("stock_store").exclude(kind="in_store").order_by("id"))
    channels.sort(key=lambda channel: channel.kind != "link")
    if not channels:
        raise Invalid(reason=_("there is no channel that sells without a till"))
    found: Channel = channels[0]
    return found
