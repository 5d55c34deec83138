"""A merchant that sells with the usual taxes of its country."""

from __future__ import annotations

import pytest

from inventory.pricing import taxes
from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from merchant.merchants.models import Merchant
from tests.factories import a_merchant


@pytest.fixture
def merchant() -> Merchant:
    merchant = a_merchant()
    with acting_for(merchant.id):
        taxes.agree_usual(country="DE", now=machine_now())
    return merchant
