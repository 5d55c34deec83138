"""Let go what is authorised and not captured."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from merchant.core.money import Money
from payments.processing import operations
from payments.processing.refusals import NothingToVoid
from payments.records.models import Operation
from payments.vouchers import standing


@transaction.atomic
def request_void(*, payment_id: UUID, now: datetime, reason: str = "") -> Operation:
    """
    Ask for what is authorised and not captured to be let go: all of it, or the rest after captures. Locks the order and the payment.

    :raises NothingToVoid: if nothing is left, or something is being captured or voided. :raises PaymentOutcomeUnknown: while anything has no answer.
    :raises GiftCardIsMoney: for what is held for gift cards that were handed over.
    """
    payment = operations.lock_known(payment_id)
    left = payment.authorised_minor - payment.captured_minor - payment.voided_minor
    is_asked = payment.operations.filter(kind="void").exclude(status__in=["declined", "failed"]).exists()
    if left <= 0 or payment.capturing_minor or is_asked:
        raise NothingToVoid(status=payment.status)
    standing.require_held_for_cards(order_id=payment.order_id, amount=Money(left, payment.currency))
    return operations.follow_up(payment, "void", left, now=now, reason=reason)
