"""The Django app `terminals`."""

from django.apps import AppConfig


class TerminalsConfig(AppConfig):
    """Registers the slices of `terminals`."""

    name = "terminals"
