"""A merchant with a till and a webshop at the real processor, many hands, and the proof that everything still adds up."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from django.test import Client

from merchant.accounts import callers
from merchant.core.clock import machine_now
from merchant.core.money import Money
from merchant.core.tenancy import acting_for
from payments.processing.authorisations import request_authorisation
from payments.processing.captures import request_capture
from payments.records.models import Operation, Payment
from reports.verify import services as verify
from reports.verify.checks.registry import CHECKS
from tests import shops
from tests.clients import with_device
from tests.factories import a_device
from tests.factories import a_shop as a_till_shop
from tests.factories.orders import an_order
from tests.processor import RunningProcessor, running_processor

# What must hold in every moment, also in the middle of a day.
ALWAYS = tuple(check for check in CHECKS if check.name.split(".")[0] in ("books", "orders", "money", "stock"))


@pytest.fixture(scope="session")
def processor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProcessor]:
    """The sandbox processor, one for the whole run."""
    with running_processor(tmp_path_factory.mktemp("processor")) as running:
        yield running


@dataclass
class Trade:
    """What these tests need of a merchant."""

    till: Any
    shop: shops.Shop
    device_token: str

    @property
    def id(self) -> Any:
        return self.shop.merchant.id

    def post(self, path: str, body: dict[str, Any], *, key: str = "") -> Any:
        """Post from the till."""
        client: Client = with_device(self.device_token)
        return client.post(
            f"/api/v1/{path}",
            json.dumps(body),
            content_type="application/json",
            HTTP_IDEMPOTENCY_KEY=key or str(uuid4()),
        )

    def authorised(self, minor: int = 5000) -> Payment:
        """An order of the webshop whose card was authorised."""
        order = an_order(self.shop.merchant, total_minor=minor, channel_id=self.shop.channel.id)
        with acting_for(self.id):
            asked = request_authorisation(
                order_id=order.id,
                method="card",
                amount=Money(minor, "EUR"),
                gateway_account=self.shop.account,
                now=machine_now(),
                instrument={"token": "tok_visa_ok"},
            )
        shops.run_relay()
        with acting_for(self.id):
            payment: Payment = Payment.objects.get(id=asked.payment_id)
            return payment

    def captured(self, minor: int = 5000) -> Payment:
        """The same, captured."""
        payment = self.authorised(minor)
        if not payment.captured_minor:
            with acting_for(self.id):
                request_capture(payment_id=payment.id, now=machine_now())
            shops.run_relay()
        with acting_for(self.id):
            payment.refresh_from_db()
        return payment

    def operations(self, kind: str) -> list[Operation]:
        with acting_for(self.id):
            return list(Operation.objects.filter(kind=kind).order_by("id"))

    def holds(self) -> None:
        """Books, money and goods agree with each other."""
        lines = verify.verify(merchant_id=self.id, checks=ALWAYS)
        assert {line.check.name: list(line.findings.violations)[:3] for line in lines if not line.holds} == {}


@pytest.fixture
def trade(processor: RunningProcessor, settings: Any) -> Trade:
    settings.CALLER_REQUESTS_PER_SECOND = 100_000
    callers.forget()
    till = a_till_shop(articles=2, stock=100)
    _, token = a_device(till.register)
    shop = shops.a_shop_of(till.merchant, processor)
    with acting_for(till.merchant.id):
        # Captures are asked for one by one, so that tests can ask.
        shop.account.capture_mode = "day_close"
        shop.account.save()
    return Trade(till, shop, token)


def at_once(hands: int, act: Callable[[int], Any]) -> list[Any]:
    """Let so many threads act at the same moment and return what each got; an exception is its answer."""
    start = threading.Barrier(hands)

    def one(number: int) -> Any:
        try:
            start.wait()
            return act(number)
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(hands) as pool:
        return list(pool.map(one, range(hands)))
