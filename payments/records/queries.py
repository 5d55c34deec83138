"""Reads of payments and operations."""

from __future__ import annotations

from uuid import UUID

from merchant.core.errors import NotFound
from payments.records.models import Operation, Payment
from payments.records.states import OPEN_OPERATION


def get_payment(payment_id: UUID | str) -> Payment:
    """
    Return a payment of the merchant in scope.

    :raises NotFound: if there is none.
    """
    payment = Payment.objects.select_related("order", "store", "gateway_account").filter(id=payment_id).first()
    if payment is None:
        raise NotFound()
    return payment


def get_payment_for_update(payment_id: UUID | str) -> Payment:
    """Lock a payment, after its order, until the transaction ends. :raises NotFound: if there is none."""
    payment = Payment.objects.select_for_update(no_key=True).filter(id=payment_id).first()
    if payment is None:
        raise NotFound()
    return payment


def find_open_authorisation(order_id: UUID) -> Operation | None:
    """Return the order's authorisation that has no final answer yet, if there is one."""
    return Operation.objects.filter(order_id=order_id, kind="authorise", status__in=OPEN_OPERATION).first()


def refundable_minor(payment: Payment) -> int:
    """Return what can still be refunded: captured − refunded − refunds being asked for."""
    return int(payment.captured_minor - payment.refunded_minor - payment.refunding_minor)
