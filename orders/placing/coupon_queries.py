"""Reads of coupons: the filtered list, and the orders one was used for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q, QuerySet

from inventory.pricing.models import Coupon, CouponUse
from merchant.core.errors import NotFound
from orders.order.models import Order


def find_coupons(*, states: Sequence[str] = (), text: str = "", now: datetime) -> QuerySet[Coupon]:
    """Return the coupons in one of `states` (none: all) whose code begins with `text`, in no order yet."""
    rows: QuerySet[Coupon] = Coupon.objects.all()
    if text:
        rows = rows.filter(code__startswith=text.strip().upper())
    if states:
        wanted = Q()
        for state in states:
            wanted |= _in_state(state, now)
        rows = rows.filter(wanted)
    return rows


def get_coupon(coupon_id: UUID) -> Coupon:
    """Return one coupon. :raises NotFound: if the merchant has none with that id."""
    coupon: Coupon | None = Coupon.objects.filter(id=coupon_id).first()
    if coupon is None:
        raise NotFound()
    return coupon


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a coupon and the order it was used for."""

    row: CouponUse
    order: Order


def with_orders(uses: Sequence[CouponUse]) -> list[Use]:
    """Return uses with their orders, with one statement."""
    orders = {order.id: order for order in Order.objects.filter(id__in=[use.order_id for use in uses])}
    return [Use(use, orders[use.order_id]) for use in uses if use.order_id in orders]


def _in_state(state: str, now: datetime) -> Q:
    """The same words as `coupon_pages.state_of`, for the database."""
    over = Q(ends_at__isnull=False, ends_at__lte=now)
    used_up = Q(uses_max__isnull=False, used__gte=F("uses_max"))
    coming = Q(starts_at__gt=now)
    return {
        "ended": Q(is_active=False),
        "over": Q(is_active=True) & over,
        "used_up": Q(is_active=True) & ~over & used_up,
        "coming": Q(is_active=True) & ~over & ~used_up & coming,
        "active": Q(is_active=True) & ~over & ~used_up & ~coming,
    }.get(state, Q(pk=None))
