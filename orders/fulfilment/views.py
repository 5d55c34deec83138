"""Hand an order over from its page."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.core.clock import business_now
from merchant.core.staff_pages import StaffPageView
from orders.fulfilment import services
from orders.order import queries
from orders.order.models import Order


class HandOverView(StaffPageView):
    """`/orders/<id>/hand-over/`."""

    right = "order.fulfil"

    def post(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        """Hand over all that is left, once."""
        order = queries.get_order(order_id)
        self.require_store(order.store_id)
        return self.act_once(request, lambda: self._hand_over(order))

    def _hand_over(self, order: Order) -> str:
        store_id = queries.goods_store_id(order)
        services.hand_over(
            order_id=order.id,
            store_id=store_id,
            now=business_now(self.caller.merchant_id),
            require_secured=not queries.is_paid_at_the_door(order),
        )
        messages.success(self.request, _("Everything of {number} is handed over.").format(number=order.number))
        return f"/orders/{order.id}/"
