"""Invoice an order and credit an invoice from the order's page."""

from __future__ import annotations

from uuid import UUID, uuid4

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from merchant.core.clock import business_now
from merchant.core.errors import AppError, NotFound
from merchant.core.staff_pages import StaffPageView
from orders.documents import forms, invoices, queries
from orders.documents.invoice_pages import InvoiceDialogPage
from orders.documents.invoices import Buyer
from orders.documents.models import Document
from orders.order import queries as orders
from orders.order.models import Order


class InvoiceDialogView(StaffPageView):
    """A dialog with one form. Subclasses fill it."""

    right = "invoice.create"

    def dialog(
        self, form: django_forms.Form, *, title: str, button: str, note: str, error: AppError | None = None
    ) -> HttpResponse:
        """Show the form, in the page's dialog or on a page of its own."""
        is_bad = error is not None or form.errors
        page = InvoiceDialogPage(
            action_url=self.request.path,
            title=title,
            button=button,
            note=note,
            form=form,
            idempotency_key=str(uuid4()),
            errors=(f"{error.message} {error.next_step}",) if error else (),
        )
        status = error.status if error is not None else 422 if is_bad else 200
        if self.is_part:
            return self.fragment("orders/documents/invoice_dialog.html", page, status=status)
        return self.page("orders/documents/invoice.html", page, current="orders", status=status)


class NewInvoiceView(InvoiceDialogView):
    """`/orders/<id>/invoice/`."""

    def get(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        """Show the form, with what is known of the customer."""
        order = orders.get_own_order(self.caller, order_id)
        known = order.delivery.get("billing_address") or order.delivery.get("shipping_address") or {}
        place = order.store or order.channel
        first = {
            "name": order.customer.name if order.customer and not self.caller.is_masked else "",
            "country": known.get("country") or place.country,
            "due_days": 0,
        }
        return self._form(order, forms.InvoiceForm(initial=first))

    def post(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        """Issue the invoice, once."""
        order = orders.get_own_order(self.caller, order_id)
        form = forms.InvoiceForm(request.POST)
        if not form.is_valid():
            return self._form(order, form)
        try:
            return self.act_once(request, lambda: self._issue(order, form))
        except NotFound:
            raise
        except AppError as error:
            return self._form(order, form, error)

    def _issue(self, order: Order, form: forms.InvoiceForm) -> str:
        data = dict(form.cleaned_data)
        due_days = data.pop("due_days")
        now = business_now(self.caller.merchant_id)
        made = invoices.issue_invoice(order_id=order.id, buyer=Buyer(**data), due_days=due_days, now=now)
        messages.success(self.request, _("Invoice {number} is issued.").format(number=made.document.number))
        return f"/orders/{order.id}/"

    def _form(self, order: Order, form: forms.InvoiceForm, error: AppError | None = None) -> HttpResponse:
        return self.dialog(
            form,
            title=_("Invoice for {number}").format(number=order.number),
            button=_("Issue the invoice"),
            note=_("It gets the next number and cannot be changed; a mistake is taken back with a credit note."),
            error=error,
        )


class NewCreditNoteView(InvoiceDialogView):
    """`/invoices/<id>/credit-note/`."""

    def get(self, request: HttpRequest, document_id: UUID) -> HttpResponse:
        """Show the form."""
        return self._form(self._invoice(document_id), forms.CreditForm())

    def post(self, request: HttpRequest, document_id: UUID) -> HttpResponse:
        """Credit what is left of the invoice, once."""
        document = self._invoice(document_id)
        form = forms.CreditForm(request.POST)
        if not form.is_valid():
            return self._form(document, form)
        try:
            return self.act_once(request, lambda: self._credit(document, form))
        except NotFound:
            raise
        except AppError as error:
            return self._form(document, form, error)

    def _invoice(self, document_id: UUID) -> Document:
        document = queries.get_document(document_id)
        if document.kind != "invoice" or document.order is None:
            raise NotFound()
        self.require_store(document.order.store_id)
        return document

    def _credit(self, document: Document, form: forms.CreditForm) -> str:
        now = business_now(self.caller.merchant_id)
        made = invoices.credit_invoice(document_id=document.id, reason=form.cleaned_data["reason"], now=now)
        messages.success(self.request, _("Credit note {number} is issued.").format(number=made.document.number))
        return f"/orders/{document.order_id}/"

    def _form(self, document: Document, form: forms.CreditForm, error: AppError | None = None) -> HttpResponse:
        return self.dialog(
            form,
            title=_("Credit note for invoice {number}").format(number=document.number),
            button=_("Issue the credit note"),
            note=_("It takes back what is left of the invoice. Money is given back by a refund, not by this."),
            error=error,
        )
