"""What a processor's no means in plain words, and who can do something about it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Decline:
    """A no. `who` must act: the `shopper`, the `shop`, or `nobody`; `next_ways` are the tenders worth offering."""

    code: str
    words: Words
    who: str
    next_ways: tuple[str, ...] = ("card",)


_WORDS: dict[str, tuple[Words, str]] = {
    "insufficient_funds": (_("The card does not have enough money for this payment."), "shopper"),
    "do_not_honour": (_("The bank said no and did not say why. Another card often works."), "shopper"),
    "call_issuer": (_("The bank wants to talk to the card's owner first."), "shopper"),
    "lost_card": (_("The bank does not accept this card any more."), "shopper"),
    "expired_card": (_("The card has expired."), "shopper"),
    "authentication_failed": (_("The bank could not confirm that it was you."), "shopper"),
    "customer_cancelled": (_("You went back before paying."), "shopper"),
    "session_expired": (_("The card page was open for too long."), "shopper"),
    "not_reached": (_("The payment service could not be reached. It is not your card."), "nobody"),
    "cancelled": (_("The payment service did not answer in time, and the payment was cancelled."), "nobody"),
    "key_invalid": (_("The shop's connection to its payment service must be mended."), "shop"),
    "currency_unsupported": (_("The shop's payment service does not take this currency."), "shop"),
}
_OTHER: tuple[Words, str] = (_("The payment was not accepted."), "shopper")


def decline(code: str) -> Decline:
    """Return what `code` means; an unknown code is told as a plain no."""
    words, who = _WORDS.get(code, _OTHER)
    return Decline(code=code, words=words, who=who, next_ways=() if who == "shop" else ("card",))
