"""A payment that waits on the customer's phone is ended, so that they can pay another way: the gateway says whether they had paid."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
from django.test import Client
from rest_framework.test import APIClient

from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from orders.order.models import Order
from payments.checkout.models import PaymentLink
from payments.gateways.base import UNKNOWN
from payments.gateways.sandbox.gateway import SandboxGateway
from payments.processing.overriding import is_for_people
from payments.records.models import Operation
from payments.records.services import apply_result
from tests.clients import signed_in
from tests.factories import a_merchant, a_staff_member, an_api_key
from tests.payments.checkout.test_hosted_page import give_card, to_card_page
from tests.shops import Shop, look_up
from tests.webshop import begin, post

pytestmark = pytest.mark.django_db


@pytest.fixture
def card_page(client_of_shop: APIClient, shop: Shop) -> str:
    """The processor's page, open on the customer's phone."""
    return to_card_page(urlsplit(begin(client_of_shop, shop).json()["payment_url"]).path)


def asked(shop: Shop) -> Operation:
    """The only authorisation, as it stands."""
    with acting_for(shop.merchant.id):
        return Operation.objects.get(kind="authorise")


@pytest.fixture
def till(shop: Shop) -> Client:
    """Somebody who may sell."""
    return signed_in(a_staff_member(shop.merchant, role="cashier"))


def end(client: Client, shop: Shop) -> Any:
    """Press the till's button."""
    address = f"/api/v1/payments/{asked(shop).payment_id}/endings/"
    return client.post(address, {}, "application/json", headers={"Idempotency-Key": str(uuid4())})


def test_what_waits_on_the_phone_is_ended_and_its_page_takes_no_card_any_more(
    card_page: str, till: Client, shop: Shop
) -> None:
    answers = [end(till, shop) for _ in range(2)]
    before = asked(shop).status
    look_up(asked(shop).id, shop.merchant)
    late = httpx.post(card_page, data={"number": "4111 1111 1111 1111"}, trust_env=False)
    with acting_for(shop.merchant.id):
        page = Client().get(f"/pay/{PaymentLink.objects.get().token}/").content.decode()

    operation = asked(shop)
    assert "The shop ended this payment." in page and page.count("Nothing was charged.") == 1
    assert ([one.status_code for one in answers], before) == ([202, 202], "action_required")
    assert (operation.status, operation.decline_code) == ("declined", "ended_by_merchant")
    assert late.status_code < 500
    with acting_for(shop.merchant.id):
        order = Order.objects.get()
    assert (order.captured_minor, order.secured_minor, order.status) == (0, 0, "open")


def test_who_paid_in_the_same_moment_has_paid(card_page: str, till: Client, shop: Shop) -> None:
    ended = end(till, shop)
    give_card(card_page)
    look_up(asked(shop).id, shop.merchant)
    again = end(till, shop)

    operation = asked(shop)
    assert (ended.json()["status"], again.json()["status"], operation.status) == (
        "action_required",
        "succeeded",
        "succeeded",
    )
    with acting_for(shop.merchant.id):
        assert Order.objects.get().secured_minor == operation.amount_minor


def test_what_is_on_its_way_is_not_ended(client_of_shop: APIClient, till: Client, shop: Shop) -> None:
    Client().post(f"{urlsplit(begin(client_of_shop, shop).json()['payment_url']).path}start/")

    refused = end(till, shop)

    assert (refused.status_code, refused.json()["code"]) == (409, "payment_in_progress")
    assert (asked(shop).end_asked_at, asked(shop).status) == (None, "requested")


def test_what_nobody_knows_is_not_ended_but_asked_for(card_page: str, till: Client, shop: Shop) -> None:
    with acting_for(shop.merchant.id):
        apply_result(operation_id=asked(shop).id, outcome=UNKNOWN, source="answer", now=machine_now())

    refused = end(till, shop)

    assert (refused.status_code, refused.json()["code"]) == (409, "payment_outcome_unknown")
    assert (asked(shop).end_asked_at, asked(shop).status) == (None, "unknown")


def test_a_webshops_key_ends_what_its_shopper_left_and_a_key_for_other_things_ends_nothing(
    card_page: str, client_of_shop: APIClient, shop: Shop
) -> None:
    address = f"/api/v1/payments/{asked(shop).payment_id}/endings/"
    other = APIClient()
    other.credentials(HTTP_AUTHORIZATION=f"Bearer {an_api_key(shop.merchant, scopes=['payments', 'orders'])[1]}")

    refused = post(other, address)
    untouched = asked(shop).end_asked_at
    ended = post(client_of_shop, address)

    assert (refused.status_code, refused.json()["code"], untouched) == (403, "right_missing", None)
    assert (ended.status_code, look_up(asked(shop).id, shop.merchant).status) == (202, "declined")


def test_another_merchants_payment_is_not_there(card_page: str, shop: Shop) -> None:
    refused = end(signed_in(a_staff_member(a_merchant(), role="owner")), shop)

    assert (refused.status_code, asked(shop).end_asked_at) == (404, None)


def test_a_long_wait_on_the_phone_uses_up_no_looks_at_what_nobody_knows(
    card_page: str, till: Client, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(10):
        look_up(asked(shop).id, shop.merchant)
    end(till, shop)
    monkeypatch.setattr(SandboxGateway, "end", lambda *_: UNKNOWN)
    look_up(asked(shop).id, shop.merchant)

    operation = asked(shop)
    wait = operation.next_look_at - machine_now()
    assert (operation.status, operation.looks, is_for_people(operation)) == ("unknown", 0, False)
    assert timedelta(0) < wait <= timedelta(seconds=5)
