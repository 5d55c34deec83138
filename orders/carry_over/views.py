"""Open carts and what waits at the counters, for staff."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.core.masking import mask_name
from merchant.core.money import Money
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import EmptyState, ListFrame
from merchant.core.pagination import page as paged
from merchant.core.staff_pages import StaffPageView
from orders.carry_over import queries
from orders.carry_over.models import CartHold
from orders.carry_over.pages import CartListPage, CartRow, WaitingListPage, WaitingRow
from orders.order.models import Order


class CartListView(StaffPageView):
    """`/carts/`."""

    right = "order.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of open carts, newest first."""
        here = Here.of(request)
        is_masked = self.caller.is_masked
        rows = queries.list_carts(stores=self.caller.stores, text=here.one("q"), is_exact=is_masked)
        found = paged(rows, after=here.one("after") or None, before=here.one("before") or None)
        empty = EmptyState(
            "shopping-bag",
            _("No open carts"),
            _("Carts begun in any channel stand here until they are paid or given up."),
        )
        frame = ListFrame(bar=here.bar(search_hint=_("number, e-mail or name")), pager=here.pager(found), empty=empty)
        page = CartListPage(frame, _rows(list(found.rows), is_masked=is_masked))
        return self.page("orders/carry_over/carts.html", page, current="orders")


class ParkedListView(StaffPageView):
    """`/parked/`."""

    right = "order.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of what waits at the counters, newest first."""
        here = Here.of(request)
        rows = queries.list_waiting(stores=self.caller.stores)
        found = paged(rows, after=here.one("after") or None, before=here.one("before") or None)
        empty = EmptyState(
            "hourglass",
            _("Nothing waits"),
            _("Orders that a till puts aside, or leaves half paid, stand here until somebody goes on with them."),
        )
        frame = ListFrame(title=_("Parked and half paid"), bar=here.bar(), pager=here.pager(found), empty=empty)
        page = WaitingListPage(
            frame, tuple(_waiting_row(order, is_masked=self.caller.is_masked) for order in found.rows)
        )
        return self.page("orders/carry_over/parked.html", page, current="orders")


def _rows(orders: list[Order], *, is_masked: bool) -> tuple[CartRow, ...]:
    holds = CartHold.objects.filter(order_id__in=[order.id for order in orders])
    held = {hold.order_id: hold.holder_name for hold in holds}
    return tuple(_row(order, held.get(order.id, ""), is_masked=is_masked) for order in orders)


def _waiting_row(order: Order, *, is_masked: bool) -> WaitingRow:
    held: CartHold | None = getattr(order, "hold", None)
    parked_at = held.parked_at if held else None
    return WaitingRow(
        id=str(order.id),
        url=f"/orders/{order.id}/",
        name=(mask_name(held.parked_as) if is_masked else held.parked_as) if held and parked_at else "",
        number=order.number,
        since=parked_at or order.placed_at or order.created_at,
        place=order.store.name if order.store else "",
        holder="" if parked_at or not held else held.holder_name,
        is_parked=parked_at is not None,
        total=Money(order.total_minor, order.currency),
        paid=Money(order.secured_minor, order.currency),
    )


def _row(order: Order, holder: str, *, is_masked: bool) -> CartRow:
    customer: Any = order.customer
    name = (customer.name if customer else "") or order.email
    return CartRow(
        id=str(order.id),
        url=f"/orders/{order.id}/",
        number=order.number,
        at=order.placed_at or order.created_at,
        total=Money(order.total_minor, order.currency),
        status=order.status,
        customer=f"{name[:1]}***" if is_masked and name else name,
        customer_url=f"/customers/{customer.id}/" if customer else "",
        channel=order.channel.name,
        place=order.store.name if order.store else "",
        holder=holder if order.status == "draft" else "",
    )
