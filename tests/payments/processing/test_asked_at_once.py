"""An account that answers again is asked at once about what hangs there, and its early looks are not used up by that."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client
from rest_framework.test import APIClient

from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from payments.processing import sending
from payments.records.models import Operation
from tests.factories import an_api_key
from tests.factories.merchants import FOUNDED_AT
from tests.processor import RunningProcessor
from tests.shops import Shop, a_shop
from tests.webshop import begin, pay


def a_client(shop: Shop) -> APIClient:
    _, secret = an_api_key(shop.merchant, scopes=["checkout", "payments"])
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


@pytest.mark.django_db
def test_a_busy_account_leaves_an_unknown_operation_its_early_looks(processor: RunningProcessor):
    shop = a_shop(processor, stock=100)
    client = a_client(shop)
    pay(client, begin(client, shop).json(), "tok_timeout_not_landed")
    with acting_for(shop.merchant.id):
        silent = Operation.objects.get(status="unknown")
        Operation.objects.filter(id=silent.id).update(looks=1, next_look_at=machine_now() + timedelta(seconds=15))

    for _ in range(6):
        pay(client, begin(client, shop).json())
        sending.look_up_due()

    silent.refresh_from_db()
    assert silent.status == "unknown"
    assert silent.looks == 1
    assert silent.next_look_at - machine_now() <= timedelta(seconds=15)


@pytest.mark.django_db
def test_a_shopper_who_reloads_leaves_an_unknown_operation_its_early_looks(processor: RunningProcessor):
    shop = a_shop(processor)
    checkout = begin(a_client(shop), shop).json()
    pay(a_client(shop), checkout, "tok_timeout_not_landed")
    with acting_for(shop.merchant.id):
        [silent] = Operation.objects.filter(status="unknown")

        for _ in range(10):
            Client().get(f"{urlsplit(checkout['payment_url']).path}return/?session=1")
            # The machine's clock stands inside a transaction; a moment later the relay comes.
            Operation.objects.filter(id=silent.id).update(next_look_at=FOUNDED_AT)
            sending.look_up_due()
            silent.refresh_from_db()

    assert (silent.status, silent.looks) == ("unknown", 1)
    assert silent.next_look_at - machine_now() <= timedelta(seconds=15)
