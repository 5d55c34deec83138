"""The Django app `reports`."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """Registers the slices of `reports`."""

    name = "reports"

    def ready(self) -> None:
        """Make the kinds of jobs of this app known."""
        from reports.exports import tasks  # noqa: F401
