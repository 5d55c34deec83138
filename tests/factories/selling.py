"""Orders and payments as bare rows, for tests of who may see them. What they are worth is told by the slices' own services."""

from __future__ import annotations

from datetime import date
from typing import Any

from merchant.core.tenancy import acting_for
from merchant.merchants.models import Merchant
from orders.order.models import Order
from payments.records.models import Operation, Payment
from tests.factories.merchants import FOUNDED_AT, a_channel, a_store
from tests.factories.numbers import next_number

DAY = date(2026, 1, 2)


def an_order(merchant: Merchant, **changes: Any) -> Order:
    """A draft over 10.00 EUR in a store of its own."""
    fields = {
        "number": f"W-{next_number()}", "channel": a_channel(merchant), "store": a_store(merchant), "currency": "EUR", "total_minor": 1000,
        "business_date": DAY, "created_at": FOUNDED_AT,
    }
    with acting_for(merchant.id):
        return Order.objects.create(**fields | changes)


def a_payment(merchant: Merchant, **changes: Any) -> Payment:
    """A pending tender of 10.00 EUR towards an order of its own."""
    order = changes.pop("order", None) or an_order(merchant)
    fields = {
        "order": order, "store": order.store, "method": "card", "currency": "EUR", "amount_minor": 1000, "business_date": DAY,
        "created_at": FOUNDED_AT,
    }
    with acting_for(merchant.id):
        return Payment.objects.create(**fields | changes)


def an_operation(merchant: Merchant, **changes: Any) -> Operation:
    """An authorisation that is asked for, of a payment of its own."""
    payment = changes.pop("payment", None) or a_payment(merchant)
    fields = {
        "payment": payment, "order_id": payment.order_id, "kind": "authorise", "reference": f"test-{next_number()}", "amount_minor": 1000,
        "currency": "EUR", "actor_key": "system:test", "business_date": DAY, "requested_at": FOUNDED_AT,
    }
    with acting_for(merchant.id):
        return Operation.objects.create(**fields | changes)
