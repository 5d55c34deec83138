"""What two people said of an outcome, and what shows it to be right or wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from merchant.core.audit import services as audit
from merchant.core.outbox import services as outbox
from merchant.core.states import move
from payments.gateways.base import Outcome
from payments.records.models import Operation, PaymentOverride
from payments.records.states import OVERRIDE

_FINAL = ("succeeded", "declined", "failed")


def prove(operation: Operation, outcome: Outcome, *, source: str, now: datetime) -> Outcome:
    """
    Hold what a gateway or report says against what people said before; return the outcome as it is to be booked.

    A no to what was treated as paid undoes it like any capture taken back. The operation is locked by the caller.
    """
    is_overridable = operation.status in ("succeeded", "failed") and source != "person"
    if not is_overridable or outcome.status not in _FINAL:
        return outcome
    override = PaymentOverride.objects.filter(operation=operation).exclude(status="broken").first()
    if override is None:
        return outcome
    has_moved = outcome.status == "succeeded"
    settle(override, is_met=has_moved == override.is_paid, proof=f"{source}: {outcome.status}", now=now)
    if override.is_paid and not has_moved:
        return replace(outcome, status="failed", is_taken_back=True)
    return outcome


def settle(override: PaymentOverride, *, is_met: bool, proof: str, now: datetime) -> None:
    """Close an override as met or broken, with audit and event. One that is met already stays so."""
    target = "met" if is_met else "broken"
    if override.status == target:
        return
    move(override, OVERRIDE, target, proof=proof[:200], proven_at=now)
    operation = override.operation
    data = {"operation": operation.reference, "is_paid": override.is_paid, "proof": proof}
    audit.record(f"override.{target}", subject=f"payment:{operation.payment_id}", now=now, data=data)
    outbox.publish(
        f"override.{target}", f"order:{operation.order_id}", {**data, "payment_id": str(operation.payment_id)}
    )
