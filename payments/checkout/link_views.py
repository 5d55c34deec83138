"""Payment links for staff: the list, one link with its QR code, taking a payment by link."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from merchant.core.clock import business_now
from merchant.core.errors import AppError, Invalid, NotFound
from merchant.core.filters import typed_id
from merchant.core.money import AmountMalformed, AmountPrecision, Money
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import Action, EmptyState, Fact, ListFrame
from merchant.core.pagination import page as paged
from merchant.core.staff_pages import StaffPageView
from merchant.customers.models import Customer
from merchant.sales_channels.models import Channel
from orders.order import queries as orders
from payments.checkout import queries, services
from payments.checkout.baskets import Request
from payments.checkout.deliveries import Shopper
from payments.checkout.link_pages import (
    LOOKS,
    LinkListPage,
    LinkPage,
    LinkRow,
    NewLinkPage,
    address_of,
    qr_of,
    stage_of,
)
from payments.checkout.models import PaymentLink

# A week: what a customer needs to find the message again.
LASTS = timedelta(days=7)
_FIELDS = ("amount", "description", "email", "channel")


class LinkListView(StaffPageView):
    """`/payment-links/`."""

    right = "link.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of links, newest first."""
        here, now = Here.of(request), business_now(self.caller.merchant_id)
        rows = queries.list_links(kind="link", stores=self.caller.stores)
        if text := here.one("q"):
            rows = rows.filter(order__number=text.upper())
        found = paged(rows, after=here.one("after") or None, before=here.one("before") or None)
        actions: tuple[Action, ...] = (Action(_("Signs"), "/signs/", "square-dashed"),)
        if self.caller.has_right("link.create"):
            actions += (Action(_("Take a payment"), "/payment-links/new/", "plus", "dialog", "primary"),)
        empty = EmptyState(
            "link",
            _("No payment links yet"),
            _("Type an amount, send the link or show its code, and the payment appears by itself."),
        )
        frame = ListFrame(
            title=_("Payment links"),
            bar=here.bar(search_hint=_("order number")),
            pager=here.pager(found),
            empty=empty,
            actions=actions,
        )
        return self.page(
            "payments/checkout/links.html",
            LinkListPage(frame, tuple(_row(link, now=now) for link in found.rows)),
            current="links",
        )


class NewLinkView(StaffPageView):
    """`/payment-links/new/`: take a payment by link."""

    right = "link.create"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self._form()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make an order of the amount and a link to it, once, and show its code."""
        try:
            return self.act_once(request, self._make)
        except NotFound:
            raise
        except AppError as error:
            return self._form(error)

    def _make(self) -> str:
        fields = self.request.POST
        key = typed_id(fields.get("channel", ""))
        channel = Channel.objects.filter(id=key).first() if key else None
        if channel is None:
            raise Invalid(reason=_("choose a channel"))
        try:
            amount = Money.parse(fields.get("amount", "").strip().replace(",", "."), channel.currency)
        except (AmountMalformed, AmountPrecision):
            raise Invalid(reason=_("write the amount like 12.50")) from None
        request = Request(
            channel=channel, currency=channel.currency, shopper=Shopper(email=fields.get("email", "").strip()), free_amount_minor=amount.minor,
            description=fields.get("description", "").strip()[:120], lasts=LASTS,
        )  # fmt: skip
        link = services.begin(kind="link", request=request, now=business_now(self.caller.merchant_id))
        return f"/payment-links/{link.id}/"

    def _form(self, error: AppError | None = None) -> HttpResponse:
        # A link is the whole merchant's, so people of some stores make none; the channel for links stands first.
        online: list[Channel] = list(Channel.objects.exclude(kind="in_store")) if self.caller.stores is None else []
        channels = sorted(online, key=lambda channel: (channel.kind != "link", channel.name))
        page = NewLinkPage(
            action_url="/payment-links/new/",
            idempotency_key=str(uuid4()),
            channels=tuple((str(channel.id), f"{channel.name} ({channel.currency})") for channel in channels),
            entered={
                **known_shopper(self),
                **{name: self.request.POST[name] for name in _FIELDS if name in self.request.POST},
            },
            errors=(f"{error.message}",) if error else (),
        )
        status = error.status if error else 200
        if self.is_part:
            return self.fragment("payments/checkout/new_link_dialog.html", page, status=422 if error else 200)
        return self.page("payments/checkout/new_link.html", page, current="links", status=status)


def known_shopper(view: StaffPageView) -> dict[str, str]:
    """Return name and addresses of the customer whose page led here, as far as the reader may know them."""
    key = typed_id(view.request.GET.get("customer", ""))
    if key is None or view.caller.is_masked or not view.caller.has_right("customer.read"):
        return {}
    customer = Customer.objects.filter(id=key).first()
    return {"name": customer.name, "email": customer.email, "phone": customer.phone} if customer else {}


class LinkView(StaffPageView):
    """`/payment-links/<id>/`."""

    right = "link.read"

    def get(self, request: HttpRequest, link_id: UUID) -> HttpResponse:
        """Show the link, its code, and where it stands."""
        link = queries.get_link(link_id, stores=self.caller.stores)
        now = business_now(self.caller.merchant_id)
        row = _row(link, now=now)
        facts = [
            Fact(_("Order"), link.order.number, f"/orders/{link.order_id}/"),
            Fact(_("Made"), link.created_at),
            Fact(_("Ends"), link.expires_at),
            Fact(_("Opened"), ngettext("{number} time", "{number} times", link.views).format(number=link.views)),
        ]
        if link.order.email and not self.caller.is_masked:
            facts.append(Fact(_("E-mail"), link.order.email))
        actions: tuple[Action, ...] = ()
        is_open = row.word == _words()["open"]
        if is_open and self.caller.has_right("link.create"):
            actions = (Action(_("Withdraw"), f"/payment-links/{link.id}/withdraw/", "ban", "post", key=str(uuid4())),)
        # Whoever has the address reads name and delivery behind it.
        is_hidden = self.caller.is_masked
        page = LinkPage(
            row, "" if is_hidden else address_of(link), "" if is_hidden else qr_of(link), tuple(facts), actions, is_open
        )
        return self.page("payments/checkout/link.html", page, current="links", live_topics=(f"order:{link.order_id}",))


class WithdrawView(StaffPageView):
    """`/payment-links/<id>/withdraw/`."""

    right = "link.create"

    def post(self, request: HttpRequest, link_id: UUID) -> HttpResponse:
        """Withdraw the link, once."""
        link = queries.get_link(link_id, stores=self.caller.stores)
        return self.act_once(request, lambda: self._withdraw(link))

    def _withdraw(self, link: PaymentLink) -> str:
        services.revoke(link=link, now=business_now(self.caller.merchant_id))
        messages.success(self.request, _("The link is withdrawn; nobody can pay there any more."))
        return f"/payment-links/{link.id}/"


class OrderLinkView(StaffPageView):
    """`/orders/<id>/link/`: a link to pay what is left of an order."""

    right = "link.create"

    def post(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        """Make the link, once, and show its code."""
        order = orders.get_own_order(self.caller, order_id)
        return self.act_once(request, lambda: self._make(order.id))

    def _make(self, order_id: UUID) -> str:
        link = services.link_to_order(order_id=order_id, lasts=LASTS, now=business_now(self.caller.merchant_id))
        return f"/payment-links/{link.id}/"


def _row(link: PaymentLink, *, now: datetime) -> LinkRow:
    stage = stage_of(link, now=now)
    tone, icon = LOOKS[stage]
    return LinkRow(
        id=str(link.id),
        url=f"/payment-links/{link.id}/",
        order_number=link.order.number,
        created_at=link.created_at,
        amount=Money(link.order.total_minor, link.order.currency),
        channel=link.order.channel.name,
        tone=tone,
        icon=icon,
        word=_words()[stage],
        views=link.views,
        expires_at=link.expires_at,
    )


def _words() -> dict[str, str]:
    return {"open": _("Open"), "paid": _("Paid"), "expired": _("Expired"), "revoked": _("Withdrawn")}
