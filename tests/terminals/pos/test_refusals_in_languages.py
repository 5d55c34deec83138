"""A field that a till filled in wrongly is told in the language of each reader, whoever in this process was refused the same before."""

from __future__ import annotations

import json

import pytest

from orders.order.models import Order
from tests.terminals.pos.counter import Counter

pytestmark = pytest.mark.django_db


def test_a_field_refused_in_one_language_is_refused_in_the_next_readers_own() -> None:
    counter = Counter()
    body = json.dumps({"lines": [{"article": counter.goods[0].sku, "quantity": 0}]})

    def said(language: str) -> str:
        headers = {"Idempotency-Key": "one", "Accept-Language": language}
        answer = counter.left.client.post("/api/v1/till/orders/", body, "application/json", headers=headers)
        assert answer.status_code == 400
        [sentence] = answer.json()["errors"]["lines"]["0"]["quantity"]
        return str(sentence)

    told = [said(language) for language in ("de", "sv", "en")]

    assert [sentence.split()[0] for sentence in told] == ["Stelle", "Se", "Ensure"]
    assert not Order.across_merchants.exists()
