"""A process that is killed outright in the middle leaves nothing half done, and whoever comes next finishes it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from merchant.core.clock import machine_now
from merchant.core.money import Money
from merchant.core.tenancy import acting_for
from orders.order.models import Order
from payments.gateways import registry
from payments.processing.authorisations import request_authorisation
from payments.records.models import Operation, Payment
from tests import shops
from tests.factories.orders import an_order
from tests.races.conftest import Trade

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]
KILLED = -9

_BEGIN = """
import os, signal, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "merchant.settings")
import django
django.setup()
def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)
"""
_SELL = """
from django.test import Client
from tests.races.test_kills import sell
{before}
sell(Client(SERVER_NAME="localhost", headers={{"authorization": "Device " + sys.argv[1]}}), sys.argv[2], sys.argv[3])
{after}
"""
_RELAY = """
from payments.processing import sending
{before}
sending.send_due()
die()
"""


def killed(code: str, *arguments: str) -> None:
    """Run `code` in a process of its own, which must kill itself."""
    done = subprocess.run(
        [sys.executable, "-c", _BEGIN + code, *arguments], cwd=ROOT, timeout=60, capture_output=True, check=False
    )
    assert done.returncode == KILLED, done.stderr.decode()[-2000:]


def sell(client: Any, article: str, key: str) -> Any:
    """One cash sale with a given key."""
    body = json.dumps({"lines": [{"article": article}], "tendered_minor": 2000})
    return client.post("/api/v1/sales/", body, content_type="application/json", HTTP_IDEMPOTENCY_KEY=key)


@pytest.mark.parametrize(
    ("before", "after", "orders_left"),
    [
        ("from merchant.core.outbox import services as s; s.publish_many = die", "", 0),
        ("from merchant.core.idempotency import services as s; s.machine_now = die", "", 0),
        ("", "die()", 1),
    ],
    ids=["before its events", "before its answer is stored", "before its answer is sent"],
)
def test_a_sale_whose_server_is_killed_is_one_sale_after_the_repeat(
    trade: Trade, before: str, after: str, orders_left: int
) -> None:
    article, key = trade.till.variants[0].sku, str(uuid4())
    killed(_SELL.format(before=before, after=after), trade.device_token, article, key)
    with acting_for(trade.id):
        assert Order.objects.count() == orders_left
    body = {"lines": [{"article": article}], "tendered_minor": 2000}

    answers = [trade.post("sales/", body, key=key) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201] * 3
    assert len({answer.content for answer in answers}) == 1
    with acting_for(trade.id):
        assert (Order.objects.count(), Payment.objects.count()) == (1, 1)
    trade.holds()


@pytest.mark.parametrize(
    ("before", "is_sent"),
    [("sending._send = die", False), ("sending.apply_result = die", True), ("", True)],
    ids=["before the first byte", "with the answer in hand", "after it was applied"],
)
def test_a_card_payment_whose_relay_is_killed_is_found_out_and_charged_once(
    trade: Trade, before: str, is_sent: bool
) -> None:
    order = an_order(trade.shop.merchant, total_minor=4200, channel_id=trade.shop.channel.id)
    with acting_for(trade.id):
        asked = request_authorisation(
            order_id=order.id,
            method="card",
            amount=Money(4200, "EUR"),
            gateway_account=trade.shop.account,
            now=machine_now(),
            instrument={"token": "tok_visa_ok"},
        )
    killed(_RELAY.format(before=before))

    operation = shops.look_up(asked.id, trade.shop.merchant)
    if not is_sent:
        # The processor does not know it: after a minute it is cancelled there, which is final, and only then failed here.
        assert operation.status == "unknown"
        with acting_for(trade.id):
            Operation.objects.filter(id=asked.id).update(submitted_at=asked.requested_at.replace(year=2025))
        operation = shops.look_up(asked.id, trade.shop.merchant)

    assert operation.status == ("succeeded" if is_sent else "failed")
    with acting_for(trade.id):
        gateway: Any = registry.gateway("sandbox")
        truth = [row for row in gateway.list_truth(registry.access(trade.shop.account)) if row.kind == "authorise"]
        assert [row.amount_minor for row in truth if row.status != "cancelled"] == ([4200] if is_sent else [])
        assert Order.objects.get(id=order.id).secured_minor == (4200 if is_sent else 0)
    trade.holds()
