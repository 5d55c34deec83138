"""`/stock/damaged/`: what came back damaged, and what becomes of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from inventory.damaged import queries, services
from inventory.damaged.models import DamagedGoods
from inventory.damaged.pages import DamagedListPage, DamagedRow
from inventory.damaged.queries import DAMAGED_FILTERS
from inventory.damaged.states import DAMAGED
from merchant.core.clock import business_now
from merchant.core.money import Money
from merchant.core.pages.frame import scope_of
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import EmptyState, ListFrame
from merchant.core.pages.status import DAMAGED as LOOKS
from merchant.core.pagination import page as paged
from merchant.core.staff_pages import StaffPageView

_URL = "/stock/damaged/"


class DamagedListView(StaffPageView):
    """The list."""

    right = "stock.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page, newest first, narrowed to the store of the frame."""
        here, scope = Here.of(request), scope_of(request, self.caller)
        stores = frozenset({scope.store.id}) if scope.store else self.caller.stores
        filters = queries.read_filters(here.joined(DAMAGED_FILTERS), only_stores=stores)
        rows = queries.find_damaged(filters).select_related("variant__product", "store")
        found = paged(rows, after=here.one("after") or None, before=here.one("before") or None)
        bar = here.bar(
            here.choice("status", _("State"), [(status, LOOKS[status].word) for status in DAMAGED.states]),
            here.days("date", _("Business day")),
            search_hint=_("SKU, name or order"),
        )
        empty = EmptyState(
            "package", _("Nothing came back damaged"), _("Pieces that a return marks as damaged appear here.")
        )
        frame = ListFrame(
            title=_("Damaged goods"),
            bar=bar,
            pager=here.pager(found),
            empty=empty,
            export_url=_export_url(here) if self.caller.has_right("export.create") else "",
        )
        may_decide = self.caller.has_right("stock.manage")
        page = DamagedListPage(frame, tuple(_row(goods, may_decide) for goods in found.rows), may_decide)
        # Not live: a reason that somebody is typing must not be swapped away.
        return self.page("inventory/damaged/list.html", page, current="stock")


class DecideView(StaffPageView):
    """One decision. Subclasses write `decide`."""

    right = "stock.manage"

    def post(self, request: HttpRequest, damaged_id: UUID) -> HttpResponse:
        """Decide once."""
        goods = queries.get_damaged(damaged_id)
        self.require_store(goods.store_id)
        return self.act_once(request, lambda: self._decide(goods))

    def decide(self, **facts: Any) -> str:
        """Mandatory: decide with these facts and return the sentence that says so."""
        raise NotImplementedError

    def _decide(self, goods: DamagedGoods) -> str:
        now = business_now(self.caller.merchant_id)
        said = self.decide(damaged_id=goods.id, reason=self.request.POST.get("reason", ""), now=now)
        messages.success(self.request, said.format(number=goods.quantity, sku=goods.variant.sku))
        return _URL


class WriteOffView(DecideView):
    """`/stock/damaged/<id>/write-off/`."""

    def decide(self, **facts: Any) -> str:
        """Give them up."""
        services.write_off(**facts)
        return _("{number} × {sku} written off.")


class PutBackView(DecideView):
    """`/stock/damaged/<id>/back/`."""

    def decide(self, **facts: Any) -> str:
        """Put them on the shelf."""
        services.put_back(**facts)
        return _("{number} × {sku} are for sale again.")


def _export_url(here: Here) -> str:
    narrowed = {name: ",".join(values) for name, values in here.params.items() if name in DAMAGED_FILTERS}
    return Here("/exports/new/", {"subject": ("damaged",)}).url(**narrowed)


def _row(goods: DamagedGoods, may_decide: bool) -> DamagedRow:
    variant = goods.variant
    return DamagedRow(
        id=str(goods.id),
        name=", ".join(dict.fromkeys(part for part in (variant.product.name, variant.name) if part)),
        sku=variant.sku,
        location=goods.store.name,
        quantity=goods.quantity,
        worth=Money(goods.worth_minor, goods.currency),
        reason=goods.reason,
        brought_by=goods.brought_by_name,
        brought_at=goods.brought_at,
        origin=goods.origin or _("without a receipt"),
        origin_url=f"/orders/{goods.order_id}/" if goods.order_id else "",
        status=goods.status,
        decision=f"{goods.decided_by_name}: {goods.decision_reason}" if goods.decided_at else "",
        idempotency_key=str(uuid4()) if may_decide and goods.status == "waiting" else "",
    )
