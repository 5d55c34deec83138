"""Test cards: what each token, card number and amount makes the issuer say. The table is in `docs/sandbox.md` too."""

from __future__ import annotations

from dataclasses import dataclass

from .http import ApiError


@dataclass(frozen=True, slots=True)
class Card:
    """What a receipt may show of a card."""

    brand: str
    last4: str
    bin_country: str
    funding: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The issuer's word: declined with a code, or approved for `approved_minor`; `challenge` asks the customer."""

    approved_minor: int
    decline_code: str = ""
    challenge: str = ""
    is_partial: bool = False


_VISA = Card("visa", "1111", "DE", "debit")
_DECLINES = {
    "tok_decline_insufficient_funds": "insufficient_funds",
    "tok_decline_do_not_honour": "do_not_honour",
    "tok_decline_lost": "lost_card",
    "tok_decline_expired": "expired_card",
}
_CARDS = {
    "tok_ok": _VISA,
    "tok_visa_ok": _VISA,
    "tok_mc_ok": Card("mastercard", "4444", "SE", "credit"),
    "tok_girocard_ok": Card("girocard", "0672", "DE", "debit"),
    "tok_amex_ok": Card("amex", "0005", "GB", "credit"),
    "tok_challenge": Card("visa", "3220", "DE", "credit"),
    "tok_challenge_fail": Card("visa", "3238", "DE", "credit"),
    "tok_decline_insufficient_funds": Card("visa", "9995", "DE", "debit"),
    "tok_decline_do_not_honour": Card("visa", "0002", "FR", "credit"),
    "tok_decline_lost": Card("mastercard", "9987", "DE", "credit"),
    "tok_decline_expired": Card("mastercard", "0069", "NL", "debit"),
    "tok_timeout_landed": _VISA,
    "tok_timeout_not_landed": _VISA,
    "tok_lands_late": _VISA,
    "tok_error_500_then_ok": _VISA,
    "tok_wrong_amount": _VISA,
    "tok_partial": Card("visa", "7021", "DE", "prepaid"),
    "tok_dispute": Card("visa", "0259", "DE", "credit"),
    "tok_dispute_not_received": Card("visa", "2685", "GB", "credit"),
    "tok_dispute_inquiry": Card("visa", "1976", "DE", "credit"),
}
TOKENS = tuple(_CARDS)

# Cards whose owners go to their bank as soon as a payment is settled: the reason they give, and how it begins.
DISPUTING = {
    "0259": ("fraudulent", "chargeback"),
    "2685": ("product_not_received", "chargeback"),
    "1976": ("unrecognised", "inquiry"),
}

# Chosen by the amount when the token is tok_ok: the last two digits of the minor units.
_DECLINES_BY_AMOUNT = {1: "call_issuer", 5: "do_not_honour", 51: "insufficient_funds"}

# The hosted page takes these numbers and no other; they are public test numbers and pass the Luhn check.
NUMBERS = {
    "4111111111111111": "tok_visa_ok",
    "5555555555554444": "tok_mc_ok",
    "378282246310005": "tok_amex_ok",
    "4000000000003220": "tok_challenge",
    "4000000000003238": "tok_challenge_fail",
    "4000000000009995": "tok_decline_insufficient_funds",
    "4000000000000002": "tok_decline_do_not_honour",
    "4000000000009987": "tok_decline_lost",
    "4000000000000069": "tok_decline_expired",
    "4000000000000259": "tok_dispute",
    "4000000000002685": "tok_dispute_not_received",
    "4000000000001976": "tok_dispute_inquiry",
}


def get_card(token: str) -> Card:
    """
    Return the card behind a test token.

    :raises ApiError: 422 if the token is not one of ours.
    """
    try:
        return _CARDS[token]
    except KeyError:
        raise ApiError(422, "token_unknown", f"{token} is not a test token.") from None


def outcome_of(token: str, amount_minor: int) -> Outcome:
    """Return what the issuer says to `token` for this amount."""
    if token in _DECLINES:
        return Outcome(0, decline_code=_DECLINES[token])
    if token == "tok_ok" and amount_minor % 100 in _DECLINES_BY_AMOUNT:
        return Outcome(0, decline_code=_DECLINES_BY_AMOUNT[amount_minor % 100])
    if token == "tok_challenge":
        return Outcome(amount_minor, challenge="approve")
    if token == "tok_challenge_fail":
        return Outcome(amount_minor, challenge="refuse")
    if not amount_minor:
        return Outcome(0)
    if token == "tok_wrong_amount":
        return Outcome(max(1, amount_minor - 100))
    if token == "tok_partial":
        return Outcome(max(1, amount_minor // 2), is_partial=True)
    return Outcome(amount_minor)
