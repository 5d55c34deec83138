"""Pages that show and change the settings of terminals: for the merchant, for a store, for one terminal."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.core.clock import machine_now
from merchant.core.errors import AppError, NotFound
from merchant.core.pages.frame import places_of
from merchant.core.pages.parts import Link
from merchant.core.pages.shell import locale_of
from merchant.core.staff_pages import StaffPageView
from merchant.merchants.models import Store
from terminals.card_present import settings, settings_pages
from terminals.card_present.settings import Level
from terminals.card_present.settings_pages import SettingsPage
from terminals.devices import configuration
from terminals.devices.configuration import SettingInvalid
from terminals.devices.models import Terminal
from terminals.devices.queries import get_terminal, list_terminals


class SettingsView(StaffPageView):
    """One level's settings. Subclasses say which level the address names."""

    right = {"GET": "terminal.read", "POST": "terminal.manage"}
    store: Store | None = None
    terminal: Terminal | None = None

    def get(self, request: HttpRequest, **ids: UUID) -> HttpResponse:
        """Show what is in force and where it comes from."""
        self._find(**ids)
        return self._show()

    def post(self, request: HttpRequest, **ids: UUID) -> HttpResponse:
        """Set this level's own values, and take away those whose field is empty."""
        self._find(**ids)
        if not self._may_change():
            raise NotFound()
        try:
            changes = settings_pages.read_form(request.POST.dict(), currency=self._currency())
            return self.act_once(request, lambda: self._save(changes))
        except SettingInvalid as error:
            return self._show(error)

    def _find(self, **ids: UUID) -> None:
        """Defaults to the merchant's level: there is nothing to find."""

    @property
    def level(self) -> str:
        """The name of the level."""
        return "terminal" if self.terminal else "store" if self.store else "merchant"

    def _save(self, changes: dict[str, object]) -> str:
        level = Level(
            store_id=self.store.id if self.store and not self.terminal else None,
            terminal_id=self.terminal.id if self.terminal else None,
        )
        settings.change_settings(level=level, changes=changes, now=machine_now())
        messages.success(self.request, _("Saved. Each terminal works by it once it has acknowledged it."))
        return self.request.path

    def _may_change(self) -> bool:
        return self.caller.has_right("terminal.manage") and (self.store is not None or self.caller.may_use_store(None))

    def _currency(self) -> str:
        return self.store.currency if self.store else self.caller.merchant.base_currency

    def _show(self, error: AppError | None = None) -> HttpResponse:
        found = configuration.in_force(
            store_id=self.store.id if self.store else None, terminal_id=self.terminal.id if self.terminal else None
        )
        names = {
            "product": _("Tillsyn's own"),
            "merchant": self.caller.merchant.name,
            "store": self.store.name if self.store else "",
            "terminal": self.terminal.name if self.terminal else "",
        }
        page = SettingsPage(
            title=_("Terminal settings, {name}").format(name=names[self.level]),
            note=self._note(),
            action_url=self.request.path,
            idempotency_key=str(uuid4()),
            empty_hint=_("What is left empty comes from the next level."),
            rows=settings_pages.marked(
                settings_pages.rows_of(
                    found,
                    level=self.level,
                    names=names,
                    pending=configuration.pending(self.terminal, found) if self.terminal else None,
                    currency=self._currency(),
                    locale=locale_of(self.request.LANGUAGE_CODE),  # type: ignore[attr-defined]
                    posted=self.request.POST.dict() if error else None,
                ),
                error,
            ),
            places=self._places(),
            back=self._back(),
            can_change=self._may_change(),
            has_devices=self.terminal is not None,
            errors=settings_pages.error_lines(error),
        )
        return self.page(
            "terminals/card_present/settings.html", page, current="terminals", status=error.status if error else 200
        )

    def _note(self) -> str:
        if self.terminal:
            return _("What is not set here comes from {store}, else from {merchant}.").format(
                store=self.terminal.store.name, merchant=self.caller.merchant.name
            )
        if self.store:
            return _("For every terminal of this location that has no value of its own.")
        return _("For every terminal that has no value of its own, nor its location.")

    def _places(self) -> tuple[Link, ...]:
        if self.terminal:
            return (
                Link(_("Settings of {name}").format(name=self.terminal.store.name), f"/terminals/settings/{self.terminal.store_id}/"),
                Link(_("Settings of all locations"), "/terminals/settings/"),
            )  # fmt: skip
        if self.store:
            own = (Link(_("Settings of all locations"), "/terminals/settings/"),)
            terminals = list_terminals(frozenset({self.store.id}))
            return own + tuple(Link(each.name, f"/terminals/{each.id}/settings/") for each in terminals)
        return tuple(Link(store.name, f"/terminals/settings/{store.id}/") for store in places_of(self.caller).stores)

    def _back(self) -> Link:
        if self.terminal:
            return Link(self.terminal.name, f"/terminals/{self.terminal.id}/")
        return Link(_("Terminals"), "/terminals/")


class MerchantSettingsView(SettingsView):
    """`/terminals/settings/`."""


class StoreSettingsView(SettingsView):
    """`/terminals/settings/<store>/`."""

    def _find(self, **ids: UUID) -> None:
        self.require_store(ids["store_id"])
        self.store = Store.objects.filter(id=ids["store_id"]).first()
        if self.store is None:
            raise NotFound()


class TerminalSettingsView(SettingsView):
    """`/terminals/<id>/settings/`."""

    def _find(self, **ids: UUID) -> None:
        self.terminal = get_terminal(ids["terminal_id"])
        self.require_store(self.terminal.store_id)
        self.store = self.terminal.store
