"""Customers' cards over REST: stored with consent and evidence, used by shopper and merchant, given back."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from rest_framework.test import APIClient

from merchant.core.audit.models import AuditEntry
from merchant.core.clock import machine_now
from merchant.core.outbox.models import OutboxEvent
from merchant.core.tenancy import acting_for
from merchant.customers.models import Customer
from merchant.ledger import queries as ledger
from orders.order.models import Order
from payments.gateways.base import UNKNOWN
from payments.gateways.sandbox.gateway import SandboxGateway
from payments.processing import storing
from payments.records.models import Operation, Payment, StoredCredential
from tests.factories import an_api_key
from tests.factories.merchants import FOUNDED_AT
from tests.factories.papers import a_stored_card
from tests.payments.webhooks.test_inbound import deliver
from tests.processor import RunningProcessor
from tests.shops import Shop, a_shop, run_relay
from tests.webshop import CHECKOUTS, begin, pay, post, shown

pytestmark = pytest.mark.django_db
CARDS = "/api/v1/stored-cards/"
CONSENT = {"text": "Keep my card for later orders."}


def a_customer(shop: Shop) -> str:
    with acting_for(shop.merchant.id):
        return str(Customer.objects.create(name="Ada Berg", email="ada@example.com", created_at=machine_now()).id)


def store(client: APIClient, shop: Shop, **changes: Any) -> Any:
    """Ask for a card to be stored, and let the relay work."""
    body = {"customer_id": a_customer(shop), "token": "tok_visa_ok", "consent": CONSENT} | changes
    answer = post(client, CARDS, {name: value for name, value in body.items() if value is not None})
    run_relay()
    return answer


def card_of(client: APIClient, answer: Any) -> dict[str, Any]:
    shown: dict[str, Any] = client.get(f"{CARDS}{answer.json()['id']}/").json()
    return shown


def an_order_to_pay(client: APIClient, shop: Shop) -> dict[str, Any]:
    """A checkout of the same customer, 54.90 EUR."""
    checkout: dict[str, Any] = begin(client, shop).json()
    return checkout


def charge(client: APIClient, card: Any, checkout: Any, minor: int = 5490, *, key: str = "") -> Any:
    body = {"order_id": checkout["order"]["id"], "amount": {"amount_minor": minor, "currency": "EUR"}}
    return post(client, f"{CARDS}{card['id']}/charges/", body, key=key)


def moved(shop: Shop) -> tuple[int, dict[str, int]]:
    """How many payments there are, and what lies at the processor."""
    with acting_for(shop.merchant.id):
        return Payment.objects.count(), ledger.balance("clearing")


def shopper_of(shop: Shop) -> str:
    """The customer of the newest order."""
    with acting_for(shop.merchant.id):
        customer_id: UUID = Order.objects.order_by("-id").values_list("customer_id", flat=True)[0]
        return str(customer_id)


def approve(action_url: str) -> None:
    """Answer the bank's question as the customer."""
    httpx.post(action_url, data={"answer": "approve"}, trust_env=False)


def look_again(shop: Shop) -> None:
    """Have the relay ask about cards now: inside one transaction the database's clock stands."""
    with acting_for(shop.merchant.id):
        StoredCredential.objects.exclude(next_look_at=None).update(next_look_at=FOUNDED_AT)
        storing.ask_due()


def test_a_card_is_checked_for_nothing_and_stored_with_consent_and_evidence(
    client_of_shop: APIClient, shop: Shop
) -> None:
    answer = store(client_of_shop, shop)

    card = card_of(client_of_shop, answer)
    assert (answer.status_code, answer.json()["status"]) == (202, "requested")
    assert (card["status"], card["is_usable"], card["brand"], card["last4"]) == ("stored", True, "visa", "1111")
    assert (card["consent"]["text"], card["sca"]["result"]) == (CONSENT["text"], "authenticated")
    assert card["network_reference"].startswith("ntx_")
    assert moved(shop) == (0, {})
    with acting_for(shop.merchant.id):
        row = StoredCredential.objects.get()
        assert b"stk_" not in bytes(row.secret)
        assert row.instrument == {}
        assert "stk_" not in json.dumps([card, *OutboxEvent.objects.values_list("payload", flat=True)])
        assert OutboxEvent.objects.filter(topic="stored_card.stored").count() == 1
        assert set(AuditEntry.objects.values_list("action", flat=True)) >= {
            "stored_card.requested",
            "stored_card.stored",
        }


def test_the_merchant_charges_a_stored_card_once_per_key(client_of_shop: APIClient, shop: Shop) -> None:
    checkout = an_order_to_pay(client_of_shop, shop)
    card = card_of(client_of_shop, store(client_of_shop, shop, customer_id=shopper_of(shop)))

    first, again = (charge(client_of_shop, card, checkout, key="renewal-1") for _ in range(2))
    run_relay()

    assert first.status_code == 202
    assert first.content == again.content
    assert shown(client_of_shop, checkout)["status"] == "paid"
    assert moved(shop) == (1, {"EUR": 5490})
    with acting_for(shop.merchant.id):
        assert Payment.objects.get().initiation == "merchant"


def test_a_shopper_pays_with_the_card_they_left_and_answers_their_bank(client_of_shop: APIClient, shop: Shop) -> None:
    checkout = an_order_to_pay(client_of_shop, shop)
    answer = store(client_of_shop, shop, customer_id=shopper_of(shop), token="tok_challenge")
    asked = card_of(client_of_shop, answer)
    assert (asked["status"], asked["is_usable"]) == ("action_required", False)
    approve(asked["action_url"])
    look_again(shop)
    card = card_of(client_of_shop, answer)
    assert (card["status"], card["sca"]["method"]) == ("stored", "challenge")

    paid = post(client_of_shop, f"{CHECKOUTS}{checkout['id']}/payments/", {"stored_card_id": card["id"]})
    run_relay()

    assert paid.status_code == 202
    assert shown(client_of_shop, checkout)["status"] == "action_required"
    with acting_for(shop.merchant.id):
        assert Payment.objects.get().initiation == "customer"


def test_a_card_is_stored_with_the_payment_whose_shopper_agrees(client_of_shop: APIClient, shop: Shop) -> None:
    checkout = an_order_to_pay(client_of_shop, shop)
    body = {"token": "tok_mc_ok", "store_card": CONSENT}

    post(client_of_shop, f"{CHECKOUTS}{checkout['id']}/payments/", body)
    run_relay()

    [card] = client_of_shop.get(CARDS).json()["data"]
    assert (card["status"], card["last4"], card["customer_id"]) == ("stored", "4444", shopper_of(shop))
    assert card["payment_id"] == shown(client_of_shop, checkout)["payment"]["id"]


def test_the_card_of_a_finished_payment_is_stored_once(client_of_shop: APIClient, shop: Shop) -> None:
    checkout = an_order_to_pay(client_of_shop, shop)
    pay(client_of_shop, checkout, "tok_mc_ok")
    body = {"payment_id": shown(client_of_shop, checkout)["payment"]["id"], "consent": CONSENT}

    answer, again = (post(client_of_shop, CARDS, body) for _ in range(2))
    run_relay()

    card = card_of(client_of_shop, answer)
    assert (again.status_code, again.json()["code"]) == (409, "card_stored_already")
    assert (card["status"], card["last4"], card["customer_id"]) == ("stored", "4444", shopper_of(shop))
    assert card["sca"]["result"] == "authenticated"
    assert moved(shop) == (1, {"EUR": 5490})


def test_a_card_typed_on_the_gateways_page_is_stored(client_of_shop: APIClient, shop: Shop) -> None:
    back = "https://shop.example/back"
    answer = store(client_of_shop, shop, token=None, session=True, return_url=back)
    card = card_of(client_of_shop, answer)
    assert card["status"] == "action_required"
    httpx.post(card["action_url"], data={"number": "5555555555554444"}, trust_env=False)
    look_again(shop)

    card = card_of(client_of_shop, answer)

    assert (card["status"], card["last4"], card["sca"]["method"]) == ("stored", "4444", "frictionless")


def test_a_long_wait_at_the_bank_uses_up_no_looks_at_what_nobody_knows(
    client_of_shop: APIClient, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(client_of_shop, shop, token=None, session=True, return_url="https://shop.example/back")
    for _ in range(10):
        look_again(shop)
    monkeypatch.setattr(SandboxGateway, "look_up", lambda *_: UNKNOWN)
    look_again(shop)

    with acting_for(shop.merchant.id):
        credential = StoredCredential.objects.get()
    assert (credential.status, credential.looks) == ("unknown", 0)
    assert timedelta(0) < credential.next_look_at - machine_now() <= timedelta(seconds=5)


def test_a_refused_card_is_not_stored_and_cannot_be_used(client_of_shop: APIClient, shop: Shop) -> None:
    checkout = an_order_to_pay(client_of_shop, shop)
    card = card_of(
        client_of_shop,
        store(client_of_shop, shop, customer_id=shopper_of(shop), token="tok_decline_insufficient_funds"),
    )

    refused = charge(client_of_shop, card, checkout)

    assert (card["status"], card["is_usable"], card["decline"]["code"]) == ("declined", False, "insufficient_funds")
    assert (refused.status_code, refused.json()["code"]) == (422, "credential_not_usable")
    assert moved(shop) == (0, {})


def test_a_silent_gateway_stores_no_second_card(client_of_shop: APIClient, shop: Shop) -> None:
    answer = store(client_of_shop, shop, token="tok_timeout_landed")
    assert card_of(client_of_shop, answer)["status"] == "unknown"

    look_again(shop)

    assert card_of(client_of_shop, answer)["status"] == "stored"
    with acting_for(shop.merchant.id):
        assert StoredCredential.objects.count() == 1


def test_a_revoked_card_moves_nothing_even_if_the_charge_was_asked_for_before(
    client_of_shop: APIClient, shop: Shop
) -> None:
    checkout = an_order_to_pay(client_of_shop, shop)
    card = card_of(client_of_shop, store(client_of_shop, shop, customer_id=shopper_of(shop)))
    asked = charge(client_of_shop, card, checkout)

    revoked = [post(client_of_shop, f"{CARDS}{card['id']}/revoke/") for _ in range(2)]
    run_relay()
    refused = charge(client_of_shop, card, checkout)
    paid = post(client_of_shop, f"{CHECKOUTS}{checkout['id']}/payments/", {"stored_card_id": card["id"]})

    assert [answer.json()["status"] for answer in revoked] == ["revoked", "revoked"]
    assert [answer.json()["code"] for answer in (refused, paid)] == ["credential_not_usable"] * 2
    with acting_for(shop.merchant.id):
        operation = Operation.objects.get(id=asked.json()["id"])
        assert (operation.status, operation.decline_code) == ("failed", "stored_card_revoked")
        assert bytes(StoredCredential.objects.get().secret) == b""
        assert OutboxEvent.objects.filter(topic="stored_card.revoked").count() == 1
    assert moved(shop) == (1, {})


def test_a_yes_that_comes_after_the_customer_took_the_card_back_stores_nothing(
    client_of_shop: APIClient, shop: Shop
) -> None:
    answer = store(client_of_shop, shop, token="tok_timeout_landed")

    post(client_of_shop, f"{CARDS}{answer.json()['id']}/revoke/")
    look_again(shop)

    with acting_for(shop.merchant.id):
        row = StoredCredential.objects.get()
        assert (row.status, bytes(row.secret), row.next_look_at) == ("revoked", b"", None)


def test_another_customers_order_is_not_paid_with_the_card(client_of_shop: APIClient, shop: Shop) -> None:
    checkout = an_order_to_pay(client_of_shop, shop)
    with acting_for(shop.merchant.id):
        stranger = Customer.objects.create(name="Kim", created_at=machine_now())
    card = card_of(client_of_shop, store(client_of_shop, shop, customer_id=str(stranger.id)))

    answers = [
        charge(client_of_shop, card, checkout),
        post(client_of_shop, f"{CHECKOUTS}{checkout['id']}/payments/", {"stored_card_id": card["id"]}),
    ]

    assert [answer.json()["code"] for answer in answers] == ["credential_not_usable"] * 2
    assert moved(shop) == (0, {})


@pytest.mark.parametrize(
    "changes",
    [
        {"token": None},
        {"session": True},
        {"customer_id": None},
        {"consent": {}},
        {"consent": {"text": ""}},
        {"consent": CONSENT | {"at": "2999-01-01T00:00:00Z"}},
        {"token": None, "session": True},
    ],
)
def test_a_request_that_cannot_be_asks_nobody(client_of_shop: APIClient, shop: Shop, changes: dict[str, Any]) -> None:
    body = {"customer_id": a_customer(shop), "token": "tok_visa_ok", "consent": CONSENT} | changes

    answer = post(client_of_shop, CARDS, {name: value for name, value in body.items() if value is not None})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    with acting_for(shop.merchant.id):
        assert not StoredCredential.objects.exists()


def test_what_is_another_merchants_is_not_there(
    client_of_shop: APIClient, shop: Shop, processor: RunningProcessor
) -> None:
    other = a_shop(processor)
    _, secret = an_api_key(other.merchant)
    theirs = APIClient(headers={"Authorization": f"Bearer {secret}"})
    paid = an_order_to_pay(theirs, other)
    pay(theirs, paid)
    payment = shown(theirs, paid)["payment"]["id"]
    card = a_stored_card(other.merchant)

    answers = [
        client_of_shop.get(f"{CARDS}{card.id}/"),
        post(client_of_shop, f"{CARDS}{card.id}/revoke/"),
        post(client_of_shop, CARDS, {"payment_id": payment, "consent": CONSENT}),
        post(client_of_shop, CARDS, {"customer_id": str(card.customer_id), "token": "tok_ok", "consent": CONSENT}),
        post(client_of_shop, CARDS, {"customer_id": str(uuid4()), "token": "tok_ok", "consent": CONSENT}),
    ]

    assert [answer.status_code for answer in answers] == [404] * 5
    assert client_of_shop.get(f"{CARDS}?customer_id={card.customer_id}").json()["data"] == []
    assert StoredCredential.across_merchants.get().status == "stored"


def test_a_webhook_tells_once_that_the_card_is_stored(client_of_shop: APIClient, shop: Shop) -> None:
    answer = store(client_of_shop, shop, token="tok_timeout_not_landed")
    with acting_for(shop.merchant.id):
        reference = StoredCredential.objects.get().reference or ""
    told = {
        "amount_minor": 0,
        "stored_token": "stk_9",
        "network_reference": "ntx_9",
        "sca": {"result": "authenticated"},
    }

    for event in ("evt_a", "evt_b"):
        deliver(shop, event, reference, "authorised", **told)
    run_relay()

    assert card_of(client_of_shop, answer)["status"] == "stored"
    with acting_for(shop.merchant.id):
        assert OutboxEvent.objects.filter(topic="stored_card.stored").count() == 1
