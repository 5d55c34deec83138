"""The Django app `merchant`."""

from django.apps import AppConfig


class MerchantConfig(AppConfig):
    """Registers the slices of `merchant`."""

    name = "merchant"

    def ready(self) -> None:
        """Make our Celery application the one that tasks are sent by; let each slice listen."""
        from merchant import celery  # noqa: F401
        from merchant.accounts import sign_ins
        from merchant.core.jobs import waking
        from merchant.core.outbox.relay import pump

        sign_ins.connect()
        pump("jobs", waking.wake_due)
