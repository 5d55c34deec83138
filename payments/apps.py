"""The Django app `payments`."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """Registers the slices of `payments`."""

    name = "payments"
