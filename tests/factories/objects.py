"""
One builder per id that appears in an address: the walk over all routes with another merchant's ids takes its objects from here.

A slice that adds a route with a new kind of id adds a line. `BODIES` holds, for routes that read their body before they look for the object, one
that is valid.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Model

from merchant.merchants.models import Merchant
from tests.factories.merchants import a_register, a_store
from tests.factories.people import a_device, a_staff_member, an_api_key
from tests.factories.selling import a_payment, an_operation, an_order

# Name in the address -> an object of the merchant. A name that means different things in different routes is written `route-name.id-name`.
OBJECTS: dict[str, Callable[[Merchant], Model]] = {
    "register_id": lambda merchant: a_register(a_store(merchant)),
    "device_id": lambda merchant: a_device(a_register(a_store(merchant)))[0],
    "key_id": lambda merchant: an_api_key(merchant)[0],
    "member_id": lambda merchant: a_staff_member(merchant, role="cashier"),
    "order_id": an_order,
    "payment_id": a_payment,
    "operation_id": an_operation,
}

_TEN_EUROS = {"amount_minor": 1000, "currency": "EUR"}

BODIES: dict[str, dict[str, Any]] = {
    "pos:order-lines": {"lines": [{"article": "MUG-1", "quantity": 1}], "version": 1},
    "pos:order-payment-create": {"method": "cash", "amount": _TEN_EUROS},
    "pos:order-return-create": {"lines": [{"line_id": "0193a000-0000-7000-8000-000000000001", "quantity": 1}], "reason": "broken"},
    "pos:payment-refund-create": {"amount": _TEN_EUROS, "reason": "broken"},
}


def builder_of(route: str, id_name: str) -> Callable[[Merchant], Model] | None:
    """Return what builds the object that `id_name` names in `route`."""
    return OBJECTS.get(f"{route}.{id_name}") or OBJECTS.get(id_name)
