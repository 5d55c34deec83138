"""The Django app `reports`."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """Registers the slices of `reports`."""

    name = "reports"
