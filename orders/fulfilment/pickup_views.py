"""`/pickups/`: what to pick, what waits for its customer; made for a phone in the stock room."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from uuid import UUID, uuid4

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from merchant.core.clock import business_now
from merchant.core.errors import AppError, NotFound
from merchant.core.filters import typed_id
from merchant.core.outbox.screens import merchant_topic
from merchant.core.pages.frame import scope_of
from merchant.core.staff_pages import StaffPageView
from orders.fulfilment import collecting, queries
from orders.fulfilment.models import Pickup
from orders.fulfilment.pickup_pages import PickLine, PickupBoard, PickupCard
from orders.order import queries as orders
from orders.order.models import OrderLine

# A store picks some dozens at a time; the rest waits below.
_CARDS_MAX = 60
# A page of a list.
_SELECTED_MAX = 200


class BoardPage(StaffPageView):
    """What the pages of the board share."""

    def board(self, request: HttpRequest, errors: Mapping[UUID, AppError] | None = None) -> HttpResponse:
        """Show the board, with why something was refused."""
        scope, now = scope_of(request, self.caller), business_now(self.caller.merchant_id)
        stores = (scope.store.id,) if scope.store else self.caller.stores

        def cards(status: str) -> tuple[PickupCard, ...]:
            rows = queries.list_pickups(stores=stores, status=status).order_by("id")[:_CARDS_MAX]
            return tuple(self._card(row, now, (errors or {}).get(row.id)) for row in rows)

        page = PickupBoard(cards("waiting"), cards("ready"), self.caller.has_right("order.fulfil"))
        topics = (merchant_topic("orders:board"),)
        status = 422 if errors else 200
        return self.page("orders/fulfilment/board.html", page, current="orders", live_topics=topics, status=status)

    def pickup(self, pickup_id: UUID) -> Pickup:
        """Return a pick-up of the caller's stores. :raises NotFound: for any other."""
        found: Pickup | None = queries.list_pickups(stores=self.caller.stores).filter(id=pickup_id).first()
        if found is None:
            raise NotFound()
        return found

    def _card(self, pickup: Pickup, now: datetime, error: AppError | None) -> PickupCard:
        lines = OrderLine.objects.filter(order_id=pickup.order_id, is_stocked=True).order_by("position")
        name = str(pickup.order.delivery.get("name", ""))
        action = "picked" if pickup.status == "waiting" else "collections"
        return PickupCard(
            id=str(pickup.id),
            order_url=f"/orders/{pickup.order_id}/",
            number=pickup.order.number,
            store=pickup.store.name,
            customer=f"{name[:1]}***" if self.caller.is_masked and name else name,
            is_paid=orders.open_minor(pickup.order) == 0,
            until=pickup.collect_until,
            is_late=pickup.collect_until is not None and pickup.collect_until <= now,
            lines=tuple(
                PickLine(
                    str(line.id),
                    line.name,
                    line.sku,
                    line.quantity - line.fulfilled_quantity,
                    pickup.picked.get(str(line.id), 0),
                )
                for line in lines
            ),
            action_url=f"/pickups/{pickup.id}/{action}/",
            key=str(uuid4()),
            error=f"{error.message} {error.next_step}".strip() if error else "",
        )


class BoardView(BoardPage):
    """`/pickups/`."""

    right = "order.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the board."""
        return self.board(request)


class PickedView(BoardPage):
    """`/pickups/<id>/picked/`."""

    right = "order.fulfil"

    def post(self, request: HttpRequest, pickup_id: UUID) -> HttpResponse:
        """Note that all that is left was fetched, once."""
        pickup = self.pickup(pickup_id)
        try:
            return self.act_once(request, lambda: self._pick(pickup))
        except NotFound:
            raise
        except AppError as error:
            return self.board(request, {pickup.id: error})

    def _pick(self, pickup: Pickup) -> str:
        pick_all(pickup, now=business_now(self.caller.merchant_id))
        messages.success(self.request, _("{number} is ready; the customer is told.").format(number=pickup.order.number))
        return "/pickups/"


class PickedManyView(BoardPage):
    """`/pickups/picked/`: of the orders that are ticked in a list, those that wait to be picked."""

    right = "order.fulfil"

    def post(self, request: HttpRequest) -> HttpResponse:
        """Note that all of each was fetched, once; what cannot be is left as it is and counted."""
        return self.act_once(request, self._pick_many)

    def _pick_many(self) -> str:
        ids = [key for key in map(typed_id, self.request.POST.getlist("selected")[:_SELECTED_MAX]) if key]
        now, ready = business_now(self.caller.merchant_id), 0
        waiting = queries.list_pickups(stores=self.caller.stores, status="waiting").filter(order_id__in=ids)
        for pickup in waiting.order_by("id"):
            with suppress(AppError), transaction.atomic():
                pick_all(pickup, now=now)
                ready += 1
        said = ngettext(
            "{number} order is ready; its customer is told.",
            "{number} orders are ready; their customers are told.",
            ready,
        )
        messages.success(self.request, said.format(number=ready))
        if left := len(set(ids)) - ready:
            said = ngettext(
                "{number} order does not wait to be picked.", "{number} orders do not wait to be picked.", left
            )
            messages.info(self.request, said.format(number=left))
        return "/pickups/"


def pick_all(pickup: Pickup, *, now: datetime) -> None:
    """Note that all that is left of a pick-up was fetched. Raises what `collecting.pick` raises."""
    lines = OrderLine.objects.filter(order_id=pickup.order_id, is_stocked=True)
    left = {line.id: line.quantity - line.fulfilled_quantity - pickup.picked.get(str(line.id), 0) for line in lines}
    pieces = {line_id: quantity for line_id, quantity in left.items() if quantity > 0}
    collecting.pick(pickup_id=pickup.id, pieces=pieces, now=now)


class CollectionView(BoardPage):
    """`/pickups/<id>/collections/`."""

    right = "order.fulfil"

    def post(self, request: HttpRequest, pickup_id: UUID) -> HttpResponse:
        """Check the code and hand over, once."""
        pickup, now = self.pickup(pickup_id), business_now(self.caller.merchant_id)
        try:
            if pickup.status != "collected":
                collecting.check_code(pickup_id=pickup.id, code=request.POST.get("code", ""), now=now)
            return self.act_once(request, lambda: self._collect(pickup))
        except NotFound:
            raise
        except AppError as error:
            return self.board(request, {pickup.id: error})

    def _collect(self, pickup: Pickup) -> str:
        collecting.collect(pickup_id=pickup.id, now=business_now(self.caller.merchant_id))
        messages.success(self.request, _("{number} is handed over.").format(number=pickup.order.number))
        return "/pickups/"
