"""
Money: an integer number of minor units and an ISO 4217 currency.

EUR 12.50 is `Money(1250, "EUR")`, JPY 500 is `Money(500, "JPY")`, KWD 1.250 is `Money(1250, "KWD")`. The exponent
comes from the ISO table below and never from a formatting library: those differ for 13 currencies.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

# ISO 4217 amendment 176 (2024), List One, column "minor units"; what is not named here has two.
_ZERO = [
    "BIF",
    "CLP",
    "DJF",
    "GNF",
    "ISK",
    "JPY",
    "KMF",
    "KRW",
    "PYG",
    "RWF",
    "UGX",
    "UYI",
    "VND",
    "VUV",
    "XAF",
    "XOF",
    "XPF",
]
_THREE = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]
_FOUR = ["CLF", "UYW"]
_TWO = [
    "AED",
    "AFN",
    "ALL",
    "AMD",
    "ANG",
    "AOA",
    "ARS",
    "AUD",
    "AWG",
    "AZN",
    "BAM",
    "BBD",
    "BDT",
    "BGN",
    "BMD",
    "BND",
    "BOB",
    "BOV",
    "BRL",
    "BSD",
    "BTN",
    "BWP",
    "BYN",
    "BZD",
    "CAD",
    "CDF",
    "CHE",
    "CHF",
    "CHW",
    "CNY",
    "COP",
    "COU",
    "CRC",
    "CUP",
    "CVE",
    "CZK",
    "DKK",
    "DOP",
    "DZD",
    "EGP",
    "ERN",
    "ETB",
    "EUR",
    "FJD",
    "FKP",
    "GBP",
    "GEL",
    "GHS",
    "GIP",
    "GMD",
    "GTQ",
    "GYD",
    "HKD",
    "HNL",
    "HTG",
    "HUF",
    "IDR",
    "ILS",
    "INR",
    "IRR",
    "JMD",
    "KES",
    "KGS",
    "KHR",
    "KPW",
    "KYD",
    "KZT",
    "LAK",
    "LBP",
    "LKR",
    "LRD",
    "LSL",
    "MAD",
    "MDL",
    "MGA",
    "MKD",
    "MMK",
    "MNT",
    "MOP",
    "MRU",
    "MUR",
    "MVR",
    "MWK",
    "MXN",
    "MXV",
    "MYR",
    "MZN",
    "NAD",
    "NGN",
    "NIO",
    "NOK",
    "NPR",
    "NZD",
    "PAB",
    "PEN",
    "PGK",
    "PHP",
    "PKR",
    "PLN",
    "QAR",
    "RON",
    "RSD",
    "RUB",
    "SAR",
    "SBD",
    "SCR",
    "SDG",
    "SEK",
    "SGD",
    "SHP",
    "SLE",
    "SOS",
    "SRD",
    "SSP",
    "STN",
    "SVC",
    "SYP",
    "SZL",
    "THB",
    "TJS",
    "TMT",
    "TOP",
    "TRY",
    "TTD",
    "TWD",
    "TZS",
    "UAH",
    "USD",
    "USN",
    "UYU",
    "UZS",
    "VED",
    "VES",
    "WST",
    "XCD",
    "YER",
    "ZAR",
    "ZMW",
    "ZWG",
]
EXPONENTS: dict[str, int] = {
    **dict.fromkeys(_TWO, 2),
    **dict.fromkeys(_ZERO, 0),
    **dict.fromkeys(_THREE, 3),
    **dict.fromkeys(_FOUR, 4),
}

# The largest single amount: nine thousand of them still sum within PostgreSQL's bigint, so one slip of a finger breaks no total, and JavaScript reads it exactly.
MINOR_MAX = 10**15


class CurrencyUnknown(ValueError):
    """The text is not an ISO 4217 currency with minor units."""


class CurrencyMismatch(ValueError):
    """Two currencies were added, subtracted or compared."""


_WRITTEN_OUT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)")


class AmountPrecision(ValueError):
    """The amount has more decimals than its currency."""


class AmountMalformed(ValueError):
    """The text is not a number, or is too large to store."""


def exponent(currency: str) -> int:
    """
    Return the number of decimals of `currency`.

    :raises CurrencyUnknown: if ISO 4217 does not list it.
    """
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise CurrencyUnknown(currency) from None


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units. Never a float, never two currencies in one sum."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"minor units are an int, not {type(self.minor).__name__}")
        exponent(self.currency)

    @classmethod
    def parse(cls, text: str, currency: str) -> Money:
        """
        Return the Money written as `text` in major units with a decimal point ("12.5" EUR is 1250 minor).

        People type it: digits with at most one point. "1e5" is a slip of a finger, never a hundred thousand.

        :raises AmountPrecision: if there are more significant decimals than the currency has.
        :raises AmountMalformed: if it is not a finite number, not written out or too large.
        """
        if not is_written_out(text):
            raise AmountMalformed(text)
        return cls(minor_units(text, exponent(currency)), currency)

    @property
    def major(self) -> Decimal:
        """The amount in major units, exact."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def __str__(self) -> str:
        return f"{self.major:f} {self.currency}"

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __mul__(self, count: int) -> Money:
        if type(count) is not int:
            raise TypeError("money is multiplied by whole numbers; use split for shares")
        return Money(self.minor * count, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def split(self, weights: Sequence[int]) -> list[Money]:
        """Share by `weights`; the parts always sum to the whole. See `split_minor`."""
        return [Money(part, self.currency) for part in split_minor(self.minor, weights)]

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency}")
        return other.minor


def is_written_out(text: str) -> bool:
    """Whether `text` is a number as people write it: digits with at most one point, no exponent."""
    return _WRITTEN_OUT.fullmatch(text.strip()) is not None


def minor_units(text: str, decimals: int) -> int:
    """
    Return `text` (major units, decimal point) as an integer with `decimals` implied decimals.

    :raises AmountPrecision: if digits would be lost.
    :raises AmountMalformed: if it is not a finite number of at most `MINOR_MAX` minor units.
    """
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        raise AmountMalformed(text) from None
    if not value.is_finite() or abs(value) > MINOR_MAX:
        raise AmountMalformed(text)
    scaled = value.scaleb(decimals)
    whole = int(scaled)
    if scaled != whole:
        raise AmountPrecision(text)
    if abs(whole) > MINOR_MAX:
        raise AmountMalformed(text)
    return whole


def split_minor(minor: int, weights: Sequence[int]) -> list[int]:
    """
    Share `minor` in proportion to `weights` (largest remainder first, ties to the earlier part).

    `split_minor(100, [1, 1, 1])` is `[34, 33, 33]`: the lost unit goes to the first part, never nowhere.
    """
    total = sum(weights)
    if not weights or total <= 0 or any(w < 0 for w in weights):
        raise ValueError("weights must be positive and not empty")
    sign = -1 if minor < 0 else 1
    shares = [divmod(abs(minor) * weight, total) for weight in weights]
    parts = [whole for whole, _ in shares]
    left = abs(minor) - sum(parts)
    for index in sorted(range(len(shares)), key=lambda i: (-shares[i][1], i))[:left]:
        parts[index] += 1
    return [sign * part for part in parts]


def rounded_share(minor: int, numerator: int, denominator: int) -> int:
    """Return minor × numerator / denominator, rounded half away from zero: how tax laws and cashiers round."""
    product = minor * numerator
    sign = -1 if (product < 0) != (denominator < 0) else 1
    return sign * ((2 * abs(product) + abs(denominator)) // (2 * abs(denominator)))
