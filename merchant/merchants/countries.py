"""What is usual in a country, so that a new merchant types little: its currency and its time zone. Any other country is typed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from zoneinfo import available_timezones

from babel import Locale

# ISO 3166 code -> (currency, zone of its capital).
COUNTRIES: dict[str, tuple[str, str]] = {
    "AT": ("EUR", "Europe/Vienna"),
    "BE": ("EUR", "Europe/Brussels"),
    "CH": ("CHF", "Europe/Zurich"),
    "CZ": ("CZK", "Europe/Prague"),
    "DE": ("EUR", "Europe/Berlin"),
    "DK": ("DKK", "Europe/Copenhagen"),
    "ES": ("EUR", "Europe/Madrid"),
    "FI": ("EUR", "Europe/Helsinki"),
    "FR": ("EUR", "Europe/Paris"),
    "GB": ("GBP", "Europe/London"),
    "IE": ("EUR", "Europe/Dublin"),
    "IT": ("EUR", "Europe/Rome"),
    "LU": ("EUR", "Europe/Luxembourg"),
    "NL": ("EUR", "Europe/Amsterdam"),
    "NO": ("NOK", "Europe/Oslo"),
    "PL": ("PLN", "Europe/Warsaw"),
    "PT": ("EUR", "Europe/Lisbon"),
    "SE": ("SEK", "Europe/Stockholm"),
}

# Where people live; the rest of the list are old names and offsets without summer time.
_PARTS_OF_THE_WORLD = (
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)


@cache
def list_zones() -> tuple[str, ...]:
    """Return the names of the time zones to choose from, `UTC` last."""
    return (*sorted(zone for zone in available_timezones() if zone.startswith(_PARTS_OF_THE_WORLD)), "UTC")


def is_country(code: str) -> bool:
    """Say whether there is a country of this ISO 3166 code."""
    return len(code) == 2 and code.isalpha() and code.isupper() and code in Locale("en").territories


def name_of(country: str, *, locale: str) -> str:
    """Return what a country is called in the reader's language; its code where nobody knows."""
    return str(Locale.parse(locale).territories.get(country, country))


def named_countries(*, locale: str) -> Sequence[tuple[str, str]]:
    """Return the countries as (code, name), by name."""
    return sorted(((code, name_of(code, locale=locale)) for code in COUNTRIES), key=lambda pair: pair[1])
