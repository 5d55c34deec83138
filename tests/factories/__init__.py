"""Builders with sensible defaults, one per noun. Each stores its row for the merchant it is given; none needs a scope."""

from tests.factories.catalogue import a_tax_class, a_variant
from tests.factories.merchants import a_channel, a_merchant, a_register, a_store
from tests.factories.orders import a_gateway_account, a_payment, an_operation, an_order
from tests.factories.people import a_device, a_staff_member, an_api_key
from tests.factories.settled import a_bank_account, a_fee_contract, a_placed_order, a_refund, an_authorised_payment
from tests.factories.trade import Shop, a_shop

__all__ = [
    "Shop",
    "a_bank_account",
    "a_channel",
    "a_device",
    "a_fee_contract",
    "a_gateway_account",
    "a_merchant",
    "a_payment",
    "a_placed_order",
    "a_refund",
    "a_register",
    "a_shop",
    "a_staff_member",
    "a_store",
    "a_tax_class",
    "a_variant",
    "an_api_key",
    "an_authorised_payment",
    "an_operation",
    "an_order",
]
