"""Money never loses a unit and never mixes currencies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merchant.core.money import AmountMalformed, AmountPrecision, CurrencyMismatch, Money, rounded_share, split_minor


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 1000), min_size=1, max_size=30).filter(any))
def test_split_never_loses_a_unit(minor, weights):
    assert sum(split_minor(minor, weights)) == minor


def test_the_lost_cent_goes_to_the_first_part():
    assert split_minor(100, [1, 1, 1]) == [34, 33, 33]


def test_currencies_do_not_add():
    with pytest.raises(CurrencyMismatch):
        Money(1, "EUR") + Money(1, "SEK")


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.5", "EUR", 1250),
        ("500", "JPY", 500),
        ("1.25", "KWD", 1250),
        ("-0.01", "EUR", -1),
        (".5", "EUR", 50),
        (" 7. ", "EUR", 700),
    ],
)
def test_text_becomes_minor_units_by_the_iso_exponent(text, currency, minor):
    assert Money.parse(text, currency) == Money(minor, currency)


def test_more_decimals_than_the_currency_has_are_refused():
    with pytest.raises(AmountPrecision):
        Money.parse("1.5", "JPY")


@pytest.mark.parametrize("text", ["", "NaN", "inf", "1e30", "1,5", "1e1", "1E+2", "1_000", "١٢", ".", "1.2.3"])
def test_what_is_no_storable_number_is_refused(text):
    with pytest.raises(AmountMalformed):
        Money.parse(text, "EUR")


def test_floats_are_refused():
    with pytest.raises(TypeError):
        Money(1.0, "EUR")  # type: ignore[arg-type]


@pytest.mark.parametrize(("minor", "share"), [(5, 3), (-5, -3), (4, 2), (3, 2)])
def test_halves_round_away_from_zero(minor, share):
    assert rounded_share(minor, 1, 2) == share
