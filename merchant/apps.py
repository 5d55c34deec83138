"""The Django app `merchant`."""

from django.apps import AppConfig
from django.conf import settings
from django.core.signals import request_started


class MerchantConfig(AppConfig):
    """Registers the slices of `merchant`."""

    name = "merchant"

    def ready(self) -> None:
        """Make our Celery application the one that tasks are sent by; let each slice listen."""
        from merchant import celery, tasks  # noqa: F401
        from merchant.accounts import queries, schema, second_factors, sign_ins  # noqa: F401
        from merchant.accounts.approvals import services as approvals
        from merchant.accounts.requests import keeping  # noqa: F401
        from merchant.core import db, words
        from merchant.core.jobs import waking
        from merchant.core.outbox import services as outbox
        from merchant.core.outbox.relay import pump
        from merchant.core.pages import frame
        from merchant.core.vault import holders
        from merchant.messages import handlers, sending
        from merchant.messages import services as messages
        from merchant.messages.models import WebhookEndpoint
        from merchant.sales_channels import queries as sales_channels

        words.compile_stale(settings.LOCALE_PATHS)
        sign_ins.connect()
        request_started.connect(db.trust_quiet_sessions)
        frame.places_from(sales_channels.list_places)
        frame.merchants_from(queries.count_merchants)
        outbox.on_batch(handlers.queue_webhooks)
        for field in ("secret", "previous_secret"):
            holders.holds(WebhookEndpoint, field, context=messages.secret_context)
        holders.holds_directly("second factors", count=second_factors.count_behind, move=second_factors.move_some)
        pump("jobs", waking.wake_due)
        pump("approvals", approvals.expire_due, every_seconds=approvals.EXPIRE_EVERY_SECONDS)
        pump("webhooks", sending.send_webhooks_due, is_outbound=True)
        pump("mails", sending.send_mails_due, is_outbound=True)
