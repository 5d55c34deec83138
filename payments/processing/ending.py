"""End a payment that waits for its customer on a gateway's page, so that they can pay another way. The gateway says whether they paid before."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from merchant.core import notify
from merchant.core.audit import services as audit
from merchant.core.clock import machine_now
from orders.order import queries as orders
from payments.gateways import registry
from payments.processing.refusals import PaymentInProgress, PaymentNotEndable, PaymentOutcomeUnknown
from payments.records import queries
from payments.records.models import Operation


@transaction.atomic
def end(*, payment_id: UUID, now: datetime) -> Operation:
    """
    Have the page closed on which a customer may still pay, and return the authorisation; the relay asks the gateway after the commit.

    Nothing is decided here: what the gateway answers counts, also that the customer has just paid. One with an answer is returned as it is, a repeat changes
    nothing. Locks the order, the payment and the operation.

    :raises PaymentInProgress: while nobody knows yet that the gateway has a page for it. :raises PaymentOutcomeUnknown: while its outcome is unknown.
    :raises PaymentNotEndable: on a terminal, or where the gateway cannot.
    """
    orders.get_order_for_update(queries.get_payment(payment_id).order_id)
    payment = queries.get_payment_for_update(payment_id)
    asked = payment.operations.select_for_update(no_key=True).filter(kind="authorise")
    operation: Operation | None = asked.order_by("id").last()
    if operation is None:
        raise PaymentNotEndable()
    if operation.status in ("succeeded", "declined", "failed"):
        return operation
    if operation.status == "unknown":
        raise PaymentOutcomeUnknown(operation_id=operation.id)
    if not _can_end(operation):
        raise PaymentNotEndable()
    if operation.status != "action_required":
        raise PaymentInProgress()
    if operation.end_asked_at is None:
        operation.end_asked_at = now
        operation.next_look_at = machine_now()
        operation.save(update_fields=["end_asked_at", "next_look_at"])
        audit.record(
            "payment.end_asked",
            subject=f"payment:{operation.payment_id}",
            now=now,
            data={"operation": operation.reference},
        )
        notify.after_commit(notify.RELAY, "look-ups")
    return operation


def _can_end(operation: Operation) -> bool:
    account = operation.gateway_account
    if operation.terminal_id is not None or account is None:
        return False
    return "end" in registry.gateway(account.gateway).abilities
