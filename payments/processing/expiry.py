"""Authorisations that come to their end: people are warned a day before; then they are expired, by each merchant's own clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from merchant.core.audit import services as audit
from merchant.core.clock import business_now
from merchant.core.outbox import services as outbox
from merchant.core.tenancy import acting_for, current_actor
from merchant.merchants.models import Merchant
from orders.order import queries as orders
from payments.gateways.base import Outcome
from payments.processing.operations import new_reference
from payments.records import queries
from payments.records.models import Operation, Payment
from payments.records.services import apply_result
from payments.records.states import OPEN_OPERATION

# A day: time to pack and capture, or to ask the customer again.
WARN_BEFORE = timedelta(days=1)
# An authorisation that ends ten seconds late has cost nobody anything.
ROUND_SECONDS = 10.0
_BATCH = 200


def expire_due() -> int:
    """Warn of and expire authorisations of every merchant; return how many ended. Any number of relays may call this."""
    return sum(expire_for(merchant_id) for merchant_id in Merchant.objects.values_list("id", flat=True))


def expire_for(merchant_id: UUID) -> int:
    """Warn of and expire the authorisations of one merchant; return how many ended."""
    now = business_now(merchant_id)
    with acting_for(merchant_id):
        ending = Payment.objects.filter(
            status="authorised", end_warned_at=None, authorisation_ends_at__lte=now + WARN_BEFORE
        )
        for payment in ending.order_by("authorisation_ends_at")[:_BATCH]:
            _warn(payment, now)
        ended = Payment.objects.filter(status="authorised", authorisation_ends_at__lte=now)
        # What is being asked of it right now decides first.
        ended = ended.exclude(operations__status__in=OPEN_OPERATION).values_list("id", flat=True)
        return sum(expire(payment_id=payment_id, now=now) for payment_id in ended[:_BATCH])


@transaction.atomic
def _warn(payment: Payment, now: datetime) -> None:
    if not Payment.objects.filter(id=payment.id, end_warned_at=None).update(end_warned_at=now):
        return
    left = payment.authorised_minor - payment.captured_minor - payment.voided_minor
    data = {
        "payment_id": str(payment.id),
        "order_id": str(payment.order_id),
        "left_minor": left,
        "currency": payment.currency,
        "ends_at": str(payment.authorisation_ends_at),
    }
    audit.record("payment.expiring", subject=f"payment:{payment.id}", now=now, data=data)
    outbox.publish("payment.expiring", f"order:{payment.order_id}", data)


@transaction.atomic
def expire(*, payment_id: UUID, now: datetime) -> int:
    """
    End one authorisation whose time is over, as an operation of its own that no gateway hears of; return 1, or 0 if it is not due.

    Locks the order and the payment. A repeat finds nothing.
    """
    order = orders.get_order_for_update(queries.get_payment(payment_id).order_id)
    payment = queries.get_payment_for_update(payment_id)
    left = payment.authorised_minor - payment.captured_minor - payment.voided_minor
    is_asked = payment.operations.filter(status__in=OPEN_OPERATION).exists()
    ends_at = payment.authorisation_ends_at
    if payment.status != "authorised" or left <= 0 or is_asked or ends_at is None or ends_at > now:
        return 0
    operation = Operation(
        payment=payment,
        order_id=order.id,
        kind="expire",
        reference=new_reference(),
        amount_minor=left,
        currency=payment.currency,
        status="submitted",
        actor_key=current_actor().key,
        business_date=orders.business_day(order, now),
        requested_at=now,
        submitted_at=now,
    )
    operation.save(force_insert=True)
    apply_result(operation_id=operation.id, outcome=Outcome(status="succeeded"), source="clock", now=now)
    return 1
