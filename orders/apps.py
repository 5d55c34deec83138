"""The Django app `orders`."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """Registers the slices of `orders`."""

    name = "orders"

    def ready(self) -> None:
        """Let hand-over listen to orders that end."""
        from merchant.core.outbox.services import on
        from orders.fulfilment.handlers import credit_cancelled, credit_returned, end_pickup_of_cancelled

        on("order.cancelled", end_pickup_of_cancelled)
        on("order.cancelled", credit_cancelled)
        on("order.goods_returned", credit_returned)
