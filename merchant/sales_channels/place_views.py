"""Where the merchant sells: the list of locations and channels, a new location, one location with its tills."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time as time_of_day
from typing import ClassVar
from uuid import UUID, uuid4

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.core.clock import business_now
from merchant.core.errors import AppError, NotFound
from merchant.core.pages import frame
from merchant.core.pages.forms import FormField, FormPage, answered, choices_of, error_lines
from merchant.core.pages.parts import Action, Choice, Fact, Link
from merchant.core.pages.shell import current_locale
from merchant.core.staff_pages import StaffPageView
from merchant.merchants import countries, store_services
from merchant.merchants.models import Register, Store
from merchant.merchants.store_services import StoreFacts, StoreRefused
from merchant.sales_channels import place_pages, services
from merchant.sales_channels.models import Channel
from merchant.sales_channels.pages import CHANNEL_ICONS

PATH = "/settings/locations/"
_HALF_HOURS = tuple(f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 30))


class PlaceListView(StaffPageView):
    """`/settings/locations/`."""

    right = "store.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the locations the caller sees, and every channel."""
        stores = Store.objects.annotate(tills=Count("registers")).order_by("name", "id")
        if self.caller.stores is not None:
            stores = stores.filter(id__in=self.caller.stores)
        channels = Channel.objects.select_related("stock_store").order_by("name", "id")
        actions = (Action(_("Add a location"), f"{PATH}new/", "plus", tone="primary"),) if may_manage(self) else ()
        page = place_pages.PlacesPage(
            tuple(
                place_pages.PlaceRow(
                    store.name, store.code, store.address.get("city", ""), store.currency, store.zone, store.tills,
                    url=f"{PATH}{store.id}/",
                )
                for store in stores
            ),
            tuple(
                place_pages.PlaceRow(
                    channel.name, channel.code, channel.stock_store.name if channel.stock_store else "",
                    channel.currency, channel.zone, icon=CHANNEL_ICONS[channel.kind],
                )
                for channel in channels
            ),
            actions,
        )  # fmt: skip
        return self.page("merchant/sales_channels/places.html", page, current="settings")


class NewStoreView(StaffPageView):
    """`/settings/locations/new/`."""

    right = "store.manage"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self._form()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Open the location with its first till, once. Who works at some locations only opens none."""
        if not may_manage(self):
            raise NotFound()
        try:
            return self.act_once(request, self._open)
        except AppError as error:
            return self._form(error)

    def _open(self) -> str:
        fields = self.request.POST
        store, register = services.open_place(
            facts=facts_of(fields.dict()), code=fields.get("code", ""), country=fields.get("country", ""),
            currency=fields.get("currency", ""), zone=fields.get("zone", "").strip(),
            now=business_now(self.caller.merchant_id),
        )  # fmt: skip
        frame.forget()
        messages.success(self.request, _("{place} is open, with {till}.").format(place=store.name, till=register.name))
        return f"{PATH}{store.id}/"

    def _form(self, error: AppError | None = None) -> HttpResponse:
        merchant = self.caller.merchant
        fields: tuple[FormField, ...] = (
            *fact_fields(None),
            FormField("code", _("Code"), is_required=True, length_max=10, hint=_("Short, like BER: it stands before receipt numbers.")),
            FormField("country", _("Country"), text=merchant.country, is_required=True, length_max=2, hint=_("Two letters, like DE.")),
            FormField("currency", _("Currency"), text=merchant.base_currency, is_required=True, length_max=3),
            FormField("zone", _("Time zone"), "choice", is_required=True, choices=zone_choices(merchant.zone), hint=_("Its days begin and end by this clock.")),
        )  # fmt: skip
        fields = answered(fields, self.request.POST, error)
        page = FormPage(
            title=_("New location"),
            back=Link(_("Locations"), PATH),
            action_url=self.request.path,
            idempotency_key=str(uuid4()),
            fields=fields,
            button=_("Open the location"),
            notice=_("Code, country, currency and time zone stay as they are; the rest can be changed later."),
            errors=error_lines(error, fields),
        )
        return self.page("components/form_page.html", page, current="settings", status=error.status if error else 200)


class OneStoreView(StaffPageView):
    """What is done with one location. Subclasses write `change`."""

    right: ClassVar[str | Mapping[str, str]] = "store.manage"

    def post(self, request: HttpRequest, store_id: UUID) -> HttpResponse:
        """Change the location, once."""
        store = self.find(store_id)
        try:
            return self.act_once(request, lambda: self.change(store))
        except AppError as error:
            return self.show(store, error)

    def change(self, store: Store) -> str:
        """Mandatory. Do it, and return where to go."""
        raise NotImplementedError

    def find(self, store_id: UUID) -> Store:
        """Return the location. :raises NotFound: if there is none for the caller."""
        self.require_store(store_id)
        store: Store | None = Store.objects.filter(id=store_id).first()
        if store is None:
            raise NotFound()
        return store

    def show(self, store: Store, error: AppError | None = None) -> HttpResponse:
        """Return the location's page."""
        registers = Register.objects.filter(store=store).prefetch_related("devices").order_by("name", "id")
        is_of_till = error is not None and error.data.get("field") == "till"
        fields = answered(fact_fields(store), self.request.POST, None if is_of_till else error)
        till = FormField("till", _("One more till"), is_required=True, length_max=60)
        [till] = answered((till,), self.request.POST, error if is_of_till else None)
        page = place_pages.StorePage(
            title=store.name,
            facts=(
                Fact(_("Code"), store.code, is_identifier=True),
                Fact(_("Country"), countries.name_of(store.country, locale=current_locale())),
                Fact(_("Currency"), store.currency),
                Fact(_("Time zone"), store.zone),
            ),
            tills=tuple(_till_row(register, may_open=self.caller.has_right("shift.read")) for register in registers),
            fields=fields,
            action_url=f"{PATH}{store.id}/",
            key=str(uuid4()),
            till_key=str(uuid4()),
            can_change=self.caller.has_right("store.manage"),
            back=Link(_("Locations"), PATH),
            till=till,
            errors=error_lines(error, (till,) if is_of_till else fields),
        )
        return self.page(
            "merchant/sales_channels/store.html", page, current="settings", status=error.status if error else 200
        )


class StoreView(OneStoreView):
    """`/settings/locations/<id>/`."""

    right = {"GET": "store.read", "POST": "store.manage"}

    def get(self, request: HttpRequest, store_id: UUID) -> HttpResponse:
        """Show one location and its tills."""
        return self.show(self.find(store_id))

    def change(self, store: Store) -> str:
        """Change what stands on receipts."""
        now = business_now(self.caller.merchant_id)
        store_services.change_store(store_id=store.id, facts=facts_of(self.request.POST.dict()), now=now)
        frame.forget()
        messages.success(self.request, _("Saved. It holds from now on."))
        return f"{PATH}{store.id}/"


class NewTillView(OneStoreView):
    """`/settings/locations/<id>/tills/`."""

    def change(self, store: Store) -> str:
        """Open one more till."""
        now = business_now(self.caller.merchant_id)
        till = store_services.open_register(store_id=store.id, name=self.request.POST.get("till", ""), now=now)
        messages.success(self.request, _("{till} is open. Pair a tablet with it to sell there.").format(till=till.name))
        return f"{PATH}{store.id}/"


def may_manage(view: StaffPageView) -> bool:
    """Whether the caller may open locations: those who work at all of them."""
    return view.caller.has_right("store.manage") and view.caller.stores is None


def fact_fields(store: Store | None) -> tuple[FormField, ...]:
    """Return what is asked of every location, as it is now."""
    address = store.address if store else {}
    cutoff = f"{store.day_cutoff:%H:%M}" if store else "00:00"
    hours = choices_of([(time, time) for time in sorted({*_HALF_HOURS, cutoff})], cutoff)
    return (
        FormField("name", _("Name"), text=store.name if store else "", is_required=True, length_max=60, hint=_("As your people call it.")),
        FormField("street", _("Street and number"), text=address.get("street", "")),
        FormField("postcode", _("Postcode"), text=address.get("postcode", ""), length_max=20),
        FormField("city", _("Town"), text=address.get("city", ""), length_max=80),
        FormField("tax_number", _("VAT number"), text=store.tax_number if store else "", length_max=40, hint=_("Stands on receipts; invoices need it. In Germany the tax number (Steuernummer) does, too.")),
        FormField("organisation_number", _("Company number"), text=store.organisation_number if store else "", length_max=40),
        FormField("day_cutoff", _("The business day ends at"), "choice", choices=hours, hint=_("A bar that closes at 03:00 chooses 04:00: what is sold at night belongs to the day before.")),
    )  # fmt: skip


def zone_choices(chosen: str) -> tuple[Choice, ...]:
    """Return the time zones to choose from."""
    zones = sorted({*countries.list_zones(), chosen})
    return choices_of([(zone, zone) for zone in zones], chosen)


def facts_of(told: dict[str, str]) -> StoreFacts:
    """Return what was typed of a location. :raises StoreRefused: for a time that is none."""
    try:
        cutoff = time_of_day.fromisoformat(told.get("day_cutoff", "") or "00:00")
    except ValueError:
        raise StoreRefused(reason=_("choose when the business day ends"), field="day_cutoff") from None
    texts = ("street", "postcode", "city", "tax_number", "organisation_number")
    return StoreFacts(name=told.get("name", ""), day_cutoff=cutoff, **{name: told.get(name, "") for name in texts})


def _till_row(register: Register, *, may_open: bool) -> place_pages.TillRow:
    tablets = [device.name for device in register.devices.all() if device.revoked_at is None]
    url = f"/day-close/tills/{register.id}/" if may_open else ""
    return place_pages.TillRow(register.name, register.code, ", ".join(tablets), register.is_training, url)
