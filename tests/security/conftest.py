"""A merchant with one of everything, for tests that walk over every route."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from merchant.accounts import callers
from merchant.merchants.models import Merchant
from tests.factories import a_channel, a_merchant, a_staff_member
from tests.factories.objects import builder_of
from tests.routes import Route


@dataclass
class House:
    """The merchant, its owner, and an address of each route that leads to something of its own."""

    merchant: Merchant
    owner: Any

    def address(self, route: Route) -> str:
        """The address of `route` with ids of objects that are there, where there is a builder for them."""
        ids = {name: self._value(route.name, name) for name in route.ids}
        return route.address(**ids)

    def _value(self, route: str, name: str) -> Any:
        build = builder_of(route, name)
        if build is None:
            return uuid4() if name.endswith("id") else "x"
        found = build(self.merchant)
        return found.pk if name.endswith("id") else getattr(found, name, found.pk)


@pytest.fixture
def house(valkey_url: str, settings: Any) -> House:
    settings.CALLER_REQUESTS_PER_SECOND = 100_000
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": valkey_url}}
    callers.forget()
    merchant = a_merchant()
    a_channel(merchant, kind="in_store")
    return House(merchant, a_staff_member(merchant, role="owner"))
