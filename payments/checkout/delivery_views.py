"""`/settings/delivery/`: ways of delivery, what they cost and where they go."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.core.clock import business_now
from merchant.core.errors import AppError, NotFound
from merchant.core.money import Money
from merchant.core.pages.forms import FormPage, answered, error_lines
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import Action, EmptyState, Link, ListFrame
from merchant.core.pagination import page as paged
from merchant.core.staff_pages import StaffPageView
from payments.checkout import delivery_forms, delivery_setup
from payments.checkout.delivery_pages import MethodListPage, MethodPage, MethodRow
from payments.checkout.models import DeliveryMethod

PATH = "/settings/delivery/"


class MethodListView(StaffPageView):
    """The ways of delivery."""

    right = "checkout.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of ways, the latest first."""
        here = Here.of(request)
        found = paged(_methods(), after=here.one("after") or None, before=here.one("before") or None)
        actions: tuple[Action, ...] = ()
        if self.caller.has_right("catalog.manage"):
            actions = (Action(_("New way of delivery"), f"{PATH}new/", "plus", tone="primary"),)
        empty = EmptyState(
            "truck", _("No way of delivery yet"), _("Customers of the webshop choose from what stands here.")
        )
        frame = ListFrame(title=_("Delivery"), bar=here.bar(), pager=here.pager(found), empty=empty, actions=actions)
        page = MethodListPage(frame, tuple(_row(method) for method in found.rows))
        return self.page("payments/checkout/delivery.html", page, current="settings")


class NewMethodView(StaffPageView):
    """The form of a new way."""

    right = "catalog.manage"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it."""
        return self._form()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make the way, once."""
        try:
            return self.act_once(request, self._make)
        except AppError as error:
            return self._form(error)

    def _make(self) -> str:
        code, terms = delivery_forms.read_method(self.request.POST.dict(), None)
        method = delivery_setup.set_method(code=code, terms=terms, now=business_now(self.caller.merchant_id))
        return f"{PATH}{method.id}/"

    def _form(self, error: AppError | None = None) -> HttpResponse:
        fields = delivery_forms.method_fields(None, currency=self.caller.merchant.base_currency)
        fields = answered(fields, self.request.POST, error)
        page = FormPage(
            title=_("New way of delivery"),
            back=Link(_("Delivery"), PATH),
            action_url=f"{PATH}new/",
            idempotency_key=str(uuid4()),
            fields=fields,
            button=_("Make it"),
            errors=error_lines(error, fields),
        )
        return self.page("components/form_page.html", page, current="settings", status=error.status if error else 200)


class OneMethodView(StaffPageView):
    """What the pages about one way share."""

    def method_of(self, method_id: UUID) -> Any:
        """Return the way with how many rates it has. :raises NotFound: if the merchant has none with that id."""
        method = _methods().filter(id=method_id).first()
        if method is None:
            raise NotFound()
        return method

    def show(self, method: Any, *, error: AppError | None = None, is_about_rates: bool = False) -> HttpResponse:
        """Return the page of a way. What was refused stays in the form it was typed into."""
        fields = delivery_forms.method_fields(method, currency=method.currency)
        posted = dict(self.request.POST.lists()) if error and is_about_rates else None
        if not is_about_rates:
            fields = answered(fields, self.request.POST, error)
        page = MethodPage(
            row=_row(method),
            currency=method.currency,
            fields=fields,
            lines=delivery_forms.rate_lines(method, posted),
            channels=delivery_forms.channel_choices(),
            terms_key=str(uuid4()),
            rates_key=str(uuid4()),
            can_change=self.caller.has_right("catalog.manage"),
            errors=error_lines(error),
        )
        return self.page(
            "payments/checkout/delivery_method.html", page, current="settings", status=error.status if error else 200
        )


class MethodView(OneMethodView):
    """One way of delivery."""

    right = {"GET": "checkout.read", "POST": "catalog.manage"}

    def get(self, request: HttpRequest, method_id: UUID) -> HttpResponse:
        """Show its terms and its rates."""
        return self.show(self.method_of(method_id))

    def post(self, request: HttpRequest, method_id: UUID) -> HttpResponse:
        """Change its terms, once."""
        method = self.method_of(method_id)
        try:
            return self.act_once(request, lambda: self._change(method))
        except AppError as error:
            return self.show(method, error=error)

    def _change(self, method: DeliveryMethod) -> str:
        code, terms = delivery_forms.read_method(self.request.POST.dict(), method)
        delivery_setup.set_method(code=code, terms=terms, now=business_now(self.caller.merchant_id))
        messages.success(self.request, _("Saved. Orders that are there keep their price."))
        return f"{PATH}{method.id}/"


class MethodRatesView(OneMethodView):
    """The rates of a way."""

    right = "catalog.manage"

    def post(self, request: HttpRequest, method_id: UUID) -> HttpResponse:
        """Replace all rates, once."""
        method = self.method_of(method_id)
        try:
            return self.act_once(request, lambda: self._replace(method))
        except AppError as error:
            return self.show(method, error=error, is_about_rates=True)

    def _replace(self, method: DeliveryMethod) -> str:
        rates = delivery_forms.read_rates(dict(self.request.POST.lists()), currency=method.currency)
        delivery_setup.set_rates(method_id=method.id, rates=rates, now=business_now(self.caller.merchant_id))
        messages.success(self.request, _("Saved. Orders that are there keep their price."))
        return f"{PATH}{method.id}/"


def _methods() -> QuerySet[Any]:
    return DeliveryMethod.objects.annotate(rate_count=Count("rates"))


def _row(method: Any) -> MethodRow:
    free_from = method.free_from_minor
    return MethodRow(
        url=f"{PATH}{method.id}/",
        name=method.name,
        code=method.code,
        price=Money(method.price_minor, method.currency),
        free_from=Money(free_from, method.currency) if free_from is not None else None,
        countries=", ".join(method.countries) or _("Everywhere"),
        rates=method.rate_count,
        is_active=method.is_active,
    )
