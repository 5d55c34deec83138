"""Pages of payments, orders and search."""

from django.urls import path

from reports.search import views

app_name = "search_pages"
urlpatterns = [
    path("payments/", views.PaymentListView.as_view(), name="payment-list"),
    path("payments/<uuid:payment_id>/", views.PaymentDetailView.as_view(), name="payment-detail"),
    path("orders/", views.OrderListView.as_view(), name="order-list"),
    path("orders/<uuid:order_id>/", views.OrderDetailView.as_view(), name="order-detail"),
    path("search/", views.SearchView.as_view(), name="search"),
]
