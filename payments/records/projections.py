"""What a payment and its order are, made from their operations. Written in the transaction of the operation that changed."""

from __future__ import annotations

from django.db.models import Sum

from orders.order.models import Order
from payments.records.models import Operation, Payment
from payments.records.states import OPEN_OPERATION
from payments.records.tips import share_of

_BY_AUTHORISATION = {"requested": "pending", "submitted": "pending"}


def recount_asked(payment: Payment) -> None:
    """
    Count what is being asked for anew.

    A yes that comes after a no may find its money asked for again: what is being asked for never counts beyond what is left.
    """
    payment.capturing_minor = min(
        _asked_minor(payment, "capture"), max(0, payment.authorised_minor - payment.captured_minor)
    )
    payment.refunding_minor = min(
        _asked_minor(payment, "refund"), max(0, payment.captured_minor - payment.refunded_minor)
    )


def _asked_minor(payment: Payment, kind: str) -> int:
    asked = Operation.objects.filter(payment=payment, kind=kind, status__in=OPEN_OPERATION)
    return asked.aggregate(minor=Sum("amount_minor"))["minor"] or 0


def project(payment: Payment, last: Operation) -> None:
    """Write the payment's projections after `last` changed. The payment is locked by the caller."""
    payment.status = derived_status(payment, last)
    payment.save(
        update_fields=[
            "status",
            "amount_minor",
            "authorised_minor",
            "captured_minor",
            "capturing_minor",
            "refunded_minor",
            "refunding_minor",
            "voided_minor",
            "tip_minor",
            "taken_back_minor",
            "authorisation_ends_at",
            "card_brand",
            "card_last4",
            "auth_code",
            "gateway_reference",
            "decline_code",
        ]
    )


def derived_status(payment: Payment, last: Operation) -> str:
    """Return what a payment is, from its amounts, and while nothing is authorised from its authorisation `last`."""
    if payment.captured_minor:
        if not payment.refunded_minor:
            return "captured"
        return "refunded" if payment.refunded_minor >= payment.captured_minor else "partly_refunded"
    if payment.taken_back_minor:
        return "failed"
    if payment.authorised_minor:
        if not payment.voided_minor:
            return "authorised"
        return "expired" if last.kind == "expire" or payment.status == "expired" else "voided"
    return _BY_AUTHORISATION.get(last.status, last.status)


def project_order(order: Order) -> None:
    """Write what all payments of an order have secured, captured and refunded. The order is locked by the caller."""
    shares = [share_of(payment) for payment in Payment.objects.filter(order=order)]
    order.secured_minor = sum(share.secured_minor for share in shares)
    order.captured_minor = sum(share.captured_minor for share in shares)
    order.refunded_minor = sum(share.refunded_minor for share in shares)
    order.save(update_fields=["secured_minor", "captured_minor", "refunded_minor"])
