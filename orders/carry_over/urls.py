"""Pages of carts and customers."""

from django.urls import path

from orders.carry_over import views

app_name = "cart_pages"
urlpatterns = [
    path("carts/", views.CartListView.as_view(), name="cart-list"),
    path("parked/", views.ParkedListView.as_view(), name="parked-list"),
    path("customers/<uuid:customer_id>/", views.CustomerView.as_view(), name="customer-detail"),
]
