"""Deliveries that are not what the processor signed, or come too often: nothing is stored, or once."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from standardwebhooks import Webhook

from merchant.core.tenancy import acting_for
from payments.gateways.registry import access
from payments.webhooks.models import InboundWebhook
from tests.processor import RunningProcessor
from tests.shops import Shop, a_shop

pytestmark = pytest.mark.django_db(transaction=True)
BODY = json.dumps({"id": "evt_1", "type": "payment.captured", "data": {"kind": "authorise", "reference": "NOBODYS",
    "id": "pay_1", "payment_id": "pay_1", "status": "captured", "amount_minor": 2500}})  # fmt: skip


@pytest.fixture
def shop(processor: RunningProcessor) -> Shop:
    return a_shop(processor)


def headers(shop: Shop, *, seconds: int = 0, event_id: str = "evt_1", body: str = BODY) -> dict[str, str]:
    """The headers of a delivery signed `seconds` from now with the account's own secret."""
    with acting_for(shop.merchant.id):
        secret = access(shop.account).secrets["webhook_secret"]
    moment = datetime.now(UTC) + timedelta(seconds=seconds)
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(event_id, moment, body),
    }


def deliver(shop: Shop, signed: dict[str, str], body: str = BODY) -> Any:
    address = f"/webhooks/sandbox/{shop.account.id}/"
    return Client().post(address, body, content_type="application/json", headers=signed)


def stored(shop: Shop) -> int:
    with acting_for(shop.merchant.id):
        return InboundWebhook.objects.count()


def test_a_replay_of_an_old_delivery_and_one_from_the_future_are_refused(shop: Shop) -> None:
    answers = [deliver(shop, headers(shop, seconds=seconds)).status_code for seconds in (-360, 360)]

    assert answers == [401, 401]
    assert stored(shop) == 0


def test_a_body_or_number_other_than_the_signed_one_is_refused(shop: Shop) -> None:
    signed = headers(shop)
    answers = [
        deliver(shop, signed, BODY.replace("2500", "250000")),
        deliver(shop, signed, BODY.replace("captured", "declined")),
        deliver(shop, signed, BODY + " "),
        deliver(shop, signed | {"webhook-id": "evt_2"}),
    ]

    assert [answer.status_code for answer in answers] == [401] * 4
    assert stored(shop) == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"webhook-signature": ""},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,!!!"},
        {"webhook-signature": "v2,abc"},
        {"webhook-signature": "," * 1000},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": "-1"},
        {"webhook-timestamp": "9" * 30},
    ],
)
def test_headers_that_make_no_sense_are_refused_and_break_nothing(shop: Shop, changes: dict[str, str]) -> None:
    assert deliver(shop, headers(shop) | changes).status_code == 401
    assert stored(shop) == 0


@pytest.mark.parametrize("body", ["{}", "[]", "null", "\x00", '{"id": 1}', "x" * 300_000])
def test_a_signed_body_that_is_no_event_stores_nothing(shop: Shop, body: str) -> None:
    assert deliver(shop, headers(shop, body=body), body).status_code in (401, 413)
    assert stored(shop) == 0


def test_ten_deliveries_at_once_of_an_event_nobody_knows_are_parked_once(shop: Shop) -> None:
    signed, start = headers(shop), threading.Barrier(10)

    def one(_: int) -> int:
        start.wait()
        try:
            return int(deliver(shop, signed).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as hands:
        answers = list(hands.map(one, range(10)))

    assert answers == [200] * 10
    assert stored(shop) == 1
