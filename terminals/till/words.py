"""Every word that the till's scripts show, in the language of the page. A key with `_one` and `_many` is chosen by number."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orders.documents.words import LANGUAGES as PAPER_LANGUAGES
from orders.documents.words import words_of
from terminals.till.counter_words import list_counter_words
from terminals.till.service_words import list_service_words

# What stands on the receipt of a sale that was made without a line (static/till/offline_paper.js).
_ON_A_RECEIPT = (
    "receipt", "provisional", "copy", "made_offline", "number_follows", "date", "order", "register", "served_by", "discount", "total", "tax", "net", "without_tax", "gross",
    "rounding", "to_pay", "cash", "gift_card", "card_present", "card", "exchange", "store_credit", "given", "change", "tax_number", "tax_office_number", "organisation_number",
)  # fmt: skip


def list_words() -> dict[str, str]:
    """Return the words by the key the scripts know them by; `{name}` in a word is filled in by them."""
    return {
        **_door(),
        **_frame(),
        **_goods(),
        **_cart(),
        **_tenders(),
        **_card(),
        **_end(),
        **_queue(),
        **list_counter_words(),
        **list_service_words(),
    }


def list_paper_words() -> dict[str, dict[str, str]]:
    """Return the words on papers by language: a receipt that a till draws itself is written in the merchant's language, whatever the page's is."""
    return {code: {name: words_of(code)[name] for name in _ON_A_RECEIPT} for code in PAPER_LANGUAGES}


def _numbered(key: str, word: Callable[[int], str]) -> dict[str, str]:
    """Return both forms of a word that goes with a number."""
    return {f"{key}_one": word(1), f"{key}_many": word(2)}


def _door() -> dict[str, str]:
    return {
        "pair_title": _("Pair this tablet"),
        "pairing_code": _("Pairing code"),
        "pairing_hint": _(
            "From the back office: Settings, Tablets, the till, Pair a tablet. Scanning its QR code works too."
        ),
        "tablet_name": _("Name of this tablet"),
        "counter_tablet": _("Counter tablet"),
        "pair": _("Pair"),
        "paired_beside": _("This tablet is paired. It is not the only one of this till."),
        "sells_too": _("{tablet}, paired {since}, sells here too."),
        "same_numbers": _(
            "While both are without a connection they give their receipts the same numbers: what arrives second is booked under the next number, and its receipt in the books names the printed one too."
        ),
        "if_it_replaces": _("If this tablet replaces another, have that one revoked in the back office."),
        "sell_here": _("Sell with this tablet"),
        "was_revoked": _("This tablet is no longer paired. What it has not sent stays on it; pair it again to go on."),
        "elsewhere_title": _("The till is open in another tab"),
        "elsewhere_body": _("One tab sells and sends. What is begun there goes on here if you take it over."),
        "use_here": _("Use it here"),
        "no_line_yet": _("No connection"),
        "first_needs_line": _("The first time the till needs its connection: it fetches prices and what it may do."),
        "try_again": _("Try again"),
        "refused": _("That was refused"),
        "offline_now": _("There is no connection right now."),
    }


def _frame() -> dict[str, str]:
    return {
        "scan_or_search": _("Scan or search"),
        "categories": _("Categories"),
        "cart": _("Cart"),
        "payment": _("Payment"),
        "cart_and_payment": _("Cart and payment"),
        "more": _("More"),
        "to_sale": _("To the sale"),
        "open_since": _("{person}, open since {time}"),
        "no_shift": _("No shift is open"),
        "line_back": _("The connection is back."),
        "line_lost": _("The connection is lost. Cash sales are kept here and sent later."),
        "online_all_sent": _("Online, all sent"),
        "offline_all_sent": _("Offline, nothing to send"),
        "offline_with": _("Offline, {waiting}"),
        **_numbered("to_send", lambda n: ngettext("{n} to send", "{n} to send", n)),
        **_numbered("refused_count", lambda n: ngettext("{n} refused", "{n} refused", n)),
        "unknown_code": _("Nothing on sale has the code {code}."),
        "added": _("{name} is in the cart."),
        "done": _("Done"),
        "back": _("Back"),
        "cancel": _("Cancel"),
    }


def _goods() -> dict[str, str]:
    return {
        "favourites": _("Favourites"),
        "no_category": _("Others"),
        "nothing_found": _("Nothing matches “{text}”."),
        "category_empty": _("Nothing is sold here yet."),
        "catalogue_empty": _("The articles are being fetched."),
        "in_cart": _("in the cart"),
        "none_here": _("None here"),
        **_numbered("left", lambda n: ngettext("{n} left", "{n} left", n)),
        **_numbered("here", lambda n: ngettext("{n} here", "{n} here", n)),
        **_numbered(
            "more_found", lambda n: ngettext("{n} more: search to find it", "{n} more: search to find them", n)
        ),
    }


def _cart() -> dict[str, str]:
    return {
        "new_order": _("New order"),
        "order_number": _("Order {number}"),
        **_numbered("pieces", lambda n: ngettext("{n} piece", "{n} pieces", n)),
        "clear": _("Clear"),
        "clear_title": _("Clear the cart?"),
        **_numbered(
            "clear_body",
            lambda n: ngettext(
                "{n} piece is taken out. Nothing was paid.", "{n} pieces are taken out. Nothing was paid.", n
            ),
        ),
        "keep_cart": _("Keep it"),
        "left_title": _("This is a new sale: nothing of it is paid."),
        "left_body": _(
            "This tablet still had order {number} in its memory as it was before. That order was paid or ended since. What is in the cart is a sale of its own now."
        ),
        "paid_twice": _("Order {number} was paid as well: {amount}."),
        "paid_twice_link": _("Also paid by the link: order {number}, {amount}."),
        "paid_twice_body": _(
            "The same goods were sold here without a connection at {time}, for {sold}. Give one of the two back to the customer."
        ),
        "paid_twice_seen": _("I have seen to it"),
        "cart_empty": _("Scan an article or press one."),
        "instead_of": _("instead of {amount}"),
        "one_less": _("One {name} less"),
        "one_more": _("One {name} more"),
        "change_line": _("Change {name}"),
        "quantity": _("Quantity"),
        "remove": _("Remove"),
        "total": _("Total"),
        "tax_included": _("{amount} tax included"),
        "prices_of": _("Prices on this tablet, as of {time}"),
        "discount": _("Discount"),
        "discount_on": _("Discount on {name}"),
        "discount_on_order": _("Discount on the order"),
        "discount_row": _("Discount: {reason}"),
        "take_discount_back": _("Take the discount back: {reason}"),
        "how_much": _("How much"),
        "as_a": _("Unit"),
        "reason": _("Reason"),
        "no_amount": _("That is no amount."),
        "not_priced_yet": _("The server has not priced this line yet. Try again in a moment."),
        "give_discount": _("Give the discount"),
    }


def _tenders() -> dict[str, str]:
    return {
        "tenders": _("Payments of this order"),
        "state_paid": _("Paid"),
        "state_kept": _("Kept"),
        "state_declined": _("Declined"),
        "state_failed": _("Failed"),
        "state_refused": _("Refused"),
        "state_now": _("Now"),
        "to_pay": _("To pay"),
        "rest_to_pay": _("Rest to pay"),
        "of_rest": _("of {amount}"),
        "card": _("Card"),
        "cash": _("Cash"),
        "gift_card": _("Gift card"),
        "link": _("By link"),
        "split": _("Split"),
        "terminal": _("Terminal"),
        "give_back": _("Give back and cancel"),
        "give_back_title": _("Give everything back and cancel the order?"),
        "give_back_body": _("What was paid goes back the way it came, and the order ends:"),
        "given_back": _("The order is cancelled; what was paid is on its way back."),
        "cancel_order": _("Cancel the order"),
        "cancel_order_title": _("Cancel this order?"),
        "cancel_order_body": _("Nothing was paid on it. Its pieces go back to the shelf."),
        "order_given_up": _("The order is cancelled."),
        "training_needs_line": _("Training needs the connection."),
        "complete_free": _("Complete: nothing to pay"),
        "offline_tenders": _(
            "Without a connection: cash, and gift cards within the store's limit. All of the order at once."
        ),
        "link_out": _("The payment link may still be paid on the customer's phone."),
        "link_out_ask": _(
            "Without a connection it cannot be withdrawn. Take money only if the customer has not paid there."
        ),
        "offline_not_allowed": _(
            "This store does not sell without a connection. The sale stays here until it is back."
        ),
        "offline_too_much": _(
            "Without a connection at most {amount} of this kind may be taken. The sale stays here until it is back."
        ),
        "card_needs_line": _("This needs the connection. Take cash, or wait until it is back."),
        "left_on_card": _("Left on card •{hint}: {amount}"),
        "split_needs_line": _("Without a connection an order is paid at once and in one way."),
        "cash_to_pay": _("Cash to pay"),
        "rounded_from": _("Rounded from {amount}"),
        "quick_notes": _("Bank notes"),
        "exactly": _("{amount} exactly"),
        "given": _("Given"),
        "change": _("Change {amount}"),
        "cash_short": _("{amount} short"),
        "take_cash": _("Take cash"),
        "gift_code": _("Code of the gift card"),
        "gift_hint": _("A card with less on it pays what it has; the rest stays open."),
        "take_gift_card": _("Take from the card"),
        "split_body": _("{amount} is open. The next payment is for a part of it."),
        "share_of": _("1 of {n}: {amount}"),
        "split_goods": _("Or the goods that one person pays for:"),
        "amount_now": _("Amount of the next payment"),
        "sending": _("Sent; waiting for the answer."),
        "line_lost_paying": _(
            "The connection broke while paying. The same request is sent again until it is answered; it pays once."
        ),
        "do_not_take_again": _("Do not take the money a second time."),
        "choose_terminal": _("Choose a terminal"),
        "no_terminal": _("No other terminal is paired in this store."),
        "terminal_ready": _("Ready"),
        "terminal_in_payment": _("In payment"),
        "terminal_unknown": _("Outcome unknown"),
        "terminal_needs_care": _("Needs care"),
        "terminal_offline": _("Offline"),
        "terminal_updating": _("Updating"),
        "pay_on_phone": _("Pay on the customer's phone"),
        "scan_to_pay": _("The customer scans this and pays {amount}."),
        "qr_of_link": _("QR code of the payment link"),
        "waits_for_phone": _("Waiting for the payment. This page sees it by itself."),
        "pay_otherwise": _("Pay another way"),
        "phone_pays": _("The customer is paying on the phone."),
        "phone_pays_wait": _(
            "Nothing else can be taken until that payment has its answer. This page sees it by itself."
        ),
        "phone_end": _("End the payment on the phone"),
        "phone_ends": _("The payment on the phone is being ended."),
        "phone_ends_wait": _("Whoever paid in the same moment has paid: this page sees it by itself."),
        "phone_ended": _("The payment on the phone ended. It can be paid another way now."),
    }


def _card() -> dict[str, str]:
    return {
        "card_payment": _("Card payment"),
        "progress": _("Progress"),
        "step_sent": _("Sent"),
        "step_card": _("Card"),
        "step_pin": _("PIN"),
        "step_bank": _("Bank"),
        "step_done": _("Done"),
        "step_sent_text": _("Sent to the terminal"),
        "step_card_text": _("Ask the customer to tap or insert"),
        "step_pin_text": _("The customer enters the PIN"),
        "step_bank_text": _("Asking the bank"),
        "step_done_text": _("Done"),
        "asks_itself": _("Asks again by itself · cannot charge twice"),
        "cancel_payment": _("Cancel payment"),
        "other_terminal": _("Other terminal"),
        "rest_in_cash": _("Rest in cash"),
        "outcome_unknown": _("Outcome unknown"),
        "unknown_text": _(
            "Nobody can say yet whether the card was charged. The terminal and the bank are being asked."
        ),
        "unknown_next": _("Stay with the customer; it is usually known within two minutes."),
        "unknown_warning": _("Do not charge again."),
        "resolves_itself": _(
            "This resolves by itself as soon as the answer arrives. Until then the order takes no other payment."
        ),
        "ask_now": _("Ask now"),
    }


def _end() -> dict[str, str]:
    return {
        "paid_done": _("Paid, all of it"),
        "kept_here": _("Sold; kept on this tablet"),
        "kept_explained": _(
            "The sale is kept on this tablet and sent when the connection is back. The receipt gets its number then."
        ),
        "kept_numbered": _(
            "The sale is kept on this tablet and sent when the connection is back. Its receipt is numbered here."
        ),
        "renumbered": _("Printed as {printed}; in the books it is {number}."),
        "renumbered_both": _("Another paper had that number. The receipt in the books names both."),
        "paper_unnumbered": _("Provisional slip; the receipt follows"),
        "print_receipt": _("Print the receipt"),
        "cash_taken": _("Taken in cash"),
        "cash_rounding": _("Cash rounding"),
        "paid_before": _("Paid before"),
        "with_rounding": _("with {amount} cash rounding"),
        "given_change": _("{given} given, {change} change"),
        "change_to_give": _("Change to give"),
        "of_total": _("of a total of {amount}"),
        "receipt_coming": _("The receipt is being numbered."),
        "receipt_number": _("Receipt {number}"),
        "print": _("Print"),
        "gift_receipt": _("Gift receipt"),
        "receipt_on_phone": _("Receipt on the phone"),
        "scan_receipt": _("The customer scans this and has the receipt on the phone."),
        "qr_of_receipt": _("QR code of the receipt"),
        "next_sale": _("Next sale"),
    }


def _queue() -> dict[str, str]:
    return {
        "outbox": _("To send"),
        "nothing_waits": _("Everything was sent."),
        "send_now": _("Send now"),
        "send_again": _("Send again"),
        "refused_ones": _("Refused: a person must look"),
        "waiting_ones": _("Waiting"),
        "sent_ones": _("Sent"),
        "state_waits": _("Waits"),
        "state_sent": _("Sent"),
    }
