"""The public links of documents."""

from django.urls import path

from orders.documents.views import PublicReceiptView

app_name = "receipts"
urlpatterns = [
    path("r/<str:token>/", PublicReceiptView.as_view(), name="receipt"),
    path("r/<str:token>/receipt.pdf", PublicReceiptView.as_view(format_="pdf"), name="receipt-pdf"),
]
