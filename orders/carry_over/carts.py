"""Begin a cart of a channel, change it, keep its pieces for a while."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from inventory.pricing import coupons
from inventory.pricing import services as pricing
from inventory.pricing.services import PricedLine, Wanted
from merchant.core.clock import business_date
from merchant.customers import queries as customers
from merchant.sales_channels.models import Channel
from orders.carry_over import services
from orders.carry_over.services import Holder
from orders.order import queries as orders
from orders.order.models import Order
from orders.placing import services as placing
from orders.placing.services import Placement


@dataclass(frozen=True, slots=True)
class Cart:
    """What somebody puts into a cart."""

    wanted: Sequence[Wanted]
    email: str = ""
    coupon: str = ""


@transaction.atomic
def begin_cart(*, channel: Channel, currency: str, cart: Cart, holder: Holder, now: datetime) -> Order:
    """Store a cart with live totals, held by `holder`. Its prices are of now; they are fixed when it is placed."""
    day = business_date(now, zone=channel.zone, cutoff=channel.day_cutoff)
    known = customers.find_by_email(cart.email) if cart.email else None
    placement = Placement(
        channel_id=channel.id,
        currency=currency,
        business_date=day,
        now=now,
        customer_id=known.id if known else None,
        email=cart.email,
        coupon_code=cart.coupon.strip().upper(),
    )
    lines = _priced(cart, currency=currency, country=channel.country, day_of=channel, now=now, channel_id=channel.id)
    made = placing.make_order(placement=placement, lines=lines, status="draft")
    services.hold(order_id=made.id, holder=holder, now=now)
    return orders.get_order(made.id)


@transaction.atomic
def change_cart(*, order_id: UUID, cart: Cart, holder: Holder, epoch: int, version: int, now: datetime) -> Order:
    """
    Give a cart other lines. Locks the order.

    :raises CartNotHeld: for anybody but its holder of this epoch. :raises OrderNotOpen, OrderChanged: see `placing.replace_lines`.
    """
    order = orders.get_order_for_update(order_id)
    services.require_holder(order=order, holder_key=holder.key, now=now, epoch=epoch)
    country = order.store.country if order.store else order.channel.country
    lines = _priced(
        cart,
        currency=order.currency,
        country=country,
        day_of=order.store or order.channel,
        now=now,
        channel_id=order.channel_id,
        store_id=order.store_id,
    )
    coupon = cart.coupon.strip().upper()
    placing.replace_lines(order_id=order_id, lines=lines, version=version, now=now, coupon_code=coupon)
    return orders.get_order(order_id)


@transaction.atomic
def keep_pieces(*, order_id: UUID, holder: Holder, lasts: timedelta, now: datetime) -> Order:
    """
    Keep the pieces of a cart for a while. Locks the order.

    :raises CartNotHeld: for anybody but its holder. :raises InsufficientStock, OrderNotOpen: nothing is kept then.
    """
    order = orders.get_order_for_update(order_id)
    services.require_holder(order=order, holder_key=holder.key, now=now)
    store_id = orders.goods_store_id(order)
    return placing.hold_pieces(order_id=order_id, stock_store_id=store_id, until=now + lasts, now=now)


def _priced(
    cart: Cart,
    *,
    currency: str,
    country: str,
    day_of: object,
    now: datetime,
    channel_id: UUID,
    store_id: UUID | None = None,
) -> list[PricedLine]:
    day = business_date(now, zone=day_of.zone, cutoff=day_of.day_cutoff)  # type: ignore[attr-defined]
    lines = pricing.price_basket(
        wanted=cart.wanted,
        currency=currency,
        country=country,
        day=day,
        now=now,
        store_id=store_id,
        channel_id=channel_id,
    )
    return coupons.discounted(code=cart.coupon, lines=lines, currency=currency, now=now)
