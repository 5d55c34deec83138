"""Two stores, three articles on the shelf of the first, and a program that may manage stock."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from inventory.stock.models import StockLevel, StockMovement
from merchant.core.tenancy import acting_for
from tests.clients import with_key
from tests.factories import Shop, a_shop, a_store, an_api_key


@dataclass
class Stockroom:
    """What a test of goods in needs."""

    shop: Shop
    other: Any
    client: Client

    @property
    def mug(self) -> Any:
        return self.shop.variants[0]

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        return self.client.post(
            f"/api/v1/stock/{path}",
            json.dumps(body or {}),
            content_type="application/json",
            HTTP_IDEMPOTENCY_KEY=str(uuid4()),
        )

    def level(self, variant: Any, store: Any = None) -> tuple[int, int]:
        """(on hand, reserved) in a store; nothing where it never was."""
        with acting_for(self.shop.id):
            found = StockLevel.objects.filter(variant=variant, store=store or self.shop.store).first()
            return (found.on_hand, found.reserved) if found else (0, 0)

    def moved(self, kind: str) -> list[int]:
        with acting_for(self.shop.id):
            return list(StockMovement.objects.filter(kind=kind).order_by("id").values_list("quantity", flat=True))


@pytest.fixture
def room() -> Stockroom:
    shop = a_shop(articles=3, stock=10)
    other = a_store(shop.merchant, name="Mitte")
    _, key = an_api_key(shop.merchant, scopes=["stock"])
    return Stockroom(shop, other, with_key(key))
