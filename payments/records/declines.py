"""
What a no means, for every gateway alike: what to do next, in words for the cashier and for the shopper.

Gateways say hundreds of codes; each is one of four: worth trying again now, later, only with another way to pay, or never with this card.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise

RETRY_NOW, RETRY_LATER, OTHER_METHOD, NEVER = "retry_now", "retry_later", "other_method", "never"
ACTIONS = (RETRY_NOW, RETRY_LATER, OTHER_METHOD, NEVER)


@dataclass(frozen=True, slots=True)
class Advice:
    """One kind of no. `action` is one of `ACTIONS`; `next_tenders` are worth offering, the best first."""

    action: str
    cashier: Words
    shopper: Words
    next_tenders: tuple[str, ...]


_OTHER_CARD = ("card_present", "card", "wallet", "gift_card", "cash")
_WITHOUT_CARD = ("cash", "gift_card", "bank_transfer")
_SAME_AGAIN = ("card_present", "card", "cash", "gift_card")

_INSUFFICIENT = Advice(
    OTHER_METHOD,
    _("The account has not enough money. Offer another card, or part of the amount on this one."),
    _("The card does not have enough money for this payment."),
    _OTHER_CARD,
)
_ISSUER_NO = Advice(
    OTHER_METHOD,
    _("The bank said no and gives no reason. Another card often works."),
    _("The bank said no and did not say why. Another card often works."),
    _OTHER_CARD,
)
_CALL = Advice(
    OTHER_METHOD,
    _("The bank wants to speak to the card's owner first. Offer another way to pay."),
    _("The bank wants to talk to the card's owner first."),
    _OTHER_CARD,
)
_CARD_DEAD = Advice(
    NEVER,
    _("The bank does not accept this card any more. Do not try it again."),
    _("The bank does not accept this card any more."),
    _OTHER_CARD,
)
_EXPIRED = Advice(
    NEVER,
    _("The card has expired. Take another one."),
    _("The card has expired."),
    _OTHER_CARD,
)
_AUTHENTICATION = Advice(
    RETRY_NOW,
    _("The bank could not confirm that it was the customer. Let them try once more, with PIN or app."),
    _("The bank could not confirm that it was you."),
    _SAME_AGAIN,
)
_WRONG_PIN = Advice(
    RETRY_NOW,
    _("The PIN was wrong. The customer may try again."),
    _("The PIN was wrong."),
    _SAME_AGAIN,
)
_TECHNICAL = Advice(
    RETRY_NOW,
    _("Nothing was charged: the payment service was not reached. Try again."),
    _("The payment service could not be reached. It is not your card."),
    _SAME_AGAIN,
)
_BUSY = Advice(
    RETRY_LATER,
    _("The bank or the payment service is out of order. Try in a few minutes, or take another way to pay."),
    _("The bank does not answer right now. Try again in a few minutes, or pay in another way."),
    _WITHOUT_CARD,
)
_LIMIT = Advice(
    RETRY_LATER,
    _("The card has reached its limit for today. Offer another card."),
    _("The card has reached its limit for today."),
    _OTHER_CARD,
)
_CUSTOMER = Advice(
    RETRY_NOW,
    _("The customer stopped. Nothing was charged; begin again when they are ready."),
    _("You went back before paying."),
    _SAME_AGAIN,
)
_ENDED = Advice(
    RETRY_NOW,
    _("It was ended before the customer paid. Nothing was charged; take the money another way."),
    _("The shop ended this payment."),
    _SAME_AGAIN,
)
_CARD_REMOVED = Advice(
    RETRY_NOW,
    _("The card was taken out too early. Nothing was charged; begin again and leave it in until the terminal says so."),
    _("The card was taken out too early."),
    _SAME_AGAIN,
)
_BUSY_TERMINAL = Advice(
    RETRY_NOW,
    _("Nothing was charged: the terminal was busy with something else. Look at its display, then begin again."),
    _("The terminal was busy. It is not your card."),
    _SAME_AGAIN,
)
_TERMINAL_REFUSED = Advice(
    RETRY_NOW,
    _("Nothing was charged: the terminal did not take it. Look at its display, or use another terminal."),
    _("The terminal did not take it. It is not your card."),
    _SAME_AGAIN,
)
_NOT_SENT = Advice(
    RETRY_NOW,
    _("Nothing was charged: the request never reached the terminal. Begin again, or use another terminal."),
    _("The terminal was not reached. It is not your card."),
    _SAME_AGAIN,
)
_DIFFERS = Advice(
    NEVER,
    _("The terminal says it approved something else than was asked. Do not charge again; fetch a manager."),
    _("The amount has to be checked by staff."),
    (),
)
_TOO_SLOW = Advice(
    RETRY_NOW,
    _("It took too long and was given up. Nothing was charged; begin again."),
    _("The card page was open for too long."),
    _SAME_AGAIN,
)
_CANCELLED = Advice(
    RETRY_NOW,
    _("The payment service did not answer in time; the payment was cancelled there for good. Begin again."),
    _("The payment service did not answer in time, and the payment was cancelled."),
    _SAME_AGAIN,
)
_SHOP = Advice(
    OTHER_METHOD,
    _("The connection to the payment service must be mended by an owner. Take cash or a gift card."),
    _("The shop's connection to its payment service must be mended."),
    _WITHOUT_CARD,
)
_MANDATE = Advice(
    NEVER,
    _("The stored card may not be charged. Ask the customer to pay themselves."),
    _("The stored card may not be charged any more."),
    ("card", "wallet"),
)
_PLAIN_NO = Advice(
    OTHER_METHOD,
    _("The payment was not accepted. Offer another way to pay."),
    _("The payment was not accepted."),
    _OTHER_CARD,
)

BY_CODE: dict[str, Advice] = {
    "insufficient_funds": _INSUFFICIENT,
    "do_not_honour": _ISSUER_NO,
    "refusal": _ISSUER_NO,
    "call_issuer": _CALL,
    "lost_card": _CARD_DEAD,
    "stolen_card": _CARD_DEAD,
    "pickup_card": _CARD_DEAD,
    "closed_account": _CARD_DEAD,
    "invalid_card": _CARD_DEAD,
    "expired_card": _EXPIRED,
    "authentication_failed": _AUTHENTICATION,
    "wrong_pin": _WRONG_PIN,
    "pin_tries_exceeded": _CARD_DEAD,
    "limit_exceeded": _LIMIT,
    "payment_restriction": _ISSUER_NO,
    "issuer_unavailable": _BUSY,
    "unreachable_host": _BUSY,
    "unavailable_service": _BUSY,
    "not_reached": _TECHNICAL,
    "not_sent": _NOT_SENT,
    "never_arrived": _NOT_SENT,
    "terminal_offline": _NOT_SENT,
    "busy": _BUSY_TERMINAL,
    "not_allowed": _TERMINAL_REFUSED,
    "message_format": _TERMINAL_REFUSED,
    "logged_out": _TERMINAL_REFUSED,
    "device_out": _TERMINAL_REFUSED,
    "card_removed": _CARD_REMOVED,
    "amount_differs": _DIFFERS,
    "customer_cancelled": _CUSTOMER,
    "cancel": _CUSTOMER,
    "aborted": _CUSTOMER,
    "ended_by_merchant": _ENDED,
    "session_expired": _TOO_SLOW,
    "cancelled": _CANCELLED,
    "key_invalid": _SHOP,
    "currency_unsupported": _SHOP,
    "mandate_missing": _MANDATE,
    "stored_card_revoked": _MANDATE,
    "not_storable": _MANDATE,
    "not_stored": _MANDATE,
}


def advice(code: str) -> Advice:
    """Return what to do after `code`; one that nobody knows is told as a plain no, with another way to pay."""
    return BY_CODE.get(code, _PLAIN_NO)


def as_document(code: str) -> dict[str, object] | None:
    """Return the advice as REST shows it, or None where nothing was declined."""
    if not code:
        return None
    told = advice(code)
    return {
        "code": code,
        "action": told.action,
        "cashier": str(told.cashier),
        "shopper": str(told.shopper),
        "next_tenders": list(told.next_tenders),
    }
