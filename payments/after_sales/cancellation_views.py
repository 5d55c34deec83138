"""Cancel an order from its page."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.core.clock import business_now
from merchant.core.staff_pages import StaffPageView
from orders.order import queries as orders
from orders.order.models import Order
from payments.after_sales import cancellations
from payments.after_sales.services import RefundRules


class CancelOrderView(StaffPageView):
    """`/orders/<id>/cancel/`."""

    right = "order.cancel"

    def post(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        """Cancel it, once: goods back to sale, money back to the customer."""
        order = orders.get_order(order_id)
        self.require_store(order.store_id)
        return self.act_once(request, lambda: self._cancel(order))

    def _cancel(self, order: Order) -> str:
        now = business_now(self.caller.merchant_id)
        done = cancellations.cancel_order(
            order_id=order.id, reason="staff", now=now, rules=RefundRules(self.caller.refund_limit_minor)
        )
        if done.order.status == "cancelled":
            messages.success(self.request, _("{number} is cancelled.").format(number=order.number))
        else:
            text = _("The goods of {number} are for sale again; its money is on the way back.")
            messages.success(self.request, text.format(number=order.number))
        return f"/orders/{order.id}/"
