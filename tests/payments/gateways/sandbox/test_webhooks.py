"""Webhooks: signed, repeated until they are taken, and misled on command."""

from __future__ import annotations

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

SECRET = "whsec_c2FuZGJveC10ZXN0LXNlY3JldC0wMDAx"
NEXT_SECRET = "whsec_c2FuZGJveC10ZXN0LXNlY3JldC0wMDAy"


@pytest.fixture
def listening(open_account, receiver):
    return open_account(webhook_url=receiver.url, webhook_secrets=[SECRET, NEXT_SECRET])


def test_every_secret_verifies_and_a_changed_body_does_not(listening, receiver, wait):
    paid = listening.pay()

    wait(lambda: receiver.received)
    headers, body = receiver.received[0]
    for secret in (SECRET, NEXT_SECRET):
        event = Webhook(secret).verify(body, headers)
        assert (event["type"], event["account"]) == ("payment.captured", listening.name)
        assert event["data"] == paid
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body + b" ", headers)


def test_each_fact_has_its_event(listening, receiver, wait):
    held = listening.pay(1000, capture="manual")
    listening.follow_up("captures", held["id"], 600)
    listening.follow_up("voids", held["id"], None)
    listening.follow_up("refunds", held["id"], 100)
    listening.pay(1000, "tok_decline_lost")
    listening.pay(1000, "tok_challenge")
    listening.control(
        "POST", "/disputes", {"payment_id": held["id"], "amount_minor": 500, "reason": "fraudulent"}, status=201
    )
    listening.close_day()

    wait(lambda: len(receiver.received) == 9)
    assert sorted(receiver.types()) == [
        "dispute.opened",
        "payment.action_required",
        "payment.authorised",
        "payment.captured",
        "payment.declined",
        "payout.created",
        "refund.succeeded",
        "report.available",
        "void.succeeded",
    ]


def test_refused_delivery_is_tried_again_with_the_same_id(listening, receiver, wait):
    receiver.answers = [500]

    listening.pay()

    wait(lambda: len(receiver.received) == 2)
    first, second = receiver.events
    assert first == second


def test_duplicate_delivers_the_same_event_again(listening, receiver, wait):
    listening.break_("webhook_duplicate", times=2)

    listening.pay()

    wait(lambda: len(receiver.received) == 3)
    assert len({event["id"] for event in receiver.events}) == 1


def test_reorder_lets_the_next_event_pass(listening, receiver, wait):
    listening.break_("webhook_reorder", match={"event": "payment.authorised"})
    held = listening.pay(1000, capture="manual")

    listening.follow_up("captures", held["id"], 1000)

    wait(lambda: len(receiver.received) == 2)
    assert receiver.types() == ["payment.captured", "payment.authorised"]


def test_dropped_event_comes_only_by_replay(listening, receiver, wait):
    listening.break_("webhook_drop")
    dropped = listening.pay()
    kept = listening.pay()

    wait(lambda: receiver.received)
    assert [event["data"]["reference"] for event in receiver.events] == [kept["reference"]]
    listening.control("POST", "/webhooks/replay", {"type": "payment.captured"})
    wait(lambda: len(receiver.received) == 3)
    assert dropped["reference"] in [event["data"]["reference"] for event in receiver.events]


def test_late_failures_are_told(listening, receiver, wait):
    listening.break_("refund_fails_late", seconds=0.1)
    listening.break_("capture_fails_late", seconds=0.1, match={"nth": 2})
    paid = listening.pay(1000)
    listening.pay(1000)

    listening.follow_up("refunds", paid["id"], 400)

    wait(lambda: {"refund.failed", "capture.failed"} <= set(receiver.types()))
    failed = [event["data"] for event in receiver.events if event["type"] == "refund.failed"]
    assert [(data["status"], data["amount_minor"]) for data in failed] == [("failed", 400)]


def test_receiver_that_closed_the_kept_connection_gets_the_next_event_at_once(listening, receiver, wait):
    receiver.closes_after_answer = True

    for count in (1, 2, 3):
        listening.pay()
        wait(lambda count=count: len(receiver.received) == count)

    wait(lambda: all(one["delivered_at"] for one in listening.control("GET", "/webhooks")))
    assert [one["attempts"] for one in listening.control("GET", "/webhooks")] == [1, 1, 1]
