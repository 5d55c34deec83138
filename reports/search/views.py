"""The search over orders, payments and all the rest, as a page and as the palette."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from merchant.core.callers import SIGNED_IN
from merchant.core.staff_pages import StaffPageView
from orders.order.queries import OrderFilters
from payments.records.queries import PaymentFilters
from reports.search import queries
from reports.search.order_pages import order_rows
from reports.search.palette import build_palette, find_others
from reports.search.payment_pages import payment_row
from reports.search.queries import Cursor


class PaletteView(StaffPageView):
    """`/search/palette/`: what ⌘K shows for what is typed, asked again with each pause."""

    right = SIGNED_IN

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the hits as options of a list."""
        return self.fragment("reports/search/palette.html", build_palette(request.GET.get("q", ""), self.caller))


class SearchView(StaffPageView):
    """`/search/`: what somebody typed or pasted, in orders and payments."""

    right = "order.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show what matches; one single match opens by itself."""
        text = request.GET.get("q", "").strip()[:80]
        orders, payments = self._find(text) if text else ([], [])
        if len(orders) + len(payments) == 1:
            return self.lead_to((orders or payments)[0].url)
        others = [] if not text or orders or payments else find_others(text, self.caller)
        if len(others) == 1:
            return self.lead_to(others[0].url)
        page = {"text": text, "orders": orders, "payments": payments, "others": others}
        return self.page("reports/search/results.html", page, current="")

    def _find(self, text: str) -> tuple[list[Any], list[Any]]:
        first = Cursor(size=20)
        found = queries.list_shown_orders(OrderFilters(text=text, only_stores=self.caller.stores), first).rows
        orders = list(order_rows(found, is_masked=self.caller.is_masked))
        if not self.caller.has_right("payment.read") or "@" in text:
            return orders, []
        rows = queries.list_shown_payments(PaymentFilters(text=text, only_stores=self.caller.stores), first).rows
        shown = {row.id for row in orders}
        return orders, [
            payment_row(payment) for payment in rows if len(orders) != 1 or str(payment.order_id) not in shown
        ]
