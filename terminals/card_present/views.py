"""One terminal: its page, its pairing code, a sample payment, and the question before a payment on it is cancelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.core.clock import business_now, machine_now
from merchant.core.errors import AppError, Invalid
from merchant.core.money import Money
from merchant.core.pages.display import percent_text
from merchant.core.pages.forms import FormField, FormPage, answered, choices_of, error_lines
from merchant.core.pages.frame import places_of
from merchant.core.pages.parts import Action, Fact, Link, TimelineEntry
from merchant.core.pages.shell import current_locale
from merchant.core.staff_pages import StaffPageView
from merchant.merchants.models import Register
from payments.gateways.models import GatewayAccount
from payments.gateways.registry import TAKES_NO_PAYMENTS
from terminals.card_present import checks, queries, sample_payments, services, troubles
from terminals.card_present.pages import CancelDialog, SampleRow, TerminalPage
from terminals.card_present.settings import send_settings
from terminals.card_present.settings_pages import shown
from terminals.devices import configuration
from terminals.devices import services as devices
from terminals.devices.configuration import InForce
from terminals.devices.models import SamplePayment, Terminal, TerminalCheck
from terminals.devices.queries import get_terminal, list_checks, list_samples
from terminals.live import feed
from terminals.live.event_words import event_words, told
from terminals.live.models import TerminalEvent
from terminals.live.tiles import find_operation, list_last_taken, store_topic, tile_of
from terminals.live.words import network_words

_EVENTS_SHOWN = 40
_CHECKS_SHOWN = 5


class OneTerminalView(StaffPageView):
    """A page about one terminal the caller sees."""

    def terminal_of(self, terminal_id: UUID) -> Terminal:
        """Return the terminal. :raises NotFound: if there is none for the caller."""
        terminal = get_terminal(terminal_id)
        self.require_store(terminal.store_id)
        return terminal

    def show(self, terminal: Terminal, *, code: str = "") -> HttpResponse:
        """Return the terminal's page."""
        settings, samples = configuration.of_terminal(terminal), list_samples(terminal.id)
        events = TerminalEvent.objects.filter(terminal=terminal).order_by("-id")[:_EVENTS_SHOWN]
        page = TerminalPage(
            tile=tile_of(terminal, find_operation(terminal), list_last_taken([terminal.id]).get(terminal.id)),
            facts=_facts(terminal),
            samples=tuple(_sample_row(sample) for sample in samples),
            passed_text=_passed_text(samples),
            checks=tuple(_check_row(check) for check in list_checks(terminal.id)[:_CHECKS_SHOWN]),
            troubles=troubles.list_troubles(terminal, settings, queries.latest_finished(samples)),
            settings=_setting_facts(self, terminal, settings),
            settings_url=f"/terminals/{terminal.id}/settings/",
            pending=bool(configuration.pending(terminal, settings)),
            timeline=tuple(_entry(event) for event in events),
            actions=_actions(self, terminal),
            code=code,
        )
        return self.page(
            "terminals/card_present/detail.html",
            page,
            current="terminals",
            live_topics=(store_topic(terminal.store_id),),
        )


class TerminalView(OneTerminalView):
    """`/terminals/<id>/`."""

    right = "terminal.read"

    def get(self, request: HttpRequest, terminal_id: UUID) -> HttpResponse:
        """Show the terminal, what it does, its checks and its history."""
        return self.show(self.terminal_of(terminal_id))


class PairingCodeView(OneTerminalView):
    """`/terminals/<id>/pairing-code/`."""

    right = "terminal.manage"

    def post(self, request: HttpRequest, terminal_id: UUID) -> HttpResponse:
        """Show a new code, this once. Earlier codes of the terminal end, so a repeat is harmless and needs no key."""
        terminal = self.terminal_of(terminal_id)
        return self.show(terminal, code=devices.issue_terminal_code(terminal_id=terminal.id, now=machine_now()))


class SamplePaymentView(OneTerminalView):
    """`/terminals/<id>/sample-payments/`."""

    right = "terminal.manage"

    def post(self, request: HttpRequest, terminal_id: UUID) -> HttpResponse:
        """Begin a sample payment; its result appears on the terminal's page."""
        terminal = self.terminal_of(terminal_id)
        return self.act_once(request, lambda: self._begin(terminal))

    def _begin(self, terminal: Terminal) -> str:
        sample_payments.start_sample(terminal_id=terminal.id, now=machine_now())
        messages.info(self.request, _("A sample payment is on its way to {name}.").format(name=terminal.name))
        return f"/terminals/{terminal.id}/"


class CheckView(OneTerminalView):
    """`/terminals/<id>/checks/`."""

    right = "terminal.manage"

    def post(self, request: HttpRequest, terminal_id: UUID) -> HttpResponse:
        """Begin a check; what it finds appears on the terminal's page."""
        terminal = self.terminal_of(terminal_id)
        return self.act_once(request, lambda: self._begin(terminal))

    def _begin(self, terminal: Terminal) -> str:
        checks.start_check(terminal_id=terminal.id, now=machine_now())
        messages.info(self.request, _("{name} is asked how it is.").format(name=terminal.name))
        return f"/terminals/{terminal.id}/"


class SettingsDeliveryView(OneTerminalView):
    """`/terminals/<id>/settings/deliveries/`."""

    right = "terminal.manage"

    def post(self, request: HttpRequest, terminal_id: UUID) -> HttpResponse:
        """Send the settings it has not acknowledged once more."""
        terminal = self.terminal_of(terminal_id)
        return self.act_once(request, lambda: self._send(terminal))

    def _send(self, terminal: Terminal) -> str:
        if send_settings(terminal_id=terminal.id, now=machine_now()):
            messages.info(self.request, _("{name} is sent its settings.").format(name=terminal.name))
        else:
            messages.warning(self.request, _("{name} gets its settings when it connects.").format(name=terminal.name))
        return f"/terminals/{terminal.id}/"


class CancelPaymentView(OneTerminalView):
    """`/terminals/<id>/cancel/`."""

    right = "sale.create"

    def get(self, request: HttpRequest, terminal_id: UUID) -> HttpResponse:
        """Ask before the payment on the terminal is given up."""
        terminal = self.terminal_of(terminal_id)
        operation = queries.find_open_operation(terminal.id)
        amount = Money(operation.amount_minor, operation.currency) if operation else None
        page = CancelDialog(request.path, str(uuid4()), terminal.name, amount)
        if self.is_part:
            return self.fragment("terminals/card_present/cancel_dialog.html", page)
        return self.page("terminals/card_present/cancel.html", page, current="terminals")

    def post(self, request: HttpRequest, terminal_id: UUID) -> HttpResponse:
        """Ask the terminal to give its payment up. A repeat asks again, which is harmless."""
        terminal = self.terminal_of(terminal_id)
        services.cancel_payment(terminal_id=terminal.id, now=business_now(self.caller.merchant_id))
        messages.info(
            request, _("{name} is asked to give the payment up. What it answers counts.").format(name=terminal.name)
        )
        return self.lead_to("/terminals/")


class NewTerminalView(StaffPageView):
    """`/terminals/new/`."""

    right = "terminal.manage"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self._form()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Register a terminal and lead to its page, where its pairing code is asked for."""
        try:
            return self.act_once(request, self._register)
        except AppError as error:
            return self._form(error)

    def _register(self) -> str:
        fields = self.request.POST
        name, serial_number = fields.get("name", "").strip()[:60], fields.get("serial_number", "").strip()[:60]
        if not name or not serial_number:
            raise Invalid(reason=_("a terminal has a name and a serial number"))
        try:
            place = devices.Place(UUID(fields["store"]), UUID(fields["register"]) if fields.get("register") else None)
            account = UUID(fields["account"])
        except (KeyError, ValueError):
            raise Invalid(reason=_("choose a location and a gateway account")) from None
        self.require_store(place.store_id)
        terminal = devices.register_terminal(
            name=name, serial_number=serial_number, place=place, gateway_account_id=account, now=machine_now()
        )
        return f"/terminals/{terminal.id}/"

    def _form(self, error: AppError | None = None) -> HttpResponse:
        stores = [(str(place.id), place.name) for place in places_of(self.caller).stores]
        accounts = GatewayAccount.objects.filter(is_active=True).exclude(gateway__in=TAKES_NO_PAYMENTS).order_by("name")
        payable = [(str(account.id), f"{account.name} ({account.currency})") for account in accounts]
        fields: tuple[FormField, ...] = (
            FormField("name", _("Name"), is_required=True, length_max=60, hint=_("As your people call it.")),
            FormField("serial_number", _("Serial number"), is_required=True, length_max=60, hint=_("It stands on the back of the terminal.")),
            FormField("store", _("Location"), "choice", choices=choices_of(stores)),
            FormField("register", _("Till"), "choice", choices=choices_of([("", _("None")), *self._tills()])),
            FormField("account", _("Gateway account"), "choice", choices=choices_of(payable)),
        )  # fmt: skip
        fields = answered(fields, self.request.POST, error)
        page = FormPage(
            title=_("Add a terminal"),
            back=Link(_("Terminals"), "/terminals/"),
            action_url=self.request.path,
            idempotency_key=str(uuid4()),
            fields=fields,
            button=_("Register"),
            notice=_("Then ask for its pairing code and type it on the terminal."),
            errors=error_lines(error, fields),
            first=self._first(bool(stores), bool(payable)),
        )
        return self.page("components/form_page.html", page, current="terminals", status=error.status if error else 200)

    def _tills(self) -> list[tuple[str, str]]:
        places = [place.id for place in places_of(self.caller).stores]
        rows = Register.objects.select_related("store").filter(store_id__in=places).order_by("store__name", "name")
        return [(str(register.id), f"{register.store.name}, {register.name}") for register in rows]

    def _first(self, has_store: bool, has_account: bool) -> tuple[Link, ...]:
        first = [] if has_store else [Link(_("Open a location: a terminal stands in one."), "/settings/locations/new/")]
        if not has_account:
            first.append(Link(_("Connect a gateway: it is who takes the card payments."), "/setup/steps/"))
        return tuple(first)


def _facts(terminal: Terminal) -> tuple[Fact, ...]:
    facts = [Fact(_("Location"), terminal.store.name, note=terminal.register.name if terminal.register else "")]
    if terminal.last_seen_at:
        facts.append(Fact(_("Last seen"), terminal.last_seen_at))
    if terminal.connected_at and terminal.is_connected:
        facts.append(Fact(_("Connected since"), terminal.connected_at))
    facts.append(
        Fact(_("Paired"), terminal.paired_at)
        if terminal.token_hash and terminal.paired_at
        else Fact(_("Paired"), _("not yet"))
    )
    facts.append(Fact(_("Gateway account"), terminal.gateway_account.name))
    for label, value in (
        (_("Model"), terminal.model),
        (_("Software"), terminal.software_version),
        (_("Network"), network_words(terminal.network)),
    ):
        if value:
            facts.append(Fact(label, value))
    if terminal.battery_percent is not None:
        facts.append(Fact(_("Battery"), percent_text(terminal.battery_percent, locale=current_locale(), decimals="#")))
    return (*facts, Fact(_("Serial number"), terminal.serial_number, is_identifier=True))


def _actions(view: StaffPageView, terminal: Terminal) -> tuple[Action, ...]:
    if not view.caller.has_right("terminal.manage"):
        return ()
    at = f"/terminals/{terminal.id}"
    actions = []
    if terminal.is_connected:
        actions.append(Action(_("Check"), f"{at}/checks/", "circle-check", "post", key=str(uuid4())))
        if configuration.pending(terminal, configuration.of_terminal(terminal)):
            again = _("Send the settings again")
            actions.append(Action(again, f"{at}/settings/deliveries/", "send", "post", key=str(uuid4())))
    if terminal.state == "ready":
        sample = Action(_("Sample payment"), f"{at}/sample-payments/", "shield-check", "post", key=str(uuid4()))
        actions.append(sample)
    return (*actions, Action(_("Pairing code"), f"{at}/pairing-code/", "key-round", "post", key=str(uuid4())))


def _setting_facts(view: StaffPageView, terminal: Terminal, settings: Mapping[str, InForce]) -> tuple[Fact, ...]:
    """Return the settings somebody has set, each with where it comes from."""
    sources = {"merchant": view.caller.merchant.name, "store": terminal.store.name, "terminal": _("this terminal")}
    locale, currency = current_locale(), terminal.store.currency
    facts = [
        Fact(str(held.setting.label), shown(held.setting, held.value, currency=currency, locale=locale), note=sources[held.level])
        for held in settings.values()
        if held.level != "product"
    ]  # fmt: skip
    return tuple(facts) or (Fact(_("Set so far"), _("Nothing: Tillsyn's own values")),)


def _passed_text(samples: Sequence[SamplePayment]) -> str:
    finished = [sample for sample in samples if sample.finished_at is not None]
    if not finished:
        return ""
    passed = sum(1 for sample in finished if sample.is_passed)
    return _("{passed} of the last {count} passed").format(passed=passed, count=len(finished))


def _check_row(check: TerminalCheck) -> SampleRow:
    found = [
        " ".join(
            part for part in ("" if finding["is_good"] else "✗", told(finding["what"]), told(finding["text"])) if part
        )
        for finding in check.findings
    ]
    if check.round_trip_ms is not None:
        found.append(f"{check.round_trip_ms} ms")
    return SampleRow(check.started_at, check.is_passed, " · ".join(found), "")


def _sample_row(sample: SamplePayment) -> SampleRow:
    steps = " · ".join(
        f"{told(step['step'].replace('_', ' '))} {step['after_ms']} ms"
        for step in sample.steps
        if step.get("after_ms") is not None
    )
    return SampleRow(sample.started_at, sample.is_passed, steps, told(sample.problem), sample.is_daily)


def _entry(event: TerminalEvent) -> TimelineEntry:
    tone, icon = feed.LOOKS.get(event.kind, ("idle", "info"))
    return TimelineEntry(event.at, event_words(event), "", tone, icon)
