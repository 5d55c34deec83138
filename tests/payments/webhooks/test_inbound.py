"""From a processor's delivery to the books: verified, stored once, applied once."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations

import pytest
from django.test import Client

from inventory.pricing.services import Wanted
from merchant.core.clock import machine_now
from merchant.core.money import Money
from merchant.core.outbox import services as outbox
from merchant.core.outbox.models import OutboxEvent
from merchant.core.tenancy import acting_for
from merchant.ledger.models import Journal
from orders.order.models import Order
from payments.checkout import services as checkout
from payments.checkout.deliveries import Shopper
from payments.checkout.services import Request
from payments.gateways.registry import access
from payments.processing.authorisations import request_authorisation
from payments.records.models import Evidence, Operation, Payment
from payments.webhooks import services
from payments.webhooks.models import InboundWebhook
from terminals.card_present.sample_payments import reference_of
from terminals.devices.models import SamplePayment
from tests.events import deliver_events
from tests.payments.webhooks.deliveries import deliver
from tests.processor import RunningProcessor
from tests.shops import Shop, a_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(processor: RunningProcessor) -> Shop:
    """A shop with an account at the processor."""
    return a_shop(processor)


def an_operation(shop: Shop) -> Operation:
    """An order of 25.00 EUR and an authorisation that was handed to the gateway and never answered."""
    with acting_for(shop.merchant.id):
        request = Request(channel=shop.channel, currency="EUR", shopper=Shopper(), wanted=[Wanted(str(shop.mug.id), 1)])
        link = checkout.begin(kind="checkout", request=request, now=machine_now())
        operation = request_authorisation(
            order_id=link.order_id,
            method="card",
            amount=Money(2500, "EUR"),
            gateway_account=shop.account,
            now=machine_now(),
        )
        Operation.objects.filter(id=operation.id).update(status="submitted")
        operation.refresh_from_db()
        return operation


def books(shop: Shop) -> tuple[str, int, int, int]:
    """(payment's status, captured on the order, journals, deliveries stored)."""
    with acting_for(shop.merchant.id):
        payment, order = Payment.objects.get(), Order.objects.get()
        return payment.status, order.captured_minor, Journal.objects.count(), InboundWebhook.objects.count()


def test_a_signed_event_is_answered_at_once_and_applied_by_the_relay(shop: Shop) -> None:
    operation = an_operation(shop)

    answer = deliver(shop, "evt_1", operation.reference)
    before = books(shop)
    services.process_inbound()

    assert answer.status_code == 200
    assert before == ("pending", 0, 0, 1)
    assert books(shop) == ("captured", 2500, 1, 1)
    with acting_for(shop.merchant.id):
        assert Evidence.objects.get().source == "webhook"


def test_ten_deliveries_of_one_event_have_one_effect(shop: Shop) -> None:
    operation = an_operation(shop)

    answers = {deliver(shop, "evt_1", operation.reference).status_code for _ in range(10)}
    services.process_inbound()
    services.process_inbound()

    assert answers == {200}
    assert books(shop) == ("captured", 2500, 1, 1)


@pytest.mark.parametrize("order", list(permutations(["action_required", "captured", "declined"])))
def test_whatever_the_order_money_that_moved_wins(shop: Shop, order: tuple[str, ...]) -> None:
    operation = an_operation(shop)

    for number, status in enumerate(order):
        deliver(shop, f"evt_{number}", operation.reference, status)
        services.process_inbound()

    assert books(shop) == ("captured", 2500, 1, 3)


def test_a_wrong_signature_another_accounts_secret_and_an_unknown_account_store_nothing(
    shop: Shop, processor: RunningProcessor
) -> None:
    other = a_shop(processor)
    with acting_for(other.merchant.id):
        others_secret = access(other.account).secrets["webhook_secret"]
    url = f"/webhooks/sandbox/{shop.account.id}/"

    answers = [
        deliver(shop, "evt_1", "ref", secret="whsec_b3RoZXI="),
        deliver(shop, "evt_1", "ref", secret=others_secret),
        Client().post(url, b"{}", content_type="application/json"),
        Client().post(f"/webhooks/stripe/{shop.account.id}/", b"{}", content_type="application/json"),
        Client().post(f"/webhooks/sandbox/{shop.merchant.id}/", b"{}", content_type="application/json"),
        Client().get(url),
        Client().post(url, b"x" * 300_000, content_type="application/json"),
    ]

    assert [answer.status_code for answer in answers] == [401, 401, 401, 404, 404, 405, 413]
    assert InboundWebhook.across_merchants.count() == 0


def test_an_event_before_its_operation_is_parked_with_its_reason_and_applied_later(shop: Shop) -> None:
    deliver(shop, "evt_1", "NOTYETKNOWN")
    services.process_inbound()

    with acting_for(shop.merchant.id):
        parked = InboundWebhook.objects.get(processed_at=None)
        assert parked.attempts == 1
        assert "NOTYETKNOWN" in parked.last_error
    assert services.process_inbound() == 0

    operation = an_operation(shop)
    with acting_for(shop.merchant.id):
        Operation.objects.filter(id=operation.id).update(reference="NOTYETKNOWN")
        InboundWebhook.objects.update(received_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert services.process_inbound() == 1
    assert books(shop) == ("captured", 2500, 1, 1)


def test_an_event_about_a_terminals_sample_payment_is_taken_as_read(shop: Shop) -> None:
    deliver(shop, "evt_1", reference_of(SamplePayment()), "authorised")
    assert services.process_inbound() == 1

    with acting_for(shop.merchant.id):
        assert not InboundWebhook.objects.filter(processed_at=None).exists()
        assert not Payment.objects.exists()


def test_an_event_about_another_accounts_operation_changes_nothing(shop: Shop, processor: RunningProcessor) -> None:
    other = a_shop(processor)
    operation = an_operation(other)

    deliver(shop, "evt_1", operation.reference)
    services.process_inbound()

    assert books(other) == ("pending", 0, 0, 0)


def test_news_that_are_not_about_an_operation_become_events_for_other_slices(shop: Shop) -> None:
    deliver(shop, "evt_1", "", "created", kind="payout")
    services.process_inbound()

    event = OutboxEvent.objects.get(topic__startswith="gateway.")
    assert event.payload["gateway_account_id"] == str(shop.account.id)
    seen: list[str] = []
    outbox.on(event.topic, lambda event: seen.append(event.topic))
    deliver_events()
    assert seen == [event.topic]
