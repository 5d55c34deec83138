"""REST: invoice an order, credit an invoice, list both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from merchant.core.clock import business_now
from merchant.core.errors import NotFound
from merchant.core.idempotency.services import Answer, json_answer
from merchant.core.rest import MerchantActView, MerchantListView, require_store
from orders.documents import invoices, paper, queries
from orders.documents.invoices import Buyer
from orders.documents.models import Invoice
from orders.order import queries as orders

_SHOWN = OpenApiResponse(description="The paper with its number, link and files.")
# A quarter of a year: longer terms of payment are agreed in writing.
DUE_DAYS_MAX = 90


class BuyerInput(serializers.Serializer[Any]):
    """Who is billed. A VAT number is checked for its country's form."""

    name = serializers.CharField(max_length=160)
    street = serializers.CharField(max_length=120)
    postal_code = serializers.CharField(max_length=20, default="", allow_blank=True)
    city = serializers.CharField(max_length=80)
    country = serializers.RegexField(r"^[A-Z]{2}$")
    vat_number = serializers.CharField(max_length=40, default="", allow_blank=True)
    reference = serializers.CharField(max_length=80, default="", allow_blank=True)


class InvoiceInput(serializers.Serializer[Any]):
    """Who is billed, and in how many days what is open is to be paid."""

    buyer = BuyerInput()
    due_days = serializers.IntegerField(min_value=0, max_value=DUE_DAYS_MAX, default=0)


class CreditInput(serializers.Serializer[Any]):
    """Why an invoice is taken back."""

    reason = serializers.CharField(max_length=120)


class OrderInvoicesView(MerchantActView):
    """The invoice of an order."""

    right = "invoice.create"

    @extend_schema(request=InvoiceInput, responses={201: _SHOWN})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Invoice the order as it stands; one invoice of it holds at a time."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Check, issue."""
        order = orders.get_own_order(self.caller, kwargs["order_id"])
        given = InvoiceInput(data=request.data)
        given.is_valid(raise_exception=True)
        made = invoices.issue_invoice(
            order_id=order.id,
            buyer=Buyer(**given.validated_data["buyer"]),
            due_days=given.validated_data["due_days"],
            now=business_now(self.caller.merchant_id),
        )
        return json_answer(201, invoice_output(made))


class InvoicesView(MerchantListView):
    """`GET /api/v1/invoices/`: invoices and credit notes, newest first."""

    right: ClassVar[str | Mapping[str, str]] = "order.read"

    def rows(self) -> QuerySet[Any]:
        """Return those of the caller's stores."""
        rows = Invoice.objects.select_related("document", "order", "refers_to__document")
        return rows if self.caller.stores is None else rows.filter(order__store_id__in=self.caller.stores)

    def output(self, row: Invoice) -> dict[str, Any]:
        """Return one."""
        shown = invoice_output(row)
        return {**shown, "buyer": {}, "link": ""} if self.caller.is_masked else shown


class CreditNotesView(MerchantActView):
    """The credit note of an invoice."""

    right = "invoice.create"

    @extend_schema(request=CreditInput, responses={201: _SHOWN})
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Credit what is left of the invoice; the order may be invoiced anew."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Check, issue."""
        document = queries.get_document(kwargs["document_id"])
        if document.kind != "invoice" or document.order is None:
            raise NotFound()
        require_store(self.caller, document.order.store_id)
        given = CreditInput(data=request.data)
        given.is_valid(raise_exception=True)
        made = invoices.credit_invoice(
            document_id=document.id,
            reason=given.validated_data["reason"],
            now=business_now(self.caller.merchant_id),
        )
        return json_answer(201, invoice_output(made))


def invoice_output(row: Invoice) -> dict[str, Any]:
    """Return an invoice or a credit note."""
    document = row.document
    refers_to = row.refers_to
    return {
        "id": str(document.id),
        "kind": row.kind,
        "number": document.number,
        "order_id": str(row.order_id),
        "business_date": document.business_date.isoformat(),
        "total": {"amount_minor": row.total_minor, "currency": document.currency},
        "credited": {"amount_minor": row.credited_minor, "currency": document.currency},
        "is_ended": row.ended_at is not None,
        "refers_to": {"id": str(refers_to.document_id), "number": refers_to.document.number} if refers_to else None,
        "buyer": document.content["buyer"],
        "notes": document.content["notes"],
        "link": paper.link_of(document),
        "pdf_url": f"/api/v1/receipts/{document.id}/receipt.pdf",
    }
