"""What a checkout is for, priced: goods, coupon, way of delivery."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from inventory.catalog.models import TaxClass
from inventory.pricing import coupons
from inventory.pricing import services as pricing
from inventory.pricing.models import Coupon
from inventory.pricing.services import PricedLine, Wanted
from merchant.core.errors import Invalid
from merchant.customers import queries as customers
from merchant.customers.models import Customer
from merchant.merchants.models import Store
from merchant.sales_channels.models import Channel
from payments.checkout import deliveries
from payments.checkout.deliveries import Shopper
from payments.checkout.models import DeliveryMethod

# 15 minutes: long enough to fetch a card from the other room, short enough that pieces are not kept from others.
CHECKOUT_LASTS = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Request:
    """What a checkout or link is for: lines, or one free amount with its description."""

    channel: Channel
    currency: str
    shopper: Shopper
    wanted: Sequence[Wanted] = ()
    free_amount_minor: int | None = None
    description: str = ""
    delivery_method: str = ""
    promotion_codes: Sequence[str] = ()
    coupon: str = ""
    # Where it is collected, if not at the channel's own store.
    collect_store_id: UUID | None = None
    # "online" here and now, "in_store" when it is collected, "on_delivery" to whoever brings it.
    payment: str = "online"
    note: str = ""
    return_url: str = ""
    cancel_url: str = ""
    lasts: timedelta = CHECKOUT_LASTS


def lines_of(request: Request, *, day: date, now: datetime) -> tuple[list[PricedLine], DeliveryMethod | None]:
    """
    Return the lines of the order to be, with the coupon taken off and the delivery added, and its way of delivery.

    :raises CouponNotUsable, UnknownArticle, NoPrice, BasketTooLarge: nothing is stored then. :raises Invalid: for a way of delivery that does not fit.
    """
    channel = request.channel
    lines = coupons.discounted(
        code="" if is_free_delivery(request) else request.coupon,
        lines=priced(request, day=day, now=now),
        currency=request.currency,
        now=now,
    )
    address = request.shopper.shipping_address
    method = deliveries.find_method(request.delivery_method, request.currency, address)
    if method is not None:
        goods, country = deliveries.goods_of(lines), address.get("country", "")
        if (shipping := deliveries.shipping_line(method, channel, now, goods=goods, country=country)) is not None:
            lines.append(shipping)
    if is_free_delivery(request):
        lines = coupons.discounted(code=request.coupon, lines=lines, currency=request.currency, now=now)
    return lines, method


def delivery(request: Request, method: DeliveryMethod | None) -> dict[str, Any]:
    """Return what the order keeps about its delivery. :raises Invalid: where the way of paying does not go with it."""
    described = deliveries.described(method, request.shopper)
    is_collected = method is not None and deliveries.is_collected(method.code)
    if request.payment == "in_store" and not is_collected:
        raise Invalid(reason=_("what is paid in the store is collected there"))
    if request.payment == "on_delivery" and (method is None or is_collected):
        raise Invalid(reason=_("what is paid on delivery needs a way of delivery"))
    if is_collected and request.collect_store_id is not None:
        if not Store.objects.filter(id=request.collect_store_id).exists():
            raise Invalid(reason=_("there is no such store"))
        described["store_id"] = str(request.collect_store_id)
    return described if request.payment == "online" else {**described, "payment": request.payment}


def is_free_delivery(request: Request) -> bool:
    """Say whether the coupon is one that makes the delivery free."""
    code = request.coupon.strip().upper()
    return bool(code) and Coupon.objects.filter(code=code, kind="free_delivery").exists()


def priced(request: Request, *, day: date, now: datetime) -> list[PricedLine]:
    """Return the goods at today's prices, or the one free amount."""
    if request.free_amount_minor is None:
        return pricing.price_basket(
            wanted=request.wanted,
            currency=request.currency,
            country=request.channel.country,
            day=day,
            now=now,
            codes=request.promotion_codes,
            channel_id=request.channel.id,
        )
    if request.free_amount_minor <= 0 or not request.description:
        raise Invalid(reason=_("a free amount must be positive and needs a description"))
    tax_class = TaxClass.objects.filter(code="standard").first() or TaxClass.objects.order_by("id").first()
    if tax_class is None:
        raise Invalid(reason=_("there is no tax class yet"))
    return [
        pricing.line_of(
            kind="product",
            name=request.description[:200],
            unit_price_minor=request.free_amount_minor,
            quantity=1,
            rate_basis_points=pricing.tax_rate(tax_class_id=tax_class.id, country=request.channel.country, day=day),
        )
    ]


def customer(shopper: Shopper, now: datetime) -> UUID | None:
    """Return the customer with the shopper's address, made if there is none; None without an address."""
    if not shopper.email:
        return None
    known = customers.find_by_email(shopper.email)
    customer = known or Customer.objects.create(
        name=shopper.name, email=shopper.email, phone=shopper.phone, locale=shopper.locale, created_at=now
    )
    return UUID(str(customer.id))
