"""What a till is refused: parts of others, amounts that are none, keys used twice, other stores, and a mode it did not show. Nothing moves then."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections

from inventory.pricing.prices import PRICE_MINOR_MAX
from merchant.core.clock import business_now
from merchant.core.money import MINOR_MAX
from tests.terminals.pos.counter import Counter
from tests.terminals.pos.dealings import (
    BUYER,
    balance,
    counts,
    exchange,
    holds,
    offline,
    owner,
    put,
    sell,
    split_version,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_part_is_paid_once_however_many_press_at_the_same_moment(german: Counter) -> None:
    order = german.begin(german.left, 2, 0)
    split = german.left.post(f"orders/{order['id']}/splits/", {"mode": "person", "parts": [{}, {}]}).json()
    start = threading.Barrier(4)

    def pay(_: int) -> int:
        start.wait()
        try:
            return german.left.pay_cash(order["id"], 1000, part_id=split["parts"][0]["id"]).status_code  # type: ignore[no-any-return]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(pay, range(4)))

    assert answers == [201, 409, 409, 409]
    shown = german.left.get(f"orders/{order['id']}/splits/").json()
    assert [part["due"]["amount_minor"] for part in shown["parts"]] == [0, 1000]
    holds(german)


def test_a_part_of_a_cancelled_or_parked_order_and_of_another_order_is_not_paid(german: Counter) -> None:
    order, other = german.begin(german.left, 2, 0), german.begin(german.left, 2, 0)
    split = german.left.post(f"orders/{order['id']}/splits/", {"mode": "person", "parts": [{}, {}]}).json()
    part = split["parts"][0]["id"]

    foreign = german.left.pay_cash(other["id"], 1000, part_id=part)
    version = split_version(german, order)
    parked = german.left.post(f"orders/{order['id']}/parkings/", {"version": version})
    while_parked = german.left.pay_cash(order["id"], 1000, part_id=part)
    resumed = german.right.post(f"orders/{order['id']}/resumptions/")
    by_the_first = german.left.pay_cash(order["id"], 1000, part_id=part)
    elsewhere = german.elsewhere.pay_cash(order["id"], 1000, part_id=part)
    by_the_second = german.right.pay_cash(order["id"], 1000, part_id=part)

    assert (parked.status_code, resumed.status_code) == (200, 200), (parked.content, resumed.content)
    answers = [foreign, while_parked, by_the_first, elsewhere, by_the_second]
    assert [answer.status_code for answer in answers] == [404, 409, 409, 404, 201], [a.content for a in answers]
    cancelled = german.right.post(f"orders/{order['id']}/cancellations/", {"reason": "left"})
    assert cancelled.status_code < 300, cancelled.content
    assert german.right.pay_cash(order["id"], 1000, part_id=split["parts"][1]["id"]).status_code == 409
    holds(german)
    assert balance(german, "cash_register") == 0


def test_huge_numbers_are_refused_and_move_nothing(german: Counter) -> None:
    most = 2**63 - 1
    put(german, "offline-rules", is_allowed=True, sale_cash_max_minor=MINOR_MAX, device_cash_max_minor=MINOR_MAX)
    before = counts(german)
    sku = german.goods[0].sku
    lines = [{"article": sku, "quantity": 1, "total_minor": most}] * 2
    tenders = [{"method": "cash", "amount_minor": most}] * 2
    answers = [
        offline(german, 1, lines=lines, tenders=tenders),
        german.left.post("till/orders/", {"gift_cards": [{"amount_minor": most}] * 2}),
        german.left.post("loose-returns/quotes/", {"lines": [{"article": sku, "quantity": 100_000}] * 500}),
    ]

    assert [answer.status_code < 500 for answer in answers] == [True] * 3, [answer.content for answer in answers]
    assert counts(german) == before


def test_a_sale_whose_sum_is_too_large_does_not_keep_the_rest_of_a_queue(german: Counter) -> None:
    put(german, "offline-rules", is_allowed=True)
    line = {"article": german.goods[0].sku, "quantity": 1}
    when = business_now(german.merchant.id).isoformat()

    def item(minor: int, number: int) -> dict[str, Any]:
        lines, tenders = [line | {"total_minor": minor}] * number, [{"method": "cash", "amount_minor": minor}] * number
        body = {"lines": lines, "tenders": tenders, "sold_at": when}
        return {"key": str(uuid4()), "path": "offline-sales/", "body": body}

    answer = german.left.post("till/batch/", {"operations": [item(2**63 - 1, 2), item(MINOR_MAX, 20), item(1000, 1)]})

    assert answer.status_code == 200, answer.content
    assert [row["status"] for row in answer.json()["results"]] == [400, 409, 201]


def test_the_largest_amounts_break_no_sum(german: Counter) -> None:
    shift = german.left.post("shifts/", {"float_minor": 0}).json()
    for _ in range(10):
        order = german.left.post("till/orders/", {"gift_cards": [{"amount_minor": PRICE_MINOR_MAX}]}).json()
        assert german.left.pay_cash(order["id"], PRICE_MINOR_MAX).status_code == 201

    beyond = german.left.post("till/orders/", {"gift_cards": [{"amount_minor": PRICE_MINOR_MAX + 1}]})
    counted = german.left.post(f"shifts/{shift['id']}/counts/", {"loose_minor": 1})
    home = owner(german).get("/")

    assert (beyond.status_code, counted.status_code, home.status_code) == (400, 201, 200)
    holds(german)


def test_a_number_of_many_digits_is_a_refusal(german: Counter) -> None:
    sale, digits = sell(german, 1), "9" * 5000
    paths = (
        f"orders/{sale['order']['id']}/refund-proposal/?amount_minor={digits}",
        f"receipts/{sale['receipt']['id']}/receipt.pdf?print={digits}",
        *(f"{name}/?size={digits}" for name in ("orders", "payments", "closings", "exports")),
    )
    person = owner(german)

    assert {path[:40]: person.get(f"/api/v1/{path}").status_code for path in paths} == {
        path[:40]: 400 for path in paths
    }


def test_a_tablet_that_shows_training_exchanges_nothing_for_real(german: Counter) -> None:
    put(german, "return-rules", day_limits={"register": 100_000})
    sale = sell(german, 1)["order"]
    before = counts(german)

    basket = {"lines": german.lines(0, 1), "training": True}
    with_receipt = exchange(german, sale, german.lines(0, 1), basket={"training": True})
    without = german.left.post(
        "loose-returns/exchanges/", {"lines": german.lines(1), "basket": basket, "reason": "practice"}
    )
    lines = german.begin()
    changed = german.left.post(f"orders/{lines['id']}/lines/", basket | {"version": 1})

    assert [answer.json()["code"] for answer in (with_receipt, without, changed)] == ["training_differs"] * 3
    assert counts(german) == (before[0] + 1, *before[1:])


@pytest.mark.parametrize("path", ["returnables/?code=%00", "returnables/?code=Till%00-1", "invoices/?after=%00"])
def test_a_nul_in_a_question_is_answered(german: Counter, path: str) -> None:
    assert german.left.get(path).status_code in (200, 400, 404, 422)


def test_nonsense_in_a_batch_is_refused_item_by_item(german: Counter) -> None:
    bodies = [
        ("offline-sales/", {"settling": "x"}),
        ("loose-returns/exchanges/", {"settling": []}),
        (f"orders/{uuid4()}/exchanges/", {"settling": [1]}),
        ("till/orders/", {"method": ["card_present"], "lines": []}),
        ("till/orders/?a=b", {}),
        ("orders/@x\ty/lines/", {}),
    ]
    operations = [{"key": str(uuid4()), "path": path, "body": body} for path, body in bodies]
    answer = german.left.post("till/batch/", {"operations": operations})

    assert answer.status_code == 200, answer.content
    assert [row["status"] < 500 for row in answer.json()["results"]] == [True] * len(bodies), answer.json()


def test_another_store_and_another_merchant_reach_nothing(german: Counter) -> None:
    put(german, "return-rules", day_limits={"register": 100_000})
    sale = sell(german, 1)["order"]
    order = german.begin(german.left, 1)
    stranger = Counter(prices=(1000,))
    before = counts(german)
    bodies = {
        f"orders/{sale['id']}/exchanges/": {
            "back": [{"line_id": sale["lines"][0]["id"], "quantity": 1}],
            "basket": {"lines": german.lines(1)},
            "reason": "size",
        },
        f"orders/{sale['id']}/invoices/": {"buyer": BUYER},
        f"orders/{order['id']}/parkings/": {"version": 1},
        f"orders/{order['id']}/resumptions/": {},
        f"orders/{order['id']}/discounts/": {"version": 1, "reason": "x", "percent_basis_points": 100},
        f"orders/{order['id']}/discounts/{uuid4()}/removals/": {"version": 1},
        f"orders/{order['id']}/splits/": {"mode": "person", "parts": [{}, {}]},
        f"orders/{order['id']}/line-cancellations/": {
            "lines": [{"line_id": order["lines"][0]["id"], "quantity": 1}],
            "reason": "x",
        },
    }

    answers = [
        till.post(path, body).status_code for till in (german.elsewhere, stranger.left) for path, body in bodies.items()
    ]

    assert set(answers) == {404}
    assert counts(german) == before


@pytest.mark.parametrize("minor", [-1, 0, 2**63, 10**30, 1.5, "1e3", None, True])
def test_amounts_that_are_none_are_refused_everywhere(german: Counter, minor: Any) -> None:
    put(german, "offline-rules", is_allowed=True)
    order = german.begin()
    before = counts(german)
    line = {"article": german.goods[0].sku, "quantity": 1, "total_minor": minor}
    answers = {
        "split": german.left.post(
            f"orders/{order['id']}/splits/", {"mode": "amount", "parts": [{"amount_minor": minor}, {"amount_minor": 1}]}
        ),
        "offline": offline(german, 1000, lines=[line], tenders=[{"method": "cash", "amount_minor": minor}]),
        "tender": german.left.pay_cash(order["id"], minor),
    }
    if minor is not None:
        answers["discount"] = german.left.post(
            f"orders/{order['id']}/discounts/", {"version": 1, "reason": "x", "amount_minor": minor}
        )

    assert {name: answer.status_code < 500 for name, answer in answers.items()} == dict.fromkeys(answers, True)
    if minor is not True:
        assert all(answer.status_code >= 400 for answer in answers.values()), {n: a.content for n, a in answers.items()}
        assert counts(german) == before


def test_another_currency_is_refused_for_that_reason_and_both_are_named(german: Counter) -> None:
    order, sale = german.begin(), sell(german, 1)
    kronor = {"amount_minor": 1000, "currency": "SEK"}
    before = counts(german)

    answers = [
        german.left.post(f"orders/{order['id']}/payments/", {"method": "cash", "amount": kronor}),
        german.left.post(f"payments/{sale['payment_id']}/refunds/", {"amount": kronor, "reason": "x"}),
        german.left.post(f"orders/{sale['order']['id']}/refunds/", {"amount": kronor, "reason": "x"}),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(422, "wrong_currency")] * 3
    assert answers[1].json()["data"] == {"asked_currency": "SEK", "currency": "EUR"}
    assert answers[1].json()["next_step"] == "Send the amount in EUR."
    assert counts(german) == before


@pytest.mark.parametrize(
    ("handed_over", "code"),
    [
        (999, "tender_too_small"),
        (0, "invalid_request"),
        (-1000, "invalid_request"),
        (1000 + 100_000_000 + 1, "tender_too_large"),
        (MINOR_MAX, "tender_too_large"),
    ],
)
def test_cash_that_cannot_be_what_was_handed_over_is_refused(german: Counter, handed_over: int, code: str) -> None:
    order = german.begin(german.left, 1, 0)
    amount = {"amount_minor": 1000, "currency": "EUR"}
    before = counts(german)

    answer = german.left.post(
        f"orders/{order['id']}/payments/", {"method": "cash", "amount": amount, "tendered_minor": handed_over}
    )

    assert (answer.status_code, answer.json()["code"]) == (400 if code == "invalid_request" else 422, code)
    assert answer.json()["money"] == "No money was moved." and answer.json()["next_step"]
    assert counts(german) == before
    assert balance(german, "cash_register") == 0


def test_the_most_change_there_is_is_given(german: Counter) -> None:
    order = german.begin(german.left, 1, 0)

    paid = german.left.pay_cash(order["id"], 1000, 1000 + 100_000_000).json()

    assert paid["payment"]["change"]["amount_minor"] == 100_000_000


@pytest.mark.parametrize("handed_over", [-1000, 0, 999, 1000 + 100_000_000 + 1, MINOR_MAX])
def test_cash_of_a_sale_that_happened_is_booked_as_exact_and_what_was_said_is_kept(
    german: Counter, handed_over: int
) -> None:
    put(german, "offline-rules", is_allowed=True)

    answer = offline(german, 1000, tenders=[{"method": "cash", "amount_minor": 1000, "tendered_minor": handed_over}])

    assert answer.status_code == 201, answer.content
    [payment] = answer.json()["payments"]
    assert (payment["approved"]["amount_minor"], payment["change"]["amount_minor"]) == (1000, 0)
    assert answer.json()["odd_tendered"] == {"amount_minor": handed_over, "currency": "EUR"}
    page = owner(german).get("/offline/").content.decode()
    assert "handed over cannot be; booked as paid exactly" in page
    assert balance(german, "cash_register") == 1000
    holds(german)


@pytest.mark.parametrize(("handed_over", "change"), [(None, 0), (1000, 0), (5000, 4000)])
def test_cash_of_a_sale_that_happened_is_not_odd_where_it_can_be(
    german: Counter, handed_over: int | None, change: int
) -> None:
    put(german, "offline-rules", is_allowed=True)

    answer = offline(german, 1000, tenders=[{"method": "cash", "amount_minor": 1000, "tendered_minor": handed_over}])

    assert answer.json()["odd_tendered"] is None
    assert answer.json()["payments"][0]["change"]["amount_minor"] == change


@pytest.mark.parametrize(
    ("price", "handed_over", "change", "is_odd"),
    [
        # 12.48 are paid with 12.50: the most change there is, and a cent more.
        (1248, 1250 + 100_000_000, 100_000_000, False),
        (1248, 1250 + 100_000_001, 0, True),
        # 9.97 are paid with 9.95.
        (997, 995 + 100_000_000, 100_000_000, False),
        (997, 997 + 100_000_000, 0, True),
        # No coins make what stands on the receipt; whoever says it gave that gave what was to pay.
        (1248, 1248, 0, False),
        (997, 995, 0, False),
        (997, 994, 0, True),
    ],
)
def test_change_of_a_sale_that_happened_is_measured_against_what_coins_make(
    finnish: Counter, price: int, handed_over: int, change: int, is_odd: bool
) -> None:
    put(finnish, "offline-rules", is_allowed=True)

    answer = offline(finnish, price, tenders=[{"method": "cash", "amount_minor": price, "tendered_minor": handed_over}])

    assert answer.status_code == 201, answer.content
    [payment] = answer.json()["payments"]
    assert payment["change"]["amount_minor"] == change
    assert answer.json()["odd_tendered"] == ({"amount_minor": handed_over, "currency": "EUR"} if is_odd else None)
    holds(finnish)


def test_the_same_key_with_another_body_is_refused_on_every_new_route(german: Counter) -> None:
    order = german.begin()
    key = str(uuid4())
    first = german.left.post(
        f"orders/{order['id']}/discounts/", {"version": 1, "reason": "x", "percent_basis_points": 100}, key=key
    )
    other = german.left.post(
        f"orders/{order['id']}/discounts/", {"version": 2, "reason": "x", "percent_basis_points": 100}, key=key
    )
    again = german.left.post(
        f"orders/{order['id']}/discounts/", {"version": 1, "reason": "x", "percent_basis_points": 100}, key=key
    )

    assert (first.status_code, other.status_code, again.content) == (201, 422, first.content)


def test_a_reference_names_one_order_for_ever_and_a_second_one_is_told_so(german: Counter) -> None:
    sku = german.goods[0].sku
    body = {"lines": [{"article": sku}], "client_reference": "till-7-1"}
    assert german.left.post("till/orders/", body).status_code == 201
    before = counts(german)

    again = [
        german.right.post("till/orders/", body),
        german.left.post("sales/", {**body, "tendered_minor": 5000}),
        german.left.post("till/batch/", {"operations": [{"key": "k", "path": "till/orders/", "body": body}]}),
    ]

    assert [answer.status_code for answer in again] == [409, 409, 200]
    assert again[0].json()["code"] == again[1].json()["code"] == "client_reference_used"
    assert again[2].json()["results"][0]["body"]["code"] == "client_reference_used"
    assert counts(german) == before
