"""Documents over REST."""

from django.urls import path

from orders.documents import api, invoice_api, mail_api

app_name = "documents"
urlpatterns = [
    path("receipts/<uuid:document_id>/", api.ReceiptView.as_view(), name="receipt"),
    path("receipts/<uuid:document_id>/prints/", api.ReceiptPrintsView.as_view(), name="receipt-print-create"),
    path("receipts/<uuid:document_id>/mails/", mail_api.ReceiptMailsView.as_view(), name="receipt-mails"),
    path("receipts/<uuid:document_id>/qr.svg", api.ReceiptQrView.as_view(), name="receipt-qr"),
    path("invoices/", invoice_api.InvoicesView.as_view(), name="invoices"),
    path(
        "invoices/<uuid:document_id>/credit-notes/",
        invoice_api.CreditNotesView.as_view(),
        name="credit-note-create",
    ),
    path("orders/<uuid:order_id>/invoices/", invoice_api.OrderInvoicesView.as_view(), name="order-invoice-create"),
    path(
        "receipts/<uuid:document_id>/receipt.html",
        api.ReceiptFileView.as_view(),
        {"format_": "html"},
        name="receipt-html",
    ),
    path(
        "receipts/<uuid:document_id>/receipt.pdf", api.ReceiptFileView.as_view(), {"format_": "pdf"}, name="receipt-pdf"
    ),
    path(
        "receipts/<uuid:document_id>/receipt.escpos",
        api.ReceiptFileView.as_view(),
        {"format_": "escpos"},
        name="receipt-escpos",
    ),
]
