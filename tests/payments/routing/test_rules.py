"""The decision: every condition, the split, the fallback, health, and that the same inputs decide the same."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from payments.routing.queries import FAILURES_MAX, REST, breaker
from payments.routing.rules import Account, Facts, Inputs, Rule, Share, decide, draw, inputs_of

SATURDAY = "2026-11-21T14:30:00"
FACTS = Facts(
    method="card",
    currency="EUR",
    amount_minor=5000,
    at=SATURDAY,
    channel="web",
    store="",
    brand="visa",
    country="DE",
    split_key="order",
)
A, B, C = (Account(id=key, name=f"Account {key}", gateway="sandbox", currency="EUR") for key in "ABC")


def a_rule(name="rule", to="B", **changes):
    return Rule(**{"name": name, "shares": (Share(to, 100),), **changes})


def decided(*rules, facts=FACTS, accounts=(A, B, C), **inputs):
    return decide(Inputs(facts=facts, rules=tuple(rules), version=1, accounts=tuple(accounts), **inputs))


def test_without_rules_the_first_account_that_fits_takes_it():
    found = decided()

    assert (found.account, found.chain, found.rule) == ("A", ("A", "B", "C"), "")
    assert found.reason == "No rule matched: the first account that fits: Account A."


@pytest.mark.parametrize(
    ("condition", "against"),
    [
        ({"methods": ("wallet",)}, "another method"),
        ({"channels": ("kiosk",)}, "another channel"),
        ({"stores": ("altona",)}, "the store is not known yet"),
        ({"brands": ("amex",)}, "another card brand"),
        ({"countries": ("SE",)}, "another card country"),
        ({"currency": "SEK"}, "another currency"),
        ({"amount_from": 5001}, "the amount is smaller"),
        ({"amount_to": 4999}, "the amount is larger"),
        ({"weekdays": ("mon", "sun")}, "another weekday"),
        ({"time_from": "15:00"}, "another time of day"),
        ({"time_to": "14:30"}, "another time of day"),
        ({"time_from": "22:00", "time_to": "06:00"}, "another time of day"),
        ({"is_active": False}, "is switched off"),
    ],
)
def test_one_condition_that_does_not_hold_keeps_a_rule_out(condition, against):
    found = decided(a_rule(**condition))

    assert found.account == "A"
    assert found.rules == (("rule", against),)


@pytest.mark.parametrize(
    "condition",
    [
        {"methods": ("card", "wallet")},
        {"channels": ("web",)},
        {"brands": ("visa",)},
        {"countries": ("DE", "AT")},
        {"currency": "EUR"},
        {"amount_from": 5000, "amount_to": 5000},
        {"weekdays": ("sat",)},
        {"time_from": "14:30", "time_to": "14:31"},
        {"time_from": "14:00", "time_to": "06:00"},
        {"time_to": "15:00"},
    ],
)
def test_a_condition_that_holds_lets_the_rule_decide(condition):
    found = decided(a_rule(**condition))

    assert (found.account, found.rule, found.reason) == ("B", "rule", "Rule “rule”: Account B.")


def test_a_brand_that_is_not_known_yet_matches_no_rule_about_brands():
    found = decided(a_rule(brands=("visa",)), facts=replace(FACTS, brand=""))

    assert found.rules == (("rule", "the card brand is not known yet"),)


def test_the_first_rule_that_matches_decides_and_the_others_are_told():
    found = decided(a_rule("small", "C", amount_to=100), a_rule("first", "B"), a_rule("second", "C"))

    assert found.rule == "first"
    assert found.rules == (("small", "the amount is larger"), ("first", "matches"), ("second", "matches"))


def test_a_split_gives_each_account_its_part_and_an_order_always_the_same():
    rule = Rule(name="split", shares=(Share("A", 70), Share("B", 30)))

    drawn = Counter(draw(rule, f"order {number}", 1) for number in range(4000))

    assert abs(drawn["A"] / 4000 - 0.7) < 0.03
    assert len({draw(rule, "order 7", 1) for _ in range(20)}) == 1
    assert decided(rule).chain[0] == draw(rule, "order", 1)


@pytest.mark.parametrize(
    ("first", "why"),
    [
        (replace(B, is_active=False), "is switched off"),
        (replace(B, currency="SEK"), "settles in SEK"),
        (replace(B, methods=("wallet",)), "does not take card"),
        (replace(B, health="open"), "does not answer"),
        (replace(B, health="probing"), "is being tried by another payment"),
    ],
)
def test_an_account_that_cannot_is_passed_over_with_its_reason(first, why):
    found = decided(a_rule(fallback=("C",)), accounts=(A, first, C))

    assert found.account == "C"
    assert found.skipped == (("Account B", why),)
    assert found.reason == f"Rule “rule”: Account C, because Account B {why}."


def test_a_rested_account_is_tried_again():
    assert decided(a_rule(), accounts=(A, replace(B, health="half_open"), C)).account == "B"


def test_a_sale_is_never_refused_because_nobody_answers():
    found = decided(accounts=(replace(A, health="open"), replace(B, health="open")))

    assert found.account == "A"
    assert "although it does not answer" in found.reason


def test_what_was_tried_is_not_tried_again_and_a_token_stays_with_its_gateway():
    other = replace(B, gateway="stripe")

    assert decided(accounts=(A, other, C), tried=("A",), only_gateway="sandbox").account == "C"
    assert decided(accounts=(A,), tried=("A",)).account == ""


def test_an_account_that_is_gone_is_passed_over():
    assert decided(a_rule(to="gone", fallback=("C",))).account == "C"


def test_stored_inputs_decide_the_same():
    inputs = Inputs(
        facts=FACTS, rules=(a_rule(brands=("visa",), fallback=("C",)), Rule("split", (Share("A", 40), Share("C", 60)))), version=3,
        accounts=(A, replace(B, methods=("card",), health="half_open"), C), tried=("A",), only_gateway="sandbox",
    )  # fmt: skip
    import json

    again = inputs_of(json.loads(json.dumps(inputs.stored)))

    assert again == inputs
    assert decide(again) == decide(inputs)


NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


def ago(seconds):
    return NOW - timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("recent", "health"),
    [
        ([], "closed"),
        ([("failed", "busy", ago(1))] * (FAILURES_MAX - 1), "closed"),
        ([("failed", "busy", ago(1))] * FAILURES_MAX, "open"),
        ([("unknown", "", ago(1))] * FAILURES_MAX, "open"),
        ([("failed", "token_unknown", ago(1))] * 9, "closed"),
        ([("declined", "do_not_honour", ago(1))] * 9, "closed"),
        ([("succeeded", "", ago(1)), *[("unknown", "", ago(2))] * 9], "closed"),
        ([("unknown", "", ago(1))] * 2 + [("succeeded", "", ago(3))] + [("unknown", "", ago(4))] * 5, "closed"),
        ([("failed", "not_reached", ago(REST.total_seconds() + 1))] * FAILURES_MAX, "half_open"),
        ([("submitted", "", ago(1)), *[("failed", "busy", ago(40))] * FAILURES_MAX], "probing"),
        ([("submitted", "", ago(50)), *[("failed", "busy", ago(40))] * FAILURES_MAX], "half_open"),
    ],
)
def test_the_breaker_follows_from_the_latest_outcomes(recent, health):
    assert breaker(recent, now=NOW) == health
