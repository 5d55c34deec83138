"""Documents over REST."""

from django.urls import path

from orders.documents import api

app_name = "documents"
urlpatterns = [
    path("receipts/<uuid:document_id>/", api.ReceiptView.as_view(), name="receipt"),
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
