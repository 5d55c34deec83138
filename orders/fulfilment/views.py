"""Hand an order over from its page."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.core.clock import business_now
from merchant.core.errors import AppError
from merchant.core.pages.forms import FormField, FormPage, answered, error_lines
from merchant.core.pages.parts import Link
from merchant.core.staff_pages import StaffPageView
from orders.fulfilment import services, shipping
from orders.fulfilment.shipping import Parcel
from orders.order import queries
from orders.order.models import Order


class HandOverView(StaffPageView):
    """`/orders/<id>/hand-over/`."""

    right = "order.fulfil"

    def post(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        """Hand over all that is left, once."""
        order = queries.get_own_order(self.caller, order_id)
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


class NewShipmentView(StaffPageView):
    """`/orders/<id>/shipments/`."""

    right = "order.fulfil"

    def get(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        """Ask which parcel is on its way."""
        return self._form(queries.get_own_order(self.caller, order_id))

    def post(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        """Note the parcel, once."""
        order = queries.get_own_order(self.caller, order_id)
        try:
            return self.act_once(request, lambda: self._note(order))
        except AppError as error:
            return self._form(order, error)

    def _note(self, order: Order) -> str:
        fields = self.request.POST
        parcel = Parcel(fields.get("carrier", ""), fields.get("number", ""), fields.get("url", ""))
        shipping.note_shipment(order_id=order.id, parcel=parcel, now=business_now(self.caller.merchant_id))
        messages.success(self.request, _("The customer can follow parcel {number} now.").format(number=parcel.number))
        return f"/orders/{order.id}/"

    def _form(self, order: Order, error: AppError | None = None) -> HttpResponse:
        fields: tuple[FormField, ...] = (
            FormField("carrier", _("Carrier"), is_required=True, length_max=60),
            FormField("number", _("Parcel number"), is_required=True, length_max=60),
            FormField("url", _("Where it is followed"), hint=_("An address that begins with https."), length_max=300),
        )
        fields = answered(fields, self.request.POST, error)
        page = FormPage(
            title=_("Parcel of {number}").format(number=order.number),
            back=Link(order.number, f"/orders/{order.id}/"),
            action_url=f"/orders/{order.id}/shipments/",
            idempotency_key=str(uuid4()),
            fields=fields,
            button=_("Note the parcel"),
            notice=_("The customer sees it on the order's page. The goods are booked out by handing the order over."),
            errors=error_lines(error, fields),
        )
        return self.page("components/form_page.html", page, current="orders", status=error.status if error else 200)
