"""Where things are read over REST."""

from django.urls import path

from reports.search import api

app_name = "search"
urlpatterns = [
    path("orders/", api.OrderListView.as_view(), name="order-list"),
    path("orders/<uuid:order_id>/", api.OrderDetailView.as_view(), name="order-detail"),
    path("payments/", api.PaymentListView.as_view(), name="payment-list"),
    path("payments/<uuid:payment_id>/", api.PaymentDetailView.as_view(), name="payment-detail"),
    path("journal/", api.JournalListView.as_view(), name="journal-list"),
]
