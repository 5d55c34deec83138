"""An order that a till sold offline meanwhile is paid as well: the books say so beside the sale, until one of the two is given back."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from merchant.core.clock import business_date, business_now
from terminals.pos.models import OfflineSale
from tests.terminals.pos.counter import Counter
from tests.terminals.pos.dealings import balance, counts, holds, offline, owner, put, sell

pytestmark = pytest.mark.django_db(transaction=True)
REMARK = "paid twice: order"


@pytest.fixture
def counter(german: Counter) -> Counter:
    put(german, "offline-rules", is_allowed=True)
    return german


def page(counter: Counter) -> str:
    return owner(counter).get("/offline/").content.decode()


def home(counter: Counter) -> str:
    return owner(counter).get("/inbox/").content.decode()


@pytest.mark.parametrize("is_paid_first", [True, False])
def test_an_order_that_is_paid_beside_the_sale_that_replaced_it_is_said_until_one_is_given_back(
    counter: Counter, is_paid_first: bool
) -> None:
    order = counter.begin(counter.left, 1, 0)
    if is_paid_first:
        paid = counter.left.pay_cash(order["id"], 1000).json()
        landed = offline(counter, 1000, replaces_order_id=order["id"]).json()
        twice = {
            "order_id": order["id"],
            "number": order["number"],
            "amount": {"amount_minor": 1000, "currency": "EUR"},
        }
        assert landed["paid_twice"] == twice
    else:
        assert offline(counter, 1000, replaces_order_id=order["id"]).json()["paid_twice"] is None
        assert REMARK not in page(counter)
        paid = counter.left.pay_cash(order["id"], 1000).json()

    assert f"paid twice: order {order['number']} has €10.00 for the same goods; give one of them back" in page(counter)
    assert "paid, and sold offline as well" in home(counter)
    back = {"amount": {"amount_minor": 1000, "currency": "EUR"}, "reason": "paid twice"}
    assert counter.left.post(f"payments/{paid['payment']['id']}/refunds/", back).status_code in (201, 202)
    assert REMARK not in page(counter)
    assert "paid, and sold offline as well" not in home(counter)
    holds(counter)


def test_an_order_of_another_store_or_of_nobody_refuses_no_sale_and_nothing_of_it_is_said(counter: Counter) -> None:
    elsewhere = counter.begin(counter.elsewhere, 1)
    counter.elsewhere.pay_cash(elsewhere["id"], elsewhere["total"]["amount_minor"])

    answers = [offline(counter, 1000, replaces_order_id=named) for named in (elsewhere["id"], str(uuid4()))]

    assert [(answer.status_code, answer.json()["paid_twice"]) for answer in answers] == [(201, None)] * 2
    assert REMARK not in page(counter)


@pytest.mark.parametrize(
    ("ahead", "is_odd"), [(timedelta(minutes=4), False), (timedelta(minutes=6), True), (timedelta(days=1500), True)]
)
def test_a_clock_that_is_ahead_is_said_beside_the_sale_which_is_booked_as_of_now(
    counter: Counter, ahead: timedelta, is_odd: bool
) -> None:
    said = business_now(counter.merchant.id) + ahead

    landed = offline(counter, 1000, sold_at=said.isoformat())

    assert landed.status_code == 201, landed.content
    assert (landed.json()["odd_sold_at"] is not None) == is_odd
    assert ("clock said" in page(counter)) == is_odd
    with counter.scope():
        row = OfflineSale.objects.get()
    assert row.odd_sold_at == (said if is_odd else None)
    assert row.sold_at <= business_now(counter.merchant.id)
    day = business_date(row.sold_at, zone=counter.store.zone, cutoff=counter.store.day_cutoff)
    assert landed.json()["business_date"] == str(day)
    holds(counter)


def test_a_clock_at_the_end_of_time_is_shown(counter: Counter) -> None:
    assert offline(counter, 1000, sold_at="9999-12-31T23:59:59Z").status_code == 201

    assert "clock said" in page(counter)


@pytest.mark.parametrize(("ahead", "is_far"), [(100_000, False), (10**12, True)])
def test_a_printed_number_that_the_series_cannot_have_reached_is_said(
    counter: Counter, ahead: int, is_far: bool
) -> None:
    landed = offline(counter, 1000, receipt_number=1 + ahead)

    assert (landed.status_code, landed.json()["receipt"]["number"]) == (201, 1)
    assert f"printed as {1 + ahead}" in page(counter)
    assert ("which this till cannot have reached" in page(counter)) == is_far
    assert offline(counter, 1000).json()["receipt"]["number"] == 2


def test_a_sale_in_another_currency_than_the_tills_is_refused_and_said_as_it_was_taken(counter: Counter) -> None:
    sell(counter, 1)
    before = counts(counter)
    body = {"lines": counter.lines(1, 0), "tendered_minor": 1000, "currency": "USD"}

    answers = [counter.left.post("sales/", body), offline(counter, 1000, currency="USD")]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(422, "wrong_currency")] * 2
    assert answers[0].json()["data"] == {"asked_currency": "USD", "currency": "EUR"}
    assert counts(counter) == before
    with counter.scope():
        row = OfflineSale.objects.get()
    assert (row.status, row.currency, row.cash_minor) == ("refused", "USD", 1000)
    assert "US$" in page(counter)
    holds(counter)


def test_the_tills_own_currency_may_be_named(counter: Counter) -> None:
    body = {"lines": counter.lines(1, 0), "tendered_minor": 1000, "currency": "EUR"}

    assert [counter.left.post("sales/", body).status_code, offline(counter, 1000, currency="EUR").status_code] == [
        201,
        201,
    ]
    assert balance(counter, "cash_register") == 2000
