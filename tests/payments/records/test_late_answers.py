"""What a processor takes back, says late or says too much: the books follow the money, the cap stays, and no evidence is refused."""

from __future__ import annotations

import pytest

from merchant.core.money import Money
from merchant.core.outbox.models import OutboxEvent
from merchant.core.tenancy import acting_for
from merchant.ledger import queries as ledger
from orders.placing import services as placing
from payments.gateways.base import Outcome
from payments.processing.captures import request_capture
from payments.processing.refunds import request_refund
from payments.processing.refusals import NothingToCapture, RefundExceedsCaptured
from payments.processing.voids import request_void
from payments.records import queries
from tests.payments.records.test_apply_result import SUCCESS, Shop

pytestmark = pytest.mark.django_db
FAILED = Outcome(status="failed")
DECLINED = Outcome(status="declined", decline_code="do_not_honour")


@pytest.fixture
def shop():
    shop = Shop()
    with acting_for(shop.merchant.id):
        yield shop


def captured(shop, minor=5000):
    shop.apply(shop.authorise(minor), SUCCESS)
    shop.apply(request_capture(payment_id=shop.payment.id, now=shop.now), SUCCESS)


def refund(shop, minor=5000):
    return request_refund(payment_id=shop.payment.id, amount=Money(minor, "EUR"), reason="broken", now=shop.now)


def test_a_refund_that_landed_after_all_is_booked_while_its_repeat_is_under_way(shop):
    captured(shop)
    first = refund(shop)
    shop.apply(first, FAILED)
    second = refund(shop)

    shop.apply(first, SUCCESS, "webhook")

    assert (shop.payment.status, shop.payment.refunded_minor) == ("refunded", 5000)
    assert queries.refundable_minor(shop.payment) <= 0
    assert ledger.balance("prepayments") == {}
    shop.apply(second, FAILED)
    assert (shop.payment.refunded_minor, shop.payment.refunding_minor) == (5000, 0)


def test_a_refund_that_landed_twice_is_booked_twice_and_the_customer_owes_it(shop):
    captured(shop)
    first = refund(shop)
    shop.apply(first, FAILED)
    second = refund(shop)

    shop.apply(second, SUCCESS)
    shop.apply(first, SUCCESS, "webhook")

    assert (shop.payment.status, shop.payment.refunded_minor) == ("refunded", 10000)
    assert ledger.balance("receivable") == {"EUR": 5000}
    with pytest.raises(RefundExceedsCaptured):
        refund(shop, 1)


def test_a_capture_that_landed_after_its_authorisation_was_voided_counts_as_secured(shop):
    shop.apply(shop.authorise(), SUCCESS)
    capture = request_capture(payment_id=shop.payment.id, now=shop.now)
    shop.apply(capture, FAILED)
    shop.apply(request_void(payment_id=shop.payment.id, now=shop.now), SUCCESS)

    shop.apply(capture, SUCCESS, "webhook")

    assert (shop.payment.status, shop.payment.captured_minor, shop.payment.voided_minor) == ("captured", 5000, 0)
    assert (shop.order.secured_minor, shop.order.captured_minor) == (5000, 5000)


def test_nothing_is_captured_while_its_void_is_under_way(shop):
    shop.apply(shop.authorise(), SUCCESS)
    request_void(payment_id=shop.payment.id, now=shop.now)

    with pytest.raises(NothingToCapture):
        request_capture(payment_id=shop.payment.id, now=shop.now)

    assert shop.payment.capturing_minor == 0
    assert [operation.kind for operation in shop.payment.operations.order_by("id")] == ["authorise", "void"]


def test_captures_beyond_the_authorisation_are_booked_for_what_moved(shop):
    shop.apply(shop.authorise(), SUCCESS)
    capture = request_capture(payment_id=shop.payment.id, now=shop.now)
    shop.apply(capture, FAILED)
    again = request_capture(payment_id=shop.payment.id, now=shop.now)
    shop.apply(again, SUCCESS)

    shop.apply(capture, SUCCESS, "webhook")

    assert (shop.payment.status, shop.payment.captured_minor) == ("captured", 10000)
    assert shop.order.captured_minor == 10000
    assert ledger.balance("prepayments") == {"EUR": -10000}


def test_an_approval_of_nothing_is_no_approval(shop):
    shop.apply(shop.authorise(), Outcome(status="succeeded", amount_minor=0))

    assert shop.payment.status == "declined"
    assert (shop.order.secured_minor, shop.order.captured_minor) == (0, 0)
    assert not OutboxEvent.objects.filter(topic="payment.authorised").exists()


def test_an_order_whose_money_went_back_can_be_cancelled(shop):
    captured(shop)
    shop.apply(refund(shop), SUCCESS)

    order = placing.cancel_order(order_id=shop.order_id, reason="gone", now=shop.now, has_open_payment=False)

    assert order.status == "cancelled"


def test_an_order_with_money_still_there_cannot_be_cancelled(shop):
    captured(shop)
    shop.apply(refund(shop, 4999), SUCCESS)

    with pytest.raises(placing.OrderHasMoney):
        placing.cancel_order(order_id=shop.order_id, reason="gone", now=shop.now, has_open_payment=False)

    assert shop.order.status == "open"
