"""After a sale everybody who follows the store's stock is told what is left."""

from __future__ import annotations

import json

import pytest
import redis

from merchant.core.outbox import screens
from tests.events import deliver_events
from tests.factories import a_shop

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_sale_tells_what_is_left_of_its_articles_in_its_store(valkey_url, settings):
    settings.REDIS_URL = valkey_url
    shop, other = a_shop(articles=2, stock=10), a_shop(articles=1)
    with redis.Redis.from_url(valkey_url, decode_responses=True) as client, client.pubsub() as heard:
        heard.subscribe(screens.channel(shop.id), screens.channel(other.id))
        for _ in range(2):
            heard.get_message(timeout=5)

        shop.sell(3)
        deliver_events()
        message = screens.read(heard.get_message(timeout=5)["data"])
        list_message = screens.read(heard.get_message(timeout=5)["data"])
        silence = heard.get_message(timeout=0.3)

    assert message.topic == f"store:{shop.store.id}:stock"
    # The lists of the back office read their rows anew.
    assert list_message.topic == screens.merchant_topic("stock")
    assert message.store_id == shop.store.id
    assert json.loads(message.frame)["event"] == {
        "kind": "stock.changed",
        "store_id": str(shop.store.id),
        "articles": [{"variant_id": str(shop.variants[0].id), "free_quantity": 7}],
    }
    assert silence is None
