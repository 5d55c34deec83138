"""Tenders that need no gateway: cash and vouchers are money the moment they are recorded."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from merchant.accounts import queries as accounts
from merchant.core.cash_rounding import can_be_change, cash_step, in_cash
from merchant.core.errors import AppError
from merchant.core.money import Money
from merchant.core.tenancy import current_actor
from orders.order import queries as orders
from orders.order.models import Order
from payments.gateways.base import Outcome
from payments.gateways.models import GatewayAccount
from payments.processing.authorisations import require_payable
from payments.processing.operations import new_reference
from payments.processing.refunds import request_refund
from payments.records.gift_cards import CardLeft
from payments.records.models import Operation, Payment
from payments.records.services import apply_result
from payments.vouchers import guesses
from payments.vouchers import services as vouchers
from payments.vouchers.services import VoucherNotUsable


class CashTooLittle(AppError):
    """Less cash was handed over than is to pay."""

    code = "tender_too_small"
    status = 422
    detail = "{tendered} does not cover {amount}."
    next_step = "Take the rest, or enter a smaller amount for this tender."


class CashTooMuch(AppError):
    """More is said to have been handed over than anybody gives change for."""

    code = "tender_too_large"
    status = 422
    detail = "{tendered} for {amount} cannot be what was handed over: nobody gives {change} back."
    next_step = "Enter what the customer handed over."


class CashNotPayable(AppError):
    """There are no coins for the amount, and it is not the last of the order, which is rounded."""

    code = "cash_not_payable"
    status = 422
    detail = "Cash is paid in steps of {step} here; {amount} is none."
    next_step = "Take {nearest} in cash and the rest another way, or pay all of the rest in cash: that is rounded."


@transaction.atomic
def take_cash(
    *, order_id: UUID, amount: Money, tendered_minor: int | None, register_id: UUID, now: datetime
) -> Payment:
    """
    Record cash taken at a register towards an order. Locks the order.

    Where the country knows no small coins, cash that pays all that is left is rounded: the drawer gets amount + `rounding_minor`, the order is paid to the last
    unit. Change is `tendered_minor` (None: exactly that) less what the drawer gets.

    :raises CashTooLittle: if `tendered_minor` does not cover it. :raises CashTooMuch: if nobody gives so much change.
    :raises CashNotPayable: for a part that no coins make. :raises AmountExceedsOpen, PaymentInProgress, PaymentOutcomeUnknown, OrderNotPayable: as for any payment.
    """
    order = orders.get_order_for_update(order_id)
    require_payable(order, amount)
    rounding_minor = _rounding(order, amount)
    to_pay = amount.minor + rounding_minor
    if tendered_minor is None:
        tendered_minor = to_pay
    if tendered_minor < to_pay:
        raise CashTooLittle(tendered_minor=tendered_minor, amount_minor=to_pay, currency=order.currency)
    demand_change(tendered_minor=tendered_minor, to_pay_minor=to_pay, currency=order.currency)
    return _take(
        order_id=order_id,
        method="cash",
        amount=amount,
        register_id=register_id,
        now=now,
        tendered_minor=tendered_minor,
        rounding_minor=rounding_minor,
    )


@transaction.atomic
def take_voucher(*, order_id: UUID, code: str, amount: Money, register_id: UUID | None, now: datetime) -> Payment:
    """
    Redeem a gift card towards an order: `amount`, or its balance if that is less. Locks the order, then the voucher and those the order tops up.

    What is left on the card is kept with the payment, see `payments.records.gift_cards`.

    :raises VoucherNotUsable: for a wrong code, an empty or expired card or another currency. :raises TooManyTries: after too many wrong codes.
    """
    order = orders.get_order_for_update(order_id)
    require_payable(order, amount)
    if guesses.find_counted(code) is None:
        raise VoucherNotUsable()
    source = f"order:{order.id}:{new_reference()}"
    voucher, minor = vouchers.redeem(code=code, amount=amount, order_id=order.id, source=source, now=now)
    left = CardLeft(voucher.hint, voucher.balance_minor - minor)
    return _take(
        order_id=order_id,
        method="gift_card",
        amount=Money(minor, amount.currency),
        register_id=register_id,
        now=now,
        voucher_id=voucher.id,
        instrument=left.as_instrument(),
    )


@transaction.atomic
def take_exchange(
    *, order_id: UUID, amount: Money, instrument: dict[str, str], register_id: UUID | None, now: datetime
) -> Payment:
    """Take what exchanged goods were worth as money towards an order; `instrument` says where it came from. Locks the order."""
    return _take(
        order_id=order_id,
        method="exchange",
        amount=amount,
        register_id=register_id,
        now=now,
        instrument=instrument,
    )


@transaction.atomic
def take_offline_card(
    *, order_id: UUID, amount: Money, voucher_id: UUID | None, register_id: UUID, now: datetime
) -> Payment:
    """Record a gift card that a till took while it was offline: money at risk, until the card turns out to have it. Locks the order."""
    return _take(
        order_id=order_id,
        method="gift_card",
        amount=amount,
        register_id=register_id,
        now=now,
        voucher_id=voucher_id,
        instrument={"offline": "1"},
    )


@transaction.atomic
def take_transfer(
    *, order_id: UUID, amount: Money, bank_account_id: UUID, statement_line_id: UUID, now: datetime
) -> UUID:
    """
    Record a bank transfer that has arrived for an order and return its operation. Locks the order.

    The money is on the bank account whatever the order says of itself: what is beyond it is kept and shows as overpaid.
    """
    instrument = {"bank_account_id": str(bank_account_id), "statement_line_id": str(statement_line_id)}
    order = orders.get_order_for_update(order_id)
    payment = record(order, method="bank_transfer", amount=amount, register_id=None, now=now, instrument=instrument)
    return Operation.objects.values_list("id", flat=True).get(payment_id=payment.id)


@transaction.atomic
def give_back(*, payment_id: UUID, amount: Money, reason: str, register_id: UUID | None, now: datetime) -> Operation:
    """
    Give cash or voucher money of a payment back by the way it came, at once. Locks the order and the payment.

    Cash comes out of the drawer of `register_id`, which may be another than it went into; it is rounded to what coins make.

    :raises RefundExceedsCaptured: beyond what can still be refunded.
    """
    operation = request_refund(payment_id=payment_id, amount=amount, reason=reason, now=now)
    payment = Payment.objects.get(id=operation.payment_id)
    if payment.method == "cash":
        Operation.objects.filter(id=operation.id).update(instrument=_out_of_drawer(payment, amount, register_id))
    if payment.voucher_id:
        vouchers.put_back(voucher_id=payment.voucher_id, amount=amount, source=f"refund:{operation.reference}", now=now)
    return apply_result(operation_id=operation.id, outcome=Outcome(status="succeeded"), source="till", now=now)


@transaction.atomic
def give_credit(*, payment_id: UUID, amount: Money, reason: str, now: datetime) -> Operation:
    """
    Give money of a payment back as store credit, at once: a new card of the merchant's own, whose id stands on the operation. Locks the order and the payment.

    :raises RefundExceedsCaptured: beyond what can still be refunded.
    """
    operation = request_refund(
        payment_id=payment_id, amount=amount, reason=reason, now=now, instrument={"to": "store_credit"}
    )
    voucher, _code = vouchers.issue(kind="store_credit", amount=amount, source=f"refund:{operation.reference}", now=now)
    instrument = {**operation.instrument, "voucher_id": str(voucher.id)}
    Operation.objects.filter(id=operation.id).update(instrument=instrument)
    return apply_result(operation_id=operation.id, outcome=Outcome(status="succeeded"), source="till", now=now)


def demand_change(*, tendered_minor: int, to_pay_minor: int, currency: str) -> None:
    """Refuse an amount that nobody handed over. :raises CashTooMuch: if the change would be more than any."""
    change_minor = tendered_minor - to_pay_minor
    if not can_be_change(change_minor, currency):
        raise CashTooMuch(
            tendered_minor=tendered_minor, amount_minor=to_pay_minor, change_minor=change_minor, currency=currency
        )


def cash_to_pay(order: Order) -> int:
    """Return what is to pay in coins if all that is open of an order is paid in cash, in minor units; 0 if nothing is."""
    left = orders.open_minor(order)
    return in_cash(left, country=_country(order), currency=order.currency) if left else 0


def _rounding(order: Order, amount: Money) -> int:
    to_pay = in_cash(amount.minor, country=_country(order), currency=order.currency)
    if amount.minor == orders.open_minor(order) or to_pay == amount.minor:
        return to_pay - amount.minor
    step = cash_step(_country(order), order.currency)
    raise CashNotPayable(
        step_minor=step,
        amount_minor=amount.minor,
        nearest_minor=max(step, amount.minor // step * step),
        currency=order.currency,
    )


def _country(order: Order) -> str:
    return order.store.country if order.store else order.channel.country


def _out_of_drawer(payment: Payment, amount: Money, register_id: UUID | None) -> dict[str, Any]:
    """Where it comes out decides which coins there are, not where it went in."""
    place = accounts.get_register(register_id).store if register_id else payment.store
    country = place.country if place else ""
    rounding = in_cash(amount.minor, country=country, currency=payment.currency) - amount.minor
    found: dict[str, Any] = {"register_id": str(register_id)} if register_id else {}
    return found | ({"rounding_minor": rounding} if rounding else {})


def _take(
    *,
    order_id: UUID,
    method: str,
    amount: Money,
    register_id: UUID | None,
    now: datetime,
    tendered_minor: int | None = None,
    rounding_minor: int = 0,
    voucher_id: UUID | None = None,
    instrument: dict[str, str] | None = None,
) -> Payment:
    order = orders.get_order_for_update(order_id)
    require_payable(order, amount)
    return record(
        order,
        method=method,
        amount=amount,
        register_id=register_id,
        now=now,
        tendered_minor=tendered_minor,
        rounding_minor=rounding_minor,
        voucher_id=voucher_id,
        instrument=instrument,
    )


def record(
    order: Order,
    *,
    method: str,
    amount: Money,
    register_id: UUID | None,
    now: datetime,
    tendered_minor: int | None = None,
    rounding_minor: int = 0,
    voucher_id: UUID | None = None,
    instrument: dict[str, str] | None = None,
    gateway_account: GatewayAccount | None = None,
    gateway_reference: str = "",
) -> Payment:
    """Store a payment that is money at once, in the caller's transaction. The order is locked by the caller. `gateway_account`: who holds the money, and calls it `gateway_reference`."""
    payment = Payment(
        order=order,
        store_id=order.store_id,
        register_id=register_id,
        gateway_account=gateway_account,
        method=method,
        currency=amount.currency,
        amount_minor=amount.minor,
        tendered_minor=tendered_minor,
        rounding_minor=rounding_minor,
        voucher_id=voucher_id,
        business_date=orders.business_day(order, now),
        created_at=now,
    )
    payment.save(force_insert=True)
    operation = Operation(
        payment=payment,
        order_id=order.id,
        gateway_account=gateway_account,
        kind="authorise",
        reference=new_reference(),
        amount_minor=amount.minor,
        currency=amount.currency,
        captures_at_once=True,
        instrument=instrument or {},
        actor_key=current_actor().key,
        business_date=payment.business_date,
        requested_at=now,
        submitted_at=now,
    )
    operation.save(force_insert=True)
    outcome = Outcome(status="succeeded", is_captured=True, gateway_reference=gateway_reference)
    apply_result(operation_id=operation.id, outcome=outcome, source="till", now=now)
    payment.refresh_from_db()
    return payment
