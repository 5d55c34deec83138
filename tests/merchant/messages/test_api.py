"""Endpoints over REST: the secret is seen once, and only one's own."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from merchant.core.clock import machine_now
from merchant.core.outbox import services as outbox
from merchant.core.tenancy import acting_for
from merchant.merchants.models import Merchant
from merchant.messages.models import WebhookEndpoint
from tests.events import deliver_events
from tests.factories import a_merchant, an_api_key

pytestmark = pytest.mark.django_db
ENDPOINTS = "/api/v1/webhook-endpoints/"


def a_client(merchant: Merchant, *scopes: str) -> APIClient:
    """A partner's program."""
    _, secret = an_api_key(merchant, scopes=scopes or ("webhooks",))
    return APIClient(headers={"Authorization": f"Bearer {secret}"})


def create(client: APIClient, **changes: Any) -> Any:
    """Register an endpoint."""
    return client.post(ENDPOINTS, {"url": "https://hooks.example.com/a", "topics": ["payment.*"]} | changes)


def test_the_secret_is_in_the_answer_of_the_creation_and_nowhere_else() -> None:
    merchant = a_merchant()
    client = a_client(merchant)

    made = create(client)

    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    shown = client.get(ENDPOINTS).json()["results"]
    assert [row["id"] for row in shown] == [made.json()["id"]]
    assert "secret" not in shown[0]
    with acting_for(merchant.id):
        assert made.json()["secret"].encode() not in bytes(WebhookEndpoint.objects.get().secret)


def test_an_inner_address_is_refused_and_nothing_is_stored() -> None:
    merchant = a_merchant()

    answer = create(a_client(merchant), url="https://10.0.0.1/")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    with acting_for(merchant.id):
        assert WebhookEndpoint.objects.count() == 0


def test_a_rolled_secret_is_another_one_and_the_old_one_is_kept_for_a_day() -> None:
    client = a_client(a_merchant())
    made = create(client).json()

    rolled = client.post(f"{ENDPOINTS}{made['id']}/secret-rolls/").json()

    assert rolled["secret"] != made["secret"]
    assert rolled["previous_until"] is not None


def test_change_and_switch_off() -> None:
    client = a_client(a_merchant())
    endpoint = f"{ENDPOINTS}{create(client).json()['id']}/"

    assert client.patch(endpoint, {"topics": ["*"]}).json()["topics"] == ["*"]
    assert client.delete(endpoint).status_code == 204
    assert client.get(endpoint).json()["is_active"] is False


def test_another_merchants_endpoint_and_delivery_do_not_exist() -> None:
    merchant = a_merchant()
    endpoint = create(a_client(merchant)).json()["id"]
    with acting_for(merchant.id):
        outbox.publish("payment.captured", "payment:1", {})
    deliver_events()
    delivery = a_client(merchant).get("/api/v1/webhook-deliveries/").json()["results"][0]["id"]
    other = a_client(a_merchant())

    answers = [
        other.get(f"{ENDPOINTS}{endpoint}/"),
        other.patch(f"{ENDPOINTS}{endpoint}/", {"is_active": False}),
        other.post(f"{ENDPOINTS}{endpoint}/secret-rolls/"),
        other.get(f"/api/v1/webhook-deliveries/{delivery}/"),
        other.post(f"/api/v1/webhook-deliveries/{delivery}/resends/", headers={"Idempotency-Key": "k"}),
    ]

    assert [answer.status_code for answer in answers] == [404] * 5
    assert other.get("/api/v1/webhook-deliveries/").json()["results"] == []


def test_a_delivery_is_listed_shown_and_sent_again_once_per_key() -> None:
    merchant = a_merchant()
    client = a_client(merchant)
    create(client)
    with acting_for(merchant.id):
        outbox.publish("payment.captured", "payment:1", {"at": str(machine_now())})
    deliver_events()

    [row] = client.get("/api/v1/webhook-deliveries/?status=pending&topic=payment.captured").json()["results"]
    shown = client.get(f"/api/v1/webhook-deliveries/{row['id']}/").json()
    again = client.post(f"/api/v1/webhook-deliveries/{row['id']}/resends/", headers={"Idempotency-Key": "k1"})
    repeated = client.post(f"/api/v1/webhook-deliveries/{row['id']}/resends/", headers={"Idempotency-Key": "k1"})

    assert shown["attempt_rows"] == []
    assert '"type":"payment.captured"' in shown["body"]
    assert (again.status_code, again.content) == (202, repeated.content)


def test_a_key_without_the_scope_is_refused() -> None:
    answer = create(a_client(a_merchant(), "catalog"))

    assert (answer.status_code, answer.json()["code"]) == (403, "right_missing")
