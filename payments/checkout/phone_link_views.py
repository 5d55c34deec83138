"""Take an order over the telephone: articles, who, where it goes, and how it is paid."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from inventory.pricing.services import QUANTITY_MAX, Wanted
from merchant.core.clock import business_now
from merchant.core.errors import AppError, Invalid, NotFound
from merchant.core.filters import typed_id
from merchant.core.numbers import whole_number
from merchant.core.staff_pages import StaffPageView
from merchant.merchants.models import Store
from merchant.sales_channels.models import Channel
from payments.checkout import services
from payments.checkout.baskets import Request
from payments.checkout.deliveries import Shopper
from payments.checkout.link_pages import PhoneOrderPage
from payments.checkout.link_views import LASTS, known_shopper
from payments.checkout.models import DeliveryMethod

_FIELDS = (
    "lines",
    "name",
    "email",
    "phone",
    "line1",
    "postal_code",
    "city",
    "country",
    "coupon",
    "channel",
    "method",
    "payment",
    "store",
)


class NewPhoneOrderView(StaffPageView):
    """`/orders/new/`."""

    right = "checkout.create"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self._form()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Place the order, once, and show the link that its customer pays by (or the order, where it is paid later)."""
        try:
            return self.act_once(request, self._place)
        except NotFound:
            raise
        except AppError as error:
            return self._form(error)

    def _place(self) -> str:
        fields: Any = {name: self.request.POST.get(name, "").strip() for name in _FIELDS}
        key = typed_id(fields["channel"])
        channel = Channel.objects.filter(id=key).first() if key and self.caller.stores is None else None
        if channel is None:
            raise Invalid(reason=_("choose a channel"))
        address = {name: fields[name] for name in ("name", "line1", "postal_code", "city", "country") if fields[name]}
        shopper = Shopper(
            email=fields["email"],
            name=fields["name"],
            phone=fields["phone"],
            shipping_address=address if fields["line1"] else {},
        )
        link = services.begin(
            kind="link",
            request=Request(
                channel=channel,
                currency=channel.currency,
                shopper=shopper,
                wanted=wanted_of(fields["lines"]),
                delivery_method=fields["method"],
                coupon=fields["coupon"],
                collect_store_id=_store(fields["store"]) if fields["method"].startswith("collect") else None,
                payment=fields["payment"] if fields["payment"] in ("in_store", "on_delivery") else "online",
                lasts=LASTS,
            ),
            now=business_now(self.caller.merchant_id),
        )
        return f"/payment-links/{link.id}/" if fields["payment"] == "online" else f"/orders/{link.order_id}/"

    def _form(self, error: AppError | None = None) -> HttpResponse:
        channels: list[Channel] = list(Channel.objects.exclude(kind="in_store")) if self.caller.stores is None else []
        channels.sort(key=lambda channel: (channel.kind != "phone", channel.name))
        methods = DeliveryMethod.objects.filter(is_active=True).order_by("name")
        page = PhoneOrderPage(
            idempotency_key=str(uuid4()),
            channels=tuple((str(channel.id), f"{channel.name} ({channel.currency})") for channel in channels),
            methods=(
                ("", _("Nothing to send")),
                *((method.code, f"{method.name} ({method.currency})") for method in methods),
            ),
            stores=(("", "—"), *((str(store.id), store.name) for store in Store.objects.order_by("name"))),
            payments=(
                ("online", _("By link or QR code, now")),
                ("in_store", _("In the store, when it is collected")),
                ("on_delivery", _("To whoever brings it")),
            ),
            entered={
                **known_shopper(self),
                **{name: self.request.POST[name] for name in _FIELDS if name in self.request.POST},
            },
            errors=(f"{error.message} {error.next_step}".strip(),) if error else (),
        )
        return self.page("payments/checkout/link_phone.html", page, current="orders", status=422 if error else 200)


def wanted_of(text: str) -> list[Wanted]:
    """Return the articles of lines like `MUG-1 2`. :raises Invalid: for a line that cannot be understood."""
    wanted = []
    for line in [line.strip() for line in text.splitlines() if line.strip()]:
        article, _space, quantity = line.rpartition(" ")
        if not article:
            article, quantity = line, "1"
        pieces = whole_number(quantity)
        if pieces is None or pieces > QUANTITY_MAX:
            raise Invalid(reason=_("write one article a line and how many, like MUG-1 2"))
        wanted.append(Wanted(article.strip(), pieces))
    if not wanted:
        raise Invalid(reason=_("write one article a line and how many, like MUG-1 2"))
    return wanted


def _store(text: str) -> UUID | None:
    return typed_id(text) if text else None
