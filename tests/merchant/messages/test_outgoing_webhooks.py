"""From an event to a signed request at somebody else's address, and again until it is taken."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import UUID

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from merchant.core.clock import machine_now
from merchant.core.outbox import services as outbox
from merchant.core.outbox.models import OutboxEvent
from merchant.core.tenancy import acting_for
from merchant.merchants.models import Merchant
from merchant.messages import sending, services
from merchant.messages.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from merchant.messages.services import EndpointSecret
from tests.events import deliver_events
from tests.factories import a_merchant
from tests.receiver import Receiver

pytestmark = pytest.mark.django_db


def an_endpoint(merchant: Merchant, url: str, *topics: str) -> EndpointSecret:
    """An endpoint that hears of `topics`, or of payments."""
    with acting_for(merchant.id):
        return services.create_endpoint(url=url, topics=topics or ("payment.*",), now=machine_now())


def an_event(merchant: Merchant, topic: str = "payment.captured") -> UUID:
    """An event that its handlers have seen."""
    with acting_for(merchant.id):
        outbox.publish(topic, "payment:1", {"payment_id": "01a200e3-566d-77b5-bd39-f0e90cda2666", "amount_minor": 4180})
    deliver_events()
    return OutboxEvent.objects.latest("seq").id


def the_delivery(merchant: Merchant) -> WebhookDelivery:
    """The only delivery there is."""
    with acting_for(merchant.id):
        delivery: WebhookDelivery = WebhookDelivery.objects.get()
        return delivery


def make_due(merchant: Merchant) -> None:
    """Let the waiting time pass."""
    with acting_for(merchant.id):
        WebhookDelivery.objects.filter(status="pending").update(next_at=machine_now())


def test_an_event_arrives_signed_with_its_own_id_and_the_delivery_is_noted(
    merchant: Merchant, receiver: Receiver
) -> None:
    secret = an_endpoint(merchant, receiver.url).secret
    event_id = an_event(merchant)

    assert sending.send_webhooks_due() == 1

    [(path, headers, body)] = receiver.requests
    assert path == "/hooks?shop=1"
    assert headers["webhook-id"] == str(event_id)
    document = Webhook(secret).verify(body, headers)
    assert (document["type"], document["data"]["amount_minor"]) == ("payment.captured", 4180)
    delivery = the_delivery(merchant)
    assert (delivery.status, delivery.attempts) == ("delivered", 1)
    with acting_for(merchant.id):
        assert WebhookAttempt.objects.get().http_status == 200
    assert sending.send_webhooks_due() == 0


def test_only_endpoints_that_asked_hear_of_an_event(merchant: Merchant, receiver: Receiver) -> None:
    an_endpoint(merchant, receiver.url, "order.paid")
    an_endpoint(merchant, receiver.url, "payment.captured")
    an_endpoint(a_merchant(), receiver.url, "*")
    an_event(merchant)

    assert sending.send_webhooks_due() == 1


def test_an_event_that_is_handled_twice_makes_one_delivery(merchant: Merchant, receiver: Receiver) -> None:
    an_endpoint(merchant, receiver.url)
    an_event(merchant)
    OutboxEvent.objects.update(done_at=None)
    deliver_events()

    assert the_delivery(merchant).attempts == 0


def test_a_receiver_that_fails_is_tried_again_after_five_seconds_and_after_three_days_no_more(
    merchant: Merchant, receiver: Receiver
) -> None:
    receiver.statuses = [500]
    an_endpoint(merchant, receiver.url)
    an_event(merchant)

    started = machine_now()
    sending.send_webhooks_due()
    delivery = the_delivery(merchant)
    assert delivery.status == "pending"
    assert timedelta(seconds=5) <= delivery.next_at - started < timedelta(seconds=10)
    for _ in range(9):
        make_due(merchant)
        sending.send_webhooks_due()

    assert (the_delivery(merchant).status, len(receiver.requests)) == ("failed", 10)
    make_due(merchant)
    assert sending.send_webhooks_due() == 0
    assert timedelta(days=3) < timedelta(seconds=sum(sending.RETRY_SECONDS)) < timedelta(days=4)


def test_a_delivery_is_sent_again_on_request_under_the_same_id(merchant: Merchant, receiver: Receiver) -> None:
    an_endpoint(merchant, receiver.url)
    an_event(merchant)
    sending.send_webhooks_due()

    with acting_for(merchant.id):
        services.resend_delivery(delivery_id=the_delivery(merchant).id, now=machine_now())
    sending.send_webhooks_due()

    ids = [headers["webhook-id"] for _, headers, _ in receiver.requests]
    assert len(ids) == 2
    assert len(set(ids)) == 1
    assert the_delivery(merchant).status == "delivered"


def test_while_a_secret_is_rolled_both_verify_and_afterwards_the_new_one_alone(
    merchant: Merchant, receiver: Receiver
) -> None:
    made = an_endpoint(merchant, receiver.url)
    with acting_for(merchant.id):
        new = services.roll_secret(endpoint_id=made.endpoint.id, now=machine_now()).secret
    an_event(merchant)
    sending.send_webhooks_due()
    with acting_for(merchant.id):
        WebhookEndpoint.objects.update(previous_until=machine_now())
    an_event(merchant)
    sending.send_webhooks_due()

    [(_, during, body), (_, after, later_body)] = receiver.requests
    assert Webhook(made.secret).verify(body, during) == Webhook(new).verify(body, during) == json.loads(body)
    assert Webhook(new).verify(later_body, after)
    with pytest.raises(WebhookVerificationError):
        Webhook(made.secret).verify(later_body, after)


def test_a_redirect_is_not_followed_and_not_accepted(merchant: Merchant, receiver: Receiver) -> None:
    receiver.statuses, receiver.location = [307], receiver.url
    an_endpoint(merchant, receiver.url)
    an_event(merchant)

    sending.send_webhooks_due()

    assert len(receiver.requests) == 1
    assert the_delivery(merchant).status == "pending"


def test_an_endpoint_switched_off_gets_nothing_and_its_delivery_is_failed(
    merchant: Merchant, receiver: Receiver
) -> None:
    made = an_endpoint(merchant, receiver.url)
    an_event(merchant)
    with acting_for(merchant.id):
        services.change_endpoint(endpoint_id=made.endpoint.id, is_active=False, now=machine_now())

    sending.send_webhooks_due()

    assert receiver.requests == []
    assert the_delivery(merchant).status == "failed"


def test_a_receiver_that_is_away_leaves_an_attempt_that_says_so(merchant: Merchant, receiver: Receiver) -> None:
    an_endpoint(merchant, "http://127.0.0.1:9/nobody")
    an_event(merchant)

    sending.send_webhooks_due()

    with acting_for(merchant.id):
        attempt = WebhookAttempt.objects.get()
    assert attempt.http_status is None
    assert "ConnectError" in attempt.error


def test_one_slow_endpoint_takes_at_most_four_of_a_batch(merchant: Merchant, receiver: Receiver) -> None:
    an_endpoint(merchant, receiver.url)
    for _ in range(6):
        an_event(merchant)

    assert [sending.send_webhooks_due(), sending.send_webhooks_due()] == [4, 2]
