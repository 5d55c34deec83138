"""The Django app `merchant`."""

from django.apps import AppConfig


class MerchantConfig(AppConfig):
    """Registers the slices of `merchant`."""

    name = "merchant"
