"""Amounts written by others: major units with a point or a comma, or minor units, to our integers. Never a float."""

from __future__ import annotations

import re
from functools import lru_cache

from merchant.core.money import MINOR_MAX, AmountMalformed, AmountPrecision

_NUMBER = re.compile(r"([+-]?)(\d*)(?:([.,])(\d*))?", re.ASCII)
# Below this length no amount can pass a bigint, so the quick way needs no further check.
_QUICK_CHARS_MAX = 18
_RATE_DECIMALS_MIN = 4


# The amounts of a report repeat: prices, and fees of them.
@lru_cache(maxsize=1 << 14)
def to_minor(text: str, decimals: int) -> int:
    """
    Return `text` in major units as minor units of a currency with `decimals`.

    Zeros beyond the currency's decimals lose nothing and are accepted ("8.850" EUR is 885, "1500,00" JPY is 1500),
    except after a comma with three digits: "1,230" may be one thousand two hundred and thirty, and a guess would be
    wrong silently.
    Exponents, thousands separators and currency signs are refused, also where Decimal would read them.

    :raises AmountPrecision: if digits would be lost.
    :raises AmountMalformed: if it is not a plain number, or no bigint holds it.
    """
    if decimals == 2 and text[-3:-2] == "." and len(text) < _QUICK_CHARS_MAX:
        digits = text[:-3] + text[-2:]
        if digits.isascii() and (digits.isdecimal() or (digits[0] == "-" and digits[1:].isdecimal())):
            return int(digits)
    return _carefully(text, decimals)


def _carefully(text: str, decimals: int) -> int:
    match = _NUMBER.fullmatch(text.strip().replace("\u2212", "-"))
    if match is None:
        raise AmountMalformed(text)
    sign, whole, separator, fraction = match[1], match[2], match[3], match[4] or ""
    if not whole and not fraction:
        raise AmountMalformed(text)
    if separator == "," and len(fraction) == 3 > decimals and not fraction.rstrip("0")[decimals:]:
        raise AmountMalformed(text)
    if fraction[decimals:].strip("0"):
        raise AmountPrecision(text)
    # Python turns no text of thousands of digits into a number, were they all zeros.
    digits = (whole + fraction[:decimals].ljust(decimals, "0")).lstrip("0") or "0"
    if len(digits) > len(str(MINOR_MAX)) or int(digits) > MINOR_MAX:
        raise AmountMalformed(text)
    return -int(digits) if sign == "-" else int(digits)


def rescaled(minor: int, *, written_decimals: int, decimals: int) -> int:
    """
    Return an integer that was written with `written_decimals` implied decimals in a currency's own `decimals`.

    :raises AmountPrecision: if digits would be lost.
    """
    if written_decimals <= decimals:
        return minor * 10 ** (decimals - written_decimals)
    whole, lost = divmod(abs(minor), 10 ** (written_decimals - decimals))
    if lost:
        raise AmountPrecision(str(minor))
    return -whole if minor < 0 else whole


def agrees_with_rate(minor: int, rate: str, product_minor: int, *, decimals: int, product_decimals: int) -> bool:
    """
    Return whether `minor` × `rate` is `product_minor` as far as the rate's last digit and rounding can tell.

    A rate is taken to have at least four decimals, zeros at its end being left away by many.
    """
    match = re.fullmatch(r"(\d*)(?:\.(\d*))?", rate.strip().replace(",", "."), re.ASCII)
    if match is None or len(rate) > 40:
        return False
    fraction = (match[2] or "").ljust(_RATE_DECIMALS_MIN, "0")
    # All in units of half the rate's last digit times one minor unit of the first currency.
    numerator = 2 * abs(minor) * int((match[1] + fraction) or "0") * 10**product_decimals
    denominator = 10 ** (len(fraction) + decimals)
    return abs(numerator - 2 * abs(product_minor) * denominator) <= denominator + abs(minor) * 10**product_decimals


def is_rounded_product(minor: int, rate: str, product_minor: int, *, decimals: int, product_decimals: int) -> bool:
    """Return whether `minor` × `rate`, moved to the other currency's decimals, rounds to `product_minor`."""
    match = re.fullmatch(r"(\d*)(?:\.(\d*))?", rate.strip().replace(",", "."), re.ASCII)
    if match is None or len(rate) > 40:
        return False
    fraction = match[2] or ""
    numerator = abs(minor) * int((match[1] + fraction) or "0") * 10**product_decimals
    denominator = 10 ** (len(fraction) + decimals)
    return 2 * abs(numerator - abs(product_minor) * denominator) <= denominator
