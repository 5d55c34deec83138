"""Exchanges and goods back where coins are rounded, discounts were given and price lists hold: worth what was paid, and given in what coins make."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from orders.documents.models import Document
from orders.documents.render import render
from orders.order.models import OrderLine
from terminals.pos.shifts import figures
from tests.factories import a_register
from tests.terminals.pos.counter import Counter, Till
from tests.terminals.pos.dealings import (
    balance,
    discounted,
    exchange,
    holds,
    list_price,
    put,
    sell,
    split_version,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("tendered", [None, 2000])
def test_the_difference_of_an_exchange_is_rounded_in_cash(finnish: Counter, tendered: int | None) -> None:
    sale = sell(finnish, 0, 1)["order"]
    assert balance(finnish, "cash_register") == 995

    done = exchange(finnish, sale, finnish.lines(1, 0), settling={"method": "cash", "tendered_minor": tendered})

    assert done.status_code == 201, done.content
    assert done.json()["difference"]["amount_minor"] == 251
    assert done.json()["payment"]["rounding"]["amount_minor"] == -1
    assert balance(finnish, "cash_register") == 995 + 250
    holds(finnish)


def test_the_difference_of_an_exchange_that_is_rounded_up_needs_no_tendered_amount(finnish: Counter) -> None:
    sale = sell(finnish, 1, 0)["order"]

    done = exchange(finnish, sale, finnish.lines(2, 0), settling={"method": "cash"})

    assert done.status_code == 201, done.content
    assert done.json()["payment"]["rounding"]["amount_minor"] == 2
    assert balance(finnish, "cash_register") == 1250 + 1250
    holds(finnish)


def test_what_an_exchange_gives_back_in_cash_is_rounded(finnish: Counter) -> None:
    sale = sell(finnish, 1, 0)["order"]

    done = exchange(finnish, sale, finnish.lines(0, 1))

    assert done.status_code == 201, done.content
    assert done.json()["difference"]["amount_minor"] == -251
    assert (balance(finnish, "cash_register"), balance(finnish, "exchanges")) == (1250 - 250, 0)
    with finnish.scope():
        paper = render(Document.objects.get(kind="refund_receipt"), format_="html").body.decode()
    assert "2.50" in paper
    holds(finnish)


def test_a_discounted_line_is_worth_what_was_paid_and_three_exchanges_end_at_the_money(german: Counter) -> None:
    order = discounted(german, german.begin(german.left, 3, 1, 3), percent_basis_points=1000)
    total = order["total"]["amount_minor"]
    paid = german.left.pay_cash(order["id"], total)
    assert paid.status_code == 201, paid.content
    back = 0
    for _ in range(3):
        done = exchange(german, order, german.lines(0, 0, 1), settling={"method": "cash"})
        assert done.status_code == 201, done.content
        back += done.json()["back"]["amount_minor"]
        holds(german)

    assert back == order["lines"][0]["total_minor"]
    refused = exchange(german, order, german.lines(0, 0, 1))
    assert refused.status_code == 409, refused.content


def test_goods_of_a_list_without_tax_come_back_piece_by_piece_for_what_they_cost(german: Counter) -> None:
    list_price(german, 333, includes_tax=False)
    sale = sell(german, 3)["order"]
    total = sale["lines"][0]["total_minor"]

    backs = []
    for _ in range(3):
        body = {"lines": [{"line_id": sale["lines"][0]["id"], "quantity": 1}], "reason": "broken"}
        answer = german.left.post(f"orders/{sale['id']}/returns/", body)
        assert answer.status_code == 201, answer.content
        backs.append(answer.json()["total"]["amount_minor"])

    assert sum(backs) == total
    assert balance(german, "cash_register") == 0
    holds(german)


def test_goods_without_a_receipt_are_worth_the_price_of_this_stores_list(german: Counter) -> None:
    put(german, "return-rules", day_limits={"register": 100_000}, cash_max_minor=100_000)
    list_price(german, 700)

    quote = german.left.post("loose-returns/quotes/", {"lines": german.lines(1)})

    assert quote.json()["total"]["amount_minor"] == 700


def test_cash_for_goods_without_a_receipt_is_what_coins_make(finnish: Counter) -> None:
    put(finnish, "return-rules", day_limits={"register": 100_000}, cash_max_minor=100_000)
    sell(finnish, 2)
    before = balance(finnish, "cash_register")
    body = {"lines": finnish.lines(1, 0), "payout": "cash", "reason": "gift"}
    done = finnish.left.post("loose-returns/", body)

    assert done.status_code == 201, done.content
    assert balance(finnish, "cash_register") == before - 1250
    holds(finnish)


def test_an_exchange_without_a_receipt_pays_a_rounded_difference(finnish: Counter) -> None:
    put(finnish, "return-rules", day_limits={"register": 100_000})
    body = {
        "lines": finnish.lines(1, 0),
        "basket": {"lines": finnish.lines(2, 0)},
        "settling": {"method": "cash"},
        "reason": "gift",
    }
    done = finnish.left.post("loose-returns/exchanges/", body)

    assert done.status_code == 201, done.content
    assert balance(finnish, "cash_register") == 1250
    holds(finnish)


def test_an_x_knows_the_rounding_of_what_went_out_and_adds_up(finnish: Counter) -> None:
    put(finnish, "return-rules", day_limits={"register": 100_000}, cash_max_minor=100_000)
    sale = sell(finnish, 2, 1)
    lines = [{"line_id": sale["order"]["lines"][0]["id"], "quantity": 1}]
    back = finnish.left.post(f"orders/{sale['order']['id']}/returns/", {"lines": lines, "reason": "broken"})
    loose = finnish.left.post("loose-returns/", {"lines": finnish.lines(0, 1), "payout": "cash", "reason": "gift"})
    refund = {"amount": {"amount_minor": 7, "currency": "EUR"}, "reason": "scratch"}
    money = finnish.left.post(f"payments/{sale['payment_id']}/refunds/", refund)
    assert [answer.status_code for answer in (back, loose, money)] == [201, 201, 202]

    with finnish.scope():
        found = figures.take_figures(figures.span_of(finnish.left.register.id))

    # 34.93 was 34.95; 12.48 went out as 12.50, 9.97 as 9.95, 0.07 as 0.05.
    assert found.rounding_minor == 2 - 2 + 2 + 2
    assert found.sales_minor - found.returns_minor - 7 + found.rounding_minor == found.cash_minor
    assert found.cash_minor == balance(finnish, "cash_register")
    assert loose.json()["rounding"]["amount_minor"] == -2
    holds(finnish)


def test_the_new_order_of_an_exchange_is_parked_split_and_paid_at_another_till(finnish: Counter) -> None:
    sale = sell(finnish, 0, 1)["order"]
    done = exchange(finnish, sale, finnish.lines(1, 0)).json()
    new = done["order"]["id"]
    assert done["order"]["open"]["amount_minor"] == 251

    parked = finnish.left.post(f"orders/{new}/parkings/", {"version": split_version(finnish, done["order"])})
    resumed = finnish.right.post(f"orders/{new}/resumptions/")
    split = finnish.right.post(f"orders/{new}/splits/", {"mode": "person", "parts": [{}, {}]})
    assert [answer.status_code for answer in (parked, resumed, split)] == [200, 200, 201]
    first, second = (part["id"] for part in split.json()["parts"])
    one = finnish.right.pay_cash(new, 125, part_id=first)
    two = finnish.right.pay_cash(new, 126, part_id=second)

    assert [one.status_code, two.status_code] == [201, 201], (one.content, two.content)
    assert two.json()["order"]["status"] == "completed"
    assert balance(finnish, "cash_register") == 995 + 250
    holds(finnish)


def test_a_customer_who_walks_away_from_an_exchange_gets_the_rounded_worth_in_cash(finnish: Counter) -> None:
    sale = sell(finnish, 0, 1)["order"]
    new = exchange(finnish, sale, finnish.lines(1, 0)).json()["order"]["id"]

    cancelled = finnish.left.post(f"orders/{new}/cancellations/", {"reason": "walked away"})

    assert cancelled.status_code < 300, cancelled.content
    assert balance(finnish, "cash_register") == 0
    assert balance(finnish, "cash_rounding") == 0
    holds(finnish)


def test_goods_of_an_exchange_without_a_receipt_come_back_as_credit(finnish: Counter) -> None:
    put(finnish, "return-rules", day_limits={"register": 100_000})
    body = {"lines": finnish.lines(0, 1), "basket": {"lines": finnish.lines(1, 0)}, "reason": "gift"}
    done = finnish.left.post("loose-returns/exchanges/", body | {"settling": {"method": "cash"}}).json()
    with finnish.scope():
        line = OrderLine.objects.get(order_id=done["order"]["id"])

    lines = [{"line_id": str(line.id), "quantity": 1}]
    back = finnish.left.post(f"orders/{done['order']['id']}/returns/", {"lines": lines, "reason": "no"})

    assert back.status_code == 201, back.content
    assert (balance(finnish, "cash_register"), balance(finnish, "voucher_liability")) == (0, -997)
    holds(finnish)


@pytest.mark.parametrize(("sold_in", "returned_in", "given"), [("DE", "FI", 1250), ("FI", "DE", 1248)])
def test_cash_that_goes_back_in_another_country_is_what_its_coins_make(
    sold_in: str, returned_in: str, given: int
) -> None:
    counter = Counter(country=sold_in, prices=(1248,))
    abroad = Till(a_register(counter._store(returned_in, "EUR")))
    sale = sell(counter, 1)
    in_drawer = balance(counter, "cash_register")

    lines = [{"line_id": sale["order"]["lines"][0]["id"], "quantity": 1}]
    body = {"lines": lines, "reason": "broken", "receipt": sale["receipt"]["html_url"]}
    back = abroad.post(f"orders/{sale['order']['id']}/returns/", body)

    assert back.status_code == 201, back.content
    assert balance(counter, "cash_register") == in_drawer - given
    holds(counter)


def test_two_exchanges_of_the_same_piece_at_the_same_moment_are_one(german: Counter) -> None:
    sale = sell(german, 1)["order"]
    start = threading.Barrier(3)

    def press(_: int) -> int:
        start.wait()
        try:
            return exchange(german, sale, german.lines(1)).status_code  # type: ignore[no-any-return]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as pool:
        answers = sorted(pool.map(press, range(3)))

    assert answers == [201, 409, 409]
    holds(german)
