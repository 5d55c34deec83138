"""Amounts and moments read the way the merchant's country writes them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from merchant.core.money import MINOR_MAX, Money
from merchant.core.pages import display, rules

BERLIN = "Europe/Berlin"


@pytest.mark.parametrize(
    ("money", "locale", "text"),
    [
        (Money(128_450, "EUR"), "en_GB", "€1,284.50"),
        (Money(128_450, "EUR"), "de_DE", "1.284,50\u00a0€"),
        (Money(-31, "EUR"), "en_GB", "\u2212€0.31"),
        (Money(-31, "EUR"), "de_DE", "\u22120,31\u00a0€"),
        (Money(12_800, "JPY"), "en_GB", "¥12,800"),
        (Money(1_250, "KWD"), "en_GB", "KWD\u00a01.250"),
        (Money(12_650, "CHF"), "en_GB", "CHF\u00a0126.50"),
        (Money(100, "USD"), "en_GB", "US$1.00"),
        (Money(100, "CAD"), "en_GB", "CA$1.00"),
        (Money(100_000, "SEK"), "sv_SE", "1\u00a0000,00\u00a0SEK"),
        (Money(9_007_199_254_740_993, "EUR"), "en_GB", "€90,071,992,547,409.93"),
        (Money(0, "ISK"), "en_GB", "ISK\u00a00"),
    ],
)
def test_money_has_the_decimals_of_its_currency_and_the_separators_of_the_locale(
    money: Money, locale: str, text: str
) -> None:
    assert display.money_text(money, locale=locale) == text


def test_a_gain_is_marked_only_where_asked_for() -> None:
    assert display.money_text(Money(4_500, "EUR"), locale="en_GB", with_plus=True) == "+€45.00"
    assert display.money_text(Money(0, "EUR"), locale="en_GB", with_plus=True) == "€0.00"


def test_a_moment_is_shown_in_the_zone_of_the_page_on_both_sides_of_the_clock_change() -> None:
    before = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)

    assert display.moment_text(before, shape="time", zone=BERLIN, locale="en_GB") == "02:30"
    assert display.moment_text(before + timedelta(hours=1), shape="time", zone=BERLIN, locale="en_GB") == "02:30"
    assert (
        display.moment_text(before, shape="full", zone=BERLIN, locale="en_GB")
        == "25 Oct 2026, 02:30:00 (Europe/Berlin)"
    )


def test_a_moment_falls_on_the_day_of_the_zone_and_not_of_utc() -> None:
    late = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)

    assert display.moment_text(late, shape="short", zone=BERLIN, locale="en_GB") == "Sat 21 Nov, 00:30"
    assert display.moment_text(late, shape="short", zone="UTC", locale="en_GB") == "Fri 20 Nov, 23:30"


def test_days_are_written_in_the_words_of_the_locale() -> None:
    assert display.day_text(date(2026, 11, 21), shape="long", locale="en_GB") == "Saturday 21 November"
    assert display.day_text(date(2026, 11, 21), shape="long", locale="de_DE") == "Samstag, 21. November"


def test_an_age_is_relative_within_the_hour_and_a_clock_after_it() -> None:
    now = datetime(2026, 11, 21, 13, 2, tzinfo=UTC)

    def age(**ago: int) -> str:
        return display.age_text(now - timedelta(**ago), now=now, zone=BERLIN, locale="en_GB")

    assert age(minutes=14) == "14 minutes ago"
    assert age(minutes=61) == "13:01"
    assert age(days=1) == "Fri 20 Nov, 14:02"


@pytest.mark.parametrize(
    ("seconds", "text"), [(-1, "0 s"), (4, "4 s"), (119, "119 s"), (120, "2 min"), (7_199, "119 min"), (7_200, "2 h")]
)
def test_a_duration_is_one_short_figure(seconds: int, text: str) -> None:
    assert display.duration_text(timedelta(seconds=seconds)) == text


def test_an_unknown_shape_of_a_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="no such shape"):
        display.moment_text(datetime(2026, 11, 21, tzinfo=UTC), shape="swatch", zone=BERLIN, locale="en_GB")


@pytest.mark.parametrize(
    ("percent", "locale", "text"),
    [
        (90.2, "en_GB", "90.2%"),
        (100, "en_GB", "100.0%"),
        (90.2, "de_DE", "90,2\u00a0%"),
        (90.2, "sv_SE", "90,2\u00a0%"),
        (-3.25, "en_GB", "\u22123.2%"),
    ],
)
def test_a_rate_has_the_sign_and_spacing_of_the_locale(percent: float, locale: str, text: str) -> None:
    assert display.percent_text(percent, locale=locale) == text


def test_a_tax_rate_shows_no_decimals_that_say_nothing() -> None:
    assert display.percent_text(19, locale="en_GB", decimals="##") == "19%"
    assert display.percent_text(5.5, locale="de_DE", decimals="##") == "5,5\u00a0%"


def test_a_short_day_of_another_year_before_or_after_says_which() -> None:
    now = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)

    shown = [
        display.day_text(date(year, 2, 1), shape="short", locale="en_GB", today=now.date())
        for year in (2025, 2026, 2027)
    ]

    assert shown == ["Sat 1 Feb 2025", "Sun 1 Feb", "Mon 1 Feb 2027"]
    # In Berlin it is 2027 already.
    assert display.moment_text(now, shape="day", zone=BERLIN, locale="de_DE", now=now) == "Fr. 1. Jan."
    ends = display.moment_text(now, shape="short", zone="UTC", locale="en_GB", now=datetime(2027, 1, 1, tzinfo=UTC))
    assert ends == "Thu 31 Dec 2026, 23:30"


@pytest.mark.parametrize(
    ("language", "minor", "currency", "text"),
    [
        ("en", 128_450, "EUR", "1284.50"),
        ("de", 128_450, "EUR", "1284,50"),
        ("sv", 128_450, "SEK", "1284,50"),
        ("de", -5, "EUR", "-0,05"),
        ("de", 1_250, "KWD", "1,250"),
        ("de", 12_800, "JPY", "12800"),
        ("de", None, "EUR", ""),
    ],
)
def test_an_amount_stands_in_a_field_as_the_language_writes_it(
    language: str, minor: int | None, currency: str, text: str
) -> None:
    with translation.override(language):
        assert display.field_amount(minor, currency) == text


@given(language=st.sampled_from(["en", "de", "sv"]), minor=st.integers(0, MINOR_MAX), currency=st.sampled_from(["EUR", "SEK", "JPY", "KWD"]))  # fmt: skip
def test_what_stands_in_a_field_is_read_as_the_amount_it_was(language: str, minor: int, currency: str) -> None:
    with translation.override(language):
        assert rules.read_amount(display.field_amount(minor, currency), currency=currency, name="x") == minor
