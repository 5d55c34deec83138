"""The order's page tells the story; other ways to pay; the card page in a frame; what a shopper says."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from django.conf import settings
from django.test import Client
from rest_framework.test import APIClient

from merchant.core.clock import machine_now
from merchant.core.money import Money
from merchant.core.tenancy import acting_for
from orders.documents.models import Document
from orders.feedback.models import Feedback
from orders.fulfilment import collecting, shipping
from orders.fulfilment.models import Pickup
from orders.fulfilment.shipping import Parcel
from orders.order.models import Order
from payments.checkout import expiry, order_story, queries
from payments.checkout.models import Payee, PaymentLink
from payments.processing import tenders
from payments.records.models import Operation
from tests.clients import signed_in
from tests.factories import a_register, a_staff_member, a_store
from tests.payments.checkout.test_hosted_page import come_back, give_card, text, to_card_page
from tests.shops import Shop, run_relay
from tests.webshop import begin, pay, post

pytestmark = pytest.mark.django_db
COLLECT = {"delivery_method": "collect"}


def a_checkout(client: APIClient, shop: Shop, **changes: Any) -> tuple[dict[str, Any], str]:
    """A checkout and the path of its page."""
    begun = begin(client, shop, **changes).json()
    return begun, urlsplit(begun["payment_url"]).path


def order_page(path: str, **headers: str) -> str:
    return text(Client().get(path.replace("/pay/", "/o/"), headers=headers))


def test_a_collected_order_tells_each_step_and_shows_its_code_as_text_and_picture(
    client_of_shop: APIClient, shop: Shop
) -> None:
    checkout, path = a_checkout(client_of_shop, shop, **COLLECT)
    before = order_page(path)
    pay(client_of_shop, checkout)
    paid = order_page(path)
    state = path.replace("/pay/", "/o/") + "state/"
    mark = Client().get(state).json()["mark"]
    with acting_for(shop.merchant.id):
        pickup, order = Pickup.objects.get(), Order.objects.get()
        collecting.pick(pickup_id=pickup.id, pieces={order.lines.get(kind="product").id: 1}, now=machine_now())
        packing = order_page(path)
        collecting.pick(pickup_id=pickup.id, pieces={order.lines.get(kind="product").id: 1}, now=machine_now())
        ready = order_page(path)
        collecting.collect(pickup_id=pickup.id, now=machine_now())

    assert "Not paid" in before
    assert pickup.code not in before
    assert "Paid. Thank you!" in paid
    assert f'data-mark="{mark}"' in paid
    assert "Your order is being packed in" in packing
    assert "Ready to collect" in ready
    assert f"<b>{pickup.code}</b>" in ready
    assert 'alt="QR code of the collection code"' in ready
    assert Client().get(state).json()["mark"] != mark
    done = order_page(path)
    assert "You have collected your order." in done
    assert pickup.code not in done
    assert "data-watch" not in done


def test_a_parcel_that_staff_note_can_be_followed(client_of_shop: APIClient, shop: Shop) -> None:
    checkout, path = a_checkout(client_of_shop, shop)
    pay(client_of_shop, checkout)
    owner = signed_in(a_staff_member(shop.merchant, role="owner"))
    address = f"/orders/{checkout['order']['id']}/shipments/"
    fields = {"carrier": "Parcel Post", "number": "0034", "url": "https://parcel.example/0034"}

    refused = owner.post(address, fields | {"url": "javascript:alert(1)", "idempotency_key": "k1"})
    noted = owner.post(address, fields | {"idempotency_key": "k2"})

    assert (refused.status_code, noted.status_code) == (400, 302)
    page = order_page(path)
    assert "Your order is on its way." in page
    assert '<a href="https://parcel.example/0034">Parcel Post 0034</a>' in re.sub(r"\s+(?=[<>])", "", page)
    with acting_for(shop.merchant.id), pytest.raises(shipping.ShipmentKnown):
        shipping.note_shipment(
            order_id=checkout["order"]["id"], parcel=Parcel("Parcel Post", "0034"), now=machine_now()
        )


def test_a_service_that_is_paid_is_over_and_not_prepared_for_ever(client_of_shop: APIClient, shop: Shop) -> None:
    body = {"amount": {"amount_minor": 1234, "currency": "EUR"}, "description": "Repair of a chair"}
    link = post(client_of_shop, "/api/v1/payment-links/", body).json()
    path = urlsplit(link["payment_url"]).path
    before = order_page(path)

    come_back(give_card(to_card_page(path, email="ada@example.com")), shop)

    page = order_page(path)
    assert "being prepared" not in page.lower() and "Your payment has reached us." in page
    assert "data-watch" not in page
    assert "Not paid" in before and "data-watch" not in page


def test_an_order_reserved_in_the_store_outlives_its_page_and_charges_nothing(
    client_of_shop: APIClient, shop: Shop
) -> None:
    _, path = a_checkout(client_of_shop, shop, **COLLECT)

    pressed = [Client().post(f"{path}start/", {"way": "store"}) for _ in range(2)]
    with acting_for(shop.merchant.id):
        PaymentLink.objects.update(expires_at=machine_now() - timedelta(seconds=1))
    expiry.expire_all()

    assert {answer["Location"] for answer in pressed} == {path.replace("/pay/", "/o/")}
    page = order_page(path)
    assert "Your order is reserved in" in page
    assert "Nothing was charged. You pay when you collect it." in page
    with acting_for(shop.merchant.id):
        assert (Order.objects.get().status, Pickup.objects.get().status) == ("open", "waiting")
        assert Operation.objects.count() == 0
        assert Pickup.objects.get().code in page


def test_a_link_that_ended_after_a_part_was_paid_does_not_say_that_nothing_was_charged(
    client_of_shop: APIClient, shop: Shop
) -> None:
    order_id = begin(client_of_shop, shop).json()["order"]["id"]
    link = post(client_of_shop, "/api/v1/payment-links/", {"order_id": order_id}).json()
    path = urlsplit(link["payment_url"]).path
    revoke = f"/api/v1/payment-links/{link['id']}/revoke/"
    with acting_for(shop.merchant.id):
        register = a_register(a_store(shop.merchant))
        tenders.take_cash(
            order_id=UUID(order_id), amount=Money(500, "EUR"), tendered_minor=None, register_id=register.id, now=machine_now()
        )  # fmt: skip

    revoked = post(client_of_shop, revoke)

    pages = text(Client().get(path)), order_page(path)
    assert revoked.json()["status"] == "revoked"
    for page in pages:
        assert "−€5.00" in page and "Nothing was charged." not in page and "was not paid" not in page
    assert "This order is paid in part." in pages[1]


def test_a_way_that_is_not_offered_is_the_card(client_of_shop: APIClient, shop: Shop) -> None:
    _, path = a_checkout(client_of_shop, shop)

    page, pressed = text(Client().get(path)), Client().post(f"{path}start/", {"way": "store"})

    assert 'name="way"' not in page
    assert pressed["Location"] == f"{path}return/"
    with acting_for(shop.merchant.id):
        assert Operation.objects.count() == 1
        assert "payment" not in Order.objects.get().delivery


def test_a_link_of_some_days_offers_a_transfer_with_its_code(client_of_shop: APIClient, shop: Shop) -> None:
    _, path = a_checkout(client_of_shop, shop)
    assert Client().get(f"{path}transfer/").status_code == 302
    with acting_for(shop.merchant.id):
        Payee.objects.create(scheme="epc", name="Halden GmbH", account="DE89370400440532013000")
        PaymentLink.objects.update(expires_at=machine_now() + timedelta(days=3))

    chosen = Client().post(f"{path}start/", {"way": "bank"})
    page = text(Client().get(chosen["Location"]))

    assert chosen["Location"] == f"{path}transfer/"
    assert "DE89 3704 0044 0532 0130 00" in page
    assert "data:image/svg+xml;base64," in page
    with acting_for(shop.merchant.id):
        assert Order.objects.get().number in page
        assert Operation.objects.count() == 0


def test_the_card_page_stands_in_a_frame_of_its_own_host_alone(client_of_shop: APIClient, shop: Shop) -> None:
    _, path = a_checkout(client_of_shop, shop)
    card_page = to_card_page(path)
    origin = "/".join(card_page.split("/")[:3])

    waiting = Client().get(f"{path}return/")
    framed = Client().get(f"{path}return/?session=x", headers={"Sec-Fetch-Dest": "iframe"})

    assert f"frame-src 'self' {origin}" in waiting["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in waiting["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in framed["Content-Security-Policy"]
    assert framed["X-Frame-Options"] == "SAMEORIGIN"
    assert f'data-out="{path}return/?session=x"' in text(framed)
    assert "<form" not in text(framed)


def test_what_is_paid_in_german_gets_a_german_receipt(client_of_shop: APIClient, shop: Shop) -> None:
    _, path = a_checkout(client_of_shop, shop)
    german = Client(headers={"Accept-Language": "de"})
    german.post(f"{path}start/")
    run_relay()
    card_page = re.search(r'content="0; url=([^"]+)"', text(german.get(f"{path}return/")))
    assert card_page is not None

    come_back(give_card(card_page.group(1)), shop)

    with acting_for(shop.merchant.id):
        receipt = Document.objects.get(kind="receipt")
    page = text(Client().get(f"/r/{receipt.access_token}/"))
    assert '<html lang="de">' in page


def test_the_language_is_switched_by_one_press_and_remembered(client_of_shop: APIClient, shop: Shop) -> None:
    _, path = a_checkout(client_of_shop, shop)
    shopper = Client()

    switched = shopper.get(f"{path}?language=sv")
    unknown = shopper.get(f"{path}?language=xx")

    assert (switched["Location"], unknown.status_code) == (path, 200)
    assert switched.cookies[settings.LANGUAGE_COOKIE_NAME].value == "sv"
    assert "Betala" in text(shopper.get(path))


def test_feedback_is_asked_for_once_it_is_paid_and_taken_once(client_of_shop: APIClient, shop: Shop) -> None:
    checkout, path = a_checkout(client_of_shop, shop)
    order_path = path.replace("/pay/", "/o/")
    too_early = Client().post(f"{order_path}feedback/", {"rating": "5"})
    pay(client_of_shop, checkout)
    asked = order_page(path)

    empty = Client().post(f"{order_path}feedback/", {"text": "Lovely <b>"})
    given = Client().post(f"{order_path}feedback/", {"rating": "4", "text": "Lovely"})
    again = Client().post(f"{order_path}feedback/", {"rating": "1"})

    assert too_early.status_code == 409
    assert 'name="rating"' in asked
    assert (empty.status_code, "Lovely &lt;b&gt;" in text(empty)) == (400, True)
    assert given["Location"] == f"{order_path}#feedback"
    assert again.status_code == 409
    assert "You gave 4 of 5." in order_page(path)
    with acting_for(shop.merchant.id):
        assert [(row.rating, row.text) for row in Feedback.objects.all()] == [(4, "Lovely")]


def test_the_orders_page_asks_a_fixed_number_of_questions(
    client_of_shop: APIClient, shop: Shop, django_assert_max_num_queries: Any
) -> None:
    checkout, path = a_checkout(client_of_shop, shop)
    pay(client_of_shop, checkout)
    Client().get(path.replace("/pay/", "/o/"))

    with django_assert_max_num_queries(16):
        order_page(path)
    with django_assert_max_num_queries(12):
        Client().get(path.replace("/pay/", "/o/") + "state/")


def test_a_page_that_was_read_before_the_receipt_was_written_asks_until_it_is_there(
    client_of_shop: APIClient, shop: Shop
) -> None:
    checkout, _ = a_checkout(client_of_shop, shop, **COLLECT)
    pay(client_of_shop, checkout)
    with acting_for(shop.merchant.id):
        link = PaymentLink.objects.select_related("order").get()
        known = order_story.read_known(link.order, queries.progress(link, link.order, now=machine_now()))
        unwritten = replace(known, receipt_path="")

        assert known.receipt_path
        assert order_story.mark_of_story(unwritten) != order_story.mark_of_story(known)
        assert not order_story.tell(unwritten).is_over
