"""A bill is shared at the till; each part is paid by ordinary payments, and a half that was left is found again."""

from __future__ import annotations

import pytest

from merchant.accounts import callers
from merchant.core.clock import machine_now
from merchant.core.money import Money
from merchant.ledger import queries as ledger
from orders.order.models import Order
from payments.records.models import Payment
from payments.vouchers import services as vouchers
from terminals.pos.splitting.models import PartPayment, Split
from tests.terminals.pos.counter import Counter

pytestmark = pytest.mark.django_db


@pytest.fixture
def counter() -> Counter:
    callers.forget()
    return Counter(prices=(1000, 2500))


def split(counter, order, mode, parts, till=None):
    return (till or counter.left).post(f"orders/{order['id']}/splits/", {"mode": mode, "parts": parts})


def dues(counter, order):
    return [part["due"]["amount_minor"] for part in counter.right.get(f"orders/{order['id']}/splits/").json()["parts"]]


def test_three_share_a_bill_and_the_cents_add_up(counter):
    order = counter.begin()
    made = split(counter, order, "person", [{"name": "Ann"}, {"name": "Bo"}, {}])
    parts = made.json()["parts"]
    for part in parts:
        answer = counter.left.pay_cash(order["id"], part["share"]["amount_minor"], part_id=part["id"])
        assert answer.status_code == 201, answer.content

    assert [(part["name"], part["share"]["amount_minor"]) for part in parts] == [
        ("Ann", 1167),
        ("Bo", 1167),
        ("3", 1166),
    ]
    assert answer.json()["receipt"]["number"] == 1
    with counter.scope():
        assert Order.objects.get().status == "completed"
        assert sorted(Payment.objects.values_list("amount_minor", flat=True)) == [1166, 1167, 1167]
        assert ledger.balance("cash_register") == {"EUR": 3500}


def test_everybody_pays_their_own_goods_with_mixed_tenders(counter):
    with counter.scope():
        _, code = vouchers.issue(amount=Money(600, "EUR"), source="test", now=machine_now())
    order = counter.begin()
    first, second = (line["id"] for line in order["lines"])
    parts = split(counter, order, "item", [{"items": [{"line_id": first}]}, {"items": [{"line_id": second}]}]).json()[
        "parts"
    ]
    gift = {
        "method": "gift_card",
        "amount": {"amount_minor": 600, "currency": "EUR"},
        "code": code,
        "part_id": parts[0]["id"],
    }

    card = counter.left.post(f"orders/{order['id']}/payments/", gift)
    assert card.status_code == 201, card.content
    assert dues(counter, order) == [400, 2500]
    counter.left.pay_cash(order["id"], 2500, part_id=parts[1]["id"])
    done = counter.left.pay_cash(order["id"], 400, part_id=parts[0]["id"])

    assert done.json()["order"]["status"] == "completed"
    with counter.scope():
        assert PartPayment.objects.count() == 3


def test_a_part_is_never_overpaid_and_a_payment_of_a_split_order_says_whose_it_is(counter):
    order = counter.begin()
    parts = split(counter, order, "amount", [{"amount_minor": 500}, {}]).json()["parts"]
    refusals = [
        counter.left.pay_cash(order["id"], 501, part_id=parts[0]["id"]),
        counter.left.pay_cash(order["id"], 500),
        counter.left.pay_cash(order["id"], 500, part_id=order["id"]),
    ]

    assert [answer.json()["code"] for answer in refusals] == ["part_exceeded", "part_needed", "not_found"]
    with counter.scope():
        assert not Payment.objects.exists()


@pytest.mark.parametrize(
    ("mode", "parts", "code"),
    [
        ("amount", [{"amount_minor": 500}, {"amount_minor": 500}], "split_does_not_add"),
        ("amount", [{"amount_minor": 3500}, {}], "split_part_of_nothing"),
        ("item", [{"items": [{"line_id": "01a200e3-566d-77b5-bd39-f0e90cda2666"}]}, {}], "invalid_request"),
        ("person", [], "invalid_request"),
    ],
)
def test_a_split_that_does_not_add_up_leaves_the_order_as_it_was(counter, mode, parts, code):
    order = counter.begin()
    refused = split(counter, order, mode, parts)

    assert refused.json()["code"] == code
    with counter.scope():
        assert not Split.objects.exists()
        assert Order.objects.get().status == "draft"


def test_a_half_that_was_left_waits_in_the_stores_list_and_another_till_takes_the_rest(counter):
    order = counter.begin()
    parts = split(counter, order, "person", [{"name": "Ann"}, {"name": "Bo"}]).json()["parts"]
    counter.left.pay_cash(order["id"], 1750, part_id=parts[0]["id"])
    [row] = counter.right.get("till/parked/").json()["data"]
    parked = counter.left.post(f"orders/{order['id']}/parkings/", {"name": "Bo comes back", "version": row["version"]})
    counter.right.post(f"orders/{order['id']}/resumptions/")

    assert (row["is_parked"], row["open"]["amount_minor"]) == (False, 1750)
    assert parked.status_code == 200, parked.content
    assert dues(counter, order) == [0, 1750]
    assert counter.right.pay_cash(order["id"], 1750, part_id=parts[1]["id"]).json()["receipt"]["number"] == 1


def test_what_is_open_is_shared_anew_and_what_was_paid_stays(counter):
    order = counter.begin()
    parts = split(counter, order, "person", [{}, {}]).json()["parts"]
    counter.left.pay_cash(order["id"], 1750, part_id=parts[0]["id"])
    again = split(counter, order, "person", [{}, {}, {}]).json()
    late = counter.left.pay_cash(order["id"], 1750, part_id=parts[1]["id"])

    assert [part["share"]["amount_minor"] for part in again["parts"]] == [584, 583, 583]
    assert late.json()["code"] == "not_found"
    with counter.scope():
        assert Payment.objects.count() == 1


def test_a_part_whose_payment_was_refunded_counts_as_unpaid(counter):
    order = counter.begin()
    parts = split(counter, order, "person", [{}, {}]).json()["parts"]
    paid = counter.left.pay_cash(order["id"], 1750, part_id=parts[0]["id"]).json()["payment"]
    body = {"amount": {"amount_minor": 1750, "currency": "EUR"}, "reason": "pays by card instead"}
    counter.left.post(f"payments/{paid['id']}/refunds/", body)

    shown = counter.left.get(f"orders/{order['id']}/splits/").json()["parts"]

    assert [part["paid"]["amount_minor"] for part in shown] == [0, 0]


def test_in_a_country_of_five_cents_each_pays_what_coins_make_and_the_last_the_rest():
    callers.forget()
    finnish = Counter(country="FI", prices=(1000,))
    order = finnish.begin()
    parts = split(finnish, order, "person", [{}, {}, {}]).json()["parts"]
    answers = [
        finnish.left.pay_cash(order["id"], 335, part_id=parts[0]["id"]),
        finnish.left.pay_cash(order["id"], 335, part_id=parts[1]["id"]),
    ]
    rest = dues(finnish, order)
    answers.append(finnish.left.pay_cash(order["id"], rest[2], part_id=parts[2]["id"]))

    assert [answer.status_code for answer in answers] == [201, 201, 201], [answer.content for answer in answers]
    assert rest == [0, 0, 330]
    with finnish.scope():
        assert ledger.balance("cash_register") == {"EUR": 1000}
        assert Order.objects.get().status == "completed"
