"""Take what is authorised."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from merchant.core.money import Money
from payments.processing import operations
from payments.processing.refusals import AuthorisationExpired, NothingToCapture, demand_currency
from payments.records.models import Operation
from payments.records.states import OPEN_OPERATION


@transaction.atomic
def request_capture(
    *, payment_id: UUID, now: datetime, amount: Money | None = None, is_final: bool = False
) -> Operation:
    """
    Ask for the capture of an authorised payment: `amount`, or all that is left. Locks the order and the payment.

    There may be several captures. After an `is_final` one the rest of the authorisation is let go, once it has succeeded.

    :raises WrongCurrency: for an amount that is not in the payment's.
    :raises NothingToCapture: beyond what is authorised, not voided, captured or being captured; anything while a void is under way.
    :raises AuthorisationExpired: after the issuer has freed the money. :raises PaymentOutcomeUnknown: while anything of the payment has no answer.
    """
    payment = operations.lock_known(payment_id)
    if amount is not None:
        demand_currency(amount, payment.currency)
    left = payment.authorised_minor - payment.voided_minor - payment.captured_minor - payment.capturing_minor
    if payment.status == "expired" or (
        payment.authorisation_ends_at is not None and payment.authorisation_ends_at <= now and left > 0
    ):
        raise AuthorisationExpired(ended_at=f"{payment.authorisation_ends_at or now:%Y-%m-%d %H:%M} UTC")
    if payment.operations.filter(kind="void", status__in=OPEN_OPERATION).exists():
        left = 0
    minor = left if amount is None else amount.minor
    if not 0 < minor <= left:
        raise NothingToCapture(left_minor=max(0, left), currency=payment.currency)
    payment.capturing_minor += minor
    payment.save(update_fields=["capturing_minor"])
    return operations.follow_up(payment, "capture", minor, now=now, is_final=is_final)
