"""Pages of carts."""

from django.urls import path

from orders.carry_over import views

app_name = "cart_pages"
urlpatterns = [
    path("carts/", views.CartListView.as_view(), name="cart-list"),
    path("parked/", views.ParkedListView.as_view(), name="parked-list"),
]
