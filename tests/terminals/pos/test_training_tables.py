"""Discounts, shared bills and coins in training: answered like the real thing, and nothing of it anywhere else."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps

from merchant.accounts import callers
from merchant.core import db
from merchant.core.clock import machine_now
from reports.exports.formats.base import Narrowed
from reports.exports.formats.registry import FORMATS
from terminals.pos.shifts import figures
from terminals.pos.training import services as training
from terminals.pos.training.models import TrainingSale
from tests.clients import signed_in
from tests.events import deliver_events
from tests.factories import a_staff_member
from tests.terminals.pos.counter import Counter
from tests.terminals.pos.test_training import rows_of_a_practice

pytestmark = pytest.mark.django_db
MAY_GROW = {"till_training_sale", "core_stored_answer"}


def switch(counter: Counter, is_training: bool) -> None:
    with counter.scope():
        training.switch(register_id=counter.left.register.id, is_training=is_training, now=machine_now())
    callers.forget()


@pytest.fixture
def counter() -> Counter:
    callers.forget()
    made = Counter(country="FI", prices=(1248, 2500))
    switch(made, True)
    return made


def rows_of_tables() -> dict[str, int]:
    return {
        model._meta.db_table: db.rows(f'SELECT count(*) FROM "{model._meta.db_table}"')[0][0]
        for model in apps.get_models(include_auto_created=True)
    }


def discount(counter: Counter, order: dict[str, Any], **given: Any) -> Any:
    body = {"reason": "scratched", "version": order["version"]} | given
    return counter.left.post(f"orders/{order['id']}/discounts/", body)


def split(counter: Counter, order: dict[str, Any], mode: str, parts: list[dict[str, Any]]) -> Any:
    return counter.left.post(f"orders/{order['id']}/splits/", {"mode": mode, "parts": parts})


def test_a_practised_discount_comes_off_and_back_as_a_real_one_does(counter: Counter) -> None:
    practised = counter.begin()
    switch(counter, False)
    real = counter.begin()
    given = discount(counter, real, percent_basis_points=1000).json()
    switch(counter, True)

    done = discount(counter, practised, percent_basis_points=1000)

    assert done.status_code == 201, done.content
    shown = done.json()
    for name in ("total", "tax", "discount"):
        assert shown[name] == given[name], name
    figures_of = ("discount_minor", "staff_discount_minor", "total_minor", "tax_minor")
    for ours, theirs in zip(shown["lines"], given["lines"], strict=True):
        assert [ours[name] for name in figures_of] == [theirs[name] for name in figures_of]
    assert [row["off"] for row in shown["discounts"]] == [row["off"] for row in given["discounts"]]
    assert counter.left.get(f"orders/{practised['id']}/discounts/").json()["discounts"] == shown["discounts"]
    back = counter.left.post(
        f"orders/{practised['id']}/discounts/{shown['discounts'][0]['id']}/removals/", {"version": shown["version"]}
    )
    assert back.status_code == 200, back.content
    assert (back.json()["total"], back.json()["discounts"]) == (practised["total"], [])


def test_a_discount_of_a_line_holds_when_the_lines_are_sent_anew(counter: Counter) -> None:
    order = counter.begin()
    shown = discount(counter, order, line_id=order["lines"][1]["id"], amount_minor=100).json()

    body = {"lines": counter.lines(2, 1), "version": shown["version"]}
    changed = counter.left.post(f"orders/{order['id']}/lines/", body)

    assert changed.status_code == 200, changed.content
    assert changed.json()["total"]["amount_minor"] == 2 * 1248 + 2500 - 100


def test_what_is_beyond_the_tills_limit_or_takes_nothing_is_refused(counter: Counter) -> None:
    order = counter.begin()

    beyond = discount(counter, order, percent_basis_points=5000)
    older = discount(counter, order, percent_basis_points=500, version=9)
    foreign = discount(counter, order, line_id="01a200e3-566d-77b5-bd39-f0e90cda2666", amount_minor=5)

    assert [answer.status_code for answer in (beyond, older, foreign)] == [422, 422, 404]
    with counter.scope():
        assert TrainingSale.objects.get().total_minor == 3748


def test_a_practised_bill_is_shared_and_paid_part_by_part_in_coins(counter: Counter) -> None:
    order = counter.begin()
    made = split(counter, order, "person", [{"name": "Ann"}, {"name": "Bo"}])
    assert made.status_code == 201, made.content
    first, second = made.json()["parts"]
    assert (first["share"]["amount_minor"], second["due"]["amount_minor"]) == (1874, 1874)

    nobody = counter.left.pay_cash(order["id"], 1875)
    coins = counter.left.pay_cash(order["id"], 1874, part_id=first["id"])
    one = counter.left.pay_cash(order["id"], 1875, part_id=first["id"])
    assert [nobody.status_code, coins.status_code, one.status_code] == [422, 422, 201], one.content
    shown = counter.left.get(f"orders/{order['id']}/splits/").json()
    assert [part["due"]["amount_minor"] for part in shown["parts"]] == [0, 1873]
    two = counter.left.pay_cash(order["id"], 1873, 2000, part_id=second["id"])

    assert two.status_code == 201, two.content
    assert two.json()["payment"]["rounding"]["amount_minor"] == 2
    assert two.json()["payment"]["change"]["amount_minor"] == 125
    assert two.json()["order"]["status"] == "completed"


def test_a_practised_split_by_item_knows_its_lines(counter: Counter) -> None:
    order = counter.begin()
    lines = [line["id"] for line in order["lines"]]

    made = split(counter, order, "item", [{"items": [{"line_id": one}]} for one in lines])
    strange = split(counter, order, "item", [{"items": [{"line_id": "01a200e3-566d-77b5-bd39-f0e90cda2666"}]}, {}])

    assert [part["share"]["amount_minor"] for part in made.json()["parts"]] == [1248, 2500]
    assert strange.status_code == 422


@pytest.mark.parametrize(("tendered", "change"), [(1250, 0), (2000, 750)])
def test_a_practised_sale_is_rounded_to_coins_on_screen_and_paper(counter: Counter, tendered: int, change: int) -> None:
    sale = counter.left.post("sales/", {"lines": counter.lines(1, 0), "tendered_minor": tendered})

    assert sale.status_code == 201, sale.content
    shown = sale.json()
    assert (shown["to_pay"]["amount_minor"], shown["rounding"]["amount_minor"]) == (1250, 2)
    assert shown["change"]["amount_minor"] == change
    page = counter.left.client.get(shown["receipt"]["html_url"]).content.decode()
    assert "0.02" in page and "12.50" in page
    too_little = counter.left.post("sales/", {"lines": counter.lines(1, 0), "tendered_minor": 1249})
    assert too_little.status_code == 422


def test_an_order_that_costs_nothing_is_practised_to_its_end(counter: Counter) -> None:
    with counter.scope():
        from inventory.pricing.models import Price

        Price.objects.filter(variant=counter.goods[0]).update(amount_minor=0)
    order = counter.begin(counter.left, 1, 0)

    done = counter.left.post(f"orders/{order['id']}/completions/", {"version": 1})
    dear = counter.begin(counter.left, 0, 1)
    refused = counter.left.post(f"orders/{dear['id']}/completions/", {"version": 1})

    assert (done.status_code, done.json()["order"]["status"]) == (201, "completed"), done.content
    assert done.json()["receipt"]["number"] == "T-1"
    assert refused.status_code == 422


def practise(counter: Counter) -> list[str]:
    order = counter.begin()
    shown = discount(counter, order, percent_basis_points=1000).json()
    parts = split(counter, shown, "person", [{"name": "Ann"}, {"name": "Bo"}]).json()["parts"]
    counter.left.pay_cash(order["id"], 1685, part_id=parts[0]["id"])
    due = counter.left.get(f"orders/{order['id']}/splits/").json()["parts"][1]["due"]["amount_minor"]
    paid = counter.left.pay_cash(order["id"], due, part_id=parts[1]["id"])
    assert paid.json()["order"]["status"] == "completed", paid.content
    sale = counter.left.post("sales/", {"lines": counter.lines(1, 0), "tendered_minor": 2000}).json()
    return [order["id"], order["number"], sale["order"]["id"], sale["payment_id"]]


def test_discounts_splits_and_rounding_leave_no_row_anywhere_else(counter: Counter) -> None:
    before = rows_of_tables()
    with counter.scope():
        stock = db.rows("SELECT * FROM stock_level ORDER BY id")
        register = db.rows("SELECT * FROM merchant_register ORDER BY id")

    practise(counter)
    deliver_events()

    after = rows_of_tables()
    assert {table for table in after if after[table] != before[table]} == MAY_GROW
    with counter.scope():
        assert db.rows("SELECT * FROM stock_level ORDER BY id") == stock
        assert db.rows("SELECT * FROM merchant_register ORDER BY id") == register
        for kind in sorted(FORMATS):
            rows = FORMATS[kind].build(Narrowed({}))
            assert rows_of_a_practice(rows) == [], kind


def test_a_z_and_the_pages_know_nothing_of_them(counter: Counter) -> None:
    told = practise(counter)
    switch(counter, False)
    real = counter.left.post("sales/", {"lines": counter.lines(0, 1), "tendered_minor": 5000})
    client = signed_in(a_staff_member(counter.merchant, role="owner"))

    with counter.scope():
        found = figures.take_figures(figures.span_of(counter.left.register.id))

    assert (real.json()["receipt"]["number"], found.receipts, found.sales_minor) == (1, 1, 2500)
    assert (found.discounts, found.rounding_minor, found.cash_minor) == (0, 0, 2500)
    for address in ("/", "/orders/", "/payments/", "/parked/", "/stock/", "/day-close/"):
        page = client.get(address).content.decode()
        assert [word for word in told if word in page] == [], address
