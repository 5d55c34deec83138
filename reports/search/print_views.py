"""Papers of several orders on one page to print: pick lists, one order a sheet, and receipts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from merchant.core.errors import Invalid
from merchant.core.filters import typed_id
from merchant.core.pages.parts import EmptyState, Fact
from merchant.core.staff_pages import StaffPageView
from orders.documents import queries as documents
from orders.documents.render import prepared_with_code
from orders.order.models import Order
from reports.search import queries
from reports.search.order_pages import customer_words

# As many as a page of the list can tick.
ORDERS_MAX = 50
KINDS = ("picks", "receipts")
_LIST = "/orders/"


@dataclass(frozen=True, slots=True)
class SheetLine:
    """Pieces of one article that are still to be handed over, and the store they come from."""

    quantity: int
    name: str
    sku: str
    place: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One order as whoever picks it reads it."""

    number: str
    placed_at: datetime
    facts: tuple[Fact, ...]
    lines: tuple[SheetLine, ...]


@dataclass(frozen=True, slots=True)
class PrintPage:
    """What is printed. `note` says what was ticked and is not here, and why."""

    title: str
    note: str
    sheets: tuple[Sheet, ...] = ()
    papers: tuple[tuple[Any, str], ...] = ()
    back_url: str = _LIST
    empty: EmptyState | None = None


class OrderPrintView(StaffPageView):
    """`/orders/print/`: the pick lists or receipts of the orders that are ticked in the list."""

    right = "order.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show them as one page to print. What belongs to other stores is left out, as if it did not exist."""
        keys = [key for key in map(typed_id, request.GET.get("orders", "").split(",")[:ORDERS_MAX]) if key]
        orders = queries.list_orders_of(keys, only_stores=self.caller.stores)
        if request.GET.get("what") == "receipts":
            return render(request, "orders/documents/receipts.html", {"page": _receipts(orders)})
        return self.page("reports/search/pick_lists.html", self._picks(orders), current="orders")

    def post(self, request: HttpRequest) -> HttpResponse:
        """
        Lead to the page of what is ticked; it has an address of its own and changes nothing.

        :raises Invalid: for more than the list can tick, or what is no order.
        """
        what = request.POST.get("what", "") or request.GET.get("what", "")
        ticked = [typed_id(text) for text in request.POST.getlist("selected")]
        if len(ticked) > ORDERS_MAX or None in ticked:
            raise Invalid(reason=_("tick at most {most} orders of the list").format(most=ORDERS_MAX))
        query = {"what": what if what in KINDS else KINDS[0], "orders": ",".join(map(str, ticked))}
        return self.lead_to(f"{request.path}?{urlencode(query, safe=',')}")

    def _picks(self, orders: list[Order]) -> PrintPage:
        lines: dict[UUID, list[SheetLine]] = defaultdict(list)
        for line in queries.list_lines_to_pick([order.id for order in orders]):
            place = line.source_store or line.order.store
            left = line.quantity - line.fulfilled_quantity
            lines[line.order_id].append(SheetLine(left, line.name, line.sku, place.name if place else ""))
        sheets = tuple(self._sheet(order, tuple(lines[order.id])) for order in orders if lines[order.id])
        gone = len(orders) - len(sheets)
        said = ngettext(
            "{number} order has nothing left to pick.", "{number} orders have nothing left to pick.", gone
        ).format(number=gone)
        return PrintPage(
            title=_count(len(sheets)),
            note=said if gone else "",
            sheets=sheets,
            empty=EmptyState("package", _("Nothing to pick."), _("Tick orders that are not handed over yet.")),
        )

    def _sheet(self, order: Order, lines: tuple[SheetLine, ...]) -> Sheet:
        way = str(order.delivery.get("method_name") or order.delivery.get("method") or "")
        facts = [
            Fact(_("Customer"), customer_words(order, is_masked=self.caller.is_masked) or "—"),
            Fact(_("Channel"), order.channel.name, note=order.store.name if order.store else ""),
        ]
        facts += [Fact(_("Delivery"), way)] if way else []
        facts += [Fact(_("Note"), order.note)] if order.note else []
        return Sheet(order.number, order.placed_at or order.created_at, tuple(facts), lines)


def _receipts(orders: list[Order]) -> PrintPage:
    found = documents.list_latest_receipts([order.id for order in orders])
    papers = tuple(prepared_with_code(found[order.id]) for order in orders if order.id in found)
    gone = len(orders) - len(papers)
    said = ngettext("{number} order has no receipt.", "{number} orders have no receipt.", gone).format(number=gone)
    return PrintPage(title=_count(len(papers)), note=said if gone else "", papers=papers)


def _count(number: int) -> str:
    return ngettext("{number} order", "{number} orders", number).format(number=number)
