"""Lists and details of payments and orders for staff, and the search over both."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from merchant.core.money import Money
from merchant.core.outbox.screens import merchant_topic
from merchant.core.pages.frame import places_of
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import Action, EmptyState, FilterBar, ListFrame, Pager, Stat, TotalLine
from merchant.core.pages.shell import locale_of
from merchant.core.pages.status import FULFILMENT as FULFILMENT_LOOKS
from merchant.core.pages.status import ORDER as ORDER_LOOKS
from merchant.core.pages.status import PAYMENT as PAYMENT_LOOKS
from merchant.core.pagination import PAGE_SIZE
from merchant.core.staff_pages import StaffPageView
from orders.order.pages import OrderListPage
from orders.order.queries import ORDER_FILTERS, OrderFilters
from orders.order.queries import read_filters as read_order_filters
from orders.order.states import FULFILMENT, ORDER
from payments.records import words
from payments.records.pages import PaymentListPage
from payments.records.queries import PAYMENT_FILTERS, PaymentFilters
from payments.records.queries import read_filters as read_payment_filters
from payments.records.states import PAYMENT
from reports.search import queries
from reports.search.order_pages import order_page, order_row
from reports.search.payment_pages import payment_page, payment_row
from reports.search.queries import Cursor

PAYMENT_VIEWS: tuple[tuple[Any, dict[str, str]], ...] = (
    (gettext_lazy("All"), {}),
    (gettext_lazy("Needs action"), {"status": "unknown,action_required"}),
    (gettext_lazy("To capture"), {"status": "authorised"}),
    (gettext_lazy("Declined"), {"status": "declined,failed"}),
    (gettext_lazy("Refunds"), {"status": "partly_refunded,refunded"}),
)
ORDER_VIEWS: tuple[tuple[Any, dict[str, str]], ...] = (
    (gettext_lazy("All"), {}),
    (gettext_lazy("To hand over"), {"status": "open", "fulfilment_status": "unfulfilled,partial"}),
    (gettext_lazy("Completed"), {"status": "completed"}),
    (gettext_lazy("Cancelled"), {"status": "cancelled"}),
    (gettext_lazy("Carts"), {"status": "draft"}),
)


def cursor_of(here: Here) -> Cursor:
    """Return where the asked page begins."""
    return Cursor(here.one("after") or None, here.one("before") or None, PAGE_SIZE)


class PaymentListView(StaffPageView):
    """`/payments/`: find a payment."""

    right = "payment.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of the filtered payments, newest first; with `totals` what they all come to."""
        here, filters = _payment_filters(self, request)
        if here.one("totals"):
            lines = _payment_totals(filters)
            if self.is_part:
                page = PaymentListPage(ListFrame(FilterBar(here.path), Pager(), _no_payments(), totals=lines), ())
                return self.fragment("payments/records/totals.html", page)
        else:
            lines = None
        found = queries.list_payments(filters, cursor_of(here))
        page = PaymentListPage(
            ListFrame(
                bar=self._bar(here),
                pager=here.pager(found),
                empty=_no_payments(),
                export_url=export_url(self, here, "payments", PAYMENT_FILTERS),
                totals_url=here.url(totals="1"),
                totals=lines,
                live_topic=new_rows_topic(here, "payments"),
                actions=_take_a_payment(self),
            ),
            tuple(payment_row(payment) for payment in found.rows),
        )
        return self.page(
            "payments/records/list.html", page, current="payments", live_topics=(merchant_topic("payments"),)
        )

    def _bar(self, here: Here) -> FilterBar:
        places = places_of(self.caller)
        return here.bar(
            here.days("date", _("Business day")),
            here.choice(
                "status",
                _("Status"),
                [(state, PAYMENT_LOOKS[state].word) for state in PAYMENT.states if state in PAYMENT_LOOKS],
            ),
            here.choice("method", _("Method"), words.METHODS.items()),
            here.choice("money_stage", _("Money"), _stages()),
            *_one_place(here, "store", _("Location"), places.stores),
            *_one_place(here, "channel", _("Channel"), places.channels),
            search_hint=_("order, •4242, 12.50, reference"),
            views=PAYMENT_VIEWS,
        )


class PaymentDetailView(StaffPageView):
    """`/payments/<id>/`: explain one payment; in the drawer when htmx asks."""

    right = "payment.read"

    def get(self, request: HttpRequest, payment_id: UUID) -> HttpResponse:
        """Show the payment with its trail, timeline, operations and what can be done with it."""
        story = queries.get_payment_story(payment_id)
        self.require_store(story.payment.store_id)
        settled = queries.list_settled(payment_id)
        audit = queries.list_audit(f"payment:{payment_id}")
        page = payment_page(story, settled, audit, caller=self.caller, locale=locale_of(request.LANGUAGE_CODE))  # type: ignore[attr-defined]
        # The page asks for itself again when the payment changes; everything else that asks is the drawer of the list.
        if self.is_part and request.headers.get("HX-Target") != "payment-live":
            return self.fragment("payments/records/drawer.html", page)
        return self.page(
            "payments/records/detail.html", page, current="payments", live_topics=(f"payment:{payment_id}",)
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
        found = queries.list_orders(filters, cursor_of(here))
        ids = [order.id for order in found.rows]
        items, unknown = queries.count_items(ids), queries.list_unknown_orders(ids)
        rows = tuple(
            order_row(
                order, items=items.get(order.id, 0), is_unknown=order.id in unknown, is_masked=self.caller.is_masked
            )
            for order in found.rows
        )
        page = OrderListPage(
            ListFrame(
                bar=self._bar(here),
                pager=here.pager(found),
                empty=_no_orders(),
                export_url=export_url(self, here, "orders", ORDER_FILTERS),
                totals_url=here.url(totals="1"),
                totals=lines,
                live_topic=new_rows_topic(here, "orders"),
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
        ]
        if self.caller.has_right("checkout.create") and self.caller.stores is None:
            ways.append(Action(_("Order by telephone"), "/orders/new/", "phone"))
        return tuple(ways)

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
            *_one_place(here, "store", _("Location"), places.stores),
            *_one_place(here, "channel", _("Channel"), places.channels),
            search_hint=_("order number, e-mail, 12.50"),
            views=ORDER_VIEWS,
        )


class OrderDetailView(StaffPageView):
    """`/orders/<id>/`: one truth about one order."""

    right = "order.read"

    def get(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        """Show the order with lines, money, goods, papers and timeline."""
        story = queries.get_order_story(order_id)
        self.require_store(story.order.store_id)
        page = order_page(story, queries.list_audit(f"order:{order_id}"), caller=self.caller)
        return self.page("orders/order/detail.html", page, current="orders", live_topics=(f"order:{order_id}",))


class SearchView(StaffPageView):
    """`/search/`: what somebody typed or pasted, in orders and payments."""

    right = "order.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show what matches; one single match opens by itself."""
        text = request.GET.get("q", "").strip()[:80]
        orders, payments = self._find(text) if text else ([], [])
        if len(orders) + len(payments) == 1:
            return self.lead_to((orders or payments)[0].url)
        return self.page(
            "reports/search/results.html", {"text": text, "orders": orders, "payments": payments}, current=""
        )

    def _find(self, text: str) -> tuple[list[Any], list[Any]]:
        first = Cursor(size=20)
        found = queries.list_orders(OrderFilters(text=text, only_stores=self.caller.stores), first).rows
        ids = [order.id for order in found]
        items, unknown = queries.count_items(ids), queries.list_unknown_orders(ids)
        masked = self.caller.is_masked
        orders = [
            order_row(order, items=items.get(order.id, 0), is_unknown=order.id in unknown, is_masked=masked)
            for order in found
        ]
        if not self.caller.has_right("payment.read") or "@" in text:
            return orders, []
        rows = queries.list_payments(PaymentFilters(text=text, only_stores=self.caller.stores), first).rows
        shown = {row.id for row in orders}
        return orders, [
            payment_row(payment) for payment in rows if len(orders) != 1 or str(payment.order_id) not in shown
        ]


def new_rows_topic(here: Here, what: str) -> str:
    """Return what counts new rows above a list: nobody knows whether they pass its filters, so only above the first page of all of them."""
    return "" if here.params else merchant_topic(what)


def export_url(view: StaffPageView, here: Here, subject: str, filters: tuple[str, ...]) -> str:
    """Return the dialog that exports exactly the rows of a list, "" for who may not."""
    if not view.caller.has_right("export.create"):
        return ""
    return f"/exports/new/?{urlencode({'subject': subject, **here.joined(filters)})}"


def _payment_filters(view: StaffPageView, request: HttpRequest) -> tuple[Here, PaymentFilters]:
    here = Here.of(request)
    return here, read_payment_filters(here.joined(PAYMENT_FILTERS), only_stores=view.caller.stores)


def _payment_totals(filters: PaymentFilters) -> tuple[TotalLine, ...]:
    lines = []
    for row in queries.sum_payments(filters):
        currency = row["currency"]
        captured, refunded = row["captured"], row["refunded"]
        figures = (
            Stat(_("Payments"), str(row["number"])),
            Stat(_("Taken"), Money(row["secured"], currency)),
            Stat(_("Captured"), Money(captured, currency)),
            Stat(_("Refunded"), Money(-refunded, currency)),
            Stat(_("Net taken"), Money(row["secured"] - refunded, currency)),
            Stat(_("Settled"), Money(row["settled"], currency)),
        )
        lines.append(TotalLine(currency, figures))
    return tuple(lines)


def _order_totals(filters: OrderFilters) -> tuple[TotalLine, ...]:
    return tuple(
        TotalLine(
            row["currency"],
            (
                Stat(_("Orders"), str(row["number"])),
                Stat(_("Agreed"), Money(row["total"], row["currency"])),
                Stat(_("Paid"), Money(row["captured"] - row["refunded"], row["currency"])),
            ),
        )
        for row in queries.sum_orders(filters)
    )


def _one_place(here: Here, name: str, label: str, places: tuple[Any, ...]) -> tuple[Any, ...]:
    """A place chosen in the top bar shows as a filter, so that it can be taken away; choosing is done above."""
    chosen = here.choice(name, label, [(str(place.id), place.name) for place in places])
    return (chosen,) if chosen.shown else ()


def _stages() -> list[tuple[str, str]]:
    return [
        ("taken", _("Captured")),
        ("settled", _("Settled")),
        ("paid_out", _("Paid out")),
        ("reconciled", _("Reconciled")),
    ]


def _take_a_payment(view: StaffPageView) -> tuple[Action, ...]:
    return (
        (Action(_("Take a payment"), "/payment-links/new/", "plus", "dialog", "primary"),)
        if view.caller.has_right("link.create")
        else ()
    )


def _no_payments() -> EmptyState:
    return EmptyState("credit-card", _("No payments yet"), _("The first one appears here by itself."))


def _no_orders() -> EmptyState:
    return EmptyState("receipt-text", _("No orders yet"), _("The first one appears here by itself."))
