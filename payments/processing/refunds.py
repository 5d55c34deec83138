"""Give captured money back."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from merchant.core.money import Money
from payments.processing import operations
from payments.processing.refusals import PaymentDisputed, RefundExceedsCaptured, demand_currency
from payments.records import queries
from payments.records.models import Operation
from payments.vouchers import offline as offline_cards
from payments.vouchers import standing

# What these give back is back at once; anybody else answers later.
_AT_ONCE = ("cash", "gift_card", "store_credit", "exchange", "marketplace")


@transaction.atomic
def request_refund(
    *, payment_id: UUID, amount: Money, reason: str, now: datetime, instrument: dict[str, Any] | None = None
) -> Operation:
    """
    Ask for `amount` of a captured payment to be given back by the way it came, or as `instrument` says. Locks the order and the payment.

    Refunds asked and unanswered count, so two tabs cannot refund the same money; the database refuses it as well.

    :raises WrongCurrency: for an amount that is not in the payment's.
    :raises RefundExceedsCaptured: beyond captured − refunded − being refunded; carries the largest amount that is possible.
    :raises PaymentOutcomeUnknown: while anything of the payment has no answer.
    :raises PaymentDisputed: for what is disputed at the customer's bank. :raises GiftCardNotConfirmed: for a gift card taken offline that has not given the money.
    :raises GiftCardIsMoney: for what stands on gift cards that the order sold.
    """
    payment = operations.lock_known(payment_id)
    demand_currency(amount, payment.currency)
    left = queries.refundable_minor(payment)
    if payment.disputed_minor and left < amount.minor <= left + payment.disputed_minor:
        raise PaymentDisputed(disputed_minor=payment.disputed_minor, left_minor=left, currency=payment.currency)
    if not 0 < amount.minor <= left:
        raise RefundExceedsCaptured(left_minor=left, currency=payment.currency)
    is_answered_later = payment.method not in _AT_ONCE and "to" not in (instrument or {})
    standing.require_not_on_cards(order_id=payment.order_id, amount=amount, is_answered_later=is_answered_later)
    if payment.method == "gift_card":
        offline_cards.require_confirmed(payment, amount)
    payment.refunding_minor += amount.minor
    payment.save(update_fields=["refunding_minor"])
    return operations.follow_up(payment, "refund", amount.minor, now=now, reason=reason, instrument=instrument)
