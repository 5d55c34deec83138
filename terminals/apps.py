"""The Django app `terminals`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class TerminalsConfig(AppConfig):
    """Registers what the slices of `terminals` bring to payments, the outbox and the relay."""

    name = "terminals"

    def ready(self) -> None:
        """Bring the drivers, the handlers, and what there is to pump."""
        from merchant.accounts.approvals.words import explain_reasons
        from merchant.core.outbox.relay import pump
        from merchant.core.outbox.services import on
        from payments.after_sales.drawers import open_drawers_from
        from payments.webhooks.services import expect_beside
        from terminals import tasks  # noqa: F401
        from terminals.card_present import sample_payments
        from terminals.drivers import registry
        from terminals.live import handlers, order_news, stock_news, sweeps
        from terminals.pos import offline_rules
        from terminals.pos.handlers import finish_secured_order
        from terminals.pos.shifts import handlers as shifts
        from terminals.pos.shifts.queries import list_open_drawers

        registry.register_all()
        explain_reasons("offline.accept", {limit: gettext_lazy(words) for limit, words in offline_rules.WHY.items()})
        open_drawers_from(list_open_drawers)
        for topic in handlers.TOLD:
            on(topic, handlers.tell_screens)
        for topic in handlers.FINAL:
            on(topic, handlers.free_terminal)
        on("operation.unknown", handlers.warn_of_unknown)
        on("terminal.moved", handlers.send_settings)
        on("order.secured", finish_secured_order)
        for topic in stock_news.TOPICS:
            on(topic, stock_news.tell_stock)
        for topic in shifts.CASH_TOPICS:
            on(topic, shifts.watch.note)
        pump("drawers", shifts.watch.look)
        for topic in order_news.TOPICS:
            on(topic, order_news.tell_order)
        for topic in order_news.PICKUP_TOPICS:
            on(topic, order_news.tell_board)
        on("stock.changed", stock_news.tell_changed_levels)
        pump("terminal-messages", sweeps.end_unsent)
        pump("terminal-lines", sweeps.let_go_of_dead_holders, every_seconds=sweeps.LINES_EVERY_SECONDS)
        pump("sample-payments", sample_payments.finish_due, every_seconds=sample_payments.FINISH_EVERY_SECONDS)
        expect_beside(sample_payments.is_sample)
