"""What the REST routes of a payment's later life take and give."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from merchant.core.fields import CurrencyField
from merchant.core.money import MINOR_MAX, Money
from payments.after_sales.proposals import RefundPart
from payments.processing.overriding import is_for_people
from payments.records.declines import as_document
from payments.records.models import Operation, PaymentOverride


class AmountInput(serializers.Serializer[Any]):
    """An amount in minor units of a currency."""

    amount_minor = serializers.IntegerField(min_value=1, max_value=MINOR_MAX)
    currency = CurrencyField()


class CaptureInput(serializers.Serializer[Any]):
    """A capture: all that is left without `amount`. After a final one the rest is let go."""

    amount = AmountInput(required=False, allow_null=True, default=None)
    final = serializers.BooleanField(default=False)


class IncreaseInput(serializers.Serializer[Any]):
    """More to authorise, or a tip."""

    amount = AmountInput()


class VoidInput(serializers.Serializer[Any]):
    """Why what is authorised is let go."""

    reason = serializers.CharField(max_length=120, default="", allow_blank=True)


class RefundPartInput(serializers.Serializer[Any]):
    """So much of one payment."""

    payment_id = serializers.UUIDField()
    amount_minor = serializers.IntegerField(min_value=1, max_value=MINOR_MAX)
    as_credit = serializers.BooleanField(default=False)


class OrderRefundInput(serializers.Serializer[Any]):
    """Money back on an order over its payments: in `parts`, else as proposed."""

    amount = AmountInput()
    parts = serializers.ListField(child=RefundPartInput(), allow_null=True, default=None, max_length=50)
    as_credit = serializers.BooleanField(default=False)
    reason = serializers.CharField(max_length=120)
    approval_id = serializers.UUIDField(allow_null=True, default=None)


class MarketplacePaymentInput(serializers.Serializer[Any]):
    """What a marketplace took for an order: which report account owes it, how much, and what the marketplace calls it."""

    account_id = serializers.UUIDField()
    amount = AmountInput()
    reference = serializers.CharField(max_length=80, default="", allow_blank=True)


class OverpaymentRefundInput(serializers.Serializer[Any]):
    """The approval for giving back more than the caller may alone."""

    approval_id = serializers.UUIDField(allow_null=True, default=None)


class OverrideInput(serializers.Serializer[Any]):
    """What two people say of an unknown outcome."""

    treat_as = serializers.ChoiceField(choices=["paid", "not_paid"])
    reason = serializers.CharField(max_length=200)
    approval_id = serializers.UUIDField(allow_null=True, default=None)


class ChargeInput(serializers.Serializer[Any]):
    """A charge of a stored card towards an order."""

    order_id = serializers.UUIDField()
    amount = AmountInput()


def amount_of(given: dict[str, Any]) -> Money:
    """Return a validated `AmountInput` as money."""
    return Money(given["amount_minor"], given["currency"])


def money(minor: int, currency: str) -> dict[str, Any]:
    """Return an amount as REST shows it."""
    return {"amount_minor": minor, "currency": currency}


def operation_output(operation: Operation) -> dict[str, Any]:
    """Return an operation that was asked: its result comes by websocket, by asking again, or by webhook."""
    voucher_id = operation.instrument.get("voucher_id")
    return {
        "id": str(operation.id),
        "payment_id": str(operation.payment_id),
        "order_id": str(operation.order_id),
        "kind": operation.kind,
        "reference": operation.reference,
        "status": operation.status,
        "amount": money(operation.amount_minor, operation.currency),
        "decline_code": operation.decline_code,
        "decline": as_document(operation.decline_code),
        "voucher_id": voucher_id,
        "status_url": f"/api/v1/operations/{operation.id}/",
    }


def unresolved_output(operation: Operation) -> dict[str, Any]:
    """Return an operation nobody knows the outcome of, and whether people may decide."""
    return {
        **operation_output(operation),
        "order_number": operation.payment.order.number,
        "asked_at": operation.submitted_at or operation.requested_at,
        "looks": operation.looks,
        "next_look_at": operation.next_look_at,
        "is_for_people": is_for_people(operation),
    }


def part_output(part: RefundPart) -> dict[str, Any]:
    """Return one part of a proposed refund."""
    return {
        "payment_id": str(part.payment_id),
        "method": part.method,
        "amount": money(part.amount.minor, part.amount.currency),
        "as_credit": part.as_credit,
    }


def override_output(override: PaymentOverride) -> dict[str, Any]:
    """Return what two people said, and how far reality agrees."""
    return {
        "id": str(override.id),
        "operation_id": str(override.operation_id),
        "treat_as": "paid" if override.is_paid else "not_paid",
        "reason": override.reason,
        "said_by": override.said_by,
        "approved_by": override.approved_by,
        "status": override.status,
        "said_at": override.said_at,
    }
