"""Coupons as staff see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.pricing.models import Coupon
from merchant.core.money import Money
from merchant.core.pages.display import count_text, money_text, percent_text
from merchant.core.pages.parts import Action, Fact, ListFrame, Pager

KINDS: dict[str, Promise] = {
    "percent": gettext_lazy("A part of the price off"),
    "amount": gettext_lazy("An amount off"),
    "free_delivery": gettext_lazy("Free delivery"),
}
STATES: tuple[str, ...] = ("active", "coming", "used_up", "over", "ended")


@dataclass(frozen=True, slots=True)
class CouponRow:
    """One coupon. `takes` says what it takes off, `used` how often of how often."""

    id: str
    url: str
    code: str
    name: str
    takes: str
    used: str
    status: str
    starts_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class CouponListPage:
    """The list of coupons."""

    list: ListFrame
    rows: tuple[CouponRow, ...]


@dataclass(frozen=True, slots=True)
class CouponUseRow:
    """One order that holds the coupon, or gave it back when it was cancelled."""

    number: str
    url: str
    used_at: datetime
    total: Money
    off: Money
    given_back_at: datetime | None


@dataclass(frozen=True, slots=True)
class CouponPage:
    """One coupon with the orders it was used for. `hidden` of them are in places the reader does not see."""

    row: CouponRow
    facts: tuple[Fact, ...]
    uses: tuple[CouponUseRow, ...]
    pager: Pager
    hidden: int
    actions: tuple[Action, ...]


def coupon_row(coupon: Coupon, *, now: datetime, locale: str) -> CouponRow:
    """Return a coupon as a row."""
    most = count_text(coupon.uses_max, locale=locale) if coupon.uses_max else ""
    used = count_text(coupon.used, locale=locale)
    return CouponRow(
        id=str(coupon.id),
        url=f"/coupons/{coupon.id}/",
        code=coupon.code,
        name=coupon.name,
        takes=takes_of(coupon, locale=locale),
        used=_("{used} of {most}").format(used=used, most=most) if most else used,
        status=state_of(coupon, now),
        starts_at=coupon.starts_at,
        ends_at=coupon.ends_at,
    )


def takes_of(coupon: Coupon, *, locale: str) -> str:
    """Return what a coupon takes off, in words."""
    if coupon.kind == "percent":
        return percent_text(coupon.percent_basis_points / 100, locale=locale, decimals="##")
    if coupon.kind == "amount":
        return money_text(Money(coupon.amount_minor, coupon.currency), locale=locale)
    return str(KINDS[coupon.kind])


def state_of(coupon: Coupon, now: datetime) -> str:
    """Return where a coupon stands, one of `STATES`."""
    if not coupon.is_active:
        return "ended"
    if coupon.ends_at is not None and coupon.ends_at <= now:
        return "over"
    if coupon.uses_max is not None and coupon.used >= coupon.uses_max:
        return "used_up"
    return "coming" if coupon.starts_at > now else "active"
