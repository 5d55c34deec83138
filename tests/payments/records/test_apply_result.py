"""However a result arrives, in whatever order and how often: one final state, one journal, the right money."""

from __future__ import annotations

from itertools import permutations

import pytest
from django.db import connection

from inventory.pricing.services import line_of
from merchant.core.clock import machine_now
from merchant.core.money import Money
from merchant.core.outbox.models import OutboxEvent
from merchant.core.tenancy import acting_for
from merchant.ledger import queries as ledger
from merchant.ledger.models import Journal
from orders.fulfilment import services as fulfilment
from orders.order.models import Order
from orders.placing import services as placing
from orders.placing.services import Placement
from payments.gateways.base import Outcome
from payments.gateways.models import GatewayAccount
from payments.processing.authorisations import request_authorisation
from payments.processing.captures import request_capture
from payments.processing.refunds import request_refund
from payments.processing.refusals import (
    AmountExceedsOpen,
    NothingToCapture,
    PaymentOutcomeUnknown,
    RefundExceedsCaptured,
)
from payments.processing.voids import request_void
from payments.records.models import Evidence, Operation, Payment
from payments.records.services import apply_result
from tests.factories import a_channel, a_merchant

pytestmark = pytest.mark.django_db
SUCCESS = Outcome(status="succeeded", gateway_reference="pay_1", card_last4="4242", card_brand="visa")
UNKNOWN = Outcome(status="unknown")


class Shop:
    """An open order of EUR 50.00 and an account that captures when told."""

    def __init__(self, capture_mode="day_close"):
        self.merchant = a_merchant()
        self.now = machine_now()
        channel = a_channel(self.merchant)
        with acting_for(self.merchant.id):
            self.account = GatewayAccount.objects.create(
                gateway="sandbox",
                name="Sandbox",
                external_id="acct",
                currency="EUR",
                capture_mode=capture_mode,
                created_at=self.now,
            )
            placement = Placement(channel_id=channel.id, currency="EUR", business_date=self.now.date(), now=self.now)
            line = line_of(kind="product", name="Coat", unit_price_minor=5000, quantity=1, rate_basis_points=1900)
            self.order_id = placing.make_order(placement=placement, lines=[line], status="open").id

    def authorise(self, minor=5000):
        return request_authorisation(
            order_id=self.order_id,
            method="card",
            amount=Money(minor, "EUR"),
            gateway_account=self.account,
            now=self.now,
        )

    def apply(self, operation, outcome, source="answer"):
        connection.cursor().execute(
            "UPDATE payment_operation SET status = 'submitted', submitted_at = now() WHERE id = %s AND status = 'requested'",
            [operation.id],
        )
        return apply_result(operation_id=operation.id, outcome=outcome, source=source, now=self.now)

    @property
    def order(self):
        return Order.objects.get(id=self.order_id)

    @property
    def payment(self):
        return Payment.objects.get()


@pytest.fixture
def shop():
    shop = Shop()
    with acting_for(shop.merchant.id):
        yield shop


def test_an_authorisation_secures_the_order_and_books_nothing_yet(shop):
    shop.apply(shop.authorise(), SUCCESS)

    assert (shop.payment.status, shop.payment.card_last4) == ("authorised", "4242")
    assert (shop.order.secured_minor, shop.order.captured_minor) == (5000, 0)
    assert not Journal.objects.exists()


def test_a_capture_books_money_in_once(shop):
    shop.apply(shop.authorise(), SUCCESS)
    capture = request_capture(payment_id=shop.payment.id, now=shop.now)
    for source in ("answer", "webhook", "look_up", "report"):
        shop.apply(capture, SUCCESS, source)

    assert shop.payment.status == "captured"
    assert ledger.balance("clearing", subject=str(shop.account.id)) == {"EUR": 5000}
    assert ledger.balance("prepayments") == {"EUR": -5000}
    assert Journal.objects.count() == 1


def test_goods_handed_over_before_the_capture_leave_nothing_open_after_it(shop):
    shop.apply(shop.authorise(), SUCCESS)
    fulfilment.hand_over(order_id=shop.order_id, store_id=None, now=shop.now)
    assert ledger.balance("receivable") == {"EUR": 5000}

    shop.apply(request_capture(payment_id=shop.payment.id, now=shop.now), SUCCESS)
    assert ledger.balance("receivable") == {}
    assert shop.order.status == "completed"


def test_every_order_of_repeated_results_ends_the_same():
    results = [(UNKNOWN, "answer"), (SUCCESS, "webhook"), (SUCCESS, "look_up")]
    for order in permutations(results):
        shop = Shop(capture_mode="automatic")
        with acting_for(shop.merchant.id):
            operation = shop.authorise()
            for outcome, source in order:
                shop.apply(operation, outcome, source)
            assert (shop.payment.status, shop.payment.captured_minor) == ("captured", 5000)
            assert ledger.balance("clearing") == {"EUR": 5000}


def test_unknown_is_never_payable_again_and_never_declined_by_silence(shop):
    operation = shop.authorise()
    shop.apply(operation, UNKNOWN)

    assert shop.payment.status == "unknown"
    with pytest.raises(PaymentOutcomeUnknown):
        shop.authorise()
    assert Payment.objects.count() == 1


def test_a_declined_card_leaves_the_order_open_for_another(shop):
    shop.apply(shop.authorise(), Outcome(status="declined", decline_code="insufficient_funds"))
    second = shop.authorise()

    assert second.status == "requested"
    assert shop.order.secured_minor == 0


def test_money_found_after_a_no_is_booked_and_visible_as_overpayment():
    shop = Shop(capture_mode="automatic")
    with acting_for(shop.merchant.id):
        first = shop.authorise()
        shop.apply(first, Outcome(status="failed"))
        shop.apply(shop.authorise(), SUCCESS)
        shop.apply(first, SUCCESS, "report")
        assert (shop.order.captured_minor, shop.order.total_minor) == (10000, 5000)
        assert ledger.balance("prepayments") == {"EUR": -10000}


def test_a_refund_never_exceeds_what_is_there(shop):
    shop.apply(shop.authorise(), SUCCESS)
    shop.apply(request_capture(payment_id=shop.payment.id, now=shop.now), SUCCESS)
    first = request_refund(payment_id=shop.payment.id, amount=Money(3000, "EUR"), reason="torn", now=shop.now)
    with pytest.raises(RefundExceedsCaptured) as refused:
        request_refund(payment_id=shop.payment.id, amount=Money(2001, "EUR"), reason="torn", now=shop.now)

    assert refused.value.data["left_minor"] == 2000
    shop.apply(first, SUCCESS)
    assert (shop.payment.status, shop.payment.refunded_minor, shop.payment.refunding_minor) == (
        "partly_refunded",
        3000,
        0,
    )
    assert ledger.balance("clearing") == {"EUR": 2000}


def test_a_failed_refund_gives_the_right_to_refund_back(shop):
    shop.apply(shop.authorise(), SUCCESS)
    shop.apply(request_capture(payment_id=shop.payment.id, now=shop.now), SUCCESS)
    refund = request_refund(payment_id=shop.payment.id, amount=Money(5000, "EUR"), reason="torn", now=shop.now)
    shop.apply(refund, Outcome(status="failed"))

    assert (shop.payment.status, shop.payment.refunding_minor) == ("captured", 0)
    assert ledger.balance("clearing") == {"EUR": 5000}


def test_a_void_lets_the_money_go(shop):
    shop.apply(shop.authorise(), SUCCESS)
    shop.apply(request_void(payment_id=shop.payment.id, now=shop.now), SUCCESS)

    assert shop.payment.status == "voided"
    assert shop.order.secured_minor == 0
    with pytest.raises(NothingToCapture):
        request_capture(payment_id=shop.payment.id, now=shop.now)


def test_a_partial_approval_leaves_the_rest_to_pay(shop):
    shop.apply(shop.authorise(), Outcome(status="succeeded", amount_minor=2000))

    assert shop.order.secured_minor == 2000
    assert shop.authorise(3000).amount_minor == 3000


def test_more_than_is_left_cannot_be_asked(shop):
    with pytest.raises(AmountExceedsOpen):
        shop.authorise(5001)
    assert not Operation.objects.exists()


def test_every_result_leaves_evidence_and_events(shop):
    operation = shop.authorise()
    shop.apply(operation, UNKNOWN)
    shop.apply(operation, SUCCESS, "webhook")

    assert list(Evidence.objects.order_by("id").values_list("source", "outcome")) == [
        ("answer", "unknown"),
        ("webhook", "succeeded"),
    ]
    topics = set(OutboxEvent.objects.values_list("topic", flat=True))
    assert {"payment.unknown", "payment.authorised", "order.secured"} <= topics
