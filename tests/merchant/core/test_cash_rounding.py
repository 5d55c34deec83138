"""What coins can pay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merchant.core.cash_rounding import CASH_RULES, cash_step, in_cash
from merchant.core.money import exponent


@pytest.mark.parametrize(
    ("country", "currency", "minor", "paid"),
    [
        ("CH", "CHF", 1247, 1245), ("CH", "CHF", 1248, 1250), ("FI", "EUR", 1, 0), ("FI", "EUR", 3, 5), ("FI", "EUR", 1497, 1495),
        ("SE", "SEK", 4949, 4900), ("SE", "SEK", 4950, 5000), ("NO", "NOK", 10149, 10100), ("DK", "DKK", 1024, 1000),
        ("DK", "DKK", 1025, 1050), ("DK", "DKK", 1074, 1050), ("DK", "DKK", 1075, 1100), ("SK", "EUR", 2, 5), ("SK", "EUR", 7, 5),
        ("HU", "HUF", 99700, 99500), ("HU", "HUF", 99800, 100000), ("DE", "EUR", 1247, 1247), ("SE", "EUR", 1247, 1247),
    ],
)  # fmt: skip
def test_cash_is_rounded_to_the_coins_of_the_country_and_only_in_its_currency(country, currency, minor, paid):
    assert in_cash(minor, country=country, currency=currency) == paid


@given(country=st.sampled_from(sorted(CASH_RULES)), minor=st.integers(10, 10_000_000))
def test_nobody_pays_or_saves_more_than_half_a_step(country, minor):
    rule = CASH_RULES[country]
    paid = in_cash(minor, country=country, currency=rule.currency)

    assert paid % rule.step_minor == 0
    assert 2 * abs(paid - minor) <= rule.step_minor
    assert in_cash(paid, country=country, currency=rule.currency) == paid or paid == 0


def test_every_rule_names_its_source_and_a_currency_that_exists():
    assert all(rule.source and exponent(rule.currency) >= 0 for rule in CASH_RULES.values())
    assert cash_step("XX", "EUR") == 1
