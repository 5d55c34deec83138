"""What a processor undoes is an operation of its own with its own journal; in whatever order the news comes, one end."""

from __future__ import annotations

from itertools import permutations

import pytest

from merchant.core.money import Money
from merchant.core.outbox.models import OutboxEvent
from merchant.core.tenancy import acting_for
from merchant.ledger import queries as ledger
from orders.order import queries as orders
from payments.gateways.base import Outcome
from payments.processing.captures import request_capture
from payments.processing.refunds import request_refund
from payments.records.models import Operation
from tests.payments.records.test_apply_result import SUCCESS, Shop

pytestmark = pytest.mark.django_db
UNDONE = Outcome(status="failed", is_taken_back=True, amount_minor=5000)


@pytest.fixture
def shop():
    shop = Shop()
    with acting_for(shop.merchant.id):
        yield shop


def captured(shop):
    shop.apply(shop.authorise(5000), SUCCESS)
    capture = request_capture(payment_id=shop.payment.id, now=shop.now)
    shop.apply(capture, SUCCESS)
    return capture


def test_a_capture_taken_back_is_booked_once_and_the_order_owes_again(shop):
    capture = captured(shop)

    for _ in range(3):
        shop.apply(capture, UNDONE, "webhook")

    back = Operation.objects.get(kind="take_back")
    assert (back.parent_id, back.result_minor, back.status) == (capture.id, 5000, "succeeded")
    assert (shop.payment.status, shop.payment.captured_minor, shop.payment.taken_back_minor) == ("failed", 0, 5000)
    order = orders.get_order(shop.payment.order_id)
    assert (order.captured_minor, order.secured_minor, orders.open_minor(order)) == (0, 0, 5000)
    assert ledger.balance("prepayments") == {}
    assert ledger.balance("clearing") == {}
    assert OutboxEvent.objects.filter(topic="payment.capture_taken_back").count() == 1


def test_a_refund_taken_back_is_ours_to_refund_again(shop):
    captured(shop)
    refund = request_refund(payment_id=shop.payment.id, amount=Money(5000, "EUR"), reason="broken", now=shop.now)
    shop.apply(refund, SUCCESS)

    shop.apply(refund, UNDONE, "webhook")
    shop.apply(refund, SUCCESS, "webhook")

    assert (shop.payment.status, shop.payment.refunded_minor) == ("captured", 0)
    assert ledger.balance("prepayments") == {"EUR": -5000}
    again = request_refund(payment_id=shop.payment.id, amount=Money(5000, "EUR"), reason="broken", now=shop.now)
    shop.apply(again, SUCCESS)
    assert (shop.payment.status, shop.payment.refunded_minor) == ("refunded", 5000)


@pytest.mark.parametrize("news", list(permutations(["yes", "yes", "undone", "undone"]))[::5])
def test_news_in_any_order_ends_the_same(shop, news):
    shop.apply(shop.authorise(5000), SUCCESS)
    capture = request_capture(payment_id=shop.payment.id, now=shop.now)
    told = {"yes": SUCCESS, "undone": UNDONE}

    for word in news:
        shop.apply(capture, told[word], "webhook")

    assert (shop.payment.status, shop.payment.captured_minor, shop.payment.taken_back_minor) == ("failed", 0, 5000)
    assert Operation.objects.filter(kind="take_back").count() == 1
    assert ledger.balance("clearing") == {}


def test_one_of_two_captures_taken_back_leaves_the_other(shop):
    shop.apply(shop.authorise(5000), SUCCESS)
    first = request_capture(payment_id=shop.payment.id, now=shop.now, amount=Money(2000, "EUR"))
    shop.apply(first, SUCCESS)
    second = request_capture(payment_id=shop.payment.id, now=shop.now, amount=Money(3000, "EUR"))
    shop.apply(second, SUCCESS)

    shop.apply(first, Outcome(status="failed", is_taken_back=True, amount_minor=2000), "webhook")

    assert (shop.payment.status, shop.payment.captured_minor) == ("captured", 3000)
    assert orders.open_minor(orders.get_order(shop.payment.order_id)) == 2000


def test_an_ordinary_no_after_a_yes_takes_nothing_back(shop):
    capture = captured(shop)

    shop.apply(capture, Outcome(status="failed"), "webhook")
    shop.apply(capture, Outcome(status="declined"), "webhook")

    assert (shop.payment.status, shop.payment.captured_minor) == ("captured", 5000)
    assert not Operation.objects.filter(kind="take_back").exists()
