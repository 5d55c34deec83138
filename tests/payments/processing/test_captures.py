"""Captures in part, several, final; raises and tips; voids of the rest; expiry: each by its caps."""

from __future__ import annotations

from datetime import timedelta

import pytest

from merchant.core.money import Money
from merchant.core.outbox.models import OutboxEvent
from merchant.core.tenancy import acting_for
from merchant.ledger import queries as ledger
from orders.order import queries as orders
from payments.gateways.base import UNKNOWN, Outcome
from payments.processing import expiry, increments
from payments.processing.captures import request_capture
from payments.processing.increments import NotIncreasable, TipTooLarge
from payments.processing.refunds import request_refund
from payments.processing.refusals import (
    AmountExceedsOpen,
    AuthorisationExpired,
    NothingToCapture,
    NothingToVoid,
    PaymentInProgress,
    PaymentOutcomeUnknown,
)
from payments.processing.voids import request_void
from payments.records.models import Operation, Payment
from tests.events import deliver_events
from tests.payments.records.test_apply_result import SUCCESS, Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    shop = Shop()
    with acting_for(shop.merchant.id):
        yield shop


def eur(minor):
    return Money(minor, "EUR")


def capture(shop, minor=None, **changes):
    amount = eur(minor) if minor else None
    return request_capture(payment_id=shop.payment.id, now=shop.now, amount=amount, **changes)


def order_of(shop):
    return orders.get_order(shop.payment.order_id)


def test_several_captures_up_to_what_is_authorised_and_no_further(shop):
    shop.apply(shop.authorise(5000), SUCCESS)
    shop.apply(capture(shop, 2000), SUCCESS)
    shop.apply(capture(shop, 2500), SUCCESS)

    with pytest.raises(NothingToCapture) as refusal:
        capture(shop, 501)

    assert refusal.value.data["left_minor"] == 500
    shop.apply(capture(shop), SUCCESS)
    assert shop.payment.captured_minor == 5000
    assert ledger.balance("prepayments") == {"EUR": -5000}


def test_after_a_final_capture_the_rest_is_let_go(shop):
    shop.apply(shop.authorise(5000), SUCCESS)

    shop.apply(capture(shop, 3000, is_final=True), SUCCESS)
    deliver_events()

    void = Operation.objects.get(kind="void")
    assert (void.amount_minor, void.status) == (2000, "requested")
    shop.apply(void, SUCCESS)
    assert (shop.payment.status, shop.payment.voided_minor) == ("captured", 2000)
    assert (order_of(shop).secured_minor, orders.open_minor(order_of(shop))) == (3000, 2000)
    with pytest.raises(NothingToCapture):
        capture(shop, 1)
    with pytest.raises(NothingToVoid):
        request_void(payment_id=shop.payment.id, now=shop.now)


def test_a_capture_that_is_not_final_lets_nothing_go(shop):
    shop.apply(shop.authorise(5000), SUCCESS)

    shop.apply(capture(shop, 3000), SUCCESS)
    deliver_events()

    assert not Operation.objects.filter(kind="void").exists()


def test_while_anything_is_unknown_nothing_else_is_asked(shop):
    shop.apply(shop.authorise(5000), SUCCESS)
    shop.apply(capture(shop, 2000), UNKNOWN)

    for ask in (
        lambda: capture(shop, 1000),
        lambda: request_void(payment_id=shop.payment.id, now=shop.now),
        lambda: increments.add_tip(payment_id=shop.payment.id, tip=eur(100), now=shop.now),
        lambda: request_refund(payment_id=shop.payment.id, amount=eur(1), reason="x", now=shop.now),
    ):
        with pytest.raises(PaymentOutcomeUnknown):
            ask()

    assert Operation.objects.count() == 2


def test_an_order_that_grew_is_authorised_for_more(shop):
    shop.apply(shop.authorise(3000), SUCCESS)
    with pytest.raises(AmountExceedsOpen):
        increments.request_increment(payment_id=shop.payment.id, amount=eur(2001), now=shop.now)

    raised = increments.request_increment(payment_id=shop.payment.id, amount=eur(2000), now=shop.now)
    with pytest.raises(PaymentInProgress):
        increments.request_increment(payment_id=shop.payment.id, amount=eur(2000), now=shop.now)
    shop.apply(raised, SUCCESS)

    assert (shop.payment.authorised_minor, shop.payment.amount_minor) == (5000, 5000)
    assert orders.open_minor(order_of(shop)) == 0


def test_a_declined_raise_leaves_the_authorisation_as_it_was(shop):
    shop.apply(shop.authorise(3000), SUCCESS)
    raised = increments.request_increment(payment_id=shop.payment.id, amount=eur(2000), now=shop.now)

    shop.apply(raised, Outcome(status="declined", decline_code="insufficient_funds"))

    assert (shop.payment.status, shop.payment.authorised_minor) == ("authorised", 3000)
    shop.apply(capture(shop), SUCCESS)
    with pytest.raises(NotIncreasable):
        increments.request_increment(payment_id=shop.payment.id, amount=eur(1), now=shop.now)


def test_a_tip_is_money_of_its_own_and_pays_for_nothing(shop):
    shop.apply(shop.authorise(5000), SUCCESS)
    with pytest.raises(TipTooLarge):
        increments.add_tip(payment_id=shop.payment.id, tip=eur(1001), now=shop.now)

    shop.apply(increments.add_tip(payment_id=shop.payment.id, tip=eur(1000), now=shop.now), SUCCESS)
    with pytest.raises(TipTooLarge):
        increments.add_tip(payment_id=shop.payment.id, tip=eur(1), now=shop.now)
    shop.apply(capture(shop), SUCCESS)

    order = order_of(shop)
    assert (shop.payment.captured_minor, shop.payment.tip_minor) == (6000, 1000)
    assert (order.secured_minor, order.captured_minor) == (5000, 5000)
    assert ledger.balance("tips") == {"EUR": -1000}
    assert ledger.balance("prepayments") == {"EUR": -5000}
    assert not OutboxEvent.objects.filter(topic="order.overpaid").exists()


def test_a_refund_gives_the_tip_back_last(shop):
    shop.apply(shop.authorise(5000), SUCCESS)
    shop.apply(increments.add_tip(payment_id=shop.payment.id, tip=eur(1000), now=shop.now), SUCCESS)
    shop.apply(capture(shop), SUCCESS)

    def refund(minor):
        asked = request_refund(payment_id=shop.payment.id, amount=eur(minor), reason="x", now=shop.now)
        shop.apply(asked, SUCCESS)

    refund(5000)
    assert (order_of(shop).refunded_minor, ledger.balance("tips")) == (5000, {"EUR": -1000})
    refund(1000)
    assert (order_of(shop).refunded_minor, ledger.balance("tips")) == (5000, {})
    assert shop.payment.status == "refunded"


def test_an_authorisation_expires_and_cannot_be_captured(shop):
    shop.apply(shop.authorise(5000), SUCCESS)
    ends_at = shop.payment.authorisation_ends_at
    assert ends_at == shop.now + timedelta(days=7)

    with pytest.raises(AuthorisationExpired) as refusal:
        request_capture(payment_id=shop.payment.id, now=ends_at)

    assert "does not any more" in refusal.value.message
    assert expiry.expire(payment_id=shop.payment.id, now=ends_at - timedelta(seconds=1)) == 0
    assert [expiry.expire(payment_id=shop.payment.id, now=ends_at) for _ in range(2)] == [1, 0]
    assert Payment.objects.get(id=shop.payment.id).status == "expired"
    assert orders.open_minor(order_of(shop)) == 5000
    assert Operation.objects.filter(kind="expire", status="succeeded").count() == 1


def test_what_is_being_captured_does_not_expire(shop):
    shop.apply(shop.authorise(5000), SUCCESS)
    asked = capture(shop)

    assert expiry.expire(payment_id=shop.payment.id, now=shop.payment.authorisation_ends_at) == 0

    shop.apply(asked, SUCCESS)
    assert shop.payment.status == "captured"


def test_people_are_warned_a_day_before_once(shop):
    shop.apply(shop.authorise(5000), SUCCESS)
    Payment.objects.filter(id=shop.payment.id).update(
        authorisation_ends_at=shop.payment.authorisation_ends_at - timedelta(days=6, hours=1)
    )

    for _ in range(2):
        expiry.expire_for(shop.merchant.id)

    assert OutboxEvent.objects.filter(topic="payment.expiring").count() == 1
    assert Payment.objects.get(id=shop.payment.id).status == "authorised"
