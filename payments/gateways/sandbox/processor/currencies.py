"""Currencies as the processor knows them: decimals, fixed exchange rates, text in major units."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

# ISO 4217: what is not named here has two decimals.
_DECIMALS = {"JPY": 0, "KRW": 0, "ISK": 0, "HUF": 2, "KWD": 3, "BHD": 3, "JOD": 3, "OMR": 3, "TND": 3}

# Units of each currency for one euro. Fixed, so that a run can be repeated; a real processor's rate moves.
_PER_EURO = {
    "EUR": Decimal("1"),
    "USD": Decimal("1.08"),
    "GBP": Decimal("0.86"),
    "CHF": Decimal("0.95"),
    "SEK": Decimal("11.20"),
    "DKK": Decimal("7.46"),
    "NOK": Decimal("11.60"),
    "PLN": Decimal("4.30"),
    "JPY": Decimal("160"),
    "KWD": Decimal("0.33"),
}


def decimals(currency: str) -> int:
    """Return the number of decimals of a currency."""
    return _DECIMALS.get(currency, 2)


def is_convertible(currency: str, into: str) -> bool:
    """Whether a payment in `currency` can be settled in `into`."""
    return currency == into or (currency in _PER_EURO and into in _PER_EURO)


def rate(currency: str, into: str) -> Decimal:
    """Return how many units of `into` one unit of `currency` buys, to eight decimals."""
    return (_PER_EURO[into] / _PER_EURO[currency]).quantize(Decimal("0.00000001"))


def convert(amount_minor: int, currency: str, into: str) -> int:
    """Return `amount_minor` in minor units of `into`, half away from zero."""
    if currency == into:
        return amount_minor
    exact = Decimal(amount_minor).scaleb(-decimals(currency)) * rate(currency, into)
    return int(exact.scaleb(decimals(into)).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def major(amount_minor: int, currency: str) -> str:
    """Return the amount in major units with a decimal point: 1250 EUR is "12.50"."""
    places = decimals(currency)
    if places == 0:
        return str(amount_minor)
    sign = "-" if amount_minor < 0 else ""
    digits = str(abs(amount_minor)).rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}"
