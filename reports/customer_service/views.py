"""Customers for staff: find one, see everything over all channels, write down consent, show masked data for a reason."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from merchant.core.clock import business_now, machine_now
from merchant.core.errors import AppError
from merchant.core.pages.lists import Here
from merchant.core.pages.parts import EmptyState, FilterBar, ListFrame
from merchant.core.staff_pages import StaffPageView
from merchant.customers import queries as customers
from merchant.customers import services
from merchant.customers.models import PURPOSES
from merchant.customers.queries import CUSTOMER_FILTERS
from reports.customer_service import queries
from reports.customer_service.building import PURPOSE_WORDS, customer_page, customer_row
from reports.customer_service.pages import CustomerListPage
from reports.search.list_parts import cursor_of, export_url


class CustomerListView(StaffPageView):
    """`/customers/`."""

    right = "customer.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of the filtered customers, newest first or by name."""
        here, is_masked = Here.of(request), self.caller.is_masked
        filters = customers.read_filters(here.joined(CUSTOMER_FILTERS), is_exact=is_masked)
        found = queries.list_customers(filters, cursor_of(here))
        known = queries.standings([row.id for row in found.rows], stores=self.caller.stores)
        rows = (customer_row(row, known.get(row.id, queries.Standing()), is_masked=is_masked) for row in found.rows)
        may_export = self.caller.stores is None
        frame = ListFrame(
            bar=_bar(here, is_masked=is_masked),
            pager=here.pager(found),
            empty=EmptyState(
                "users", _("No customers yet"), _("Whoever leaves an e-mail address when buying stands here.")
            ),
            title=_("Customers"),
            export_url=export_url(self, here, "customers", CUSTOMER_FILTERS) if may_export else "",
        )
        by_name = filters.sort == "name"
        name_url = "" if is_masked else here.url(sort="name")
        page = CustomerListPage(frame, tuple(rows), name_url, here.url(sort=None), by_name)
        return self.page("reports/customer_service/list.html", page, current="customers")


class CustomerView(StaffPageView):
    """`/customers/<id>/`."""

    right = "customer.read"

    def get(self, request: HttpRequest, customer_id: UUID) -> HttpResponse:
        """Show the person over all channels; a record that was joined with another leads there."""
        customer = customers.get_customer(customer_id)
        if customer.merged_into_id is not None:
            return HttpResponseRedirect(f"/customers/{customer.merged_into_id}/")
        return show_customer(self, customer_id, is_masked=self.caller.is_masked)


class RevealCustomerView(StaffPageView):
    """`/customers/<id>/reveal/`."""

    right = "customer.reveal"

    def post(self, request: HttpRequest, customer_id: UUID) -> HttpResponse:
        """Show the person in full, on this one page, and write down who looked and why."""
        customers.get_customer(customer_id)
        try:
            services.reveal_customer(customer_id=customer_id, reason=request.POST.get("reason", ""), now=machine_now())
        except AppError as error:
            return show_customer(self, customer_id, is_masked=self.caller.is_masked, error=error)
        return show_customer(self, customer_id, is_masked=False)


class ConsentView(StaffPageView):
    """`/customers/<id>/consents/`."""

    right = "customer.manage"

    def post(self, request: HttpRequest, customer_id: UUID) -> HttpResponse:
        """Write down what the person said to one purpose, once."""
        customers.get_customer(customer_id)
        return self.act_once(request, lambda: self._record(customer_id))

    def _record(self, customer_id: UUID) -> str:
        fields = self.request.POST
        services.record_consent(
            customer_id=customer_id, purpose=fields.get("purpose", ""), is_given=fields.get("said") == "yes",
            words=fields.get("words", ""), source=fields.get("source", "") or _("back office"), now=machine_now(),
        )  # fmt: skip
        messages.success(self.request, _("Written down."))
        return f"/customers/{customer_id}/"


def show_customer(
    view: StaffPageView, customer_id: UUID, *, is_masked: bool, error: AppError | None = None
) -> HttpResponse:
    """Return the page of a person; `error` is why they are not shown in full."""
    story = queries.get_story(customers.get_customer(customer_id), stores=view.caller.stores)
    now = business_now(view.caller.merchant_id)
    why = error.message if error else ""
    page = customer_page(story, caller=view.caller, is_masked=is_masked, now=now, error=why)
    status = error.status if error else 200
    return view.page("reports/customer_service/customer.html", page, current="customers", status=status)


def _bar(here: Here, *, is_masked: bool) -> FilterBar:
    by_name: tuple[tuple[Any, dict[str, str]], ...] = () if is_masked else ((_("By name"), {"sort": "name"}),)
    views = (
        (_("All"), {}),
        *by_name,
        (_("News by e-mail"), {"consent": "marketing_mail"}),
        (_("Erased"), {"state": "erased"}),
    )
    hint = _("whole name, e-mail, phone, order number") if is_masked else _("name, e-mail, phone, order number")
    consent = here.choice("consent", _("Agreed to"), [(purpose, PURPOSE_WORDS[purpose]) for purpose in PURPOSES])
    return here.bar(consent, search_hint=hint, views=views)
