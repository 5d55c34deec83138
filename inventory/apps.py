"""The Django app `inventory`."""

from django.apps import AppConfig


class InventoryConfig(AppConfig):
    """Registers the slices of `inventory`."""

    name = "inventory"

    def ready(self) -> None:
        """Tell stock what is on its way, the relay what to look after, and the outbox who writes about low stock."""
        from inventory import tasks  # noqa: F401
        from inventory.receiving import queries as receiving
        from inventory.stock import handlers, queries, sweeps
        from merchant.core.outbox.relay import pump
        from merchant.core.outbox.services import on

        queries.incoming_from(receiving.incoming)
        pump("expired-reservations", sweeps.release_expired, every_seconds=sweeps.ROUND_SECONDS)
        pump("low-stock", sweeps.tell_low, every_seconds=sweeps.ROUND_SECONDS)
        on("stock.low", handlers.write_about_low_stock)
