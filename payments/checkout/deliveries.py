"""Ways of delivery: which one, what it costs, and how it is written on an order."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from inventory.pricing import services as pricing
from inventory.pricing.services import PricedLine
from merchant.core.clock import business_date
from merchant.core.errors import Invalid
from merchant.core.ids import readable_code
from merchant.sales_channels.models import Channel
from orders.order.models import Order
from payments.checkout.models import DeliveryMethod


@dataclass(frozen=True, slots=True)
class Shopper:
    """Who buys and where it goes. Addresses are plain text fields with an ISO country."""

    email: str = ""
    name: str = ""
    phone: str = ""
    locale: str = "en"
    shipping_address: dict[str, str] = field(default_factory=dict)
    billing_address: dict[str, str] = field(default_factory=dict)


def find_method(code: str, currency: str, address: dict[str, str]) -> DeliveryMethod | None:
    """
    Return the way of delivery called `code`, None without one.

    :raises Invalid: if there is none in `currency`, or it does not go to the address's country.
    """
    if not code:
        return None
    method: DeliveryMethod | None = DeliveryMethod.objects.filter(code=code, currency=currency, is_active=True).first()
    if method is None:
        raise Invalid(reason=f"there is no way of delivery {code} in {currency}")
    country = address.get("country", "")
    if country and method.countries and country not in method.countries:
        raise Invalid(reason=f"{method.name} does not go to {country}")
    return method


def shipping_line(method: DeliveryMethod, channel: Channel, now: datetime) -> PricedLine | None:
    """Return the order line of the way's price, tax of the channel's country included; None if it costs nothing."""
    if not method.price_minor:
        return None
    day = business_date(now, zone=channel.zone, cutoff=channel.day_cutoff)
    rate = pricing.tax_rate(tax_class_id=method.tax_class_id, country=channel.country, day=day)
    return pricing.line_of(
        kind="shipping",
        name=method.name,
        unit_price_minor=method.price_minor,
        quantity=1,
        rate_basis_points=rate,
        sku=method.code,
    )


def needs_address(order: Order) -> bool:
    """Say whether goods must be sent and nobody has said where."""
    method = order.delivery.get("method", "")
    return bool(method) and not is_collected(method) and not order.delivery.get("shipping_address")


def is_collected(method_code: str) -> bool:
    """Say whether a way of delivery is fetching it at the store."""
    return method_code.startswith("collect")


def kept_of(delivery: dict[str, Any], method: DeliveryMethod | None) -> dict[str, Any]:
    """Return what stays when the way of delivery becomes `method`."""
    of_the_method = ("method", "method_name", "pickup_code")
    return {name: value for name, value in delivery.items() if method is None or name not in of_the_method}


def described(method: DeliveryMethod | None, shopper: Shopper, *, known_code: str = "") -> dict[str, Any]:
    """Return what an order keeps about its delivery. Goods to be collected get a code, or keep the one they have."""
    delivery: dict[str, Any] = {"name": shopper.name, "phone": shopper.phone}
    if method is not None:
        delivery |= {"method": method.code, "method_name": method.name}
        if is_collected(method.code):
            delivery["pickup_code"] = known_code or readable_code(6)
    if shopper.shipping_address:
        delivery["shipping_address"] = shopper.shipping_address
    if shopper.billing_address:
        delivery["billing_address"] = shopper.billing_address
    return {name: value for name, value in delivery.items() if value}
