"""What methods, operations and outcomes are called on staff pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

METHODS = {
    "cash": _("Cash"),
    "card_present": _("Card at the till"),
    "card": _("Card online"),
    "wallet": _("Wallet"),
    "bank_transfer": _("Bank transfer"),
    "gift_card": _("Gift card"),
    "store_credit": _("Store credit"),
    "exchange": _("Exchanged goods"),
    "marketplace": _("Paid at the marketplace"),
}
BRANDS = {
    "visa": "Visa", "mastercard": "Mastercard", "amex": "American Express", "girocard": "girocard", "maestro": "Maestro", "discover": "Discover",
    "jcb": "JCB", "unionpay": "UnionPay",
}  # fmt: skip
INITIATIONS = {
    "customer": _("the customer"),
    "phone": _("the customer, on the phone"),
    "merchant": _("us, with a stored card"),
}
KINDS = {
    "authorise": _("Payment"),
    "increment": _("Raise"),
    "capture": _("Capture"),
    "void": _("Void"),
    "refund": _("Refund"),
    "expire": _("Expiry"),
    "take_back": _("Taken back"),
    "reclaim": _("Brought back from an exchange"),
}

# Who said it.
SOURCES = {
    "till": _("The till"),
    "clock": _("Its time is over"),
    "answer": _("The gateway answered"),
    "webhook": _("The gateway's webhook"),
    "look_up": _("Asked the gateway"),
    "terminal": _("The terminal"),
    "report": _("The settlement report"),
    "person": _("A person"),
}

# (what was asked, what became of it) -> title, tone, icon.
OUTCOMES = {
    ("authorise", "succeeded"): (_("Approved"), "good", "circle-check"),
    ("authorise", "declined"): (_("Declined"), "bad", "octagon-x"),
    ("authorise", "failed"): (_("Failed, nothing charged"), "bad", "triangle-alert"),
    ("authorise", "unknown"): (_("No answer: the outcome is unknown"), "warn", "circle-question-mark"),
    ("authorise", "action_required"): (_("The customer must confirm"), "info", "smartphone"),
    ("capture", "succeeded"): (_("Captured"), "good", "credit-card"),
    ("capture", "declined"): (_("Capture declined"), "bad", "octagon-x"),
    ("capture", "failed"): (_("Capture failed"), "bad", "triangle-alert"),
    ("capture", "unknown"): (_("No answer to the capture"), "warn", "circle-question-mark"),
    ("refund", "succeeded"): (_("Refunded"), "back", "undo-2"),
    ("refund", "declined"): (_("Refund declined"), "bad", "octagon-x"),
    ("refund", "failed"): (_("Refund failed"), "bad", "triangle-alert"),
    ("refund", "unknown"): (_("No answer to the refund"), "warn", "circle-question-mark"),
    ("increment", "succeeded"): (_("Raised"), "good", "circle-check"),
    ("increment", "declined"): (_("Raise declined"), "bad", "octagon-x"),
    ("increment", "failed"): (_("Raise failed"), "bad", "triangle-alert"),
    ("increment", "unknown"): (_("No answer to the raise"), "warn", "circle-question-mark"),
    ("expire", "succeeded"): (_("Expired: the bank holds the money no longer"), "warn", "hourglass"),
    ("take_back", "taken_back"): (_("Taken back by the processor"), "bad", "triangle-alert"),
    ("reclaim", "succeeded"): (_("Brought back from an exchange"), "info", "undo-2"),
    ("void", "succeeded"): (_("Voided"), "idle", "ban"),
    ("void", "declined"): (_("Void declined"), "bad", "octagon-x"),
    ("void", "failed"): (_("Void failed"), "bad", "triangle-alert"),
    ("void", "unknown"): (_("No answer to the void"), "warn", "circle-question-mark"),
}
ASKED = {
    "authorise": _("Payment asked for"),
    "increment": _("Higher authorisation asked for"),
    "expire": _("Authorisation came to its end"),
    "take_back": _("The processor undid what had succeeded"),
    "capture": _("Capture asked for"),
    "refund": _("Refund asked for"),
    "void": _("Void asked for"),
    "reclaim": _("Goods of an exchange came back"),
}


# A processor's no, short enough for a line, in words for staff. What the shopper reads is in `payments/checkout/declines.py`.
DECLINES = {
    "insufficient_funds": _("not enough money on the card"),
    "do_not_honour": _("the bank gave no reason"),
    "call_issuer": _("the bank wants to talk to the card's owner"),
    "lost_card": _("the bank no longer accepts this card"),
    "expired_card": _("the card has expired"),
    "authentication_failed": _("the bank could not confirm the customer"),
    "customer_cancelled": _("the customer went back before paying"),
    "ended_by_merchant": _("ended at the till before the customer paid"),
    "session_expired": _("the card page was open for too long"),
    "not_reached": _("the gateway could not be reached"),
    "cancelled": _("cancelled on the way"),
    "aborted": _("broken off at the terminal"),
    "cancel": _("the customer stopped, or showed no card"),
    "card_removed": _("the card was taken out too early"),
    "wrong_pin": _("wrong PIN"),
    "busy": _("the terminal was busy"),
    "not_sent": _("the terminal did not get it"),
    "never_arrived": _("the terminal did not get it"),
    "terminal_offline": _("the terminal was not connected"),
    "amount_differs": _("something else was approved than was asked"),
    "key_invalid": _("the gateway refused our key"),
    "currency_unsupported": _("the gateway does not take this currency"),
}


def decline_words(code: str) -> str:
    """Return what a decline code says; a code nobody explained is shown as its own words, "" stays ""."""
    return str(DECLINES.get(code, code.replace("_", " ")))


def method_words(method: str, brand: str) -> str:
    """Return the card's brand where it is known, else the method."""
    return BRANDS.get(brand, brand.title()) if brand else str(METHODS.get(method, method))
