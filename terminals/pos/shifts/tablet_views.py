"""Pair a tablet with a till, revoke one, and the list of all."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.accounts import device_services
from merchant.accounts import queries as accounts
from merchant.accounts.models import Device
from merchant.core import limits
from merchant.core.clock import machine_now
from merchant.core.errors import AppError, NotFound
from merchant.core.staff_pages import StaffPageView
from terminals.pos.shifts.tablets import (
    PairDialog,
    RevokeDialog,
    is_waiting,
    new_code,
    others_at,
    tablets_card,
    tablets_page,
    till_name,
)
from terminals.pos.shifts.till_views import OneTillView


class TabletListView(StaffPageView):
    """`/settings/tablets/`."""

    right = "device.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the tablets of the person's stores, the newest first."""
        page = tablets_page(self.caller.stores, may_pair=self.caller.has_right("device.manage"))
        return self.page("terminals/shifts/tablets.html", page, current="settings")


class TillPairingCodeView(OneTillView):
    """`/day-close/tills/<id>/pairing-codes/`."""

    right = "device.manage"

    def get(self, request: HttpRequest, register_id: UUID) -> HttpResponse:
        """Say who sells at the till already and what two tablets do, before a code is made. Changes nothing."""
        register = self.own_register(register_id)
        page = PairDialog(request.path, till_name(register), others_at(register))
        if self.is_part:
            return self.fragment("terminals/shifts/pair_dialog.html", page)
        return self.page("terminals/shifts/pair.html", page, current="day_close")

    def post(self, request: HttpRequest, register_id: UUID) -> HttpResponse:
        """Show a new code, this once. Earlier codes of the till end, so a repeat is harmless and needs no key."""
        register = self.own_register(register_id)
        try:
            # The same count as over REST.
            limits.consume(what="pairing-codes", key=str(self.caller.merchant_id), most=60, seconds=600)
        except AppError as error:
            return self.till_page(register, error)
        now = machine_now()
        code = device_services.issue_pairing_code(subject=f"register:{register.id}", now=now)
        shown = new_code(code, made_by=self.caller.name, now=now, others=others_at(register))
        response = self.till_page(register, code=shown)
        response["Cache-Control"] = "no-store"
        return response


class TillTabletsView(OneTillView):
    """`/day-close/tills/<id>/tablets/`: what the page with a code asks until its tablet has come."""

    right = "device.read"

    def get(self, request: HttpRequest, register_id: UUID) -> HttpResponse:
        """Return the card of tablets; nothing, so that the code stays on the screen, while it waits."""
        register = self.own_register(register_id)
        if is_waiting(register):
            return HttpResponse(status=204)
        card = tablets_card(register, may_pair=self.caller.has_right("device.manage"), may_see=True)
        return self.fragment("terminals/shifts/tablets_card.html", {"tablets": card})


class TabletRevokeView(OneTillView):
    """`/day-close/tills/<id>/tablets/<id>/revoke/`."""

    right = "device.manage"

    def get(self, request: HttpRequest, register_id: UUID, device_id: UUID) -> HttpResponse:
        """Ask before the tablet loses its access."""
        device = self._own_device(register_id, device_id)
        page = RevokeDialog(request.path, str(uuid4()), device.name, till_name(self.own_register(register_id)))
        if self.is_part:
            return self.fragment("terminals/shifts/revoke_dialog.html", page)
        return self.page("terminals/shifts/revoke.html", page, current="day_close")

    def post(self, request: HttpRequest, register_id: UUID, device_id: UUID) -> HttpResponse:
        """End the tablet's access, once."""
        device = self._own_device(register_id, device_id)
        return self.once(
            request, lambda: self._revoke(device), lambda error: self.till_page(self.own_register(register_id), error)
        )

    def _own_device(self, register_id: UUID, device_id: UUID) -> Device:
        register, device = self.own_register(register_id), accounts.get_device(device_id)
        if device.register_id != register.id:
            raise NotFound()
        return device

    def _revoke(self, device: Device) -> str:
        device_services.revoke_device(device_id=device.id, now=machine_now())
        messages.success(self.request, _("{tablet} is revoked and cannot sell any more.").format(tablet=device.name))
        return f"/day-close/tills/{device.register_id}/"
