"""Ask a gateway for money towards an order: at an account somebody chose, or at the one the merchant's rules choose."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from merchant.core.errors import AppError
from merchant.core.money import Money
from orders.order import queries as orders
from orders.order.models import Order
from payments.gateways.models import GatewayAccount
from payments.processing import operations
from payments.processing.refusals import (
    AmountExceedsOpen,
    OrderNotPayable,
    PaymentInProgress,
    TerminalBusy,
    demand_currency,
)
from payments.records import queries
from payments.records.models import Operation, Payment
from payments.routing import services as routing


@transaction.atomic
def request_authorisation(
    *,
    order_id: UUID,
    method: str,
    amount: Money,
    gateway_account: GatewayAccount,
    now: datetime,
    instrument: dict[str, Any] | None = None,
    terminal_id: UUID | None = None,
    register_id: UUID | None = None,
    store_id: UUID | None = None,
    return_url: str = "",
    initiation: str = "customer",
    tip_minor: int = 0,
) -> Operation:
    """
    Ask a gateway for `amount` towards an order and return the stored operation; the relay sends it after the commit.

    `tip_minor` comes on top of the amount and pays for nothing of the order. `initiation` is `phone` for a card keyed at a terminal on the phone (MOTO), and
    `merchant` for a stored card charged without its customer.

    Locks the order. At most one authorisation of an order, and one operation of a terminal, is open at a time; the database refuses a second.

    :raises WrongCurrency: for an amount that is not in the order's. :raises OrderNotPayable: unless the order is open.
    :raises AmountExceedsOpen: if more is asked than is left.
    :raises PaymentInProgress: while an earlier authorisation has no answer; :raises PaymentOutcomeUnknown: while its outcome is unknown.
    :raises TerminalBusy: if the terminal works on something else.
    """
    order = orders.get_order_for_update(order_id)
    require_payable(order, amount)
    payment = Payment(
        order=order,
        store_id=store_id or order.store_id,
        register_id=register_id,
        gateway_account=gateway_account,
        method=method,
        currency=amount.currency,
        amount_minor=amount.minor + tip_minor,
        tip_minor=tip_minor,
        initiation=initiation,
        business_date=orders.business_day(order, now),
        created_at=now,
    )
    details = {"return_url": return_url, "tip_minor": tip_minor, "moto": initiation == "phone"}
    operation = Operation(
        payment=payment,
        order_id=order.id,
        gateway_account=gateway_account,
        terminal_id=terminal_id,
        kind="authorise",
        captures_at_once=gateway_account.capture_mode == "automatic",
        instrument={**(instrument or {}), **{name: value for name, value in details.items() if value}},
        **operations.describe_request(payment, payment.amount_minor, now=now),
    )
    try:
        with transaction.atomic():
            payment.save(force_insert=True)
            operation.save(force_insert=True)
    except IntegrityError as error:
        raise _refusal(error) from error
    operations.note_requested(operation, now=now)
    return operation


@transaction.atomic
def request_routed(
    *, order_id: UUID, method: str, amount: Money, now: datetime, instrument: dict[str, Any], return_url: str = ""
) -> Operation:
    """
    Ask for `amount` towards an order at the account the merchant's rules choose, keep the reason, and return the stored operation. Locks the order.

    :raises NoGateway: if no account can take it. Otherwise as `request_authorisation`.
    """
    order = orders.get_order_for_update(order_id)
    require_payable(order, amount)
    facts = routing.facts_of(order, method=method, amount_minor=amount.minor, now=now, instrument=instrument)
    found = routing.route(facts)
    operation = request_authorisation(
        order_id=order_id, method=method, amount=amount, gateway_account=found.account, now=now, instrument=instrument,
        return_url=return_url,
    )  # fmt: skip
    routing.keep(found, payment_id=operation.payment_id, order_id=order_id, now=now)
    return operation


def require_payable(order: Order, amount: Money) -> None:
    """
    Refuse a payment an order does not need. The order is locked by the caller.

    :raises WrongCurrency, OrderNotPayable, AmountExceedsOpen, PaymentInProgress, PaymentOutcomeUnknown: see `request_authorisation`.
    """
    demand_currency(amount, order.currency)
    if order.status not in ("open", "completed") or order.cancel_asked_at is not None:
        status = "being cancelled" if order.cancel_asked_at else order.status
        raise OrderNotPayable(number=order.number, status=status)
    operations.demand_nothing_under_way(queries.find_open_authorisation(order.id))
    left = orders.open_minor(order)
    if not 0 < amount.minor <= left:
        raise AmountExceedsOpen(left_minor=left, currency=order.currency)


def _refusal(error: IntegrityError) -> AppError:
    if "one_open_operation_per_terminal" in str(error):
        return TerminalBusy()
    if "one_open_authorisation_per_order" in str(error):
        return PaymentInProgress()
    raise error
