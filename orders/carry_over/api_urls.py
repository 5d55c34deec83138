"""REST routes of carts."""

from django.urls import path

from orders.carry_over import api

app_name = "carts"
urlpatterns = [
    path("carts/", api.CartsView.as_view(), name="carts"),
    path("carts/<uuid:order_id>/", api.CartView.as_view(), name="cart"),
    path("carts/<uuid:order_id>/lines/", api.CartLinesView.as_view(), name="cart-lines"),
    path("carts/<uuid:order_id>/reservations/", api.CartReservationView.as_view(), name="cart-reserve"),
    path("carts/<uuid:order_id>/codes/", api.CartCodeView.as_view(), name="cart-code-create"),
    path("carts/<uuid:order_id>/code.svg", api.CartQrView.as_view(), name="cart-code-qr"),
    path("hand-offs/", api.HandOffsView.as_view(), name="hand-off-create"),
]
