"""Reads of damaged goods."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from inventory.damaged.models import DamagedGoods
from inventory.damaged.states import DAMAGED
from merchant.core.errors import NotFound
from merchant.core.filters import FilterReader

DAMAGED_FILTERS = ("status", "store", "date_from", "date_to", "q")


@dataclass(frozen=True, slots=True)
class DamagedFilters:
    """What the list is narrowed by. Days are business days, both inclusive; `text` is a SKU, part of a name or an order's number; empty fields do not narrow."""

    status: tuple[str, ...] = ()
    store_id: UUID | None = None
    date_from: date | None = None
    date_to: date | None = None
    text: str = ""
    # Limits what a caller of some stores sees; never read from a request.
    only_stores: frozenset[UUID] | None = None


def read_filters(params: Mapping[str, str], *, only_stores: Collection[UUID] | None = None) -> DamagedFilters:
    """
    Return the filters written in a query string.

    :raises FilterRefused: for a filter that is unknown or cannot be understood.
    """
    read = FilterReader(params, known=DAMAGED_FILTERS)
    return DamagedFilters(
        status=read.choices("status", DAMAGED.states),
        store_id=read.key("store"),
        date_from=read.day("date_from"),
        date_to=read.day("date_to"),
        text=read.text("q"),
        only_stores=None if only_stores is None else frozenset(only_stores),
    )


def find_damaged(filters: DamagedFilters) -> QuerySet[DamagedGoods]:
    """Return the damaged goods the filters let through, in no order yet."""
    wanted = {
        "status__in": filters.status,
        "store_id": filters.store_id,
        "business_date__gte": filters.date_from,
        "business_date__lte": filters.date_to,
        "store_id__in": filters.only_stores,
    }
    rows: QuerySet[DamagedGoods] = DamagedGoods.objects.filter(
        **{name: value for name, value in wanted.items() if value not in (None, "", ())}
    )
    if not filters.text:
        return rows
    text = filters.text.lstrip("#")
    return rows.filter(
        Q(variant__sku__istartswith=text) | Q(variant__product__name__icontains=text) | Q(origin=text.upper())
    )


def get_damaged(damaged_id: UUID) -> DamagedGoods:
    """Return one with its article and store. :raises NotFound: if the merchant has none with that id."""
    rows = DamagedGoods.objects.select_related("variant__product", "store")
    found: DamagedGoods | None = rows.filter(id=damaged_id).first()
    if found is None:
        raise NotFound()
    return found
