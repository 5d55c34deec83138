"""A shop and its owner, who looks for things."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.clients import signed_in
from tests.factories import Shop, a_shop, a_staff_member


@pytest.fixture
def shop() -> Shop:
    return a_shop()


@pytest.fixture
def owner(shop: Shop) -> Client:
    return signed_in(a_staff_member(shop.merchant))
