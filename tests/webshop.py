"""What a webshop's program sends over REST."""

from __future__ import annotations

from itertools import count
from typing import Any

from rest_framework.test import APIClient

from tests.shops import Shop, run_relay

CHECKOUTS = "/api/v1/checkouts/"
ADDRESS = {"name": "Ada Berg", "line1": "Elbchaussee 1", "postal_code": "22765", "city": "Hamburg", "country": "DE"}
_keys = count(1)


def post(client: APIClient, path: str, body: Any = None, *, key: str = "") -> Any:
    """Post with an Idempotency-Key of its own."""
    return client.post(path, body or {}, headers={"Idempotency-Key": key or f"key-{next(_keys)}"})


def begin(client: APIClient, shop: Shop, **changes: Any) -> Any:
    """Begin a checkout of two mugs by parcel: 54.90 EUR."""
    body = {
        "channel": shop.channel.code,
        "currency": "EUR",
        "lines": [{"sku": shop.mug.sku, "quantity": 2}],
        "customer": {"email": "ada@example.com", "name": "Ada Berg"},
        "shipping_address": ADDRESS,
        "delivery_method": "parcel",
    }
    return post(client, CHECKOUTS, body | changes)


def shown(client: APIClient, checkout: Any) -> Any:
    """How the checkout stands now."""
    return client.get(f"{CHECKOUTS}{checkout['id']}/").json()


def pay(client: APIClient, checkout: Any, token: str = "tok_visa_ok") -> Any:
    """Pay by test token and let the relay work."""
    answer = post(client, f"{CHECKOUTS}{checkout['id']}/payments/", {"token": token})
    run_relay()
    return answer
