"""Products and stock for staff."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from inventory.pricing.models import Price
from inventory.stock import queries
from inventory.stock.models import StockLevel
from inventory.stock.pages import StockListPage, StockRow
from merchant.core.money import Money
from merchant.core.outbox.screens import merchant_topic
from merchant.core.pages.frame import scope_of
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import Action, EmptyState, ListFrame
from merchant.core.pages.status import STOCK as LOOKS
from merchant.core.pagination import page as paged
from merchant.core.staff_pages import StaffPageView


class StockListView(StaffPageView):
    """`/stock/`."""

    right = "stock.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of articles and how many there are of each, per location."""
        here, scope = Here.of(request), scope_of(request, self.caller)
        rows = queries.list_levels(
            store_ids=self.caller.stores, store_id=scope.store.id if scope.store else None, text=here.one("q")
        )
        wanted = here.params.get("status", ())
        if wanted:
            conditions = {
                "sold_out": {"free__lte": 0},
                "low": {"free__gt": 0, "free__lte": queries.LOW_AT},
                "in_stock": {"free__gt": queries.LOW_AT},
                "oversold": {"oversold__gt": 0},
            }
            kept = [rows.filter(**conditions[status]) for status in wanted if status in conditions]
            for more in kept[1:]:
                kept[0] = kept[0] | more
            rows = kept[0] if kept else rows
        found = paged(rows, after=here.one("after") or None, before=here.one("before") or None)
        prices = _prices_of(list(found.rows))
        incoming = queries.incoming({level.variant_id for level in found.rows})
        bar = here.bar(
            here.choice(
                "status",
                _("State"),
                [(state, LOOKS[state].word) for state in ("in_stock", "low", "sold_out", "oversold")],
            ),
            search_hint=_("SKU or name"),
        )
        empty = EmptyState(
            "package",
            _("Nothing in stock yet"),
            _("Articles whose pieces are counted appear here."),
            Action(_("New product"), "/products/new/", "plus") if self.caller.has_right("catalog.manage") else None,
        )
        page = StockListPage(
            ListFrame(bar=bar, pager=here.pager(found), empty=empty, actions=goods_in_links()),
            tuple(_row(level, prices, incoming) for level in found.rows),
        )
        return self.page("inventory/stock/list.html", page, current="stock", live_topics=(merchant_topic("stock"),))


def _prices_of(levels: list[StockLevel]) -> dict[tuple[str, str], int]:
    prices = Price.objects.filter(variant_id__in={level.variant_id for level in levels})
    return {(str(price.variant_id), price.currency): price.amount_minor for price in prices}


def goods_in_links() -> tuple[Action, ...]:
    """Return the ways to what is coming in."""
    return (
        Action(_("Deliveries"), "/stock/deliveries/", "truck"),
        Action(_("Transfers"), "/stock/transfers/", "shuffle"),
        Action(_("Counts"), "/stock/counts/", "check-check"),
        Action(_("Damaged"), "/stock/damaged/", "triangle-alert"),
    )


def _row(level: StockLevel, prices: dict[tuple[str, str], int], incoming: Mapping[tuple[UUID, UUID], int]) -> StockRow:
    variant, currency = level.variant, level.store.currency
    free = level.on_hand - level.reserved
    minor = prices.get((str(variant.id), currency))
    status = (
        "untracked"
        if not variant.is_stocked
        else "oversold"
        if level.oversold
        else "sold_out"
        if free <= 0
        else "low"
        if free <= (queries.LOW_AT if level.low_at is None else level.low_at)
        else "in_stock"
    )
    return StockRow(
        id=str(level.id),
        url="",
        sku=variant.sku,
        name=", ".join(dict.fromkeys(part for part in (variant.product.name, variant.name) if part)),
        location=level.store.name,
        price=Money(minor, currency) if minor is not None else None,
        on_hand=level.on_hand,
        oversold=level.oversold,
        reserved=level.reserved,
        available=free,
        status=status,
        incoming=incoming.get((variant.id, level.store_id), 0),
    )
