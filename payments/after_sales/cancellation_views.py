"""Cancel an order from its page; where cash goes back, out of a drawer that the person chooses."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.core.clock import business_now
from merchant.core.errors import AppError
from merchant.core.filters import typed_id
from merchant.core.money import Money
from merchant.core.staff_pages import StaffPageView
from orders.order import queries as orders
from orders.order.models import Order
from payments.after_sales import cancellations, drawers
from payments.after_sales.cancellations import CashNeedsTill
from payments.after_sales.drawers import DrawerNotOpen
from payments.after_sales.pages import CancelPage
from payments.after_sales.services import RefundRules

_AS_CREDIT = "credit"


class CancelOrderView(StaffPageView):
    """`/orders/<id>/cancel/`."""

    right = "order.cancel"

    def get(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        """Show where cash of the order can go back from."""
        return self._choose(orders.get_own_order(self.caller, order_id))

    def post(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        """Cancel it, once: goods back to sale, money back to the customer. Cash waits until somebody says out of which drawer."""
        order = orders.get_own_order(self.caller, order_id)
        try:
            return self.act_once(request, lambda: self._cancel(order))
        except (CashNeedsTill, DrawerNotOpen) as error:
            return self._choose(order, error)

    def _cancel(self, order: Order) -> str:
        chosen = self.request.POST.get("drawer", "")
        drawer = drawers.choose(caller=self.caller, register_id=typed_id(chosen), currency=order.currency)
        done = cancellations.cancel_order(
            order_id=order.id,
            reason="staff",
            now=business_now(self.caller.merchant_id),
            rules=RefundRules(self.caller.refund_limit_minor, register_id=drawer),
            cash_as_credit=chosen == _AS_CREDIT,
        )
        if done.order.status == "cancelled":
            messages.success(self.request, _("{number} is cancelled.").format(number=order.number))
        else:
            text = _("The goods of {number} are for sale again; its money is on the way back.")
            messages.success(self.request, text.format(number=order.number))
        return f"/orders/{order.id}/"

    def _choose(self, order: Order, error: AppError | None = None) -> HttpResponse:
        found = drawers.list_open_drawers(stores=self.caller.stores, currency=order.currency)
        page = CancelPage(
            title=_("Cancel {number}").format(number=order.number),
            action_url=self.request.path,
            back_url=f"/orders/{order.id}/",
            order_number=order.number,
            cash=Money(cancellations.cash_minor(order), order.currency),
            routes=(
                *((str(drawer.register_id), f"{drawer.name} ({drawer.person})") for drawer in found),
                (_AS_CREDIT, _("No cash: as store credit")),
            ),
            has_drawers=bool(found),
            idempotency_key=str(uuid4()),
            errors=(f"{error.message} {error.money}",) if error else (),
        )
        status = error.status if error else 200
        return self.page("payments/after_sales/cancel.html", page, current="orders", status=status)
