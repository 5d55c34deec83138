"""Amounts and moments as people read them: in the merchant's locale and the store's zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.core import Locale
from babel.dates import format_date, format_time, format_timedelta, get_datetime_format
from babel.numbers import format_decimal, format_percent, get_currency_symbol, get_decimal_symbol
from django.conf import settings
from django.utils.translation import get_language

from merchant.core.money import Money, exponent

TRUE_MINUS = "\u2212"
NO_BREAK_SPACE = "\u00a0"

# Marks in what browsers call themselves, the telling ones first: Edge also says Chrome, and Chrome also says Safari.
BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"), ("Linux", "Linux"),
)  # fmt: skip

# Relative age is only helpful while it is short; after an hour people want the clock.
AGE_RELATIVE_SECONDS_MAX = 3600


@dataclass(frozen=True, slots=True)
class MoneyParts:
    """An amount taken apart, so that the symbol can be drawn quieter than the figures."""

    sign: str
    before: str
    figures: str
    after: str

    def __str__(self) -> str:
        return f"{self.sign}{self.before}{self.figures}{self.after}"


def money_parts(money: Money, *, locale: str, with_plus: bool = False) -> MoneyParts:
    """
    Return `money` in the separators and order of `locale`, with the decimals of ISO 4217.

    A symbol that only one currency uses is shown (€, £, US$); otherwise the code is (CHF, SEK).
    """
    digits = exponent(money.currency)
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    figures = format_decimal(abs(money.major), format=pattern, locale=locale)
    sign = TRUE_MINUS if money.minor < 0 else ("+" if with_plus and money.minor > 0 else "")
    symbol = currency_symbol(money.currency)
    if _symbol_comes_first(locale):
        gap = NO_BREAK_SPACE if symbol[-1].isalpha() else ""
        return MoneyParts(sign, symbol + gap, figures, "")
    return MoneyParts(sign, "", figures, NO_BREAK_SPACE + symbol)


def money_text(money: Money, *, locale: str, with_plus: bool = False) -> str:
    """Return `money` as one piece of text, for labels, titles and chart descriptions."""
    return str(money_parts(money, locale=locale, with_plus=with_plus))


def field_amount(minor: int | None, currency: str) -> str:
    """Return an amount as it stands in a field somebody types in, "" for none."""
    return "" if minor is None else field_decimal(Money(minor, currency).major, digits=exponent(currency))


def field_decimal(value: Decimal, *, digits: int) -> str:
    """Return a number as it stands in a field, with the decimal sign of the page's language and nothing between the thousands; fields take either sign."""
    return f"{value:.{digits}f}".replace(".", get_decimal_symbol(get_language() or settings.LANGUAGE_CODE))


def count_text(number: int, *, locale: str) -> str:
    """Return a whole number with the separators of `locale`."""
    return format_decimal(number, locale=locale)


def percent_text(percent: float, *, locale: str, decimals: str = "0", with_plus: bool = False) -> str:
    """
    Return `percent` (12.4, not 0.124) as `locale` writes it: "12.4%", "12,4 %".

    `decimals` is Babel's pattern behind the point: "0" always one, "##" up to two.
    """
    pattern = Locale.parse(locale).percent_formats[None].pattern.replace("##0", f"##0.{decimals}")
    sign = TRUE_MINUS if percent < 0 else ("+" if with_plus else "")
    return f"{sign}{format_percent(abs(percent) / 100, format=pattern, locale=locale)}"


@lru_cache(maxsize=256)
def currency_symbol(currency: str) -> str:
    """Return the sign that only this currency uses, else its ISO code. "$" alone is several countries' money."""
    if currency == "USD":
        return "US$"
    return get_currency_symbol(currency, locale="en")


@lru_cache(maxsize=64)
def _symbol_comes_first(locale: str) -> bool:
    pattern = Locale.parse(locale).currency_formats["standard"].pattern
    return pattern.index("\u00a4") < pattern.index("0")


def moment_text(
    moment: datetime, *, shape: str, zone: str, locale: str, now: datetime | None = None, today: date | None = None
) -> str:
    """
    Return an aware `moment` in `zone`. With `now`, or the day it is there (`today`), a short one of another year says which.

    Shapes: `time` 14:02 · `second` 14:02:31 · `weekday` Fri 11:20 · `day` Fri 20 Nov · `short` Fri 20 Nov, 11:20 · `dated`
    Thu 20 Nov 2025, 11:20 · `full` with year and zone.
    """
    here = moment.astimezone(ZoneInfo(zone))
    today = now.astimezone(ZoneInfo(zone)).date() if now else today
    if shape == "time":
        return _clock_text(here.hour, here.minute, locale)
    if shape == "second":
        return format_time(here, format="medium", locale=locale)
    if shape == "day":
        return day_text(here.date(), shape="short", locale=locale, today=today)
    if shape == "weekday":
        return f"{format_date(here, format='EEE', locale=locale)} {_clock_text(here.hour, here.minute, locale)}"
    if shape in ("short", "dated"):
        clock = _clock_text(here.hour, here.minute, locale)
        return f"{day_text(here.date(), shape=shape, locale=locale, today=today)}, {clock}"
    if shape == "full":
        day, clock = _day_text(here.date(), "medium", locale), format_time(here, format="medium", locale=locale)
        return f"{_full_pattern(locale).format(clock, day)} ({zone})"
    raise ValueError(f"no such shape of a moment: {shape}")


@lru_cache(maxsize=16)
def _full_pattern(locale: str) -> str:
    return str(get_datetime_format("medium", locale=locale)).replace("'", "")


# Every minute of a day in one language.
@lru_cache(maxsize=1440)
def _clock_text(hour: int, minute: int, locale: str) -> str:
    return format_time(time(hour, minute), format="short", locale=locale)


def day_text(day: date, *, shape: str, locale: str, today: date | None = None) -> str:
    """
    Return a calendar day. With `today`, a short one of another year says which.

    Shapes: `short` Fri 20 Nov · `dated` Thu 20 Nov 2025 · `long` Saturday 21 November · `full` with year.
    """
    if shape == "short" and today is not None and day.year != today.year:
        shape = "dated"
    return _day_text(day, shape, locale)


@lru_cache(maxsize=1024)
def _day_text(day: date, shape: str, locale: str) -> str:
    skeleton = {
        "short": _order("EEE d MMM", "EEE d. MMM", locale),
        "dated": _order("EEE d MMM y", "EEE d. MMM y", locale),
        "long": _order("EEEE d MMMM", "EEEE, d. MMMM", locale),
    }
    if shape == "full":
        return format_date(day, format="long", locale=locale)
    return format_date(day, format=skeleton.get(shape, shape), locale=locale)


def _order(plain: str, german: str, locale: str) -> str:
    return german if locale.startswith("de") else plain


def age_text(moment: datetime, *, now: datetime, zone: str, locale: str) -> str:
    """Return "14 minutes ago" within the hour, else the time of the day or the day."""
    seconds = (now - moment).total_seconds()
    if 0 <= seconds < AGE_RELATIVE_SECONDS_MAX:
        return format_timedelta(moment - now, add_direction=True, granularity="second", threshold=1, locale=locale)
    same_day = moment.astimezone(ZoneInfo(zone)).date() == now.astimezone(ZoneInfo(zone)).date()
    return moment_text(moment, shape="time" if same_day else "short", zone=zone, locale=locale, now=now)


def duration_text(duration: timedelta) -> str:
    """Return "4 s", then "12 min", then "3 h": how long something has been going on."""
    seconds = max(0, int(duration.total_seconds()))
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 2 * 3600:
        return f"{seconds // 60} min"
    return f"{seconds // 3600} h"
