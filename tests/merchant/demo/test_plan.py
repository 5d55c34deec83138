"""The customers of a day: decided by the seed alone."""

from __future__ import annotations

import random
from collections import Counter

from merchant.demo.closing import choose_faults
from merchant.demo.plan import FIRST, KINDS, SLOTS, SLOW, next_story, plan_day
from merchant.demo.results import CardPayment, digest, tally

ARTICLES = [
    {"sku": f"HR-{number}", "barcode": f"200000000{number:04d}", "price_minor": 190 + 100 * number}
    for number in range(40)
]


def test_same_seed_brings_the_same_customers_and_another_seed_others():
    assert plan_day(seed="7", sales=200, articles=ARTICLES) == plan_day(seed="7", sales=200, articles=ARTICLES)

    assert plan_day(seed="8", sales=200, articles=ARTICLES) != plan_day(seed="7", sales=200, articles=ARTICLES)


def test_every_day_has_each_thing_that_can_go_wrong():
    stories = plan_day(seed="7", sales=200, articles=ARTICLES)

    seen = {(story.kind, story.twist) for story in stories}
    assert {(kind, twist) for kind in KINDS for twist in FIRST[kind]} <= seen
    assert ("checkout", "unknown_not_landed") in seen


def test_a_basket_costs_the_sum_of_its_lines_and_cash_covers_it():
    for story in plan_day(seed="7", sales=300, articles=ARTICLES):
        assert story.goods_minor == sum(line.price_minor * line.quantity for line in story.lines)
        assert story.tendered_minor >= story.goods_minor
        assert 0 < story.gift_minor < story.goods_minor
        assert len({line.sku for line in story.lines}) == len(story.lines)


def test_whose_outcome_takes_long_comes_first_and_all_hours_are_busy():
    stories = plan_day(seed="7", sales=300, articles=ARTICLES)

    assert {story.slot for story in stories if story.twist in SLOW} == {0}
    assert set(Counter(story.slot for story in stories)) == set(range(len(SLOTS)))


def test_a_shop_that_never_closes_gets_the_kind_of_customer_it_asks_for():
    chance = random.Random(1)

    stories = [next_story(chance, number=number, kind="checkout", articles=ARTICLES) for number in range(50)]

    assert {story.kind for story in stories} == {"checkout"}
    assert len({story.goods_minor for story in stories}) > 10


def test_two_days_have_one_digest_if_the_same_happened_in_another_order():
    outcomes = ["cash paid 1200", "card paid 900", "cash paid 300"]

    assert digest(outcomes) == digest(outcomes[::-1])
    assert digest(outcomes) != digest([*outcomes, "cash paid 300"])
    assert tally(outcomes) == [("card paid", 1, 900), ("cash paid", 2, 1500)]


def test_faults_strike_the_first_plain_card_payments_whichever_came_first():
    payments = [
        CardPayment(number, "card", "returned" if number == 2 else "", f"REF{number}", 1000) for number in range(6)
    ]

    faults = choose_faults(payments[::-1])

    assert [(fault["kind"], fault.get("match", {}).get("reference")) for fault in faults] == [
        ("settle_short", "REF0"),
        ("leave_out", "REF1"),
        ("fee_change", "REF3"),
        ("fee_change", "REF4"),
        ("payout_short", None),
    ]
