"""The words of what the counter does for one customer: whose order it is, the receipt by mail, gift cards."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def list_service_words() -> dict[str, str]:
    """Return the words by the key the scripts know them by."""
    return {**_customer(), **_mail(), **_cards(), **_limits()}


def _customer() -> dict[str, str]:
    return {
        "customer_title": _("Customer"),
        "customer_add": _("Add a customer"),
        "customer_find": _("Find a customer"),
        "customer_search": _("Name, e-mail, phone or order number"),
        "customer_search_hint": _("The number of an earlier order finds its customer too."),
        "customer_none": _("Nobody of that name, address or number is known."),
        "customer_take": _("Put on the order"),
        "customer_orders_one": ngettext("{n} order", "{n} orders", 1),
        "customer_orders_many": ngettext("{n} order", "{n} orders", 2),
        "customer_new": _("New customer"),
        "customer_new_hint": _("A name, and an e-mail address or a phone number. This is no consent to advertising."),
        "customer_name": _("Name"),
        "customer_email": _("E-mail"),
        "customer_phone": _("Phone"),
        "customer_reach_needed": _("An e-mail address or a phone number is needed."),
        "customer_note": _("Note and put on the order"),
        "customer_noted": _("Noted on this tablet; it goes to the order with the first article."),
        "customer_bought": _("Bought so far"),
        "customer_take_off": _("Take off the order"),
        "customer_too_late": _("This sale is over. The next one can have a customer."),
        "customer_in_training": _("Practised sales belong to nobody."),
        "customer_carts": _("Open carts of this customer"),
        "customer_no_carts": _("None is open."),
    }


def _mail() -> dict[str, str]:
    return {
        "receipt_by_mail": _("Receipt by mail"),
        "mail_hint": _("It is used for this receipt alone."),
        "mail_send": _("Send the receipt"),
        "mail_on_its_way": _("On its way to {email}"),
        "mail_sent": _("Sent to {email}"),
        "mail_again": _("Was sent to {email} before; nothing was sent again"),
        "mail_delayed": _("Not taken yet for {email}; it is tried again by itself"),
        "mail_failed": _("{email} could not be reached. Check the address, or show the receipt on this screen."),
    }


def _cards() -> dict[str, str]:
    return {
        "cards_title": _("Gift cards"),
        "cards_in_training": _("Gift cards are not practised: each would be money."),
        "card_sell": _("Sell a gift card, or put more on one"),
        "card_sell_hint": _("It is put on the order and paid with it. Nothing is on the card before it is paid."),
        "card_number": _("Number of the card"),
        "card_number_hint": _("Scan the card. Without a number one is made and shown when it is paid."),
        "card_put_on": _("Put on the order"),
        "card_fixed": _("Finish it first: what is being paid cannot be changed."),
        "card_balance": _("What is on a card?"),
        "card_balance_hint": _("A till may ask ten times a minute."),
        "card_ask": _("Ask"),
        "card_named": _("Gift card …{hint}"),
        "card_made": _("A code is made when it is paid"),
        "card_drop": _("Take the gift card out"),
        "card_state": _("State"),
        "card_until": _("Good until"),
        "card_active": _("Can be spent"),
        "card_empty": _("Empty"),
        "card_blocked": _("Blocked"),
        "card_expired": _("Expired"),
        "card_choose": _("Choose"),
        "card_any_amount": _("any amount"),
        "card_not_found": _("No gift card goes by this code."),
        "card_not_found_next": _("Check the code and ask again."),
        "card_coming": _("The card is being made."),
        "card_print": _("Print the card"),
        "card_print_now": _("Print it now or write it down: this code is shown at the till for a day only."),
        "card_code_hidden": _("Its code is shown for a day only; that is over."),
        "card_code_of": _("Code of the gift card, {amount}"),
        "card_loaded": _("{amount} is on the gift card …{hint} now."),
        "card_sale_needs_line": _(
            "Gift cards are sold with a connection only: nothing is on one before the server knows."
        ),
    }


def _limits() -> dict[str, str]:
    return {
        "offline_who_allows": _("An owner or manager can allow it in the back office: Settings, Offline rules."),
        "shift_before_cash": _("No shift is open. Cash taken now is counted in none: open one first."),
        "shift_needs_line": _(
            "A shift is opened, counted and closed with the connection only: the Z gets its number then, and payments without an answer are looked up."
        ),
        "shift_needs_line_next": _(
            "Cash sales within the store's limits go on meanwhile and join the next Z. Close the day when the connection is back."
        ),
        "reason_hint": _("It stands in the books and on the return's paper."),
        "return_as_credit_hint": _("A code to spend here; no cash and no card refund."),
    }
