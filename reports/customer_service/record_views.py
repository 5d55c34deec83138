"""A customer's record for staff: change it, join two of one person, hand out what is held, erase."""

from __future__ import annotations

import json
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.core.audit import services as audit
from merchant.core.clock import machine_now
from merchant.core.errors import AppError, Invalid
from merchant.core.filters import typed_id
from merchant.core.pages.forms import FormField, FormPage, answered, error_lines
from merchant.core.pages.parts import Choice, Fact, Link
from merchant.core.staff_pages import StaffPageView
from merchant.customers import queries as customers
from merchant.customers import services
from merchant.customers.models import Customer
from reports.customer_service.building import name_of
from reports.customer_service.holdings import holdings_of
from reports.customer_service.pages import ErasePage, JoinPage


class OneCustomerView(StaffPageView):
    """A form about one customer's record. Subclasses write `act` and `show`, and say whether it is the whole merchant's matter."""

    right = "customer.manage"
    is_of_all_stores = True

    def get(self, request: HttpRequest, customer_id: UUID) -> HttpResponse:
        """Show the form."""
        return self.show(self._customer(customer_id))

    def post(self, request: HttpRequest, customer_id: UUID) -> HttpResponse:
        """Do what it says, once."""
        customer = self._customer(customer_id)
        try:
            return self.act_once(request, lambda: self.act(customer))
        except AppError as error:
            return self.show(customer, error)

    def act(self, customer: Customer) -> str:
        """Mandatory. Do it, and return where to go."""
        raise NotImplementedError

    def show(self, customer: Customer, error: AppError | None = None) -> HttpResponse:
        """Mandatory. Return the form, with why it was refused."""
        raise NotImplementedError

    def draw(self, template: str, page: object, error: AppError | None) -> HttpResponse:
        """Return the form as a page."""
        return self.page(template, page, current="customers", status=error.status if error else 200)

    def _customer(self, customer_id: UUID) -> Customer:
        if self.is_of_all_stores:
            self.require_store(None)
        return customers.get_customer(customer_id)


class ChangeCustomerView(OneCustomerView):
    """`/customers/<id>/change/`."""

    is_of_all_stores = False

    def act(self, customer: Customer) -> str:
        """Change name and addresses."""
        fields = self.request.POST
        services.change_customer(
            customer_id=customer.id, name=fields.get("name", "")[:160], email=fields.get("email", "")[:254],
            phone=fields.get("phone", "")[:40], now=machine_now(),
        )  # fmt: skip
        messages.success(self.request, _("Saved."))
        return f"/customers/{customer.id}/"

    def show(self, customer: Customer, error: AppError | None = None) -> HttpResponse:
        """Return the form."""
        fields = (
            FormField("name", _("Name"), text=customer.name, length_max=160),
            FormField("email", _("E-mail"), text=customer.email, length_max=254),
            FormField("phone", _("Phone"), text=customer.phone, length_max=40),
        )
        page = FormPage(
            title=_("Change customer"),
            back=Link(name_of(customer, is_masked=False), f"/customers/{customer.id}/"),
            action_url=self.request.path,
            idempotency_key=str(uuid4()),
            fields=answered(fields, self.request.POST, error),
            button=_("Save"),
            notice=_("Orders and papers keep what stood on them when they were made."),
            errors=error_lines(error),
        )
        return self.draw("components/form_page.html", page, error)


class JoinCustomersView(OneCustomerView):
    """`/customers/<id>/join/`."""

    def act(self, customer: Customer) -> str:
        """Join the chosen record with this one."""
        text = self.request.POST.get("typed", "").strip() or self.request.POST.get("other", "")
        other = typed_id(text.rstrip("/").rpartition("/")[2]) if "@" not in text else None
        found = customers.find_by_email(text) if "@" in text else None
        other_id = found.id if found else other
        if other_id is None:
            raise Invalid(reason=_("choose the other record, or write its address"))
        services.merge_customers(keep_id=customer.id, other_id=other_id, now=machine_now())
        messages.success(self.request, _("The two are one record now."))
        return f"/customers/{customer.id}/"

    def show(self, customer: Customer, error: AppError | None = None) -> HttpResponse:
        """Return this record and those that may be the same person."""
        page = JoinPage(
            name=name_of(customer, is_masked=False),
            back_url=f"/customers/{customer.id}/",
            action_url=self.request.path,
            idempotency_key=str(uuid4()),
            kept=_facts(customer),
            others=tuple(Choice(_words(other), str(other.id)) for other in customers.list_likely_same(customer)),
            errors=error_lines(error),
        )
        return self.draw("reports/customer_service/join.html", page, error)


class EraseCustomerView(OneCustomerView):
    """`/customers/<id>/erase/`."""

    def act(self, customer: Customer) -> str:
        """Erase the person, once the word was typed."""
        if self.request.POST.get("word", "").strip().upper() != _word():
            raise Invalid(reason=_("type {word} to erase").format(word=_word()))
        services.erase_customer(customer_id=customer.id, now=machine_now())
        messages.success(self.request, _("Erased. Papers and amounts stay as the law asks."))
        return f"/customers/{customer.id}/"

    def show(self, customer: Customer, error: AppError | None = None) -> HttpResponse:
        """Return what goes and what stays."""
        page = ErasePage(
            name=name_of(customer, is_masked=False),
            back_url=f"/customers/{customer.id}/",
            action_url=self.request.path,
            idempotency_key=str(uuid4()),
            goes=(
                _("Name, e-mail addresses and phone number"),
                _("Addresses, e-mail and notes on every order"),
                _("The text of every mail that was sent"),
                _("What they wrote as feedback; the rating stays"),
                _("Cards on file: the consent is taken back and the token forgotten"),
            ),
            stays=(
                _("Receipts and invoices as they were issued"),
                _("Amounts, taxes, and the country goods were sent to"),
                _("That there was a person, and the audit log, which names nobody's address"),
            ),
            word=_word(),
            errors=error_lines(error),
        )
        return self.draw("reports/customer_service/erase.html", page, error)


class HoldingsView(StaffPageView):
    """`/customers/<id>/holdings/`."""

    right = "customer.manage"

    def post(self, request: HttpRequest, customer_id: UUID) -> HttpResponse:
        """Return what is held about the person as a file, and write down that it was handed out."""
        self.require_store(None)
        customer = customers.get_customer(customer_id)
        audit.record("customer.holdings_exported", subject=f"customer:{customer.id}", now=machine_now())
        text = json.dumps(holdings_of(customer), indent=2, ensure_ascii=False)
        headers = {"Content-Disposition": f'attachment; filename="customer-{customer.id}.json"'}
        return HttpResponse(text, content_type="application/json; charset=utf-8", headers=headers)


def _facts(customer: Customer) -> tuple[Fact, ...]:
    return (
        Fact(_("Name"), customer.name or "—"),
        Fact(_("E-mail"), customer.email or "—"),
        Fact(_("Phone"), customer.phone or "—"),
        Fact(_("Customer since"), customer.created_at),
    )


def _words(customer: Customer) -> str:
    return ", ".join(part for part in (customer.name, customer.email, customer.phone) if part)


def _word() -> str:
    """What is typed before a person is erased: a press alone would be too easy."""
    return str(_("ERASE"))
