"""The Django app `orders`."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """Registers the slices of `orders`."""

    name = "orders"

    def ready(self) -> None:
        """Let hand-over listen to orders that end."""
        from merchant.core.outbox.services import on
        from merchant.customers import services as customers
        from orders.feedback import people as feedback
        from orders.fulfilment.handlers import credit_cancelled, credit_returned, end_pickup_of_cancelled
        from orders.order import people

        customers.on_merge(people.move_orders)
        # Before the orders, which forget whose they are.
        customers.on_erasure("feedback", feedback.forget_words)
        customers.on_erasure("orders", people.forget_orders)
        customers.hold_back(people.orders_not_over)
        on("order.cancelled", end_pickup_of_cancelled)
        on("order.cancelled", credit_cancelled)
        on("order.goods_returned", credit_returned)
