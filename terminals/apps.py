"""The Django app `terminals`."""

from django.apps import AppConfig


class TerminalsConfig(AppConfig):
    """Registers the slices of `terminals`."""

    name = "terminals"

    def ready(self) -> None:
        """Say which facts the till acts on."""
        from merchant.core.outbox.services import on
        from terminals.pos import handlers

        on("order.secured", handlers.finish_secured_order)
