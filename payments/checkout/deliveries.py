"""Ways of delivery: which one, what it costs, and how it is written on an order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from inventory.catalog.models import Variant
from inventory.pricing import coupons
from inventory.pricing import services as pricing
from inventory.pricing.models import Coupon
from inventory.pricing.services import PricedLine
from merchant.core.clock import business_date
from merchant.core.errors import Invalid
from merchant.core.ids import readable_code
from merchant.sales_channels.models import Channel
from orders.order.models import Order, OrderLine
from payments.checkout.models import DeliveryMethod, DeliveryRate


@dataclass(frozen=True, slots=True)
class Shopper:
    """Who buys and where it goes. Addresses are plain text fields with an ISO country."""

    email: str = ""
    name: str = ""
    phone: str = ""
    locale: str = "en"
    shipping_address: dict[str, str] = field(default_factory=dict)
    billing_address: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Goods:
    """What is to be sent: worth after discounts, in minor units, and weight."""

    value_minor: int
    weight_grams: int


def find_method(code: str, currency: str, address: dict[str, str]) -> DeliveryMethod | None:
    """
    Return the way of delivery called `code`, None without one.

    :raises Invalid: if there is none in `currency`, or it does not go to the address's country.
    """
    if not code:
        return None
    method: DeliveryMethod | None = DeliveryMethod.objects.filter(code=code, currency=currency, is_active=True).first()
    if method is None:
        raise Invalid(reason=_("there is no way of delivery {code} in {currency}").format(code=code, currency=currency))
    country = address.get("country", "")
    if country and method.countries and country not in method.countries:
        raise Invalid(reason=_("{delivery} does not go to {country}").format(delivery=method.name, country=country))
    return method


def shipping_line(
    method: DeliveryMethod, channel: Channel, now: datetime, *, goods: Goods, country: str = ""
) -> PricedLine | None:
    """
    Return the order line of the way's price, tax of the channel's country included; None if it costs nothing.

    :raises Invalid: if none of the way's rates fits.
    """
    price_minor = quote(method, channel, goods=goods, country=country)
    if not price_minor:
        return None
    day = business_date(now, zone=channel.zone, cutoff=channel.day_cutoff)
    rate = pricing.tax_rate(tax_class_id=method.tax_class_id, country=channel.country, day=day)
    return pricing.line_of(
        kind="shipping",
        name=method.name,
        unit_price_minor=price_minor,
        quantity=1,
        rate_basis_points=rate,
        sku=method.code,
    )


def quote(method: DeliveryMethod, channel: Channel, *, goods: Goods, country: str) -> int:
    """Return what the way costs for these goods, in minor units. :raises Invalid: if none of its rates fits."""
    if method.free_from_minor is not None and goods.value_minor >= method.free_from_minor:
        return 0
    rates = list(DeliveryRate.objects.filter(method=method))
    if not rates:
        return int(method.price_minor)
    to = country or channel.country
    fitting = [
        rate
        for rate in rates
        if rate.channel_id in (None, channel.id)
        and (not rate.countries or to in rate.countries)
        and (rate.weight_grams_max is None or goods.weight_grams <= rate.weight_grams_max)
        and goods.value_minor >= rate.value_from_minor
    ]
    if not fitting:
        raise Invalid(
            reason=_("{delivery} does not take {grams} g to {country}").format(
                delivery=method.name, grams=goods.weight_grams, country=to
            )
        )
    heaviest = 2**31
    fitting.sort(
        key=lambda rate: (
            rate.channel_id is None,
            rate.weight_grams_max or heaviest,
            -rate.value_from_minor,
            rate.price_minor,
        )
    )
    return int(fitting[0].price_minor)


def goods_of(lines: Iterable[PricedLine | OrderLine]) -> Goods:
    """Return what the goods of an order are worth and weigh."""
    goods = [line for line in lines if line.kind == "product"]
    grams = dict(
        Variant.objects.filter(id__in=[line.variant_id for line in goods if line.variant_id]).values_list(
            "id", "weight_grams"
        )
    )
    return Goods(
        sum(line.total_minor for line in goods),
        sum(grams.get(line.variant_id, 0) * line.quantity for line in goods if line.variant_id),
    )


def shipping_of(order: Order, method: DeliveryMethod, shopper: Shopper, *, now: datetime) -> PricedLine | None:
    """Return the shipping line of an order that is there, free if its coupon says so."""
    goods = goods_of(OrderLine.objects.filter(order=order))
    country = shopper.shipping_address.get("country", "")
    line = shipping_line(method, order.channel, now, goods=goods, country=country)
    if (
        line is None
        or not order.coupon_code
        or not Coupon.objects.filter(code=order.coupon_code, kind="free_delivery").exists()
    ):
        return line
    return coupons.discounted(code=order.coupon_code, lines=[line], currency=order.currency, now=now)[0]


def needs_address(order: Order) -> bool:
    """Say whether goods must be sent and nobody has said where."""
    method = order.delivery.get("method", "")
    return bool(method) and not is_collected(method) and not order.delivery.get("shipping_address")


def needs_email(order: Order) -> bool:
    """
    Say whether somebody must be written to: goods that come later are confirmed to the buyer, and told of when they leave or wait.

    Who pays at a counter or a table, or pays an amount, has the receipt on the page.
    """
    return bool(order.delivery.get("method"))


def is_collected(method_code: str) -> bool:
    """Say whether a way of delivery is fetching it at the store."""
    return method_code.startswith("collect")


def kept_of(delivery: dict[str, Any], method: DeliveryMethod | None) -> dict[str, Any]:
    """Return what stays when the way of delivery becomes `method`."""
    of_the_method = ("method", "method_name", "pickup_code", "store_id")
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
