"""The Django app `inventory`."""

from django.apps import AppConfig


class InventoryConfig(AppConfig):
    """Registers the slices of `inventory`."""

    name = "inventory"
