"""Events that call for a reconciliation."""

from __future__ import annotations

from merchant.core.outbox import services as outbox
from merchant.core.outbox.services import Event
from payments.reconciliation import services


def run_after(event: Event) -> None:
    """Ask for a run because new data came in. The event's id names it, so a repeated delivery asks for the same one."""
    services.request_run(key=str(event.id))


def register() -> None:
    """Called once a process by the app."""
    outbox.on("report.posted", run_after)
    outbox.on("statement.imported", run_after)
