"""Orders and payments."""

from __future__ import annotations

from typing import Any

from inventory.catalog.models import Barcode
from inventory.pricing.services import line_of
from merchant.core.clock import machine_now
from merchant.core.money import Money
from merchant.core.tenancy import acting_for
from merchant.merchants.models import Merchant
from orders.order.models import Order, OrderDiscount
from orders.placing import discounts
from orders.placing import services as placing
from orders.placing.discounts import Given
from orders.placing.services import Placement
from payments.gateways.models import GatewayAccount
from payments.processing.authorisations import request_authorisation
from payments.records.models import Operation, Payment
from tests.factories.catalogue import a_variant
from tests.factories.merchants import a_channel
from tests.factories.numbers import next_number


def an_order(merchant: Merchant, *, total_minor: int = 5000, status: str = "open", **changes: Any) -> Order:
    """An order of one coat for `total_minor`."""
    now = machine_now()
    channel_id = changes.pop("channel_id", None) or a_channel(merchant).id
    with acting_for(merchant.id):
        placement = Placement(channel_id=channel_id, currency="EUR", business_date=now.date(), now=now, **changes)
        line = line_of(kind="product", name="Coat", unit_price_minor=total_minor, quantity=1, rate_basis_points=1900)
        return Order.objects.get(id=placing.make_order(placement=placement, lines=[line], status=status).id)


def a_gateway_account(merchant: Merchant, *, capture_mode: str = "day_close", **changes: Any) -> GatewayAccount:
    """An account at the sandbox processor; nothing listens behind it."""
    with acting_for(merchant.id):
        return GatewayAccount.objects.create(
            **{
                "gateway": "sandbox",
                "name": "Sandbox",
                "external_id": f"acct{next_number()}",
                "currency": "EUR",
                "capture_mode": capture_mode,
                "created_at": machine_now(),
            }
            | changes
        )


def an_operation(merchant: Merchant, *, amount_minor: int = 5000) -> Operation:
    """An authorisation that was asked for and not yet sent."""
    order, account = an_order(merchant, total_minor=amount_minor), a_gateway_account(merchant)
    with acting_for(merchant.id):
        return request_authorisation(
            order_id=order.id,
            method="card",
            amount=Money(amount_minor, "EUR"),
            gateway_account=account,
            now=machine_now(),
        )


def a_payment(merchant: Merchant, *, amount_minor: int = 5000) -> Payment:
    """A card payment that was asked for and not yet sent."""
    return an_operation(merchant, amount_minor=amount_minor).payment


def a_discount(merchant: Merchant) -> OrderDiscount:
    """Five per cent off an order that is not placed yet."""
    order = an_order(merchant, status="draft")
    given = Given("scratched", percent_basis_points=500)
    with acting_for(merchant.id):
        return discounts.give(order_id=order.id, given=given, version=1, has_open_payment=False, now=machine_now())


def a_barcode(merchant: Merchant) -> Barcode:
    """A code on an article."""
    variant = a_variant(merchant)
    with acting_for(merchant.id):
        return Barcode.objects.create(variant=variant, code=f"CODE{next_number()}")
