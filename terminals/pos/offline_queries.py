"""What is at risk because it was taken offline."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Min, QuerySet, Sum

from orders.order.models import Order
from payments.vouchers.models import OfflineRedemption
from terminals.pos.models import OfflineSale


@dataclass(frozen=True, slots=True)
class AtRisk:
    """So much in one currency: gift cards that have not given their money, or sales that wait in a tablet's queue because they were refused."""

    kind: str
    currency: str
    minor: int
    number: int
    oldest_at: datetime


@dataclass(frozen=True, slots=True)
class PaidTwice:
    """The order that an offline sale replaced has money as well: so much of it is still there beside the sale's own. Somebody gives one of them back."""

    order_id: UUID
    number: str
    minor: int


def find_paid_twice(row: OfflineSale) -> PaidTwice | None:
    """Return what was paid a second time for the goods of one sale, None if nothing was or it went back."""
    return map_paid_twice([row]).get(row.id)


def map_paid_twice(rows: Iterable[OfflineSale]) -> dict[UUID, PaidTwice]:
    """Return, by sale, what was paid a second time for its goods. One statement for all of them."""
    replacing = [row for row in rows if row.replaced_order_id and row.order_id]
    if not replacing:
        return {}
    named = {key for row in replacing for key in (row.order_id, row.replaced_order_id)}
    found = Order.objects.in_bulk(named)
    twice = {}
    for row in replacing:
        other, own = found[row.replaced_order_id], found[row.order_id]
        minor = min(_kept_minor(other), _kept_minor(own))
        if minor > 0:
            twice[row.id] = PaidTwice(other.id, other.number, minor)
    return twice


def _kept_minor(order: Order) -> int:
    return order.secured_minor - order.refunded_minor


def list_at_risk(stores: Collection[UUID] | None) -> list[AtRisk]:
    """Return what is at risk in the stores given (None: all), by kind and currency."""
    cards = open_redemptions(stores).values("currency").annotate(
        minor=Sum(F("amount_minor") - F("confirmed_minor") - F("written_off_minor")),
        number=Count("id"),
        oldest_at=Min("taken_at"),
    )  # fmt: skip
    sales = refused_sales(stores).values("currency").annotate(
        minor=Sum(F("cash_minor") + F("gift_card_minor")), number=Count("id"), oldest_at=Min("sold_at")
    )  # fmt: skip
    found = [AtRisk("gift_cards", **row) for row in cards.order_by("currency")]
    return found + [AtRisk("refused_sales", **row) for row in sales.order_by("currency")]


def open_redemptions(stores: Collection[UUID] | None) -> QuerySet[Any]:
    """Return gift card payments that are still at risk."""
    rows = OfflineRedemption.objects.filter(status="at_risk")
    return rows if stores is None else rows.filter(store_id__in=stores)


def refused_sales(stores: Collection[UUID] | None) -> QuerySet[Any]:
    """Return sales that were refused and wait in a tablet's queue."""
    rows = OfflineSale.objects.filter(status="refused").select_related("device", "register", "store")
    return rows if stores is None else rows.filter(store_id__in=stores)


def landed_sales(stores: Collection[UUID] | None) -> QuerySet[Any]:
    """Return sales that landed."""
    rows = OfflineSale.objects.filter(status="landed").select_related("device", "register", "store")
    return rows if stores is None else rows.filter(store_id__in=stores)
