"""Pages of payments, orders and search."""

from django.urls import path

from reports.search import order_views, payment_views, print_views, views

app_name = "search_pages"
urlpatterns = [
    path("payments/", payment_views.PaymentListView.as_view(), name="payment-list"),
    path("payments/<uuid:payment_id>/", payment_views.PaymentDetailView.as_view(), name="payment-detail"),
    path("orders/", order_views.OrderListView.as_view(), name="order-list"),
    path("orders/print/", print_views.OrderPrintView.as_view(), name="order-print"),
    path("orders/<uuid:order_id>/", order_views.OrderDetailView.as_view(), name="order-detail"),
    path("search/", views.SearchView.as_view(), name="search"),
    path("search/palette/", views.PaletteView.as_view(), name="palette"),
]
