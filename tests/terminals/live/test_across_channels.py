"""What happens in one channel is seen in the others within a second: through the web process, the relay and real websockets."""

from __future__ import annotations

import time
from uuid import uuid4

from tests.factories import a_channel, an_api_key
from tests.terminals.live.conftest import Counter
from tests.terminals.live.test_screens import Screen

SEEN_SECONDS_MAX = 1.0


def api(counter: Counter, path: str, body: dict, token: str) -> dict:
    answer = counter.http.post(
        f"http://127.0.0.1:{counter.web_port}/api/v1/{path}",
        json=body,
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())},
    )
    assert answer.status_code < 300, answer.text
    return answer.json()


def is_stock(message: dict, free: int) -> bool:
    event = message.get("event", {})
    return event.get("kind") == "stock.changed" and [row["free_quantity"] for row in event.get("articles", [])] == [
        free
    ]


def test_a_change_in_one_channel_is_seen_in_the_others_in_under_a_second(counter: Counter) -> None:
    a_channel(counter.merchant, code="web", stock_store=counter.store)
    _, token = an_api_key(counter.merchant, scopes=["checkout", "stock", "orders"])
    topics = [f"store:{counter.store.id}:stock"]
    shop = Screen(f"{counter.ws_url}/v1/", {"Authorization": f"Bearer {token}"}, topics)
    till = Screen(f"{counter.ws_url}/v1/", {"Authorization": f"Device {counter.token}"}, topics)
    free = 10_000
    with shop, till:
        for act, pieces in (
            (
                lambda: counter.post(
                    "sales/",
                    {"lines": [{"article": counter.variant.sku, "quantity": 3}], "tendered_minor": 6000},
                    status=201,
                ),
                -3,
            ),
            (
                lambda: api(
                    counter,
                    "checkouts/",
                    {"channel": "web", "currency": "EUR", "lines": [{"sku": counter.variant.sku, "quantity": 2}]},
                    token,
                ),
                -2,
            ),
            (
                lambda: api(
                    counter,
                    "stock/deliveries/",
                    {"store_id": str(counter.store.id), "lines": [{"sku": counter.variant.sku, "quantity": 7}]},
                    token,
                ),
                7,
            ),
        ):
            free += pieces
            act()
            began = time.monotonic()
            for screen in (shop, till):
                screen.next(lambda message, free=free: is_stock(message, free))
            assert time.monotonic() - began < SEEN_SECONDS_MAX


def test_a_cart_that_changes_hands_is_seen_where_it_was(counter: Counter) -> None:
    a_channel(counter.merchant, code="web2", stock_store=counter.store)
    _, token = an_api_key(counter.merchant)
    cart = api(counter, "carts/", {"channel": "web2", "lines": [{"article": counter.variant.sku}]}, token)
    code = api(counter, f"carts/{cart['id']}/codes/", {}, token)["hand_off"]["code"]
    with Screen(f"{counter.ws_url}/v1/", {"Authorization": f"Bearer {token}"}, [f"order:{cart['id']}"]) as shop:
        counter.post("hand-offs/", {"code": code}, status=200)
        began = time.monotonic()

        shop.next(lambda message: message.get("event", {}).get("kind") == "order.changed")

    assert time.monotonic() - began < SEEN_SECONDS_MAX
