"""The Django app `orders`."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """Registers the slices of `orders`."""

    name = "orders"
