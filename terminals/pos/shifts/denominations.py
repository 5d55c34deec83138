"""Notes and coins by currency, largest first, in minor units: what a drawer is counted by."""

from __future__ import annotations

from collections.abc import Mapping

from merchant.core.errors import AppError

# In circulation in 2026, from the issuing central banks' own lists.
DENOMINATIONS: Mapping[str, tuple[int, ...]] = {
    "CHF": (100000, 20000, 10000, 5000, 2000, 1000, 500, 200, 100, 50, 20, 10, 5),
    "CZK": (500000, 200000, 100000, 50000, 20000, 10000, 5000, 2000, 1000, 500, 200, 100),
    "DKK": (100000, 50000, 20000, 10000, 5000, 2000, 1000, 500, 200, 100, 50),
    "EUR": (50000, 20000, 10000, 5000, 2000, 1000, 500, 200, 100, 50, 20, 10, 5, 2, 1),
    "GBP": (5000, 2000, 1000, 500, 200, 100, 50, 20, 10, 5, 2, 1),
    "JPY": (10000, 5000, 2000, 1000, 500, 100, 50, 10, 5, 1),
    "KWD": (20000, 10000, 5000, 1000, 500, 250, 100, 50, 20, 10, 5),
    "NOK": (100000, 50000, 20000, 10000, 5000, 2000, 1000, 500, 100),
    "PLN": (50000, 20000, 10000, 5000, 2000, 1000, 500, 200, 100, 50, 20, 10, 5, 2, 1),
    "SEK": (100000, 50000, 20000, 10000, 5000, 2000, 1000, 500, 200, 100),
    "USD": (10000, 5000, 2000, 1000, 500, 200, 100, 50, 25, 10, 5, 1),
}


class UnknownDenomination(AppError):
    """Something was counted that the currency does not have."""

    code = "unknown_denomination"
    status = 422
    detail = "There is no such note or coin in {currency}."
    next_step = "Enter it under the right note or coin, or as loose money."


def denominations_of(currency: str) -> tuple[int, ...]:
    """Return a currency's notes and coins, largest first; () where we keep no list and money is entered as one sum."""
    return DENOMINATIONS.get(currency, ())


def total_of(currency: str, pieces: Mapping[int, int]) -> int:
    """
    Return what so many pieces of each denomination come to, in minor units.

    :raises UnknownDenomination: for a note or coin the currency does not have.
    """
    known = denominations_of(currency)
    for value in pieces:
        if value not in known:
            raise UnknownDenomination(currency=currency, value=value)
    return sum(value * number for value, number in pieces.items())
