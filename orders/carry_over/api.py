"""The REST edge of carts."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

import segno
from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.pricing.services import Wanted
from merchant.core import limits
from merchant.core.callers import Caller
from merchant.core.clock import business_now
from merchant.core.errors import Invalid, NotFound
from merchant.core.filters import typed_id
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.pagination import page
from merchant.core.rest import MerchantActView, MerchantView
from merchant.customers import queries as customers
from merchant.sales_channels.models import Channel
from orders.carry_over import carts, queries, services
from orders.carry_over.carts import Cart
from orders.carry_over.serializers import (
    CartInput,
    CartLinesInput,
    CartReservationInput,
    HandOffInput,
    cart_output,
)
from orders.carry_over.services import Holder
from orders.order import queries as orders
from orders.order.models import Order

_SHOWN = OpenApiResponse(description="The cart with its lines and who holds it.")
# 40 random bits: thirty guesses a minute find nothing in a lifetime.
TRIES_MAX, TRIES_SECONDS = 30, 60


def holder_of(caller: Caller) -> Holder:
    """Return who works on a cart."""
    if caller.register is not None:
        return services.till_holder(caller.register)
    return Holder(caller.actor.key, caller.name)


class CartMixin:
    """Finds carts the caller sees."""

    caller: Any

    def cart(self, order_id: UUID) -> Order:
        """Return the order. :raises NotFound: if it is of a store the caller does not see."""
        order = orders.get_order(order_id)
        if order.store_id is not None and not self.caller.may_use_store(order.store_id):
            raise NotFound()
        return order

    @property
    def now(self) -> Any:
        """The merchant's time."""
        return business_now(self.caller.merchant_id)


class CartsView(CartMixin, MerchantActView):
    """Open carts; begin one."""

    right: ClassVar[Mapping[str, str]] = {"GET": "order.read", "POST": "checkout.create"}

    @extend_schema(
        parameters=[OpenApiParameter("q"), OpenApiParameter("customer"), OpenApiParameter("after")],
        responses={200: _SHOWN},
    )
    def get(self, request: Request) -> Response:
        """List open carts; `q` is a number, an e-mail address or a name, `customer` the id of a customer."""
        params, is_masked = request.query_params, self.caller.is_masked
        whose = self._customer(params["customer"]) if params.get("customer") else None
        rows = queries.list_carts(
            stores=self.caller.stores, text=params.get("q", ""), customer=whose, is_exact=is_masked
        )
        found = page(rows, after=request.query_params.get("after"))
        return Response(
            {
                "results": [cart_output(row, queries.find_hold(row.id), is_masked=is_masked) for row in found.rows],
                "next_cursor": found.older,
            }
        )

    def _customer(self, text: str) -> tuple[UUID, str]:
        key = typed_id(text)
        if key is None or not self.caller.has_right("customer.read"):
            raise NotFound()
        return key, customers.get_customer(key).email

    @extend_schema(request=CartInput, responses={201: _SHOWN})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Begin a cart. It can go on at a till and come back, always with this id."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Price, store."""
        given = CartInput(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        channel = Channel.objects.filter(code=data["channel"]).first()
        if channel is None:
            raise Invalid(reason=_("there is no channel {channel}").format(channel=data["channel"]))
        order = carts.begin_cart(
            channel=channel,
            currency=data.get("currency", channel.currency),
            cart=Cart(wanted_of(data["lines"]), data["email"], data["coupon"]),
            holder=holder_of(self.caller),
            now=self.now,
        )
        return json_answer(201, cart_output(order, queries.find_hold(order.id)))


class CartView(CartMixin, MerchantView):
    """One cart, or the order it has become."""

    right = "order.read"

    @extend_schema(responses={200: _SHOWN})
    def get(self, request: Request, order_id: UUID) -> Response:
        """Show it."""
        order = self.cart(order_id)
        return Response(cart_output(order, queries.find_hold(order.id), is_masked=self.caller.is_masked))


class CartLinesView(CartMixin, MerchantActView):
    """Replace the lines of a cart."""

    right = "checkout.create"

    @extend_schema(request=CartLinesInput, responses={200: _SHOWN})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Replace the lines; refused for anybody but its holder, and from an older version."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Price, store."""
        order = self.cart(kwargs["order_id"])
        given = CartLinesInput(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        done = carts.change_cart(
            order_id=order.id,
            cart=Cart(wanted_of(data["lines"]), coupon=data["coupon"]),
            holder=holder_of(self.caller),
            epoch=data["epoch"],
            version=data["version"],
            now=self.now,
        )
        return json_answer(200, cart_output(done, queries.find_hold(done.id)))


class CartReservationView(CartMixin, MerchantActView):
    """Keep the pieces of a cart for a while."""

    right = "cart.carry"

    @extend_schema(request=CartReservationInput, responses={200: _SHOWN})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Keep them; a repeat moves the end."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Reserve."""
        order = self.cart(kwargs["order_id"])
        given = CartReservationInput(data=request.data)
        given.is_valid(raise_exception=True)
        lasts = timedelta(minutes=given.validated_data["minutes"])
        carts.keep_pieces(order_id=order.id, holder=holder_of(self.caller), lasts=lasts, now=self.now)
        return json_answer(200, cart_output(self.cart(order.id), queries.find_hold(order.id)))


class CartCodeView(CartMixin, MerchantActView):
    """A code by which the cart goes on elsewhere."""

    right = "cart.carry"

    @extend_schema(request=None, responses={201: _SHOWN})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Make a code; an older one is over."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Offer the cart."""
        order = self.cart(kwargs["order_id"])
        held = services.offer(order_id=order.id, holder=holder_of(self.caller), now=self.now)
        return json_answer(201, cart_output(order, held, with_code=True))


class CartQrView(CartMixin, MerchantView):
    """The cart's code as a QR code: a till scans it, a phone opens it."""

    right = "cart.carry"

    @extend_schema(responses={(200, "image/svg+xml"): bytes})
    def get(self, request: Request, order_id: UUID) -> HttpResponse:
        """Draw it. :raises NotFound: while the cart has no code."""
        order = self.cart(order_id)
        held = queries.find_hold(order.id)
        if held is None or not held.code or held.holder_key != holder_of(self.caller).key:
            raise NotFound()
        drawn = io.BytesIO()
        segno.make(code_address(held.code), error="q", micro=False).save(drawn, kind="svg", scale=8, border=4)
        response = HttpResponse(drawn.getvalue(), content_type="image/svg+xml")
        response["Cache-Control"] = "private, no-store"
        return response


class HandOffsView(CartMixin, MerchantActView):
    """Take a cart or an unpaid order over."""

    right = "cart.carry"

    @extend_schema(request=HandOffInput, responses={200: _SHOWN})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Take it by the code its customer shows, or by its number where nobody else works on it."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Count the try, take it."""
        given = HandOffInput(data=request.data)
        given.is_valid(raise_exception=True)
        data, holder = given.validated_data, holder_of(self.caller)
        limits.consume(what="hand-off", key=str(self.caller.id), most=TRIES_MAX, seconds=TRIES_SECONDS)
        if data["code"]:
            held = services.take_by_code(code=code_in(data["code"]), holder=holder, now=self.now)
        else:
            order = services.find_order(number=data["number"])
            if order.store_id is not None and not self.caller.may_use_store(order.store_id):
                raise NotFound()
            held = services.take(order_id=order.id, holder=holder, now=self.now)
        return json_answer(200, cart_output(self.cart(held.order_id), held))


def code_address(code: str) -> str:
    """Return what a phone opens to go on with a cart."""
    return f"{settings.PUBLIC_URL}/c/{code}/"


def code_in(text: str) -> str:
    """Return the code in what a scanner read: the code itself, or the address of a QR code."""
    return text.strip().rstrip("/").rpartition("/")[2]


def wanted_of(lines: list[dict[str, Any]]) -> list[Wanted]:
    """Return checked lines as pricing takes them."""
    return [Wanted(line["article"], line["quantity"]) for line in lines]
