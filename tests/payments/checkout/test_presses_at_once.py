"""Several hands on one order at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from django.db import connections
from django.test import Client
from rest_framework.test import APIClient

from merchant.core.tenancy import acting_for
from payments.records.models import Operation, Payment
from tests.shops import Shop
from tests.webshop import begin

pytestmark = pytest.mark.django_db(transaction=True)
HANDS = 8


def test_eight_presses_at_once_ask_for_one_payment(client_of_shop: APIClient, shop: Shop) -> None:
    path = urlsplit(begin(client_of_shop, shop).json()["payment_url"]).path

    def press(_: int) -> tuple[int, str]:
        try:
            answer = Client().post(f"{path}start/")
            return answer.status_code, answer["Location"]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(HANDS) as hands:
        answers = set(hands.map(press, range(HANDS)))

    assert answers == {(302, f"{path}return/")}
    with acting_for(shop.merchant.id):
        assert (Operation.objects.count(), Payment.objects.count()) == (1, 1)
