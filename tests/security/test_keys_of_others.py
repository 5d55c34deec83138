"""An Idempotency-Key belongs to who sent it, to one route and to one body."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from merchant.core.tenancy import acting_for
from merchant.ledger import queries as ledger
from orders.order.models import Order
from tests.clients import with_device
from tests.factories import Shop, a_device, a_register, a_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return a_shop(articles=1)


def post(client: Client, path: str, body: dict[str, Any]) -> Any:
    """Post with the one key that everybody uses here."""
    return client.post(f"/api/v1/{path}", json.dumps(body), "application/json", HTTP_IDEMPOTENCY_KEY="same")


def sold(shop: Shop) -> tuple[int, dict[str, int]]:
    """How many orders there are, and what is in the drawers."""
    with acting_for(shop.id):
        return Order.objects.count(), ledger.balance("cash_register")


def test_another_tablets_key_of_the_same_value_is_another_key(shop: Shop) -> None:
    tills = [with_device(a_device(register)[1]) for register in (shop.register, a_register(shop.store))]
    body = {"lines": [{"article": shop.variants[0].sku}], "tendered_minor": 1250}

    answers = [post(till, "sales/", body) for till in (*tills, *tills)]

    assert [answer.status_code for answer in answers] == [201] * 4
    assert answers[0].content == answers[2].content
    assert answers[1].content == answers[3].content
    assert answers[0].json()["order"]["id"] != answers[1].json()["order"]["id"]
    assert sold(shop) == (2, {"EUR": 2500})


def test_another_merchants_key_of_the_same_value_shows_nothing_of_this_one(shop: Shop) -> None:
    other = a_shop(articles=1)
    mine, theirs = (with_device(a_device(one.register)[1]) for one in (shop, other))
    first = post(mine, "sales/", {"lines": [{"article": shop.variants[0].sku}], "tendered_minor": 1250})
    second = post(theirs, "sales/", {"lines": [{"article": other.variants[0].sku}], "tendered_minor": 1250})

    assert first.json()["order"]["id"] != second.json()["order"]["id"]
    assert (sold(shop)[0], sold(other)[0]) == (1, 1)


def test_the_same_key_with_another_body_is_refused_and_sells_nothing(shop: Shop) -> None:
    till = with_device(a_device(shop.register)[1])
    body = {"lines": [{"article": shop.variants[0].sku}], "tendered_minor": 1250}
    post(till, "sales/", body)

    answer = post(till, "sales/", body | {"tendered_minor": 1300})

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert sold(shop) == (1, {"EUR": 1250})


def test_the_same_key_on_another_route_is_another_key(shop: Shop) -> None:
    till = with_device(a_device(shop.register)[1])
    lines = {"lines": [{"article": shop.variants[0].sku}]}

    answers = [post(till, "sales/", lines | {"tendered_minor": 1250}), post(till, "till/orders/", lines)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert sold(shop)[0] == 2
