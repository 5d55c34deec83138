"""The shopper's pages."""

from django.urls import path

from payments.checkout import cart_views, views

app_name = "checkout"
urlpatterns = [
    path("pay/<str:token>/", views.pay, name="pay"),
    path("pay/<str:token>/start/", views.start, name="start"),
    path("pay/<str:token>/return/", views.come_back, name="return"),
    path("pay/<str:token>/state/", views.state, name="state"),
    path("pay/<str:token>/transfer/", views.transfer, name="transfer"),
    path("o/<str:token>/state/", views.order_state, name="order-state"),
    path("o/<str:token>/feedback/", views.give_feedback, name="feedback"),
    path("c/<str:code>/", cart_views.cart, name="cart"),
    path("q/<str:token>/", cart_views.sign, name="sign"),
    path("o/<str:token>/", views.order_status, name="order"),
]
