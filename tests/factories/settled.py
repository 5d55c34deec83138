"""Bank accounts, fee contracts, and payments whose money has moved."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from merchant.core.tenancy import acting_for
from merchant.merchants.models import Merchant
from orders.order.models import Order
from payments.fees.models import FeeContract
from payments.gateways.base import Outcome
from payments.gateways.models import GatewayAccount
from payments.reconciliation.models import BankAccount
from payments.records import services as records
from payments.records.models import Operation, Payment
from tests.factories.merchants import a_channel
from tests.factories.numbers import next_number

SALE_DAY = date(2026, 11, 20)


def a_bank_account(merchant: Merchant, **changes: Any) -> BankAccount:
    """The merchant's account in euros."""
    with acting_for(merchant.id):
        fields = {"name": "Main account", "currency": "EUR", "iban": b"", "hint": "3000"}
        return BankAccount.objects.create(**fields | changes)


def a_fee_contract(account: GatewayAccount, **changes: Any) -> FeeContract:
    """1.4 % and 25 cents a sale, refunds free."""
    fields = {
        "gateway_account": account,
        "valid_from": date(2026, 1, 1),
        "basis_points": 140,
        "fixed_minor": 25,
    }
    with acting_for(account.merchant_id):
        return FeeContract.objects.create(**fields | changes)


def a_placed_order(
    merchant: Merchant, *, minor: int, currency: str = "EUR", day: date = SALE_DAY, **changes: Any
) -> Order:
    """An open order of the webshop without lines."""
    at = datetime(day.year, day.month, day.day, 11, tzinfo=UTC)
    fields = {
        "number": f"W-{next_number():06}",
        "status": "open",
        "currency": currency,
        "total_minor": minor,
        "business_date": day,
        "created_at": at,
        "placed_at": at,
    }
    if "channel" not in changes and "channel_id" not in changes:
        fields["channel"] = a_channel(merchant)
    with acting_for(merchant.id):
        return Order.objects.create(**fields | changes)


def an_authorised_payment(account: GatewayAccount, *, minor: int, day: date = SALE_DAY, **changes: Any) -> Operation:
    """An authorisation the gateway granted, captured at once unless `captures_at_once` is False. Returns the operation."""
    answer = changes.pop("answer", {})
    operation = a_requested_payment(account, minor=minor, day=day, **changes)
    with acting_for(operation.merchant_id):
        succeed(operation, at=datetime(day.year, day.month, day.day, 12, tzinfo=UTC), **answer)
    return operation


def a_requested_payment(account: GatewayAccount, *, minor: int, day: date = SALE_DAY, **changes: Any) -> Operation:
    """An authorisation the gateway is asked for. Returns the operation."""
    merchant = Merchant.objects.get(id=account.merchant_id)
    currency = changes.pop("currency", account.currency)
    order = changes.pop("order", None) or a_placed_order(merchant, minor=minor, currency=currency, day=day)
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    with acting_for(merchant.id):
        payment = Payment.objects.create(
            order=order,
            gateway_account=account,
            method="card",
            currency=currency,
            amount_minor=minor,
            business_date=day,
            created_at=at,
        )
        return _operation(payment, kind="authorise", minor=minor, at=at, day=day, changes=changes)


def a_refund(operation: Operation, *, minor: int, day: date = SALE_DAY, **changes: Any) -> Operation:
    """A refund of the payment behind `operation` that the gateway made."""
    at = datetime(day.year, day.month, day.day, 15, tzinfo=UTC)
    with acting_for(operation.merchant_id):
        payment = Payment.objects.get(id=operation.payment_id)
        Payment.objects.filter(id=payment.id).update(refunding_minor=payment.refunding_minor + minor)
        refund = _operation(payment, kind="refund", minor=minor, at=at, day=day, changes=changes)
        succeed(refund, at=at)
        return refund


def succeed(operation: Operation, *, at: datetime, **answer: Any) -> None:
    """Let the gateway say yes."""
    outcome = Outcome(
        **{"status": "succeeded", "gateway_reference": f"pay_{operation.payment_id}", "landed_at": at} | answer
    )
    records.apply_result(operation_id=operation.id, outcome=outcome, source="answer", now=at)
    operation.refresh_from_db()


def _operation(
    payment: Payment, *, kind: str, minor: int, at: datetime, day: date, changes: dict[str, Any]
) -> Operation:
    fields = {
        "payment": payment,
        "order_id": payment.order_id,
        "gateway_account_id": payment.gateway_account_id,
        "kind": kind,
        "reference": f"OP{next_number():08}",
        "amount_minor": minor,
        "currency": payment.currency,
        "captures_at_once": kind == "authorise",
        "status": "submitted",
        "actor_key": "system:tests",
        "business_date": day,
        "requested_at": at,
        "submitted_at": None,
    }
    own = {name: changes.pop(name) for name in list(changes) if name in fields}
    return Operation.objects.create(**fields | own)
