"""Pages of invoices."""

from django.urls import path

from orders.documents import invoice_views

app_name = "invoice_pages"
urlpatterns = [
    path("orders/<uuid:order_id>/invoice/", invoice_views.NewInvoiceView.as_view(), name="invoice-create"),
    path(
        "invoices/<uuid:document_id>/credit-note/",
        invoice_views.NewCreditNoteView.as_view(),
        name="credit-note-create",
    ),
]
