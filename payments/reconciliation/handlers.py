"""Events that call for a reconciliation."""

from __future__ import annotations

from datetime import date

from merchant.core.outbox import services as outbox
from merchant.core.outbox.services import Event
from payments.fees import services as fees
from payments.reconciliation import services
from payments.reconciliation.desk import live
from payments.reconciliation.fee_audit import services as fee_audit
from payments.reconciliation.statements import paging


def run_after(event: Event) -> None:
    """Ask for a run because new data came in. The event's id names it, so a repeated delivery asks for the same one."""
    services.request_run(key=str(event.id))


def run_after_statement(event: Event) -> None:
    """Ask for a run if the file brought lines: of the pages of one statement that is the one they stand with, not each of hundreds."""
    if event.payload["status"] in paging.TAKEN and "page_of" not in event.payload:
        run_after(event)


def tell_benches(event: Event) -> None:
    """Show open workbenches that a second person has spoken."""
    if event.payload.get("right") == "reconciliation.approve":
        live.tell(event.topic)


def audit_after(event: Event) -> None:
    """Ask that fees are judged anew because what was agreed has changed."""
    since = date.fromisoformat(event.payload["since"])
    fee_audit.request_audit(account_id=event.payload["gateway_account_id"], since=since, key=str(event.id))


def register() -> None:
    """Called once a process by the app."""
    outbox.on("report.posted", run_after)
    outbox.on("statement.imported", run_after_statement)
    outbox.on("approval.granted", tell_benches)
    outbox.on("approval.refused", tell_benches)
    outbox.on(fees.CHANGED, audit_after)
