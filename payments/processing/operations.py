"""What everything that is asked of a gateway begins with: a reference, the payment under its lock, and the row that the relay sends after the commit."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from merchant.core import notify
from merchant.core.audit import services as audit
from merchant.core.ids import readable_code
from merchant.core.tenancy import current_actor
from orders.order import queries as orders
from payments.processing.refusals import PaymentInProgress, PaymentOutcomeUnknown, RefundOutcomeUnknown
from payments.records import queries
from payments.records.models import Operation, Payment


def new_reference() -> str:
    """Return a reference that no operation ever had: 80 random bits a person can read aloud."""
    return readable_code(16)


def lock_known(payment_id: UUID) -> Payment:
    """
    Lock a payment after its order, for the next thing to be asked of it.

    :raises PaymentOutcomeUnknown: while an earlier thing has no answer: that is found out first.
    """
    orders.get_order_for_update(queries.get_payment(payment_id).order_id)
    payment = queries.get_payment_for_update(payment_id)
    unknown = payment.operations.filter(status="unknown").order_by("id").first()
    if unknown is not None:
        refusal = RefundOutcomeUnknown if unknown.kind == "refund" else PaymentOutcomeUnknown
        raise refusal(operation_id=unknown.id)
    return payment


def demand_nothing_under_way(asked: Operation | None) -> None:
    """Refuse to go on while `asked` has no answer. :raises PaymentOutcomeUnknown: if nobody knows its outcome; :raises PaymentInProgress: while it is awaited."""
    if asked is not None:
        raise PaymentOutcomeUnknown(operation_id=asked.id) if asked.status == "unknown" else PaymentInProgress()


def follow_up(
    payment: Payment,
    kind: str,
    minor: int,
    *,
    now: datetime,
    reason: str = "",
    is_final: bool = False,
    instrument: dict[str, Any] | None = None,
) -> Operation:
    """Store the next thing to ask for a locked payment; the relay sends it after the commit. Caps are the caller's."""
    authorisation = payment.operations.filter(kind="authorise").order_by("id").last()
    instrument = instrument or {}
    operation = Operation(
        payment=payment,
        order_id=payment.order_id,
        # Store credit and exchanged goods are the merchant's own: no gateway hears of them, and no report will have them.
        gateway_account_id=None if instrument.get("to") in ("store_credit", "exchange") else payment.gateway_account_id,
        parent=authorisation,
        kind=kind,
        instrument=instrument,
        is_final=is_final,
        reason=reason[:120],
        **describe_request(payment, minor, now=now),
    )
    operation.save(force_insert=True)
    note_requested(operation, now=now)
    return operation


def describe_request(payment: Payment, minor: int, *, now: datetime) -> dict[str, Any]:
    """Return what every operation says of itself when it is asked for, with a reference of its own."""
    return {
        "reference": new_reference(),
        "amount_minor": minor,
        "currency": payment.currency,
        "actor_key": current_actor().key,
        "business_date": orders.business_day(payment.order, now),
        "requested_at": now,
    }


def note_requested(operation: Operation, *, now: datetime) -> None:
    """Record that a stored operation was asked for, and wake the relay after the commit."""
    audit.record(
        f"{operation.kind}.requested",
        subject=f"payment:{operation.payment_id}",
        now=now,
        data={"operation": operation.reference, "amount_minor": operation.amount_minor, "reason": operation.reason},
    )
    notify.after_commit(notify.RELAY, "operations")
