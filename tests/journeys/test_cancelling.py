"""Cancel and return put goods and money back, in that order and each once, whenever a process dies."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from merchant.core.clock import machine_now
from merchant.core.money import Money
from merchant.core.tenancy import acting_for
from payments.after_sales import services as after_sales
from payments.gateways.base import Outcome
from payments.processing import sending
from payments.processing.refunds import request_refund
from payments.records.models import Operation
from payments.records.services import apply_result
from tests import shops, webshop
from tests.clients import signed_in
from tests.factories import a_staff_member
from tests.journeys.conftest import Trade

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]
KILLED = -9
_BEGIN = """
import os, signal, sys
from uuid import UUID
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "merchant.settings")
import django
django.setup()
from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from payments.after_sales import cancellations, services as after_sales
def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)
{before}
with acting_for(UUID(sys.argv[1])):
    {act}
die()
"""
_CANCEL = "cancellations.cancel_order(order_id=UUID(sys.argv[2]), reason='wish', now=machine_now())"
_RETURN = (
    "after_sales.return_goods(order_id=UUID(sys.argv[2]), quantities={UUID(sys.argv[3]): 2}, is_restocked=True, reason='wish',"
    " now=machine_now(), rules=after_sales.RefundRules(None), store_id=UUID(sys.argv[4]))"
)


def killed(act: str, before: str, *arguments: object) -> None:
    """Run `act` in a process that must kill itself."""
    code = _BEGIN.format(before=before, act=act)
    words = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(words, cwd=ROOT, timeout=90, capture_output=True, check=False)
    assert done.returncode == KILLED, done.stderr.decode()[-2000:]


def cancel(trade: Trade, order_id: str) -> Any:
    body = {"reason": "changed my mind"}
    return webshop.post(trade.partner, f"/api/v1/orders/{order_id}/cancellations/", body)


def paid(trade: Trade) -> str:
    checkout = trade.check_out(delivery_method="collect")
    trade.pay(checkout)
    return str(checkout["order"]["id"])


def all_back(trade: Trade, order_id: str) -> None:
    order = trade.order(order_id)
    assert (order.status, order.captured_minor, order.refunded_minor) == ("cancelled", 5000, 5000)
    assert (trade.level(), trade.truth("refund")) == ((10, 0), [5000])
    assert (trade.balance("prepayments"), trade.balance("clearing")) == (0, 0)
    trade.holds()


def test_goods_are_for_sale_again_before_the_money_is_back(trade: Trade) -> None:
    order_id = paid(trade)

    asked = cancel(trade, order_id)

    assert asked.status_code == 202, asked.content
    assert asked.json()["money_on_the_way"]["amount_minor"] == 5000
    assert (trade.order(order_id).status, trade.level(), trade.truth("refund")) == ("open", (10, 0), [])
    refused = trade.altona.post("hand-offs/", {"number": asked.json()["number"]})
    assert refused.status_code == 409
    trade.work()
    all_back(trade, order_id)
    assert cancel(trade, order_id).json()["status"] == "cancelled"
    all_back(trade, order_id)


def test_goods_of_an_order_that_is_being_cancelled_stay_here(trade: Trade) -> None:
    order_id = paid(trade)
    pickup = trade.pickup()
    cancel(trade, order_id)

    collected = trade.altona.post(f"pickups/{pickup['id']}/collections/", {"code": trade.code_of(order_id)})
    handed = webshop.post(trade.partner, f"/api/v1/orders/{order_id}/fulfilments/")

    assert (collected.status_code, handed.json()["code"]) == (409, "order_being_cancelled")
    assert trade.sold() == 0


def test_what_was_handed_over_is_returned_not_cancelled(trade: Trade) -> None:
    order_id = paid(trade)
    trade.altona.post(f"pickups/{trade.pickup()['id']}/collections/", {"code": trade.code_of(order_id)})

    refused = cancel(trade, order_id)

    assert (refused.status_code, refused.json()["code"]) == (409, "goods_are_gone")
    assert trade.truth("refund") == []


def test_a_refund_that_fails_leaves_the_order_visible_and_the_next_one_ends_it(trade: Trade) -> None:
    order_id = paid(trade)
    cancel(trade, order_id)
    with acting_for(trade.id):
        operation = Operation.objects.get(kind="refund")
        apply_result(operation_id=operation.id, outcome=Outcome(status="failed"), source="answer", now=machine_now())
    trade.work()
    assert (trade.order(order_id).status, trade.level()) == ("open", (10, 0))

    with acting_for(trade.id):
        request_refund(payment_id=operation.payment_id, amount=Money(5000, "EUR"), reason="again", now=machine_now())
    trade.work()
    all_back(trade, order_id)


@pytest.mark.parametrize(
    ("before", "is_asked"),
    [
        ("cancellations.reservations.release = die", False),
        ("cancellations._let_go = die", False),
        ("cancellations.audit.record = die", False),
        ("cancellations.finish = die", False),
        ("", True),
    ],
    ids=[
        "before the goods",
        "between goods and money",
        "after the money was asked",
        "before the end",
        "after the commit",
    ],
)
def test_a_cancellation_killed_at_any_step_is_done_once_after_the_repeat(
    trade: Trade, before: str, is_asked: bool
) -> None:
    order_id = paid(trade)

    killed(_CANCEL, before, trade.id, order_id)

    # Both or nothing: goods and the request for the money stand in one transaction.
    assert trade.level() == ((10, 0) if is_asked else (10, 2))
    with acting_for(trade.id):
        assert Operation.objects.filter(kind="refund").count() == int(is_asked)
    for _ in range(2):
        assert cancel(trade, order_id).status_code in (200, 202)
        trade.work()
    all_back(trade, order_id)


@pytest.mark.parametrize(
    "before",
    ["sending._send = die", "sending.apply_result = die", ""],
    ids=["before the first byte", "with the answer in hand", "after it"],
)
def test_a_relay_killed_with_the_refund_of_a_cancellation_gives_it_back_once(trade: Trade, before: str) -> None:
    order_id = paid(trade)
    cancel(trade, order_id)
    killed("sending.send_due()", f"from payments.processing import sending; {before}", trade.id)

    with acting_for(trade.id):
        [refund] = Operation.objects.filter(kind="refund")
    sending.look_up_due()
    operation = shops.look_up(refund.id, trade.shop.merchant) if refund.status != "succeeded" else refund
    trade.work()
    if operation.status == "unknown":
        with acting_for(trade.id):
            Operation.objects.filter(id=refund.id).update(submitted_at=refund.requested_at.replace(year=2025))
        operation = shops.look_up(refund.id, trade.shop.merchant)
        assert operation.status == "failed"
        assert trade.truth("refund") == []
        trade.holds()
        return
    trade.work()
    all_back(trade, order_id)


@pytest.mark.parametrize(
    ("before", "is_asked"),
    [
        ("after_sales.taking_back.take_back = die", False),
        ("after_sales.refund_part = die", False),
        ("", True),
    ],
    ids=["before the goods", "between goods and money", "after the commit"],
)
def test_a_return_killed_at_any_step_is_done_once_after_the_repeat(trade: Trade, before: str, is_asked: bool) -> None:
    order_id = paid(trade)
    trade.altona.post(f"pickups/{trade.pickup()['id']}/collections/", {"code": trade.code_of(order_id)})
    with acting_for(trade.id):
        line = trade.order(order_id).lines.get(kind="product")

    killed(_RETURN, before, trade.id, order_id, line.id, trade.altona.store.id)

    assert trade.level() == ((10, 0) if is_asked else (8, 0))
    if not is_asked:
        with acting_for(trade.id):
            after_sales.return_goods(
                order_id=line.order_id, quantities={line.id: 2}, is_restocked=True, reason="wish", now=machine_now(),
                rules=after_sales.RefundRules(None), store_id=trade.altona.store.id,
            )  # fmt: skip
    trade.work()
    assert (trade.level(), trade.truth("refund"), trade.order(order_id).refunded_minor) == ((10, 0), [5000], 5000)
    trade.holds()


def test_somebody_with_a_limit_does_not_pass_it_by_cancelling(trade: Trade) -> None:
    order_id = paid(trade)
    browser = signed_in(a_staff_member(trade.shop.merchant, role="manager", refund_limit_minor=4999))

    refused = browser.post(
        f"/api/v1/orders/{order_id}/cancellations/",
        {"reason": "wish"},
        content_type="application/json",
        HTTP_IDEMPOTENCY_KEY="k",
    )

    assert (refused.status_code, trade.level(), trade.order(order_id).cancel_asked_at) == (403, (10, 2), None)
    with acting_for(trade.id):
        assert not Operation.objects.filter(kind="refund").exists()


def test_an_unpaid_order_is_cancelled_at_once(trade: Trade) -> None:
    checkout = trade.check_out()

    done = cancel(trade, checkout["order"]["id"])

    assert (done.status_code, done.json()["status"], trade.level()) == (200, "cancelled", (10, 0))
