"""What somebody typed or pasted into a search, told by its shape: an amount, the end of a card number."""

from __future__ import annotations

import re
from dataclasses import dataclass

from merchant.core.money import EXPONENTS

# Signs that stand for one currency; "$" and "kr" stand for several and narrow nothing.
_SIGNS = {"€": "EUR", "£": "GBP", "¥": "JPY", "$": "", "KR": ""}
_AMOUNT = re.compile(
    r"(?P<before>[€£¥$]|kr|[A-Z]{3})?\s*(?P<sign>[-+−]?)(?P<figures>\d[\d.,' ]{0,18})(?P<after>[€£¥$]|kr|[A-Z]{3})?",
    re.I,
)
_CARD = re.compile(r"[•*·x]{0,16}\s*(?P<last4>\d{4})(?:[\s,;]+(?P<amount>\S.*))?", re.I)


@dataclass(frozen=True, slots=True)
class TypedAmount:
    """Minor units, and the currency where it was named."""

    minor: int
    currency: str = ""


def typed_amount(text: str) -> TypedAmount | None:
    """
    Return the amount in `text`, None where it is none.

    Without a currency an amount has two decimals ("12.50", "1.284,50"), because a bare number is an order's or a card's; with one it has that currency's
    ("JPY 1500", "€12").
    """
    found = _AMOUNT.fullmatch(text.strip())
    if found is None or (found["before"] and found["after"]):
        return None
    named = (found["before"] or found["after"] or "").upper()
    currency = _SIGNS.get(named, named)
    if currency and currency not in EXPONENTS:
        return None
    decimals = EXPONENTS[currency] if currency else 2
    minor = _minor(found["figures"].strip(), decimals, is_whole_allowed=bool(named))
    return (
        None if minor is None else TypedAmount(-minor if found["sign"] in "-−" and found["sign"] else minor, currency)
    )


def _minor(figures: str, decimals: int, *, is_whole_allowed: bool) -> int | None:
    whole, separator, rest = figures, "", ""
    if len(figures) > decimals + 1 and decimals and figures[-decimals - 1] in ".,":
        whole, separator, rest = figures[: -decimals - 1], figures[-decimals - 1], figures[-decimals:]
    if not separator and not is_whole_allowed:
        return None
    if not re.fullmatch(r"\d{1,12}|\d{1,3}([.,' ])\d{3}(\1\d{3})*", whole) or not (rest or "0").isdecimal():
        return None
    digits = re.sub(r"\D", "", whole) + (rest or "0" * decimals)
    return int(digits) if len(digits) <= 15 else None


def typed_card(text: str) -> tuple[str, TypedAmount | None] | None:
    """Return the last four digits in "4242" or "•4242 12.50", and the amount beside them; None for anything else."""
    found = _CARD.fullmatch(text.strip())
    if found is None:
        return None
    amount = typed_amount(found["amount"]) if found["amount"] else None
    return None if found["amount"] and amount is None else (found["last4"], amount)
