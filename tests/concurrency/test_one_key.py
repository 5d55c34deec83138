"""One key, however often and however fast it comes: one sale."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from inventory.stock.models import StockLevel
from merchant.core.tenancy import acting_for
from merchant.ledger import queries as ledger
from orders.documents.models import Document
from orders.order.models import Order
from payments.records.models import Payment
from tests.factories import a_device, a_shop

pytestmark = pytest.mark.django_db(transaction=True)
SENDERS = 50
REPEATS = 20


def test_a_key_sent_a_thousand_times_at_once_sells_once(web, at_once):
    shop = a_shop(stock=100)
    _, token = a_device(shop.register)
    body = {"lines": [{"article": shop.variants[0].sku, "quantity": 1}], "tendered_minor": 2000}
    key = str(uuid4())

    answers = at_once(
        SENDERS, lambda _: [web.post("/api/v1/sales/", body, token=token, key=key) for _ in range(REPEATS)]
    )

    replies = [reply for sender in answers for reply in sender]
    assert {reply.status for reply in replies} <= {201, 409}
    assert len({reply.body for reply in replies if reply.status == 201}) == 1
    for refused in (reply for reply in replies if reply.status == 409):
        assert refused.json()["code"] == "request_in_flight"
        assert refused.headers["retry-after"] == "1"
    assert sum(reply.status == 201 and "idempotency-replayed" not in reply.headers for reply in replies) == 1
    with acting_for(shop.id):
        order = Order.objects.get()
        assert str(order.id) == next(json.loads(r.body)["order"]["id"] for r in replies if r.status == 201)
        assert (Payment.objects.count(), Document.objects.get().number) == (1, 1)
        assert StockLevel.objects.get(variant=shop.variants[0]).on_hand == 99
        assert ledger.balance("cash_register") == {"EUR": 1250}


def test_a_key_with_two_bodies_at_once_sells_one_of_them(web, at_once):
    shop = a_shop(stock=100)
    _, token = a_device(shop.register)
    key = str(uuid4())

    def send(number: int):
        body = {"lines": [{"article": shop.variants[number % 2].sku, "quantity": 1}], "tendered_minor": 2000}
        return web.post("/api/v1/sales/", body, token=token, key=key)

    replies = at_once(20, send)

    assert {reply.status for reply in replies} <= {201, 409, 422}
    assert len({reply.body for reply in replies if reply.status == 201}) == 1
    with acting_for(shop.id):
        assert Order.objects.count() == 1
        assert ledger.balance("cash_register") == {"EUR": 1250}
