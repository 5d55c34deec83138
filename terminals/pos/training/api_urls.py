"""REST routes of what was practised."""

from django.urls import path

from terminals.pos.training import api

app_name = "training"
urlpatterns = [
    path("till/training/<uuid:sale_id>/", api.TrainingSaleView.as_view(), name="training-sale"),
    path(
        "till/training/<uuid:sale_id>/receipt.html",
        api.TrainingReceiptView.as_view(),
        {"format_": "html"},
        name="receipt-html",
    ),
    path(
        "till/training/<uuid:sale_id>/receipt.pdf",
        api.TrainingReceiptView.as_view(),
        {"format_": "pdf"},
        name="receipt-pdf",
    ),
    path(
        "till/training/<uuid:sale_id>/receipt.escpos",
        api.TrainingReceiptView.as_view(),
        {"format_": "escpos"},
        name="receipt-escpos",
    ),
]
