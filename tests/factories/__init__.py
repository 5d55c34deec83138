"""Builders with sensible defaults, one per noun. Call those of a merchant's things inside `acting_for(merchant.id)`."""

from tests.factories.catalogue import a_tax_class, a_variant
from tests.factories.merchants import a_channel, a_merchant, a_register, a_store
from tests.factories.people import a_device, a_staff_member, an_api_key
from tests.factories.trade import Shop, a_shop

__all__ = [
    "Shop", "a_channel", "a_device", "a_merchant", "a_register", "a_shop", "a_staff_member", "a_store", "a_tax_class", "a_variant", "an_api_key",
]
