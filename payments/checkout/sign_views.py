"""Signs for staff: QR codes of products and tables, made, printed and ended."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from inventory.catalog.models import Variant
from merchant.core.clock import business_now
from merchant.core.errors import AppError, Invalid, NotFound
from merchant.core.filters import typed_id
from merchant.core.money import Money
from merchant.core.pages.forms import FormField, FormPage, answered, choices_of, error_lines
from merchant.core.pages.frame import places_of
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import Action, EmptyState, Fact, Link, ListFrame
from merchant.core.pagination import page as paged
from merchant.core.staff_pages import StaffPageView
from merchant.sales_channels.models import Channel
from payments.checkout import signs
from payments.checkout.link_pages import drawn_qr
from payments.checkout.models import Sign
from payments.checkout.phone_link_views import wanted_of
from payments.checkout.sign_pages import SignLine, SignListPage, SignPage, address_of, sign_row

_LABEL_LENGTH_MAX = 80
_NOTE_LENGTH_MAX = 120


class SignListView(StaffPageView):
    """`/signs/`."""

    right = "link.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of signs, newest first."""
        here = Here.of(request)
        rows = Sign.objects.select_related("channel", "store")
        if self.caller.stores is not None:
            rows = rows.filter(store_id__in=self.caller.stores)
        if text := here.one("q"):
            rows = rows.filter(label__icontains=text)
        found = paged(rows, after=here.one("after") or None, before=here.one("before") or None)
        actions: tuple[Action, ...] = ()
        if self.caller.has_right("link.create"):
            actions = (Action(_("New sign"), "/signs/new/", "plus", tone="primary"),)
        empty = EmptyState(
            "square-dashed",
            _("No signs yet"),
            _("Whoever scans the code of a table or a product finds a filled cart and can pay."),
        )
        frame = ListFrame(
            title=_("Signs"),
            bar=here.bar(search_hint=_("label")),
            pager=here.pager(found),
            empty=empty,
            actions=actions,
        )
        page = SignListPage(frame, tuple(sign_row(sign) for sign in found.rows))
        return self.page("payments/checkout/signs.html", page, current="links")


class NewSignView(StaffPageView):
    """`/signs/new/`."""

    right = "link.create"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self._form()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make the sign, once, and show it ready to print."""
        try:
            return self.act_once(request, self._make)
        except NotFound:
            raise
        except AppError as error:
            return self._form(error)

    def _make(self) -> str:
        fields = {
            name: self.request.POST.get(name, "").strip() for name in ("channel", "store", "label", "lines", "note")
        }
        key, store_id = typed_id(fields["channel"]), typed_id(fields["store"])
        channel = Channel.objects.filter(id=key).exclude(kind="in_store").first() if key else None
        if channel is None:
            raise Invalid(reason=_("choose a channel"), field="channel")
        if not fields["label"] or len(fields["label"]) > _LABEL_LENGTH_MAX:
            raise Invalid(
                reason=_("say what stands above the code, in at most {most} characters").format(most=_LABEL_LENGTH_MAX)
            )
        if store_id is not None and store_id not in {place.id for place in places_of(self.caller).stores}:
            raise NotFound()
        self.require_store(store_id)
        sign = signs.create_sign(
            channel=channel,
            label=fields["label"],
            wanted=wanted_of(fields["lines"]),
            note=fields["note"][:_NOTE_LENGTH_MAX],
            store_id=store_id,
            now=business_now(self.caller.merchant_id),
        )
        return f"/signs/{sign.id}/"

    def _form(self, error: AppError | None = None) -> HttpResponse:
        channels = sorted(
            Channel.objects.exclude(kind="in_store"), key=lambda channel: (channel.kind != "qr", channel.name)
        )
        stores = [(str(place.id), place.name) for place in places_of(self.caller).stores]
        nowhere = [("", _("No location"))] if self.caller.stores is None else []
        fields: tuple[FormField, ...] = (
            FormField("label", _("What stands above the code"), is_required=True, length_max=_LABEL_LENGTH_MAX, hint=_("Such as Table 7.")),
            FormField("lines", _("Articles"), "lines", is_required=True, hint=_("One article a line: barcode or SKU, a space, pieces.")),
            FormField("note", _("Note on the order"), length_max=_NOTE_LENGTH_MAX, hint=_("Empty is what stands above the code.")),
            FormField("channel", _("Channel"), "choice", choices=choices_of([(str(each.id), f"{each.name} ({each.currency})") for each in channels])),
            FormField("store", _("Location"), "choice", choices=choices_of([*nowhere, *stores])),
        )  # fmt: skip
        fields = answered(fields, self.request.POST, error)
        page = FormPage(
            title=_("New sign"),
            back=Link(_("Signs"), "/signs/"),
            action_url="/signs/new/",
            idempotency_key=str(uuid4()),
            fields=fields,
            button=_("Make the sign"),
            notice=_("The code never changes, so it can be printed. The price is that of the moment it is scanned."),
            errors=error_lines(error, fields),
        )
        return self.page("components/form_page.html", page, current="links", status=error.status if error else 200)


class OneSignView(StaffPageView):
    """What the pages about one sign share."""

    def sign_of(self, sign_id: UUID) -> Sign:
        """Return the sign. :raises NotFound: if there is none for the caller."""
        sign: Sign | None = Sign.objects.select_related("channel", "store").filter(id=sign_id).first()
        if sign is None:
            raise NotFound()
        self.require_store(sign.store_id)
        return sign


class SignView(OneSignView):
    """`/signs/<id>/`."""

    right = "link.read"

    def get(self, request: HttpRequest, sign_id: UUID) -> HttpResponse:
        """Show the sign, ready to print, and what a scan would cost now."""
        sign = self.sign_of(sign_id)
        lines = self._lines(sign)
        known = [line.price for line in lines if line.price is not None]
        whole = len(known) == len(lines)
        actions: tuple[Action, ...] = ()
        if sign.is_active and self.caller.has_right("link.create"):
            actions = (Action(_("End the sign"), f"/signs/{sign.id}/end/", "ban", "post", "danger", key=str(uuid4())),)
        facts = [Fact(_("Channel"), sign.channel.name), Fact(_("Made"), sign.created_at)]
        if sign.store:
            facts.insert(1, Fact(_("Location"), sign.store.name))
        if sign.note:
            facts.append(Fact(_("Note"), sign.note))
        page = SignPage(
            row=sign_row(sign),
            address=address_of(sign),
            qr=drawn_qr(address_of(sign)),
            lines=lines,
            total=Money(sum(price.minor for price in known), sign.channel.currency) if whole else None,
            facts=tuple(facts),
            actions=actions,
        )
        return self.page("payments/checkout/sign.html", page, current="links")

    def _lines(self, sign: Sign) -> tuple[SignLine, ...]:
        try:
            priced = signs.price_sign(sign, now=business_now(self.caller.merchant_id))
        except AppError:
            # Something on it is not on sale any more: the page says so instead of a price.
            names = dict(
                Variant.objects.filter(sku__in=[article for article, _n in sign.lines]).values_list("sku", "name")
            )
            return tuple(SignLine(article, names.get(article, ""), quantity, None) for article, quantity in sign.lines)
        return tuple(
            SignLine(line.sku, line.name, line.quantity, Money(line.total_minor, sign.channel.currency))
            for line in priced
        )


class EndSignView(OneSignView):
    """`/signs/<id>/end/`."""

    right = "link.create"

    def post(self, request: HttpRequest, sign_id: UUID) -> HttpResponse:
        """End the sign, once."""
        sign = self.sign_of(sign_id)
        return self.act_once(request, lambda: self._end(sign))

    def _end(self, sign: Sign) -> str:
        signs.end_sign(sign_id=sign.id, now=business_now(self.caller.merchant_id))
        messages.success(self.request, _("The sign is over; whoever scans it is told so."))
        return f"/signs/{sign.id}/"
