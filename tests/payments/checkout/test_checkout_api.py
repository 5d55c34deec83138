"""A webshop sells over REST: begin, pay, see what became of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from rest_framework.test import APIClient

from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from merchant.merchants.models import Store
from merchant.messages import sending as messages
from orders.documents.models import Document
from orders.order.models import Order
from payments.checkout import expiry
from payments.checkout.models import PaymentLink
from payments.records.models import Operation
from tests.factories import an_api_key
from tests.processor import RunningProcessor
from tests.shops import Shop, a_shop, look_up, run_relay
from tests.webshop import ADDRESS, CHECKOUTS, begin, pay, post, shown

pytestmark = pytest.mark.django_db


def test_a_frictionless_payment_leads_from_basket_to_receipt_and_mail(client_of_shop: APIClient, shop: Shop) -> None:
    begun = begin(client_of_shop, shop)
    checkout = begun.json()

    asked = pay(client_of_shop, checkout)
    messages.send_mails_due()

    assert (begun.status_code, checkout["status"], checkout["order"]["total"]) == (
        201,
        "open",
        {"amount_minor": 5490, "currency": "EUR"},
    )
    assert (asked.status_code, asked.json()["status"]) == (202, "checking")
    assert shown(client_of_shop, checkout)["status"] == "paid"
    assert shop.on_shelf() == (10, 2)
    with acting_for(shop.merchant.id):
        receipt = Document.objects.get()
        assert (receipt.kind, receipt.total_minor, receipt.content["tenders"][0]["card_last4"]) == (
            "receipt",
            5490,
            "1111",
        )
    [letter] = mail.outbox
    html = str(letter.alternatives[0][0])
    assert letter.to == ["ada@example.com"]
    assert f"/r/{receipt.access_token}/" in letter.body
    assert f"/r/{receipt.access_token}/" in html


def test_a_receipt_of_the_webshop_names_who_sells_where_with_their_vat_number(
    client_of_shop: APIClient, shop: Shop
) -> None:
    address = {"street": "Große Bergstraße 7", "postcode": "22767", "city": "Hamburg", "country": "DE"}
    with acting_for(shop.merchant.id):
        Store.objects.filter(id=shop.store.id).update(address=address, tax_number="DE123456789")

    pay(client_of_shop, begin(client_of_shop, shop).json())
    messages.send_mails_due()

    with acting_for(shop.merchant.id):
        receipt = Document.objects.get()
    page = Client().get(f"/r/{receipt.access_token}/").content.decode()
    [letter] = mail.outbox
    for told in (page, letter.body, str(letter.alternatives[0][0])):
        for fact in (shop.merchant.name, "Große Bergstraße 7", "22767 Hamburg", "VAT no. DE123456789"):
            assert fact in told, fact
    assert "Served by" not in page


@pytest.mark.parametrize(
    ("locale", "word", "total"),
    [("en", "Total", "€54.90"), ("sv", "Totalt", "54,90"), ("de-DE", "Gesamt", "54,90"), ("fi", "Total", "€54.90")],
)
def test_the_mail_is_in_the_shoppers_language(
    client_of_shop: APIClient, shop: Shop, locale: str, word: str, total: str
) -> None:
    customer = {"email": "ada@example.com", "locale": locale}
    pay(client_of_shop, begin(client_of_shop, shop, customer=customer).json())
    messages.send_mails_due()

    [letter] = mail.outbox
    assert f"{word}: " in letter.body
    assert total in letter.body


def test_a_challenged_payment_names_where_the_shopper_must_go(client_of_shop: APIClient, shop: Shop) -> None:
    checkout = begin(client_of_shop, shop).json()
    pay(client_of_shop, checkout, "tok_challenge")

    document = shown(client_of_shop, checkout)

    assert document["status"] == "action_required"
    assert document["payment"]["action_url"].endswith("/challenge")
    assert pay(client_of_shop, checkout).json()["code"] == "payment_in_progress"


def test_a_no_is_told_in_plain_words_and_can_be_followed_by_a_yes(client_of_shop: APIClient, shop: Shop) -> None:
    checkout = begin(client_of_shop, shop).json()
    pay(client_of_shop, checkout, "tok_decline_insufficient_funds")

    document = shown(client_of_shop, checkout)
    assert document["status"] == "open"
    assert document["payment"]["decline"] == {
        "code": "insufficient_funds",
        "words": "The card does not have enough money for this payment.",
        "who": "shopper",
        "next": ["card"],
    }
    pay(client_of_shop, checkout, "tok_mc_ok")
    assert shown(client_of_shop, checkout)["status"] == "paid"
    with acting_for(shop.merchant.id):
        assert Order.objects.get().captured_minor == 5490


def test_an_unknown_outcome_refuses_a_second_charge_until_it_is_known(client_of_shop: APIClient, shop: Shop) -> None:
    checkout = begin(client_of_shop, shop).json()
    pay(client_of_shop, checkout, "tok_timeout_landed")

    again = pay(client_of_shop, checkout)
    assert (again.status_code, again.json()["code"]) == (409, "payment_outcome_unknown")
    assert shown(client_of_shop, checkout)["status"] == "unknown"
    with acting_for(shop.merchant.id):
        operation = Operation.objects.get()
    assert look_up(operation.id, shop.merchant).status == "succeeded"
    assert shown(client_of_shop, checkout)["status"] == "paid"
    assert pay(client_of_shop, checkout).json()["code"] == "already_paid"


def test_the_same_key_places_one_order_and_charges_once(client_of_shop: APIClient, shop: Shop) -> None:
    body = {"channel": shop.channel.code, "currency": "EUR", "lines": [{"variant_id": str(shop.mug.id), "quantity": 1}]}
    first, second = (post(client_of_shop, CHECKOUTS, body, key="basket-1") for _ in range(2))
    path = f"{CHECKOUTS}{first.json()['id']}/payments/"
    paid, replayed = (post(client_of_shop, path, {"token": "tok_visa_ok"}, key="pay-1") for _ in range(2))
    run_relay()

    assert first.content == second.content
    assert paid.content == replayed.content
    with acting_for(shop.merchant.id):
        assert (Order.objects.count(), Operation.objects.count(), Order.objects.get().captured_minor) == (1, 1, 2500)


def test_without_pieces_nothing_is_placed(client_of_shop: APIClient, shop: Shop) -> None:
    answer = begin(client_of_shop, shop, lines=[{"sku": shop.mug.sku, "quantity": 11}])

    assert (answer.status_code, answer.json()["code"]) == (409, "insufficient_stock")
    with acting_for(shop.merchant.id):
        assert Order.objects.count() == PaymentLink.objects.count() == 0
    assert shop.on_shelf() == (10, 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"lines": []},
        {"lines": [{"quantity": 1}]},
        {"channel": "nowhere"},
        {"delivery_method": "pigeon"},
        {"shipping_address": ADDRESS | {"country": "US"}},
        {"currency": "euro"},
        {"customer": {"email": "not an address"}},
    ],
)
def test_a_request_that_cannot_be_is_refused_and_places_nothing(
    client_of_shop: APIClient, shop: Shop, changes: dict[str, Any]
) -> None:
    answer = begin(client_of_shop, shop, **changes)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert shop.on_shelf() == (10, 0)


def test_delivery_can_change_until_somebody_pays(client_of_shop: APIClient, shop: Shop) -> None:
    checkout = begin(client_of_shop, shop).json()
    path = f"{CHECKOUTS}{checkout['id']}/"

    collected = client_of_shop.patch(path, {"delivery_method": "collect"}).json()
    assert collected["order"]["total"]["amount_minor"] == 5000
    assert len(collected["order"]["delivery"]["pickup_code"]) == 6
    back = client_of_shop.patch(
        path, {"delivery_method": "parcel", "shipping_address": ADDRESS | {"city": "Kiel"}}
    ).json()
    assert back["order"]["total"]["amount_minor"] == 5490
    assert back["order"]["delivery"]["shipping_address"]["city"] == "Kiel"
    assert "pickup_code" not in back["order"]["delivery"]
    pay(client_of_shop, checkout)

    refused = client_of_shop.patch(path, {"delivery_method": "collect"})
    assert (refused.status_code, refused.json()["code"]) == (409, "order_has_money")
    assert shown(client_of_shop, checkout)["order"]["total"]["amount_minor"] == 5490


def test_after_its_time_an_unpaid_checkout_ends_and_gives_its_pieces_back(
    client_of_shop: APIClient, shop: Shop
) -> None:
    checkout = begin(client_of_shop, shop).json()
    assert shop.on_shelf() == (10, 2)
    assert expiry.expire_all() == 0
    with acting_for(shop.merchant.id):
        PaymentLink.objects.update(expires_at=machine_now() - timedelta(seconds=1))

    assert expiry.expire_all() == 1

    assert shop.on_shelf() == (10, 0)
    assert expiry.expire_all() == 0
    assert (shown(client_of_shop, checkout)["status"], pay(client_of_shop, checkout).json()["code"]) == (
        "expired",
        "link_closed",
    )


def test_a_payment_under_way_keeps_the_checkout_alive_and_a_no_gives_another_period(
    client_of_shop: APIClient, shop: Shop
) -> None:
    checkout = begin(client_of_shop, shop).json()
    post(client_of_shop, f"{CHECKOUTS}{checkout['id']}/payments/", {"token": "tok_decline_lost"})
    with acting_for(shop.merchant.id):
        PaymentLink.objects.update(expires_at=machine_now() - timedelta(seconds=1))

    assert expiry.expire_all() == 0
    run_relay()

    assert expiry.expire_all() == 0
    assert shown(client_of_shop, checkout)["status"] == "open"
    assert shop.on_shelf() == (10, 2)


def test_another_merchants_checkout_does_not_exist(
    client_of_shop: APIClient, shop: Shop, processor: RunningProcessor
) -> None:
    checkout = begin(client_of_shop, shop).json()
    _, secret = an_api_key(a_shop(processor).merchant)
    other = APIClient(headers={"Authorization": f"Bearer {secret}"})
    path = f"{CHECKOUTS}{checkout['id']}/"

    answers = [
        other.get(path),
        other.patch(path, {"delivery_method": "collect"}),
        post(other, f"{path}payments/", {"session": True}),
    ]

    assert [answer.status_code for answer in answers] == [404] * 3
    with acting_for(shop.merchant.id):
        assert Operation.objects.count() == 0


def test_ways_of_delivery_are_listed_by_country(client_of_shop: APIClient) -> None:
    methods = client_of_shop.get("/api/v1/delivery-methods/?currency=EUR&country=US").json()["results"]

    assert [method["code"] for method in methods] == ["collect"]
