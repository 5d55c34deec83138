"""One order from begin to end, whichever channel it is in at the moment."""

from __future__ import annotations

import pytest
from django.test import Client

from tests import webshop
from tests.clients import signed_in
from tests.factories import a_staff_member
from tests.factories.goods import a_customer
from tests.journeys.conftest import Trade, stock_in

pytestmark = pytest.mark.django_db(transaction=True)
CASH = {"method": "cash", "tendered_minor": 10_000}


def cash(minor: int) -> dict:
    return CASH | {"amount": {"amount_minor": minor, "currency": "EUR"}}


def test_a_cart_begun_online_is_paid_at_the_till_under_its_own_id(trade: Trade) -> None:
    cart = trade.begin_cart()
    taken = trade.altona.post("hand-offs/", {"code": trade.offer(cart)}).json()

    paid = trade.altona.post(f"orders/{cart['id']}/payments/", cash(5000))

    assert taken["id"] == cart["id"]
    assert (paid.status_code, paid.json()["receipt"]["number"]) == (201, 1)
    order = trade.order(cart["id"])
    assert (order.status, order.channel_id, order.store_id) == (
        "completed",
        trade.shop.channel.id,
        trade.altona.store.id,
    )
    assert (trade.level(), trade.balance("cash_register")) == ((8, 0), 5000)
    trade.work()
    trade.holds()


def test_a_cart_goes_to_the_till_and_back_and_only_who_holds_it_changes_it(trade: Trade) -> None:
    cart = trade.begin_cart()
    trade.altona.post("hand-offs/", {"code": trade.offer(cart)})
    change = {"lines": [{"article": trade.mug.sku, "quantity": 9}], "version": 1, "epoch": 1}

    stale = webshop.post(trade.web, f"/api/v1/carts/{cart['id']}/lines/", change)
    at_till = trade.altona.post(
        f"orders/{cart['id']}/lines/", {"lines": [{"article": trade.mug.sku, "quantity": 3}], "version": 1}
    )
    code = trade.altona.post(f"carts/{cart['id']}/codes/").json()["hand_off"]["code"]
    back = webshop.post(trade.web, "/api/v1/hand-offs/", {"code": f"https://shop.example/c/{code}/"}).json()
    from_till = trade.altona.post(
        f"orders/{cart['id']}/lines/", {"lines": [{"article": trade.mug.sku, "quantity": 1}], "version": 2}
    )

    assert (stale.status_code, stale.json()["code"]) == (409, "cart_not_held")
    assert at_till.json()["total"]["amount_minor"] == 7500
    assert (back["id"], back["hold"]["epoch"], back["store_id"]) == (cart["id"], 3, None)
    assert from_till.status_code in (404, 409)
    done = webshop.post(trade.web, f"/api/v1/carts/{cart['id']}/checkout/").json()
    assert done["order"]["id"] == cart["id"]
    trade.pay(done)
    assert trade.order(cart["id"]).captured_minor == 7500
    trade.holds()


def test_a_paid_order_is_never_overwritten_by_an_older_draft(trade: Trade) -> None:
    cart = trade.begin_cart()
    trade.altona.post("hand-offs/", {"code": trade.offer(cart)})
    trade.altona.post(f"orders/{cart['id']}/payments/", cash(5000))

    older = {"lines": [{"article": trade.mug.sku, "quantity": 9}], "version": 1}
    refusals = [
        trade.altona.post(f"orders/{cart['id']}/lines/", older),
        webshop.post(trade.web, f"/api/v1/carts/{cart['id']}/lines/", older | {"epoch": 2}),
        webshop.post(trade.web, "/api/v1/hand-offs/", {"number": cart["number"]}),
    ]

    assert [answer.status_code for answer in refusals] == [409, 409, 409]
    order = trade.order(cart["id"])
    assert (order.total_minor, order.captured_minor, trade.level()) == (5000, 5000, (8, 0))


def test_nobody_takes_a_cart_somebody_works_on_without_its_code(trade: Trade) -> None:
    cart = trade.begin_cart()

    refused = trade.altona.post("hand-offs/", {"number": cart["number"]})

    assert (refused.status_code, refused.json()["code"]) == (409, "cart_held_elsewhere")
    assert trade.altona.post("hand-offs/", {"code": "WRONG234"}).status_code == 404


@pytest.mark.usefixtures("one_span")
def test_codes_are_guessed_thirty_times_a_minute_at_most(trade: Trade) -> None:
    answers = [trade.altona.post("hand-offs/", {"code": f"GUESS{number:03}"}).status_code for number in range(32)]

    assert answers.count(404) <= 30
    assert 429 in answers


def test_a_cart_of_the_till_goes_on_on_the_customers_phone(trade: Trade) -> None:
    begun = trade.altona.post("till/orders/", {"lines": [{"article": trade.mug.sku, "quantity": 2}]}).json()
    code = trade.altona.post(f"carts/{begun['id']}/codes/").json()["hand_off"]["code"]
    phone = Client()

    shown = phone.get(f"/c/{code}/")
    assert trade.order(begun["id"]).status == "draft"
    gone_on = phone.post(f"/c/{code}/")

    assert "50.00" in shown.content.decode()
    assert gone_on.status_code == 302
    order = trade.order(begun["id"])
    assert (order.status, order.register_id, trade.level()) == ("open", None, (10, 2))
    assert phone.get(f"/c/{code}/").status_code == 404
    assert phone.get(gone_on["Location"]).status_code == 200
    # The customer would rather pay here: the till has it back at once.
    assert trade.altona.post("hand-offs/", {"number": begun["number"]}).status_code == 200
    assert trade.altona.post(f"orders/{begun['id']}/payments/", cash(5000)).status_code == 201
    assert (trade.level(), trade.sold()) == ((8, 0), 2)
    trade.holds()


def test_pieces_in_a_cart_are_kept_and_come_back_when_its_time_is_over(trade: Trade) -> None:
    from inventory.stock import reservations
    from merchant.core.clock import machine_now

    cart = trade.begin_cart(quantity=9)
    webshop.post(trade.web, f"/api/v1/carts/{cart['id']}/reservations/", {"minutes": 15})
    other = trade.altona.post(
        "sales/", {"lines": [{"article": trade.mug.sku, "quantity": 2}], "tendered_minor": 10_000}
    )

    assert (other.status_code, trade.level()) == (409, (10, 9))
    later = machine_now().replace(year=machine_now().year + 1)
    assert reservations.release_expired(now_by_merchant=[(trade.id, later)]) == 1
    assert trade.level() == (10, 0)
    assert webshop.post(trade.web, f"/api/v1/carts/{cart['id']}/checkout/").status_code == 201
    assert trade.level() == (10, 9)


def test_staff_see_the_open_cart_and_the_history_of_a_customer(trade: Trade) -> None:
    customer = a_customer(trade.shop.merchant, email="ada@example.com")
    bought = trade.check_out()
    trade.pay(bought)
    cart = trade.begin_cart(email="ada@example.com")
    browser = signed_in(a_staff_member(trade.shop.merchant, role="manager"))

    carts = browser.get("/carts/?q=ada@example.com").content.decode()
    page = browser.get(f"/customers/{customer.id}/").content.decode()

    assert cart["number"] in carts
    assert bought["order"]["number"] not in carts
    assert cart["number"] in page
    assert bought["order"]["number"] in page
    assert (
        "ada@example.com"
        not in signed_in(a_staff_member(trade.shop.merchant, role="support"))
        .get(f"/customers/{customer.id}/")
        .content.decode()
    )


def test_sold_here_and_sent_from_another_store(trade: Trade) -> None:
    stock_in(trade, trade.mitte, 5)
    begun = trade.altona.post("till/orders/", {"lines": [{"article": trade.mug.sku, "quantity": 2}]}).json()
    line = begun["lines"][0]["id"]
    sources = {"version": 1, "lines": [{"line_id": line, "store_id": str(trade.mitte.store.id)}]}
    assert trade.altona.post(f"orders/{begun['id']}/sources/", sources).status_code == 200
    sent = trade.altona.post(
        f"orders/{begun['id']}/delivery/",
        {"delivery_method": "parcel", "shipping_address": webshop.ADDRESS, "customer": {"email": "ada@example.com"}},
    ).json()
    assert sent["total"]["amount_minor"] == 5490

    paid = trade.altona.post(f"orders/{begun['id']}/payments/", cash(5490))

    assert paid.status_code == 201, paid.content
    assert (trade.level(), trade.level(trade.mitte), trade.sold()) == ((10, 0), (5, 2), 0)
    gone = trade.mitte.post(f"orders/{begun['id']}/fulfilments/", {"store_id": str(trade.mitte.store.id)})
    assert (gone.status_code, gone.json()["fulfilment_status"]) == (201, "fulfilled")
    assert (trade.level(), trade.level(trade.mitte)) == ((10, 0), (3, 0))
    assert trade.order(begun["id"]).status == "completed"
    trade.work()
    trade.holds()


def test_sold_in_the_store_and_sent_home_leaves_nothing_over_the_counter(trade: Trade) -> None:
    begun = trade.altona.post("till/orders/", {"lines": [{"article": trade.mug.sku, "quantity": 1}]}).json()
    trade.altona.post(
        f"orders/{begun['id']}/delivery/", {"delivery_method": "parcel", "shipping_address": webshop.ADDRESS}
    )

    paid = trade.altona.post(f"orders/{begun['id']}/payments/", cash(2990))

    assert paid.json()["receipt"]["number"] == 1
    assert (trade.level(), trade.order(begun["id"]).fulfilment_status) == ((10, 1), "unfulfilled")
    assert trade.altona.post(f"orders/{begun['id']}/fulfilments/").json()["fulfilment_status"] == "fulfilled"
    assert trade.level() == (9, 0)
    trade.holds()
