"""An order is put aside at one till and goes on at another; whoever holds it is the only one who changes it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from merchant.accounts import callers
from merchant.core.tenancy import acting_for
from orders.carry_over.models import CartHold
from orders.order.models import Order
from tests.clients import signed_in
from tests.factories import a_staff_member
from tests.terminals.pos.counter import Counter

pytestmark = pytest.mark.django_db


@pytest.fixture
def counter() -> Counter:
    callers.forget()
    return Counter()


def park(counter, order, name="Table 4", till=None, version=None):
    body = {"name": name, "version": version or order["version"]}
    return (till or counter.left).post(f"orders/{order['id']}/parkings/", body)


def test_a_parked_order_stands_in_the_stores_list_with_name_and_age_and_in_no_other(counter):
    order = counter.begin()
    parked = park(counter, order)
    with counter.scope():
        hold = CartHold.objects.get()
        CartHold.objects.update(parked_at=hold.parked_at - timedelta(minutes=3))

    [row] = counter.right.get("till/parked/").json()["data"]

    assert parked.status_code == 200, parked.content
    assert (row["id"], row["name"], row["is_parked"]) == (order["id"], "Table 4", True)
    assert 180 <= row["age_seconds"] < 300
    assert row["total"]["amount_minor"] == 1250
    assert counter.elsewhere.get("till/parked/").json()["data"] == []


def test_another_till_of_the_store_resumes_changes_and_sells_it(counter):
    order = counter.begin()
    park(counter, order)
    resumed = counter.right.post(f"orders/{order['id']}/resumptions/").json()
    changed = counter.right.post(
        f"orders/{order['id']}/lines/", {"lines": counter.lines(2), "version": resumed["version"]}
    )
    paid = counter.right.pay_cash(order["id"], 2500)

    assert (changed.status_code, paid.status_code) == (200, 201), (changed.content, paid.content)
    assert counter.left.get("till/parked/").json()["data"] == []
    with counter.scope():
        stored = Order.objects.get()
        assert (stored.status, stored.register_id) == ("completed", counter.right.register.id)


def test_nobody_changes_or_pays_a_parked_order_and_the_refusal_names_it(counter):
    order = counter.begin()
    version = park(counter, order).json()["version"]
    refusals = [
        counter.left.post(f"orders/{order['id']}/lines/", {"lines": counter.lines(9), "version": version}),
        counter.left.pay_cash(order["id"], 1250),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in refusals] == [(409, "order_parked")] * 2
    assert "Table 4" in refusals[0].json()["detail"]
    with counter.scope():
        stored = Order.objects.get()
        assert (stored.total_minor, stored.secured_minor, stored.status) == (1250, 0, "draft")


def test_the_till_that_comes_second_reads_who_has_it(counter):
    order = counter.begin()
    park(counter, order)
    counter.right.post(f"orders/{order['id']}/resumptions/")
    late = counter.left.post(f"orders/{order['id']}/resumptions/")

    assert (late.status_code, late.json()["code"]) == (409, "cart_held_elsewhere")
    assert counter.right.register.name in late.json()["detail"]
    with counter.scope():
        assert CartHold.objects.get().holder_key == f"register:{counter.right.register.id}"


def test_the_old_till_cannot_write_over_what_went_on_elsewhere(counter):
    order = counter.begin()
    park(counter, order)
    counter.right.post(f"orders/{order['id']}/resumptions/")
    older = counter.left.post(f"orders/{order['id']}/lines/", {"lines": counter.lines(9), "version": 1})

    assert (older.status_code, older.json()["code"]) == (409, "cart_not_held")
    with counter.scope():
        assert Order.objects.get().total_minor == 1250


def test_a_paid_order_is_never_parked_resumed_or_overwritten_by_an_older_draft(counter):
    order = counter.begin()
    counter.left.pay_cash(order["id"], 1250)
    refusals = [
        park(counter, order),
        counter.right.post(f"orders/{order['id']}/resumptions/"),
        counter.left.post(f"orders/{order['id']}/lines/", {"lines": counter.lines(9), "version": 1}),
    ]

    assert [answer.json()["code"] for answer in refusals] == ["cart_over", "cart_over", "order_not_open"]
    with counter.scope():
        stored = Order.objects.get()
        assert (stored.status, stored.total_minor, stored.captured_minor) == ("completed", 1250, 1250)


def test_parking_from_an_older_page_is_refused(counter):
    order = counter.begin()
    counter.left.post(f"orders/{order['id']}/lines/", {"lines": counter.lines(2), "version": 1})
    refused = park(counter, order)

    assert refused.json()["code"] == "order_changed"
    with counter.scope():
        assert CartHold.objects.get().parked_at is None


def test_an_order_left_half_paid_waits_in_the_list_until_another_till_finishes_it(counter):
    order = counter.begin()
    counter.left.pay_cash(order["id"], 500)
    [row] = counter.right.get("till/parked/").json()["data"]
    busy = counter.right.post(f"orders/{order['id']}/resumptions/")
    version = row["version"]
    parked = park(counter, order, version=version)
    resumed = counter.right.post(f"orders/{order['id']}/resumptions/")
    paid = counter.right.pay_cash(order["id"], 750)

    assert (row["is_parked"], row["secured"]["amount_minor"], row["open"]["amount_minor"]) == (False, 500, 750)
    assert busy.json()["code"] == "cart_held_elsewhere"
    assert (parked.status_code, resumed.status_code, paid.status_code) == (200, 200, 201)
    assert paid.json()["receipt"]["number"] == 1
    assert counter.left.get("till/parked/").json()["data"] == []


def test_another_store_cannot_take_a_parked_order(counter):
    order = counter.begin()
    park(counter, order)

    assert counter.elsewhere.post(f"orders/{order['id']}/resumptions/").status_code == 404
    with counter.scope():
        assert CartHold.objects.get().parked_at is not None


def test_staff_see_what_waits_with_its_name(counter):
    order = counter.begin()
    park(counter, order)
    client = signed_in(a_staff_member(counter.merchant, role="manager"))

    page = client.get("/parked/").content.decode()

    assert "Table 4" in page
    assert f"/orders/{order['id']}/" in page
    with acting_for(counter.merchant.id):
        assert Order.objects.get().register_id is None
