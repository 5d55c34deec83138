"""What terminals and tills are told when others report facts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction

from merchant.core.clock import machine_now
from merchant.core.outbox import screens
from merchant.core.outbox.services import Event
from terminals.devices.models import Terminal
from terminals.drivers import configuring
from terminals.live import services

FINAL = ("operation.succeeded", "operation.declined", "operation.failed")
TOLD = (*FINAL, "operation.unknown", "operation.action_required")
_SHOWN = (
    "operation_id",
    "payment_id",
    "order_id",
    "status",
    "payment_status",
    "amount_minor",
    "result_minor",
    "currency",
    "decline_code",
    "terminal_id",
    "method",
)


def tell_screens(event: Event) -> None:
    """Tell who follows the order, or the store's payments, what became of an operation."""
    store_id = _id_in(event.payload, "store_id")
    told = {
        "kind": "operation",
        "operation_kind": event.payload["kind"],
        **{name: event.payload.get(name) for name in _SHOWN},
    }
    screens.push(event.merchant_id, f"order:{event.payload['order_id']}", event=told, store_id=store_id)
    if store_id is not None:
        screens.push(event.merchant_id, f"store:{store_id}:payments", event=told, store_id=store_id)


def free_terminal(event: Event) -> None:
    """Free the terminal of an operation whose outcome is known, by whichever way it became so."""
    terminal_id = _id_in(event.payload, "terminal_id")
    if terminal_id is not None:
        services.settle(terminal_id=terminal_id, operation_id=UUID(event.payload["operation_id"]), now=machine_now())


def warn_of_unknown(event: Event) -> None:
    """Show on the terminal that its payment must not be taken again."""
    terminal_id = _id_in(event.payload, "terminal_id")
    if terminal_id is not None:
        services.show_unknown(
            terminal_id=terminal_id, operation_id=UUID(event.payload["operation_id"]), now=machine_now()
        )


def send_settings(event: Event) -> None:
    """A terminal that stands in another store works by that store's settings."""
    with transaction.atomic():
        terminal = Terminal.objects.select_related("store").get(id=UUID(event.payload["terminal_id"]))
        configuring.send_if_pending(terminal=terminal, now=machine_now())


def _id_in(payload: dict[str, Any], name: str) -> UUID | None:
    return UUID(payload[name]) if payload.get(name) else None
