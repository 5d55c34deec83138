"""Whoever guesses, presses twice, comes late or brings another shop's link: nobody pays twice or sees what is not theirs."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connections
from django.test import Client
from rest_framework.test import APIClient

from inventory.catalog.models import Product, Variant
from merchant.core.tenancy import acting_for
from orders.order.models import Order
from payments.checkout.views import WRONG_TOKENS_A_MINUTE
from payments.records.models import Operation, Payment
from tests.clients import signed_in
from tests.factories import a_channel, a_merchant, a_staff_member
from tests.shops import Shop
from tests.webshop import ADDRESS, begin, pay, post

HANDS = 8


@pytest.fixture
def cached(settings: Any, valkey_url: str) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": valkey_url}}


@pytest.mark.django_db
@pytest.mark.usefixtures("one_span")
def test_guessing_tokens_is_slowed_down_and_a_shopper_beside_it_still_pays(
    cached: None, client_of_shop: APIClient, shop: Shop
) -> None:
    path = urlsplit(begin(client_of_shop, shop).json()["payment_url"]).path

    guesses = [Client().get(f"/pay/guess{number}/") for number in range(WRONG_TOKENS_A_MINUTE + 2)]

    assert {guess.status_code for guess in guesses[:WRONG_TOKENS_A_MINUTE]} == {404}
    assert guesses[-1].status_code == 429
    assert 1 <= int(guesses[-1]["Retry-After"]) <= 60
    assert guesses[-1].content == guesses[0].content
    assert Client().get(path).status_code == 200


@pytest.mark.django_db
def test_without_the_cache_a_wrong_token_is_not_found_and_a_right_one_served(
    settings: Any, client_of_shop: APIClient, shop: Shop
) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "unix:///nowhere/valkey.sock"}}
    path = urlsplit(begin(client_of_shop, shop).json()["payment_url"]).path

    assert [Client().get(address).status_code for address in ("/pay/guess/", path)] == [404, 200]


@pytest.mark.django_db(transaction=True)
def test_tabs_that_still_ask_who_pays_are_pressed_at_once_and_all_wait_for_one_payment(
    client_of_shop: APIClient, shop: Shop
) -> None:
    for _ in range(3):
        checkout = begin(client_of_shop, shop, customer={"name": "Ada Berg"}).json()
        path = urlsplit(checkout["payment_url"]).path
        start = threading.Barrier(HANDS)

        def press(_: int, path: str = path, start: threading.Barrier = start) -> tuple[int, str]:
            start.wait()
            try:
                answer = Client().post(f"{path}start/", {"email": "ada@example.com", **ADDRESS})
                return answer.status_code, answer.headers.get("Location", "")
            finally:
                connections.close_all()

        with acting_for(shop.merchant.id):
            before = Operation.objects.count()
        with ThreadPoolExecutor(HANDS) as hands:
            answers = set(hands.map(press, range(HANDS)))

        assert answers == {(302, f"{path}return/")}
        with acting_for(shop.merchant.id):
            assert Operation.objects.count() == before + 1


@pytest.mark.django_db
def test_a_paid_page_takes_no_second_payment(client_of_shop: APIClient, shop: Shop) -> None:
    checkout = begin(client_of_shop, shop).json()
    path = urlsplit(checkout["payment_url"]).path
    pay(client_of_shop, checkout)

    again = post(client_of_shop, f"/api/v1/checkouts/{checkout['id']}/payments/", {"token": "tok_visa_ok"})
    pressed = Client().post(f"{path}start/")

    assert (again.status_code, again.json()["code"]) == (409, "already_paid")
    assert (pressed.status_code, pressed["Location"]) == (302, f"{path}return/")
    with acting_for(shop.merchant.id):
        assert Payment.objects.count() == 1


@pytest.mark.django_db
def test_staff_of_another_merchant_see_the_shoppers_page_and_nothing_of_it_in_their_own(
    client_of_shop: APIClient, shop: Shop
) -> None:
    path = urlsplit(begin(client_of_shop, shop).json()["payment_url"]).path
    stranger = a_merchant(name="Somebody Else")
    browser = signed_in(a_staff_member(stranger))

    page = browser.get(path).content.decode()
    pressed = browser.post(f"{path}start/")

    assert shop.merchant.name in page
    assert "Somebody Else" not in page
    assert pressed.status_code == 302
    with acting_for(shop.merchant.id):
        assert Payment.objects.count() == 1
    with acting_for(stranger.id):
        assert Payment.objects.count() == 0
    assert shop.mug.name not in browser.get("/payments/").content.decode()


@pytest.mark.django_db
def test_an_article_taken_out_of_sale_is_paid_where_it_was_promised_and_not_sold_again(
    client_of_shop: APIClient, shop: Shop
) -> None:
    checkout = begin(client_of_shop, shop).json()
    with acting_for(shop.merchant.id):
        Variant.objects.update(is_active=False)
        Product.objects.update(is_active=False)

    pay(client_of_shop, checkout)
    late = begin(client_of_shop, shop)

    assert client_of_shop.get(f"/api/v1/checkouts/{checkout['id']}/").json()["status"] == "paid"
    assert late.status_code in (404, 409, 422)
    with acting_for(shop.merchant.id):
        assert Payment.objects.count() == 1


@pytest.mark.django_db
def test_the_tills_channel_sells_online_only_what_some_store_has(client_of_shop: APIClient, shop: Shop) -> None:
    tills = a_channel(shop.merchant, kind="in_store", code="store", stock_store=None)
    refused = begin(client_of_shop, shop, channel=tills.code, lines=[{"sku": shop.mug.sku, "quantity": 5000}])

    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_request")
    with acting_for(shop.merchant.id):
        assert not Order.objects.exists()
