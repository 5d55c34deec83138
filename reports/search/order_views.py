"""Orders for staff: the list, and one truth about one order."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from merchant.core.money import Money
from merchant.core.outbox.screens import merchant_topic
from merchant.core.pages.frame import places_of
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import Action, EmptyState, FilterBar, ListFrame, Pager, Stat, TotalLine
from merchant.core.pages.status import FULFILMENT as FULFILMENT_LOOKS
from merchant.core.pages.status import ORDER as ORDER_LOOKS
from merchant.core.staff_pages import StaffPageView
from merchant.core.telling import count_words
from orders.order.pages import OrderListPage
from orders.order.queries import ORDER_FILTERS, OrderFilters
from orders.order.queries import read_filters as read_order_filters
from orders.order.states import FULFILMENT, ORDER
from reports.search import queries
from reports.search.list_parts import cursor_of, export_ticked, export_url, new_rows_topic, one_place
from reports.search.order_pages import order_page, order_rows

ORDER_VIEWS: tuple[tuple[Any, dict[str, str]], ...] = (
    (gettext_lazy("All"), {}),
    (gettext_lazy("To hand over"), {"status": "open", "fulfilment_status": "unfulfilled,partial"}),
    (gettext_lazy("Completed"), {"status": "completed"}),
    (gettext_lazy("Cancelled"), {"status": "cancelled"}),
    (gettext_lazy("Carts"), {"status": "draft"}),
)


class OrderListView(StaffPageView):
    """`/orders/`: find and fulfil."""

    right = "order.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of the filtered orders, newest first; with `totals` what they all come to."""
        here = Here.of(request)
        filters = read_order_filters(here.joined(ORDER_FILTERS), only_stores=self.caller.stores)
        lines = _order_totals(filters) if here.one("totals") else None
        if lines is not None and self.is_part:
            page = OrderListPage(ListFrame(FilterBar(here.path), Pager(), _no_orders(), totals=lines), ())
            return self.fragment("payments/records/totals.html", page)
        found = queries.list_shown_orders(filters, cursor_of(here))
        rows = order_rows(found.rows, is_masked=self.caller.is_masked)
        page = OrderListPage(
            ListFrame(
                bar=self._bar(here),
                pager=here.pager(found),
                empty=_no_orders(),
                export_url=export_url(self, here, "orders", ORDER_FILTERS),
                totals_url=here.url(totals="1"),
                totals=lines,
                live_topic=new_rows_topic(here, "orders"),
                bulk=(*self._bulk(), *export_ticked(self, "orders")),
                actions=self._ways(),
            ),
            rows,
        )
        return self.page("orders/order/list.html", page, current="orders", live_topics=(merchant_topic("orders"),))

    def _ways(self) -> tuple[Action, ...]:
        ways = [
            Action(_("Pick and collect"), "/pickups/", "package"),
            Action(_("Open carts"), "/carts/", "shopping-bag"),
            Action(_("Parked"), "/parked/", "hourglass"),
            Action(_("Feedback"), "/feedback/", "badge-check"),
        ]
        if self.caller.has_right("checkout.create") and self.caller.stores is None:
            ways.append(Action(_("Order by telephone"), "/orders/new/", "phone"))
        return tuple(ways)

    def _bulk(self) -> tuple[Action, ...]:
        key = str(uuid4())
        papers = (
            Action(_("Pick lists"), "/orders/print/?what=picks", "package", "post", key=key),
            Action(_("Receipts"), "/orders/print/?what=receipts", "receipt-text", "post", key=key),
        )
        if not self.caller.has_right("order.fulfil"):
            return papers
        return (Action(_("Ready to collect"), "/pickups/picked/", "package-check", "post", key=key), *papers)

    def _bar(self, here: Here) -> FilterBar:
        places = places_of(self.caller)
        return here.bar(
            here.days("date", _("Business day")),
            here.choice("status", _("Status"), [(state, ORDER_LOOKS[state].word) for state in ORDER.states]),
            here.choice(
                "fulfilment_status",
                _("Hand-over"),
                [(state, FULFILMENT_LOOKS[state].word) for state in FULFILMENT.states],
            ),
            *one_place(here, "store", _("Location"), places.stores),
            *one_place(here, "channel", _("Channel"), places.channels),
            search_hint=_("order number, e-mail, 12.50"),
            views=ORDER_VIEWS,
        )


class OrderDetailView(StaffPageView):
    """`/orders/<id>/`: one truth about one order; in the drawer when htmx asks."""

    right = "order.read"

    def get(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        """Show the order with lines, money, goods, papers and timeline."""
        story = queries.get_order_story(order_id)
        self.require_store(story.order.store_id)
        page = order_page(story, queries.list_audit(f"order:{order_id}"), caller=self.caller)
        # As with payments: the page asks for itself again, everything else that asks is the drawer of the list.
        if self.is_part and request.headers.get("HX-Target") != "order-live":
            return self.fragment("orders/order/drawer.html", page)
        return self.page("orders/order/detail.html", page, current="orders", live_topics=(f"order:{order_id}",))


def _order_totals(filters: OrderFilters) -> tuple[TotalLine, ...]:
    return tuple(
        TotalLine(
            row["currency"],
            (
                Stat(_("Orders"), count_words(row["number"])),
                Stat(_("Agreed"), Money(row["total"], row["currency"])),
                Stat(_("Paid"), Money(row["captured"] - row["refunded"], row["currency"])),
            ),
        )
        for row in queries.sum_orders(filters)
    )


def _no_orders() -> EmptyState:
    return EmptyState("receipt-text", _("No orders yet"), _("The first one appears here by itself."))
