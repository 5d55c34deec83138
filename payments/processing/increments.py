"""Raise an authorisation that is not captured yet: for an order that grew, or for a tip."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from merchant.core.errors import AppError
from merchant.core.money import Money
from merchant.core.telling import state_words
from orders.order import queries as orders
from payments.gateways import registry
from payments.processing.operations import follow_up, lock_known
from payments.processing.refusals import AmountExceedsOpen, PaymentInProgress, demand_currency
from payments.records.models import Operation, Payment


class NotIncreasable(AppError):
    """The authorisation cannot be raised any more, or not at this gateway."""

    code = "not_increasable"
    detail = "This authorisation cannot be raised: {why}."
    next_step = "Take the rest as another payment."


class TipTooLarge(AppError):
    """The tip is more than the gateway lets an authorisation grow by."""

    code = "tip_too_large"
    status = 422
    detail = "At most {left} can be added as a tip."
    next_step = "Add that much or less, or take the rest in cash."


@transaction.atomic
def request_increment(*, payment_id: UUID, amount: Money, now: datetime) -> Operation:
    """
    Ask for `amount` more on an authorised payment whose order has grown. Locks the order and the payment.

    It counts as the order's open authorisation until it is answered.

    :raises WrongCurrency: for an amount that is not in the payment's. :raises NotIncreasable: after a capture, void or expiry, and at gateways that cannot.
    :raises AmountExceedsOpen: beyond what is left to pay. :raises PaymentInProgress, PaymentOutcomeUnknown: while something else is under way.
    """
    payment = _increasable(payment_id, amount, now)
    left = orders.open_minor(payment.order)
    if not 0 < amount.minor <= left:
        raise AmountExceedsOpen(left_minor=left, currency=payment.currency)
    return _ask(payment, amount, now=now, is_tip=False)


@transaction.atomic
def add_tip(*, payment_id: UUID, tip: Money, now: datetime) -> Operation:
    """
    Ask for a tip on top of an authorised payment, before its capture. Locks the order and the payment.

    :raises TipTooLarge: beyond the gateway's limit, all tips of the payment together. And what `request_increment` raises for the payment.
    """
    payment = _increasable(payment_id, tip, now)
    left = max(0, tip_limit_minor(payment) - payment.tip_minor)
    if not 0 < tip.minor <= left:
        raise TipTooLarge(left_minor=left, currency=payment.currency)
    return _ask(payment, tip, now=now, is_tip=True)


def tip_limit_minor(payment: Payment) -> int:
    """Return how much tip the payment's gateway lets it carry, rounded down."""
    account = payment.gateway_account
    if account is None:
        return 0
    basis_points = registry.gateway(account.gateway).tip_limit_basis_points
    return (payment.authorised_minor - payment.tip_minor) * basis_points // 10_000


def _increasable(payment_id: UUID, amount: Money, now: datetime) -> Payment:
    payment = lock_known(payment_id)
    demand_currency(amount, payment.currency)
    account = payment.gateway_account
    ends_at = payment.authorisation_ends_at
    for is_so, why in (
        (account is None or "increment" not in registry.gateway(account.gateway).abilities, _("the gateway cannot")),
        (
            payment.status != "authorised" or payment.capturing_minor > 0,
            _("the payment is {status}").format(status=state_words(payment.status)),
        ),
        (ends_at is not None and ends_at <= now, _("its time is over")),
        (
            payment.operations.filter(kind="void", status__in=["requested", "submitted"]).exists(),
            _("it is being voided"),
        ),
    ):
        if is_so:
            raise NotIncreasable(why=why)
    return payment


def _ask(payment: Payment, amount: Money, *, now: datetime, is_tip: bool) -> Operation:
    try:
        with transaction.atomic():
            return follow_up(
                payment, "increment", amount.minor, now=now, reason="tip" if is_tip else "", instrument={"is_tip": True} if is_tip else None
            )  # fmt: skip
    except IntegrityError as error:
        if "one_open_authorisation_per_order" not in str(error):
            raise
        raise PaymentInProgress() from error
