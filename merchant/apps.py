"""The Django app `merchant`."""

from django.apps import AppConfig


class MerchantConfig(AppConfig):
    """Registers the slices of `merchant`."""

    name = "merchant"

    def ready(self) -> None:
        """Make our Celery application the one that tasks are sent by."""
        from merchant import celery  # noqa: F401
