"""The REST edge of terminals' settings: what is in force, where it comes from, and whether the device works by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.core.clock import machine_now
from merchant.core.errors import Invalid, NotFound
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.rest import MerchantActView, MerchantView, require_store
from merchant.merchants.models import Store
from terminals.card_present import settings
from terminals.card_present.settings import Level
from terminals.devices import configuration
from terminals.devices.api import own_terminal
from terminals.devices.configuration import InForce
from terminals.devices.models import Terminal

_EXAMPLE = "An object of setting names and values; null takes the level's own value away."


class MerchantSettingsView(MerchantView):
    """Settings of all terminals of the merchant."""

    right = {"GET": "terminal.read", "PATCH": "terminal.manage"}

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Return what is in force where no store and no terminal says otherwise."""
        return Response(_document(configuration.in_force()))

    @extend_schema(request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT, description=_EXAMPLE)
    def patch(self, request: Request) -> Response:
        """Change them. Needs a caller who sees all stores."""
        require_store(self.caller, None)
        settings.change_settings(level=Level(), changes=_changes(request), now=machine_now())
        return Response(_document(configuration.in_force()))


class StoreSettingsView(MerchantView):
    """Settings of the terminals of a store."""

    right = {"GET": "terminal.read", "PATCH": "terminal.manage"}

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, store_id: UUID) -> Response:
        """Return what is in force where no terminal says otherwise."""
        self._require(store_id)
        return Response(_document(configuration.in_force(store_id=store_id)))

    @extend_schema(request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT, description=_EXAMPLE)
    def patch(self, request: Request, store_id: UUID) -> Response:
        """Change them."""
        self._require(store_id)
        settings.change_settings(level=Level(store_id=store_id), changes=_changes(request), now=machine_now())
        return Response(_document(configuration.in_force(store_id=store_id)))

    def _require(self, store_id: UUID) -> None:
        require_store(self.caller, store_id)
        if not Store.objects.filter(id=store_id).exists():
            raise NotFound()


class TerminalSettingsView(MerchantView):
    """Settings of one terminal."""

    right = {"GET": "terminal.read", "PATCH": "terminal.manage"}

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, terminal_id: UUID) -> Response:
        """Return what is in force, with `is_pending` where the device has not said that it works by it."""
        return Response(_of_terminal(own_terminal(self, terminal_id)))

    @extend_schema(request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT, description=_EXAMPLE)
    def patch(self, request: Request, terminal_id: UUID) -> Response:
        """Change them; the device is told and acknowledges later."""
        terminal = own_terminal(self, terminal_id)
        settings.change_settings(level=Level(terminal_id=terminal.id), changes=_changes(request), now=machine_now())
        return Response(_of_terminal(terminal))


class SettingsDeliveryView(MerchantActView):
    """Send a terminal what it has not acknowledged."""

    right = "terminal.manage"

    @extend_schema(request=None, responses={202: OpenApiTypes.OBJECT})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Send it once more; `is_sent` is false if nothing is pending or the terminal is not connected."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Send, and say whether there was anything to send."""
        terminal = own_terminal(self, kwargs["terminal_id"])
        return json_answer(202, {"is_sent": settings.send_settings(terminal_id=terminal.id, now=machine_now())})


def _changes(request: Request) -> Mapping[str, Any]:
    if not isinstance(request.data, Mapping) or not request.data:
        raise Invalid(reason=_("an object of setting names and values is needed"))
    return dict(request.data.items())


def _of_terminal(terminal: Terminal) -> dict[str, Any]:
    found = configuration.of_terminal(terminal)
    pending = configuration.pending(terminal, found)
    document = _document(found)
    for row in document["settings"]:
        row["is_pending"] = row["name"] in pending
    return {
        **document,
        "is_connected": terminal.is_connected,
        "is_pending": bool(pending),
        "acknowledged_at": terminal.configured_at,
    }


def _document(found: Mapping[str, InForce]) -> dict[str, Any]:
    rows = [
        {
            "name": name,
            "value": held.value,
            "default": held.setting.default,
            "from": held.level,
            "changed_at": held.changed_at,
            "changed_by": held.changed_by,
            "is_for_device": held.setting.is_for_device,
        }
        for name, held in found.items()
    ]
    return {"settings": rows}
