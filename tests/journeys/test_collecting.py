"""Bought here, collected, brought or paid there; and given back when nobody comes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from orders.fulfilment.models import Pickup
from payments.after_sales import sweeps
from payments.checkout import expiry
from payments.checkout.models import PaymentLink
from tests import webshop
from tests.clients import signed_in
from tests.factories import a_staff_member
from tests.journeys.conftest import Trade, key_in, stock_in

pytestmark = pytest.mark.django_db(transaction=True)


def cash(minor: int) -> dict:
    return {"method": "cash", "tendered_minor": 10_000, "amount": {"amount_minor": minor, "currency": "EUR"}}


def collected(trade: Trade, **changes: object) -> dict:
    return trade.check_out(delivery_method="collect", **changes)


def overdue(trade: Trade) -> None:
    with acting_for(trade.id):
        Pickup.objects.update(collect_until=machine_now() - timedelta(seconds=1))


def test_bought_online_picked_announced_and_collected_with_its_code(trade: Trade) -> None:
    checkout = collected(trade)
    trade.pay(checkout)
    order_id, pickup = checkout["order"]["id"], trade.pickup()
    assert (pickup["status"], "code" in pickup) == ("waiting", False)

    assert trade.pick(pickup).json()["status"] == "ready"
    trade.work()
    wrong = trade.altona.post(f"pickups/{pickup['id']}/collections/", {"code": "WRONG2"})
    done = trade.altona.post(f"pickups/{pickup['id']}/collections/", {"code": trade.code_of(order_id)})

    [mail] = trade.mails("order_ready")
    assert trade.code_of(order_id) in mail.body_text
    assert (wrong.status_code, done.status_code) == (403, 201)
    assert (trade.order(order_id).status, trade.level(), trade.sold()) == ("completed", (8, 0), 2)
    again = trade.altona.post(f"pickups/{pickup['id']}/collections/", {"code": trade.code_of(order_id)})
    assert (again.status_code, trade.sold()) == (409, 2)
    trade.holds()


def test_a_code_is_guessed_five_times_and_then_locked_even_for_the_right_one(trade: Trade) -> None:
    checkout = collected(trade)
    trade.pay(checkout)
    pickup = trade.pickup()
    trade.pick(pickup)

    tries = [
        trade.altona.post(f"pickups/{pickup['id']}/collections/", {"code": f"GUES{n}"}).status_code for n in range(5)
    ]
    right = trade.altona.post(f"pickups/{pickup['id']}/collections/", {"code": trade.code_of(checkout["order"]["id"])})

    assert tries == [403] * 5
    assert (right.status_code, right.json()["code"]) == (429, "pickup_locked")
    assert trade.sold() == 0


def test_another_store_neither_sees_nor_hands_over_a_pickup(trade: Trade) -> None:
    checkout = collected(trade)
    trade.pay(checkout)
    pickup = trade.pickup()

    assert trade.mitte.client.get("/api/v1/pickups/").json()["results"] == []
    code = trade.code_of(checkout["order"]["id"])
    assert trade.mitte.post(f"pickups/{pickup['id']}/collections/", {"code": code}).status_code == 404
    assert trade.sold() == 0


def test_goods_are_kept_in_the_store_where_they_are_collected(trade: Trade) -> None:
    stock_in(trade, trade.mitte, 3)
    checkout = collected(trade, collect_store_id=str(trade.mitte.store.id))
    trade.pay(checkout)

    assert (trade.level(), trade.level(trade.mitte)) == ((10, 0), (3, 2))
    [pickup] = trade.mitte.client.get("/api/v1/pickups/").json()["results"]
    code = trade.code_of(checkout["order"]["id"])
    assert trade.mitte.post(f"pickups/{pickup['id']}/collections/", {"code": code}).status_code == 201
    assert (trade.level(), trade.level(trade.mitte)) == ((10, 0), (1, 0))
    trade.holds()


def test_when_nobody_comes_goods_go_back_then_money_each_once(trade: Trade) -> None:
    checkout = collected(trade)
    trade.pay(checkout)
    trade.pick(trade.pickup())
    overdue(trade)

    asked = [sweeps.return_overdue(), sweeps.return_overdue()]
    trade.work()
    trade.work()

    order = trade.order(checkout["order"]["id"])
    assert asked[0] == 1
    assert (order.status, order.refunded_minor, trade.level()) == ("cancelled", 5000, (10, 0))
    assert (trade.truth("refund"), trade.pickup()["status"]) == ([5000], "returned")
    assert sweeps.return_overdue() == 0
    trade.holds()


def test_who_comes_at_the_last_moment_wins_against_the_return(trade: Trade) -> None:
    checkout = collected(trade)
    trade.pay(checkout)
    pickup = trade.pickup()
    trade.pick(pickup)
    overdue(trade)
    sweeps.return_overdue()

    code = trade.code_of(checkout["order"]["id"])
    assert trade.altona.post(f"pickups/{pickup['id']}/collections/", {"code": code}).status_code == 201
    trade.work()

    assert (trade.order(checkout["order"]["id"]).status, trade.truth("refund")) == ("completed", [])
    trade.holds()


def test_ordered_online_and_paid_in_the_store(trade: Trade) -> None:
    checkout = collected(trade, payment="in_store", keep_hours=48)
    order_id = checkout["order"]["id"]
    trade.pick(trade.pickup())
    trade.work()
    assert (trade.level(), trade.pickup()["is_paid"]) == ((10, 2), False)
    assert "pay when you collect" in trade.mails("order_ready")[0].body_text
    early = trade.altona.post(f"pickups/{trade.pickup()['id']}/collections/", {"code": trade.code_of(order_id)})

    trade.altona.post("hand-offs/", {"number": checkout["order"]["number"]})
    paid = trade.altona.post(f"orders/{order_id}/payments/", cash(5000))

    assert (early.status_code, early.json()["code"]) == (409, "order_not_secured")
    assert paid.status_code == 201, paid.content
    assert (trade.order(order_id).status, trade.level(), trade.pickup()["status"]) == ("completed", (8, 0), "collected")
    trade.work()
    trade.holds()


def test_reserved_and_never_paid_gives_its_pieces_back(trade: Trade) -> None:
    checkout = collected(trade, payment="in_store")
    with acting_for(trade.id):
        PaymentLink.objects.filter(id=checkout["id"]).update(expires_at=machine_now() - timedelta(seconds=1))

    assert expiry.expire_all() == 1

    assert (trade.order(checkout["order"]["id"]).status, trade.level()) == ("cancelled", (10, 0))
    trade.work()
    assert trade.altona.client.get("/api/v1/pickups/?status=waiting").json()["results"] == []


@pytest.mark.parametrize("method", ["parcel", ""])
def test_what_is_paid_in_the_store_is_collected_there(trade: Trade, method: str) -> None:
    assert webshop.begin(trade.web, trade.shop, payment="in_store", delivery_method=method).status_code == 400
    assert trade.level() == (10, 0)


def test_paid_to_whoever_brings_it(trade: Trade) -> None:
    checkout = trade.check_out(payment="on_delivery")
    order_id = checkout["order"]["id"]

    gone = webshop.post(trade.partner, f"/api/v1/orders/{order_id}/fulfilments/")
    assert (gone.status_code, trade.balance("receivable")) == (201, 5490)
    courier = trade.mitte
    assert courier.post("hand-offs/", {"number": checkout["order"]["number"]}).status_code == 200
    paid = courier.post(f"orders/{order_id}/payments/", cash(5490))

    assert paid.status_code == 201, paid.content
    assert (trade.balance("receivable"), trade.balance("cash_register"), trade.level()) == (0, 5490, (8, 0))
    assert trade.order(order_id).status == "completed"
    trade.work()
    trade.holds()


def test_the_board_shows_what_to_pick_and_hands_over_by_code(trade: Trade) -> None:
    checkout = collected(trade)
    trade.pay(checkout)
    browser, pickup = signed_in(a_staff_member(trade.shop.merchant, role="cashier")), trade.pickup()

    page = browser.get("/pickups/").content.decode()
    browser.post(f"/pickups/{pickup['id']}/picked/", {"idempotency_key": key_in(page)})
    page = browser.get("/pickups/").content.decode()
    wrong = browser.post(f"/pickups/{pickup['id']}/collections/", {"idempotency_key": key_in(page), "code": "NOPE23"})
    page = wrong.content.decode()
    browser.post(
        f"/pickups/{pickup['id']}/collections/",
        {"idempotency_key": key_in(page), "code": trade.code_of(checkout["order"]["id"])},
    )

    assert wrong.status_code == 422
    assert "not the code" in page
    assert trade.order(checkout["order"]["id"]).status == "completed"
    trade.holds()


def test_ordered_by_telephone_and_paid_by_link(trade: Trade) -> None:
    browser = signed_in(a_staff_member(trade.shop.merchant, role="manager"))
    form = browser.get("/orders/new/").content.decode()
    fields = {
        "lines": f"{trade.mug.sku} 2", "name": "Ada", "email": "ada@example.com", "line1": "Elbchaussee 1", "postal_code": "22765",
        "city": "Hamburg", "country": "DE", "channel": str(trade.shop.channel.id), "method": "parcel", "payment": "online",
    }  # fmt: skip

    made = browser.post("/orders/new/", fields | {"idempotency_key": key_in(form)})
    shown = browser.get(made["Location"]).content.decode()
    bad = browser.post("/orders/new/", fields | {"idempotency_key": "other", "lines": "NOTHING 1"})

    assert made["Location"].startswith("/payment-links/")
    assert "/pay/" in shown
    assert bad.status_code == 422
    assert trade.level() == (10, 2)


def test_several_orders_are_made_ready_at_once_and_what_does_not_wait_is_left_as_it_is(trade: Trade) -> None:
    first, second, other = (collected(trade) for _ in range(3))
    for checkout in (first, second):
        trade.pay(checkout)
    manager = signed_in(a_staff_member(trade.shop.merchant, role="manager"))
    fields = {
        "selected": [checkout["order"]["id"] for checkout in (first, second, other)],
        "idempotency_key": "at-once",
    }

    answers = [manager.post("/pickups/picked/", fields) for _ in range(2)]

    assert [answer["Location"] for answer in answers] == ["/pickups/"] * 2
    with acting_for(trade.id):
        ready = Pickup.objects.filter(status="ready").values_list("order_id", flat=True)
    assert {str(key) for key in ready} == {first["order"]["id"], second["order"]["id"]}
