"""REST: carts become orders; ways of delivery and their rates; signs; codes for a customer's bank app."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

import segno
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.pricing.services import LINES_MAX, Wanted
from merchant.core.audit import services as audit
from merchant.core.callers import Caller
from merchant.core.clock import business_now
from merchant.core.errors import Invalid, NotFound
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.money import Money
from merchant.core.pagination import page
from merchant.core.rest import MerchantActView, MerchantView, require_store
from merchant.sales_channels.models import Channel
from orders.carry_over.api import holder_of
from orders.order import queries as orders
from payments.checkout import bank_codes, carts, signs
from payments.checkout.api import LinkMixin
from payments.checkout.models import PAYEE_SCHEMES, Payee, Sign
from payments.checkout.serializers import CheckoutLineInput

_DRAWN = {"svg": "image/svg+xml", "png": "image/png"}


class CartCheckoutInput(serializers.Serializer[Any]):
    """For how long the pieces are kept, and where the shopper goes afterwards."""

    keep_minutes = serializers.IntegerField(min_value=1, max_value=24 * 60, default=15)
    return_url = serializers.URLField(max_length=400, default="", allow_blank=True)


class CartCheckoutView(LinkMixin, MerchantActView):
    """A cart becomes an order, under the id it always had."""

    right = "checkout.create"

    @extend_schema(request=CartCheckoutInput, responses={201: OpenApiResponse(description="The checkout.")})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Place the cart and return where it is paid."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Check, place."""
        order = orders.get_own_order(self.caller, kwargs["order_id"])
        given = CartCheckoutInput(data=request.data)
        given.is_valid(raise_exception=True)
        link = carts.check_out_held(
            order_id=order.id,
            holder=holder_of(self.caller),
            lasts=timedelta(minutes=given.validated_data["keep_minutes"]),
            return_url=given.validated_data["return_url"],
            now=business_now(self.caller.merchant_id),
        )
        return json_answer(201, self.shown(link))


class SignInput(serializers.Serializer[Any]):
    """What stands on a sign."""

    channel = serializers.CharField(max_length=30)
    label = serializers.CharField(max_length=80)  # type: ignore[assignment]
    lines = serializers.ListField(child=CheckoutLineInput(), min_length=1, max_length=LINES_MAX)
    note = serializers.CharField(max_length=120, default="", allow_blank=True)


class SignsView(MerchantActView):
    """Signs of products and tables, newest first."""

    right: ClassVar[Mapping[str, str]] = {"GET": "link.read", "POST": "link.create"}

    @extend_schema(responses={200: OpenApiResponse(description="A page of signs.")})
    def get(self, request: Request) -> Response:
        """List signs."""
        found = page(Sign.objects.select_related("channel"), after=request.query_params.get("after"))
        return Response({"results": [sign_output(request, row) for row in found.rows], "next_cursor": found.older})

    @extend_schema(request=SignInput, responses={201: OpenApiResponse(description="Made.")})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Make a sign. Its code can be printed: it never changes, its price does."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Check, make."""
        given = SignInput(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        channel = Channel.objects.filter(code=data["channel"]).first()
        if channel is None:
            raise Invalid(reason=_("there is no channel {channel}").format(channel=data["channel"]))
        wanted = [Wanted(str(line.get("variant_id") or line["sku"]), line["quantity"]) for line in data["lines"]]
        sign = signs.create_sign(
            channel=channel,
            label=data["label"],
            wanted=wanted,
            note=data["note"],
            store_id=self.caller.store_id,
            now=business_now(self.caller.merchant_id),
        )
        return json_answer(201, sign_output(request, sign))


class SignEndView(MerchantActView):
    """The end of a sign."""

    right = "link.create"

    @extend_schema(request=None, responses={200: OpenApiResponse(description="Ended.")})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """End it: who scans it finds nothing any more."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """End it."""
        sign = _sign_of(self.caller, kwargs["sign_id"])
        done = signs.end_sign(sign_id=sign.id, now=business_now(self.caller.merchant_id))
        return json_answer(200, sign_output(request, done))


class SignQrView(MerchantView):
    """The sign as a QR code: error correction Q, so that a scratched one still reads."""

    right = "link.read"

    @extend_schema(responses={(200, "image/*"): bytes})
    def get(self, request: Request, sign_id: UUID, kind: str) -> HttpResponse:
        """Draw it."""
        sign = _sign_of(self.caller, sign_id)
        address = request.build_absolute_uri(reverse("checkout:sign", args=[sign.token]))
        return drawn(address, kind=kind, error="q")


class PayeeInput(serializers.Serializer[Any]):
    """Where a customer's bank app sends money."""

    scheme = serializers.ChoiceField(choices=PAYEE_SCHEMES)
    name = serializers.CharField(max_length=70)
    account = serializers.CharField(max_length=42)
    bic = serializers.RegexField(r"^([A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?)?$", default="", allow_blank=True)


class PayeesView(MerchantActView):
    """The IBAN and the Swish number that stand in codes."""

    right: ClassVar[Mapping[str, str]] = {"GET": "link.read", "POST": "gateway.manage"}

    @extend_schema(responses={200: OpenApiResponse(description="One of each scheme, if it is set.")})
    def get(self, request: Request) -> Response:
        """List them."""
        rows = Payee.objects.order_by("scheme")
        return Response({"results": [payee_output(row) for row in rows]})

    @extend_schema(request=PayeeInput, responses={200: OpenApiResponse(description="Set.")})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Set one."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Check, set."""
        given = PayeeInput(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        account = bank_codes.checked_account(data["scheme"], data["account"])
        fields = {"name": data["name"], "account": account, "bic": data["bic"]}
        row, _is_new = Payee.objects.update_or_create(scheme=data["scheme"], defaults=fields)
        now = business_now(self.caller.merchant_id)
        audit.record("payee.set", subject=f"payee:{row.id}", now=now, data={"scheme": row.scheme, "hint": account[-4:]})
        return json_answer(200, payee_output(row))


class OrderQrView(MerchantView):
    """What is left of an order as a code for the customer's bank app: drawn, or its text. The money is found again on the statement by the order's number."""

    right = "link.read"

    @extend_schema(responses={(200, "image/*"): bytes})
    def get(self, request: Request, order_id: UUID, scheme: str, kind: str) -> HttpResponse:
        """Draw it. :raises NotFound: while no payee of the scheme is set."""
        order = orders.get_own_order(self.caller, order_id)
        payee = Payee.objects.filter(scheme=scheme).first()
        if payee is None:
            raise NotFound()
        due = Money(orders.open_minor(order), order.currency)
        if scheme == "epc":
            payload, error = bank_codes.epc_payload(payee, due, text=order.number), "m"
        else:
            payload, error = bank_codes.swish_payload(payee, due, text=order.number), "m"
        if kind == "txt":
            return HttpResponse(payload, content_type="text/plain; charset=utf-8")
        return drawn(payload, kind=kind, error=error)


def drawn(content: str, *, kind: str, error: str) -> HttpResponse:
    """Return a QR code, not to be stored anywhere on the way. UTF-8 without an ECI mark: readers of bank codes expect none."""
    picture = io.BytesIO()
    code = segno.make(content, error=error, micro=False, boost_error=False, encoding="utf-8")
    code.save(picture, kind=kind, scale=8, border=4)
    response = HttpResponse(picture.getvalue(), content_type=_DRAWN[kind])
    response["Cache-Control"] = "private, no-store"
    return response


def sign_output(request: Request, sign: Sign) -> dict[str, Any]:
    """Return a sign as REST shows it."""
    return {
        "id": str(sign.id),
        "label": sign.label,
        "url": request.build_absolute_uri(reverse("checkout:sign", args=[sign.token])),
        "lines": [{"article": article, "quantity": quantity} for article, quantity in sign.lines],
        "note": sign.note,
        "is_active": sign.is_active,
        "scans": sign.scans,
    }


def payee_output(payee: Payee) -> dict[str, Any]:
    """Return a payee as REST shows it."""
    return {"scheme": payee.scheme, "name": payee.name, "account": payee.account, "bic": payee.bic}


def _sign_of(caller: Caller, sign_id: UUID) -> Sign:
    """Return a sign. :raises NotFound: if there is none for the caller."""
    sign: Sign | None = Sign.objects.filter(id=sign_id).first()
    if sign is None:
        raise NotFound()
    require_store(caller, sign.store_id)
    return sign
