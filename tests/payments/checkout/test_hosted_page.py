"""The shopper's way without scripts: page, card page of the processor, back, done. And every wrong turn on it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from django.test import Client
from rest_framework.test import APIClient

from merchant.core.clock import machine_now
from merchant.core.money import Money
from merchant.core.tenancy import acting_for
from orders.order.models import Order
from payments.checkout import expiry
from payments.checkout.models import PaymentLink
from payments.processing import tenders
from payments.records.models import Operation
from tests.factories import a_register, a_store
from tests.shops import Shop, look_up, run_relay
from tests.webshop import ADDRESS, CHECKOUTS, begin, post

pytestmark = pytest.mark.django_db
VISA = "4111 1111 1111 1111"


@pytest.fixture
def path(client_of_shop: APIClient, shop: Shop) -> str:
    """Where two mugs by parcel are paid."""
    return urlsplit(begin(client_of_shop, shop).json()["payment_url"]).path


def text(response: Any) -> str:
    """The page."""
    page: str = response.content.decode()
    return page


def to_card_page(path: str, **fields: str) -> str:
    """Press Pay, with what the page asks for, and return the address of the processor's card page, as the page itself opens it."""
    pressed = Client().post(f"{path}start/", fields)
    assert (pressed.status_code, pressed["Location"]) == (302, f"{path}return/")
    run_relay()
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', text(Client().get(f"{path}return/")))
    assert found is not None
    return found.group(1)


def give_card(card_page: str, number: str = VISA) -> str:
    """Type a card number at the processor and return where it sends the browser."""
    back = httpx.post(card_page, data={"number": number}, trust_env=False)
    assert back.status_code == 303
    return str(back.headers["location"])


def come_back(address: str, shop: Shop) -> Any:
    """Follow the processor's redirect; the relay asks what became of it."""
    parts = urlsplit(address)
    Client().get(f"{parts.path}?{parts.query}")
    with acting_for(shop.merchant.id):
        operation = Operation.objects.latest("id")
    look_up(operation.id, shop.merchant)
    return Client().get(f"{parts.path}?{parts.query}")


def taken(shop: Shop) -> int:
    """Minor units captured for the only order."""
    with acting_for(shop.merchant.id):
        return int(Order.objects.get().captured_minor)


def test_the_whole_way_ends_at_a_paid_order_with_its_receipt(path: str, shop: Shop) -> None:
    first = Client().get(path)
    done = come_back(give_card(to_card_page(path)), shop)

    assert "54.90" in text(first)
    assert shop.mug.name in text(first)
    assert (done.status_code, done["Location"]) == (302, path.replace("/pay/", "/o/"))
    page = text(Client().get(done["Location"]))
    assert "Paid. Thank you!" in page
    assert '"/r/' in page
    assert taken(shop) == 5490


def test_return_before_any_answer_says_that_it_is_checking_and_forbids_paying_again(path: str) -> None:
    address = give_card(to_card_page(path))

    page = text(Client().get(address.removeprefix("http://testserver")))

    assert "We are checking your payment." in page
    assert "do not pay again" in page
    assert "<form" not in page
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in re.sub(r">\s+<", "><", page)


def test_two_presses_two_tabs_and_the_back_button_make_one_payment(path: str, shop: Shop) -> None:
    card_page = to_card_page(path)

    answers = [Client().post(f"{path}start/"), Client().post(f"{path}start/"), Client().get(path)]
    run_relay()
    done = come_back(give_card(card_page), shop)
    late = [Client().post(f"{path}start/"), Client().get(path)]

    assert {answer["Location"] for answer in answers} == {f"{path}return/"}
    assert late[0]["Location"] == f"{path}return/"
    assert late[1]["Location"] == done["Location"]
    with acting_for(shop.merchant.id):
        assert Operation.objects.count() == 1
    assert taken(shop) == 5490


def test_a_declined_card_is_explained_and_another_one_pays(path: str, shop: Shop) -> None:
    refused = come_back(give_card(to_card_page(path), "4000000000009995"), shop)

    page = text(Client().get(refused["Location"]))
    assert refused["Location"] == path
    assert "does not have enough money" in page
    assert "Nothing was charged." in page
    assert "<form" in page
    come_back(give_card(to_card_page(path)), shop)
    assert taken(shop) == 5490


def test_a_failed_challenge_is_declined_and_charges_nothing(path: str, shop: Shop) -> None:
    card_page = to_card_page(path)
    challenge = give_card(card_page, "4000000000003220")
    back = httpx.post(f"{card_page}/challenge", data={"answer": "fail"}, trust_env=False)

    refused = come_back(back.headers["location"], shop)

    assert challenge.endswith("/challenge")
    assert refused["Location"] == path
    assert "could not confirm that it was you" in text(Client().get(path))
    assert taken(shop) == 0


def test_the_card_page_can_be_reached_again_after_leaving_it(path: str) -> None:
    card_page = to_card_page(path)

    page = text(Client().get(f"{path}return/?session=x"))

    assert f'href="{card_page}"' in page
    assert "Back to the card page" in page


def test_an_unknown_outcome_says_what_is_known_and_offers_no_button(path: str, shop: Shop) -> None:
    Client().post(f"{path}start/")
    with acting_for(shop.merchant.id):
        Operation.objects.update(status="submitted")
        Operation.objects.update(status="unknown")

    page = text(Client().get(f"{path}return/"))

    assert "We do not know yet" in page
    assert "<form" not in page
    assert "<button" not in page
    assert Client().post(f"{path}start/")["Location"] == f"{path}return/"
    assert Client().get(f"{path}state/").json() == {"stage": "unknown", "path": f"{path}return/"}


def test_an_expired_page_takes_no_money(path: str, shop: Shop) -> None:
    with acting_for(shop.merchant.id):
        PaymentLink.objects.update(expires_at=machine_now() - timedelta(seconds=1))
    expiry.expire_all()

    page, pressed = Client().get(path), Client().post(f"{path}start/")

    assert page.status_code == 410
    assert "The time to pay here is over." in text(page)
    assert pressed["Location"] == f"{path}return/"
    assert Client().get(f"{path}return/")["Location"] == path
    with acting_for(shop.merchant.id):
        assert Operation.objects.count() == 0


def test_what_the_shop_did_not_tell_is_asked_and_needed(client_of_shop: APIClient, shop: Shop) -> None:
    body = {
        "channel": shop.channel.code,
        "currency": "EUR",
        "lines": [{"sku": shop.mug.sku, "quantity": 2}],
        "delivery_method": "parcel",
    }
    begun = post(client_of_shop, CHECKOUTS, body)
    path = urlsplit(begun.json()["payment_url"]).path

    empty = Client().post(f"{path}start/", {"email": "ada@example.com"})
    filled = Client().post(f"{path}start/", {"email": "ada@example.com", **ADDRESS})

    assert empty.status_code == 422
    assert 'autocomplete="address-line1"' in text(empty)
    assert filled["Location"] == f"{path}return/"
    with acting_for(shop.merchant.id):
        order = Order.objects.get()
        assert (order.email, order.delivery["shipping_address"]["city"]) == ("ada@example.com", "Hamburg")
        assert (order.total_minor, Operation.objects.get().amount_minor) == (5490, 5490)


def test_a_card_number_typed_into_our_page_is_refused_and_not_kept(client_of_shop: APIClient, shop: Shop) -> None:
    path = urlsplit(begin(client_of_shop, shop, customer={}).json()["payment_url"]).path

    answer = Client().post(f"{path}start/", {"email": VISA})

    assert answer.status_code == 400
    with acting_for(shop.merchant.id):
        assert Operation.objects.count() == 0
        assert Order.objects.get().email == ""


def test_a_wrong_token_leads_nowhere_and_a_shopper_needs_the_forms_secret(path: str) -> None:
    strict = Client(enforce_csrf_checks=True)

    assert Client().get("/pay/nothing/").status_code == Client().get("/o/nothing/").status_code == 404
    assert strict.post(f"{path}start/").status_code == 403


def test_pages_are_private_scriptless_at_heart_and_under_the_strict_policy(path: str) -> None:
    page = Client().get(path)

    assert page["Cache-Control"] == "private, no-store"
    assert page["Referrer-Policy"] == "same-origin"
    assert "form-action 'self'" in page["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*\bsrc=)|\bstyle=|\bon\w+=", text(page))


def test_the_shoppers_language_decides(path: str) -> None:
    swedish = text(Client().get(path, headers={"Accept-Language": "sv"}))
    german = text(Client().get(path, headers={"Accept-Language": "de"}))

    assert "Betala" in swedish
    assert "Totalt" in swedish
    assert "bezahlen" in german
    assert "54,90" in german


def test_the_rest_of_an_order_that_is_paid_in_part_is_paid_by_link(client_of_shop: APIClient, shop: Shop) -> None:
    amount = {"amount_minor": 1234, "currency": "EUR"}
    link = post(client_of_shop, "/api/v1/payment-links/", {"amount": amount, "description": "Repair"}).json()
    path = urlsplit(link["payment_url"]).path
    with acting_for(shop.merchant.id):
        order, register = Order.objects.get(), a_register(a_store(shop.merchant))
        tenders.take_cash(
            order_id=order.id, amount=Money(500, "EUR"), tendered_minor=None, register_id=register.id, now=machine_now()
        )
    page = text(Client().get(path))
    assert 'name="email"' in page
    for told in ("Paid: Cash", "−€5.00", "Left to pay", "€7.34"):
        assert told in page, told

    done = come_back(give_card(to_card_page(path, email="ines@example.com")), shop)

    assert done["Location"].startswith("/o/") or "order" in done["Location"]
    assert taken(shop) == 1234
    with acting_for(shop.merchant.id):
        order.refresh_from_db()
        assert (order.email, order.total_minor) == ("ines@example.com", 1234)


def test_an_address_is_needed_for_goods_that_come_later_and_a_wish_for_all_else(
    client_of_shop: APIClient, shop: Shop
) -> None:
    amount = {"amount_minor": 1234, "currency": "EUR"}
    link = post(client_of_shop, "/api/v1/payment-links/", {"amount": amount, "description": "Repair"}).json()
    repair = urlsplit(link["payment_url"]).path
    collected = urlsplit(begin(client_of_shop, shop, customer={}, delivery_method="collect").json()["payment_url"]).path

    refused = Client().post(f"{collected}start/", {"email": ""})
    wrong = Client().post(f"{repair}start/", {"email": "ines@"})
    page = text(Client().get(repair))
    paid = Client().post(f"{repair}start/", {"email": ""})

    assert (refused.status_code, wrong.status_code) == (422, 422)
    assert "optional" in page and "required" not in page
    assert paid["Location"] == f"{repair}return/"
    with acting_for(shop.merchant.id):
        [operation] = Operation.objects.all()
        assert (operation.amount_minor, Order.objects.get(id=operation.order_id).email) == (1234, "")
