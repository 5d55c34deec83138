"""What a processor's no means to a shopper, and who can do something about it."""

from __future__ import annotations

from dataclasses import dataclass

from payments.records import declines
from payments.records.declines import Words

# Nothing a shopper does mends these.
_SHOP = ("key_invalid", "currency_unsupported")
_NOBODY = ("not_reached", "cancelled", "issuer_unavailable", "unreachable_host", "unavailable_service")


@dataclass(frozen=True, slots=True)
class Decline:
    """A no. `who` must act: the `shopper`, the `shop`, or `nobody`; `next_ways` are the tenders worth offering."""

    code: str
    words: Words
    who: str
    next_ways: tuple[str, ...] = ("card",)


def decline(code: str) -> Decline:
    """Return what `code` means; an unknown code is told as a plain no."""
    who = "shop" if code in _SHOP else "nobody" if code in _NOBODY else "shopper"
    return Decline(code, declines.advice(code).shopper, who, next_ways=() if who == "shop" else ("card",))
