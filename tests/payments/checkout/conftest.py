"""A shop and its webshop's key."""

import pytest
from rest_framework.test import APIClient

from tests.factories import an_api_key
from tests.processor import RunningProcessor
from tests.shops import Shop, a_shop


@pytest.fixture
def shop(processor: RunningProcessor) -> Shop:
    """A shop with ten mugs."""
    return a_shop(processor)


@pytest.fixture
def client_of_shop(shop: Shop) -> APIClient:
    """The webshop's program."""
    _, secret = an_api_key(shop.merchant)
    return APIClient(headers={"Authorization": f"Bearer {secret}"})
