"""Whose an order of the till is: somebody known, somebody new, nobody; kept while it is parked, resumed and sold."""

from __future__ import annotations

import pytest

from merchant.core.clock import machine_now
from merchant.core.tenancy import acting_for
from merchant.customers.models import Customer
from orders.carry_over.models import CartHold
from orders.order.models import Order
from payments.records.models import Payment
from terminals.pos import buyers_api
from tests.factories import a_merchant
from tests.terminals.pos.counter import Counter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shared_cache")]


@pytest.fixture
def counter() -> Counter:
    return Counter()


def a_customer(counter: Counter, **more: str) -> Customer:
    with counter.scope():
        return Customer.objects.create(created_at=machine_now(), **{"name": "Ines Albrecht", **more})  # type: ignore[no-any-return]


def name_buyer(counter, order, till=None, **body):
    return (till or counter.left).post(f"orders/{order['id']}/customers/", body)


def test_a_customer_is_found_put_on_the_order_and_stays_through_parking_resuming_and_the_sale(counter):
    ines = a_customer(counter, email="ines@example.com", phone="+49 40 1234567")
    a_customer(counter, name="Otto Vogt")
    order = counter.begin()
    found = [counter.left.get(f"customers/?q={asked}").json()["results"] for asked in ("Albr", "ines@", "1234567")]
    named = name_buyer(counter, order, customer_id=found[0][0]["id"])
    again = name_buyer(counter, order, customer_id=found[0][0]["id"])
    counter.left.post(f"orders/{order['id']}/parkings/", {"version": order["version"]})
    counter.right.post(f"orders/{order['id']}/resumptions/")
    changed = counter.right.get(f"orders/{order['id']}/discounts/").json()
    paid = counter.right.pay_cash(order["id"], 1250)

    assert [[row["id"] for row in rows] for rows in found] == [[str(ines.id)]] * 3
    assert (named.status_code, again.status_code, paid.status_code) == (200, 200, 201)
    assert named.json()["customer"] == {
        "id": str(ines.id), "name": "Ines Albrecht", "email": "ines@example.com", "phone": "+49 40 1234567",
    }  # fmt: skip
    assert changed["customer"]["id"] == str(ines.id)
    with counter.scope():
        stored = Order.objects.get()
        assert (stored.customer_id, stored.email, stored.status) == (ines.id, "", "completed")
    assert counter.left.get(f"customers/{ines.id}/").json()["orders"] == 1


def test_somebody_new_is_made_once_and_whoever_is_known_by_the_address_is_no_second_record(counter):
    order = counter.begin()
    made = name_buyer(counter, order, new={"name": "Mara Lind", "email": "mara@example.com"})
    known = name_buyer(counter, order, new={"name": "M. Lind", "email": "MARA@example.com"})
    with counter.scope():
        [mara] = Customer.objects.all()
    taken_off = name_buyer(counter, order)

    assert (made.status_code, known.status_code) == (200, 200), made.content
    assert made.json()["customer"]["id"] == known.json()["customer"]["id"] == str(mara.id)
    assert (mara.name, mara.phone) == ("Mara Lind", "")
    assert taken_off.json()["customer"] is None


def test_nobody_is_put_on_another_tills_order_on_one_that_is_over_or_out_of_another_merchants_book(counter):
    order, over = counter.begin(), counter.begin()
    counter.left.pay_cash(over["id"], 1250)
    ines, gone = a_customer(counter), a_customer(counter, name="")
    with counter.scope():
        Customer.objects.filter(id=gone.id).update(erased_at=machine_now())
    with acting_for(a_merchant().id):
        stranger = Customer.objects.create(name="Stranger", created_at=machine_now())

    refused = [
        name_buyer(counter, order, counter.right, customer_id=str(ines.id)),
        name_buyer(counter, order, counter.elsewhere, customer_id=str(ines.id)),
        name_buyer(counter, over, customer_id=str(ines.id)),
        name_buyer(counter, order, customer_id=str(gone.id)),
        name_buyer(counter, order, customer_id=str(stranger.id)),
        name_buyer(counter, order, new={"name": "No way to reach"}),
        name_buyer(counter, order, customer_id=str(ines.id), new={"name": "Two", "phone": "1"}),
    ]

    codes = [(answer.status_code, answer.json()["code"]) for answer in refused]
    assert codes[:5] == [
        (409, "cart_not_held"), (404, "not_found"), (409, "order_not_open"), (409, "customer_gone"), (404, "not_found"),
    ]  # fmt: skip
    assert [status for status, _code in codes[5:]] == [400, 400]
    with counter.scope():
        assert list(Order.objects.values_list("customer_id", flat=True)) == [None, None]
        assert Customer.objects.count() == 2


def test_a_customers_open_carts_are_listed_and_one_goes_on_here(counter):
    ines = a_customer(counter, email="ines@example.com")
    order, other = counter.begin(), counter.begin()
    name_buyer(counter, order, customer_id=str(ines.id))

    [cart] = counter.right.get(f"carts/?customer={ines.id}").json()["results"]
    with counter.scope():
        CartHold.objects.update(lease_until=machine_now())
    taken = counter.right.post("hand-offs/", {"number": cart["number"]})

    assert (cart["id"], taken.status_code) == (order["id"], 200)
    assert counter.right.get("carts/?customer=nobody").status_code == 404
    assert name_buyer(counter, other, counter.right).status_code == 409
    assert name_buyer(counter, order, counter.right).status_code == 200


@pytest.mark.parametrize(
    "hidden", [{"name": "Mara\nLind"}, {"name": "\u202eMara"}, {"name": "Mara\u2028Lind"}, {"phone": "+49\u000740"}]
)
def test_a_name_has_only_what_people_see(counter, hidden):
    answer = name_buyer(counter, counter.begin(), new={"name": "Mara Lind", "email": "mara@example.com", **hidden})

    assert answer.status_code == 400
    with counter.scope():
        assert not Customer.objects.exists() and Order.objects.get().customer_id is None


@pytest.mark.usefixtures("one_span")
def test_a_tablet_makes_no_customers_without_end(counter, monkeypatch):
    monkeypatch.setattr(buyers_api, "_NEW_MAX", 2)
    order = counter.begin()

    answers = [name_buyer(counter, order, new={"name": "M", "email": f"m{one}@example.com"}) for one in range(3)]
    known = name_buyer(counter, order, customer_id=None)

    assert [one.status_code for one in answers] == [200, 200, 429] and answers[2].json()["code"] == "too_many_tries"
    assert known.status_code == 200
    with counter.scope():
        assert Customer.objects.count() == 2


def test_who_pays_an_order_that_was_cancelled_meanwhile_is_told_so(counter):
    order = counter.begin()
    cancelled = counter.left.post(f"orders/{order['id']}/cancellations/", {"reason": "wish"})

    answer = counter.left.pay_cash(order["id"], 1250)

    assert cancelled.status_code == 200
    assert (answer.status_code, answer.json()["code"]) == (409, "order_not_open")
    with counter.scope():
        assert Order.objects.get().status == "cancelled" and not Payment.objects.exists()
