"""A merchant with two stores, a till in each, a webshop and a real processor; everybody talks REST, the relay and the worker run in between."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from rest_framework.test import APIClient

from inventory.stock.models import StockLevel, StockMovement
from merchant.accounts import callers
from merchant.core.jobs import services as jobs
from merchant.core.tenancy import acting_for
from merchant.ledger import queries as ledger
from merchant.messages.models import Message
from orders.order.models import Order
from payments.gateways import registry
from payments.records.models import Payment
from reports.verify import services as verify
from reports.verify.checks.registry import CHECKS
from tests import shops, webshop
from tests.clients import with_device
from tests.factories import a_channel, a_device, a_merchant, a_register, a_store, an_api_key
from tests.factories.merchants import FOUNDED_AT
from tests.processor import RunningProcessor, running_processor

# What must hold at the end of every story.
ALWAYS = tuple(check for check in CHECKS if check.name.split(".")[0] in ("books", "money", "stock", "shifts"))


@pytest.fixture(scope="session")
def processor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProcessor]:
    """The sandbox processor, one for the whole run."""
    with running_processor(tmp_path_factory.mktemp("processor")) as running:
        yield running


@dataclass
class Till:
    """One tablet."""

    store: Any
    register: Any
    client: Client

    def post(self, path: str, body: Any = None, *, key: str = "") -> Any:
        return self.client.post(
            f"/api/v1/{path}",
            json.dumps(body or {}),
            content_type="application/json",
            HTTP_IDEMPOTENCY_KEY=key or str(uuid4()),
        )


@dataclass
class Trade:
    """Everything a story needs."""

    shop: shops.Shop
    web: APIClient
    altona: Till
    mitte: Till
    partner: APIClient

    @property
    def id(self) -> UUID:
        return self.shop.merchant.id

    @property
    def mug(self) -> Any:
        return self.shop.mug

    def begin_cart(self, quantity: int = 2, **more: Any) -> dict[str, Any]:
        body = {"channel": self.shop.channel.code, "lines": [{"article": self.mug.sku, "quantity": quantity}]} | more
        answer = webshop.post(self.web, "/api/v1/carts/", body)
        assert answer.status_code == 201, answer.content
        return answer.json()  # type: ignore[no-any-return]

    def offer(self, cart: dict[str, Any]) -> str:
        """The code its customer shows."""
        return webshop.post(self.web, f"/api/v1/carts/{cart['id']}/codes/").json()["hand_off"]["code"]  # type: ignore[no-any-return]

    def check_out(self, **changes: Any) -> dict[str, Any]:
        answer = webshop.begin(self.web, self.shop, **changes)
        assert answer.status_code == 201, answer.content
        return answer.json()  # type: ignore[no-any-return]

    def pay(self, checkout: dict[str, Any], token: str = "tok_visa_ok") -> None:
        assert webshop.pay(self.web, checkout, token).status_code == 202
        self.work()

    def work(self) -> None:
        """Let relay and worker do what is due."""
        shops.run_relay()
        for job in jobs.due_job_ids():
            jobs.run(job)
        shops.run_relay()

    def order(self, order_id: str) -> Order:
        with acting_for(self.id):
            found: Order = Order.objects.get(id=order_id)
            return found

    def level(self, till: Till | None = None) -> tuple[int, int]:
        """(on hand, reserved) of the mug."""
        with acting_for(self.id):
            found = StockLevel.objects.filter(variant=self.mug, store=(till or self.altona).store).first()
            return (found.on_hand, found.reserved) if found else (0, 0)

    def sold(self) -> int:
        with acting_for(self.id):
            return -sum(StockMovement.objects.filter(kind="sold").values_list("quantity", flat=True))

    def mails(self, kind: str) -> list[Message]:
        with acting_for(self.id):
            return list(Message.objects.filter(kind=kind))

    def payments(self) -> list[Payment]:
        with acting_for(self.id):
            return list(Payment.objects.order_by("id"))

    def balance(self, account: str) -> int:
        with acting_for(self.id):
            return ledger.balance(account).get("EUR", 0)

    def truth(self, kind: str) -> list[int]:
        """Amounts the processor says it moved."""
        with acting_for(self.id):
            gateway: Any = registry.gateway("sandbox")
            rows = gateway.list_truth(registry.access(self.shop.account))
            return [
                row.amount_minor for row in rows if row.kind == kind and row.status not in ("cancelled", "declined")
            ]

    def pickup(self) -> dict[str, Any]:
        [found] = self.altona.client.get("/api/v1/pickups/").json()["results"]
        return found  # type: ignore[no-any-return]

    def pick(self, pickup: dict[str, Any]) -> Any:
        lines = [{"line_id": line["line_id"], "quantity": line["quantity"]} for line in pickup["lines"]]
        return self.altona.post(f"pickups/{pickup['id']}/picked/", {"lines": lines})

    def code_of(self, order_id: str) -> str:
        return str(self.order(order_id).delivery["pickup_code"])

    def holds(self) -> None:
        """Books, money and goods agree with each other."""
        lines = verify.verify(merchant_id=self.id, checks=ALWAYS)
        assert {line.check.name: list(line.findings.violations)[:3] for line in lines if not line.holds} == {}


@pytest.fixture
def trade(processor: RunningProcessor, settings: Any, valkey_url: str) -> Trade:
    settings.CALLER_REQUESTS_PER_SECOND = 100_000
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": valkey_url}}
    callers.forget()
    merchant = a_merchant()
    shop = shops.a_shop_of(merchant, processor)
    a_channel(merchant, kind="in_store", code="store")

    def a_till(store: Any) -> Till:
        register = a_register(store)
        return Till(store, register, with_device(a_device(register)[1]))

    _, key = an_api_key(merchant)
    _, orders_key = an_api_key(merchant, scopes=["orders", "payments", "stock", "checkout"])
    web = APIClient(headers={"Authorization": f"Bearer {key}"})
    partner = APIClient(headers={"Authorization": f"Bearer {orders_key}"})
    return Trade(shop, web, a_till(shop.store), a_till(a_store(merchant, name="Mitte")), partner)


def stock_in(trade: Trade, till: Till, pieces: int) -> None:
    """Put mugs on the shelf of a store."""
    with acting_for(trade.id):
        StockLevel.objects.create(variant=trade.mug, store=till.store, on_hand=pieces)
        StockMovement.objects.create(
            variant_id=trade.mug.id,
            store_id=till.store.id,
            kind="opening",
            quantity=pieces,
            source="opening",
            moved_at=FOUNDED_AT,
        )


def key_in(page: str) -> str:
    """The idempotency key of the first form of a page."""
    found = re.search(r'name="idempotency_key"\s+value="([^"]+)"', page)
    assert found is not None
    return found[1]
