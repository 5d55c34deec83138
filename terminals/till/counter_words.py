"""The words of the screens beside the sale: the shift, returns, parked orders, pick-ups, carts, orders, training."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def list_counter_words() -> dict[str, str]:
    """Return the words by the key the scripts know them by."""
    return {
        **_parts(),
        **_approval(),
        **_shift(),
        **_count(),
        **_return(),
        **_refunds(),
        **_exchange(),
        **_parked(),
        **_collect(),
        **_carts(),
        **_order(),
        **_states(),
        **_training(),
    }


def _parts() -> dict[str, str]:
    return {
        "counter_loading": _("One moment…"),
        "close": _("Close"),
        "keep": _("Leave it as it is"),
        "look": _("Look"),
        "look_order": _("Look at the order"),
        "amount": _("Amount"),
        "needs_line": _("This screen needs the connection, and there is none right now."),
        "needs_line_next": _("Cash sales go on without it. Try again when the connection is back."),
        "act_unknown": _("The connection broke before the answer came. Nobody knows yet whether this was done."),
        "act_unknown_next": _(
            "Do not do it a second time another way. The same request is sent again when the connection is back, and works once."
        ),
        "finished_title": _("Finished meanwhile"),
        "finished_done": _("{what}: it was done, once."),
        "finished_refused": _("{what}: it was refused. {why}"),
        "finished_act": _("What was sent last"),
        "field_needed": _("This is needed."),
        "field_no_amount": _("This is no amount; write it like {example}."),
        "field_write_amount": _("Write the amount; 0 if there is none."),
        "field_choose": _("Choose …"),
        "field_no_number": _("This is no number of pieces."),
        "field_pieces_at_most": _("At most {number} pieces."),
        "field_at_most": _("At most {amount}."),
        "stepper_less": _("Less:"),
        "stepper_more": _("More:"),
        "paper_print": _("Print on this tablet"),
        "screen_taken": _("A sale is on the screen."),
        "screen_taken_next": _("Finish it or park it first; then this order can take its place."),
        "method_cash": _("Cash"),
        "method_card": _("Card"),
        "method_gift_card": _("Gift card or store credit"),
        "method_exchange": _("Exchanged goods"),
        "method_marketplace": _("Paid at the marketplace"),
        "method_wallet": _("Wallet"),
        "method_bank_transfer": _("Bank transfer"),
        "method_other": _("Other payment"),
        "age_minutes_one": ngettext("{n} minute", "{n} minutes", 1),
        "age_minutes_many": ngettext("{n} minute", "{n} minutes", 2),
        "age_hours_one": ngettext("{n} hour", "{n} hours", 1),
        "age_hours_many": ngettext("{n} hour", "{n} hours", 2),
    }


def _approval() -> dict[str, str]:
    return {
        "approval_title": _("Somebody else has to allow this"),
        "approval_reason": _("Asked at the till"),
        "approval_up_to": _("Up to {amount}"),
        "approval_who": _("Who allows it"),
        "approval_pin": _("Their PIN"),
        "approval_grant": _("Allow it"),
        "approval_nobody": _(
            "Nobody with this right has set a PIN. They can allow it in the back office, under Approvals."
        ),
        "approval_elsewhere": _("It can also be allowed in the back office; this screen sees it by itself."),
        "approval_refused": _("This was not allowed."),
        "approval_expired": _("The time to answer is over. Ask again."),
        "approval_used": _("This approval was used already."),
    }


def _shift() -> dict[str, str]:
    return {
        "shift_title": _("Shift and day close"),
        "shift_none": _("No shift is open"),
        "shift_none_hint": _("Open one before cash goes in or out: the drawer is counted against it."),
        "shift_who": _("Who works at this till"),
        "shift_hand": _("Whose hand it is"),
        "shift_float": _("Float from the safe"),
        "shift_float_hint": _("Change for the day; 0 if the drawer has enough."),
        "shift_float_short": _("Float"),
        "shift_open": _("Open the shift"),
        "shift_running": _("A shift is open"),
        "shift_person": _("At the till"),
        "shift_since": _("Since"),
        "shift_day": _("Business day"),
        "shift_over_limit": _("The drawer holds more than it should. Bring some to the safe."),
        "shift_x": _("X report"),
        "shift_hand_over": _("Hand over the shift"),
        "shift_close": _("Close the day"),
        "shift_back": _("Back to the shift"),
        "shift_in_training": _("This till is in training: it has no drawer and no shift."),
        "move_paid_in": _("Paid in"),
        "move_paid_in_hint": _("Cash that goes into the drawer beside sales."),
        "move_paid_in_press": _("Put it in"),
        "move_paid_out": _("Paid out"),
        "move_paid_out_hint": _("Cash that leaves the drawer beside sales, for instance for a supplier."),
        "move_paid_out_press": _("Take it out"),
        "move_safe_drop": _("To the safe"),
        "move_safe_drop_hint": _("Cash from this drawer into the store's safe."),
        "move_safe_drop_press": _("Bring it to the safe"),
        "move_no_sale": _("Open the drawer"),
        "move_no_sale_hint": _("Opens the drawer without a sale. It is noted with the reason and the person."),
        "move_no_sale_press": _("Note it and open"),
        "moved_title": _("Cash beside sales"),
        "moved_nothing": _("Nothing yet."),
        "moved_float": _("Float"),
        "moved_over_short": _("Over/short"),
        "blockers_title": _("To be finished first"),
        "blocker_open_order": _("Open order"),
        "blocker_open_order_hint": _("Finish or cancel it. A manager may let open orders stay for the next shift."),
        "blocker_open_payment": _("Payment without an outcome"),
        "blocker_open_payment_hint": _(
            "Terminal and bank are being asked; it resolves by itself. Do not charge again."
        ),
        "blocker_unsent": _("Not sent yet"),
        "blocker_unsent_number": _("{n} on this tablet"),
        "blocker_unsent_hint": _(
            "Sales kept on this tablet belong to this day. Send them; look under To send at what was refused."
        ),
    }


def _count() -> dict[str, str]:
    return {
        "count_title": _("Count the drawer"),
        "count_nothing": _("Write what you counted; 0 if it is empty."),
        "count_blind": _("Counted blind: what should be there is said after the count."),
        "count_loose": _("Loose or rolled"),
        "count_total": _("Notes and coins come to"),
        "count_press": _("This is what I counted"),
        "count_again": _("Count again"),
        "ending_counted": _("{amount} counted"),
        "ending_expected": _("Expected in the drawer"),
        "ending_difference": _("Difference"),
        "ending_even": _("None: it is right"),
        "ending_left": _("Stays in the drawer"),
        "ending_left_hint": _("The rest goes to the safe."),
        "ending_reason": _("Why it differs"),
        "ending_leaves_orders_one": ngettext(
            "Leave {n} open order to the next shift (a manager allows it)",
            "Leave {n} open orders to the next shift (a manager allows it)",
            1,
        ),
        "ending_leaves_orders_many": ngettext(
            "Leave {n} open order to the next shift (a manager allows it)",
            "Leave {n} open orders to the next shift (a manager allows it)",
            2,
        ),
        "ending_close_press": _("Close and make the Z"),
        "ending_to": _("Who goes on"),
        "ending_hand_over_press": _("Hand over the shift"),
        "closed_done": _("Closed"),
        "closed_sales": _("Sales"),
        "closed_returns": _("Returns"),
        "closed_counted": _("Counted"),
        "closed_stays": _("Stays in the drawer"),
        "closed_hint": _("This Z is frozen: it never changes. Sales that arrive later are in the next one."),
        "closed_print": _("Show and print the Z"),
        "closed_next": _("Open the next shift"),
    }


def _return() -> dict[str, str]:
    return {
        "return_title": _("Return"),
        "return_with": _("With the receipt"),
        "return_code": _("Receipt or order"),
        "return_code_hint": _(
            "Scan the receipt's code, or type its number: 42 of this till, Till 2-42 of another. The order's number does it too."
        ),
        "return_find": _("Find"),
        "return_without": _("Without a receipt"),
        "return_without_hint": _(
            "Goods come back at the lowest recent price, as store credit. Above the till's limit a manager's PIN is asked for."
        ),
        "return_without_press": _("Goods without a receipt"),
        "return_in_training": _("Real receipts are not returned while this till is in training."),
        "return_line": _("{n} bought for {amount}, {back} back already"),
        "return_up_to": _("up to {n}"),
        "return_damaged": _("Damaged: not back on the shelf"),
        "return_nothing_left": _("Nothing of this receipt can come back any more."),
        "return_money": _("Money that can go back"),
        "return_refundable": _("Together"),
        "return_choose": _("Choose the pieces that come back."),
        "return_back": _("What the customer gets"),
        "return_as_credit": _("As store credit instead"),
        "return_press": _("Give back {amount}"),
        "return_press_free": _("Take back without money"),
        "return_way_later": _("Bought elsewhere: the money goes back by the way it came."),
        "return_done": _("Taken back"),
        "return_given": _("Given back"),
        "return_paper": _("Refund receipt"),
    }


def _refunds() -> dict[str, str]:
    return {
        "why_gift_card": _("its money stands on a gift card"),
        "why_card_spent": _("Its money is spent"),
        "why_card_blocked": _("The card is blocked"),
        "why_card_expired": _("The card has expired"),
        "return_card": _("Take gift card …{hint} back"),
        "return_card_hint": _("Ask for the card. What is unspent leaves it, then the money goes back."),
        "why_taken_off": _("Taken off before"),
        "why_not_handed_over": _("Not handed over yet: cancel it"),
        "why_all_back": _("All of it came back"),
        "why_unknown": _("outcome unknown"),
        "why_not_captured": _("not captured yet"),
        "why_disputed": _("disputed"),
        "why_under_way": _("a refund is under way"),
        "why_all_went": _("all of it went back"),
        "reason_size": _("Does not fit"),
        "reason_dislike": _("Not liked"),
        "reason_faulty": _("Faulty"),
        "reason_wrong": _("Wrong article"),
        "refund_cash": _("Cash: give it out of the drawer"),
        "refund_succeeded": _("Went back"),
        "refund_asked": _("Asked; the bank answers"),
        "refund_unknown": _("Outcome unknown: it is asked for by itself"),
        "refund_declined": _("Declined: a person decides in the back office"),
        "refund_failed": _("Failed: a person decides in the back office"),
        "credit_code": _("Store credit of {amount}: give the customer this code"),
        "credit_code_later": _("The code of the store credit is on the order; look there when the connection is back."),
    }


def _exchange() -> dict[str, str]:
    return {
        "exchange_title": _("Exchange"),
        "exchange_instead": _("Other goods instead"),
        "exchange_hint": _("Only the difference is settled. What is missing is paid at the sale, in any way."),
        "exchange_article": _("Article the customer takes"),
        "exchange_worth": _("Goods that come back"),
        "exchange_new": _("New goods, by this tablet's prices"),
        "exchange_pays": _("The customer pays about"),
        "exchange_gets": _("The customer gets back about"),
        "exchange_press": _("Exchange"),
        "exchange_done": _("Exchanged"),
        "exchange_back": _("Money back instead"),
        "pick_hint": _("Scan it, or type its number or a part of its name."),
        "pick_add": _("Add"),
        "loose_article": _("Article that comes back"),
        "loose_hint": _("Look for the receipt first: with it the customer gets what was paid."),
        "loose_quote": _("What is it worth?"),
        "loose_worth": _("Worth {amount}"),
        "loose_rule": _("The lowest price of the last days in this store, or today's if that is lower."),
        "loose_sold_on": _("the price of {day}"),
        "loose_today": _("today's price"),
        "loose_left_today": _("This till may still give alone today"),
        "loose_needs_approval": _("That is more than this till gives alone: a manager's PIN is asked for."),
        "loose_payout": _("The customer gets"),
        "loose_credit": _("Store credit"),
        "loose_cash": _("Cash"),
        "loose_cash_max": _("Cash only up to {amount}."),
        "loose_no_cash": _("No cash without a receipt here."),
        "loose_press": _("Take back for {amount}"),
        "loose_exchange_hint": _("New goods that cost as much or more; the difference is paid at the sale."),
    }


def _parked() -> dict[str, str]:
    return {
        "parked_title": _("Parked"),
        "parked_waiting": _("Waiting in this store"),
        "parked_none": _("Nothing waits. A parked order is seen at every till of the store."),
        "parked_resume": _("Go on here"),
        "parked_half_paid": _("{amount} open"),
        "parked_in_training": _("Orders are not parked while this till is in training."),
        "park_title": _("Put the order on the screen aside"),
        "park_order": _("Order {number}, {amount}"),
        "park_name": _("Name for it"),
        "park_name_hint": _("One that the next cashier understands. Empty: its number."),
        "park_press": _("Park it"),
    }


def _collect() -> dict[str, str]:
    return {
        "collect_title": _("Collect"),
        "collect_ready": _("Ready, waiting for the customer"),
        "collect_ready_none": _("Nothing waits to be collected."),
        "collect_to_fetch": _("To fetch from the shelf"),
        "collect_to_fetch_none": _("Nothing is to be fetched."),
        "collect_paid": _("Paid"),
        "collect_unpaid": _("Pays here"),
        "collect_until": _("until {day}"),
        "collect_code": _("Code the customer shows"),
        "collect_press": _("Hand over"),
        "collect_pay": _("Take the payment here"),
        "collect_pay_hint": _("Ordered online, paid in the store: once it is paid it counts as collected."),
        "collect_fetched": _("Fetched from the shelf"),
        "collect_in_training": _("Pick-ups are real; they wait until the training is over."),
    }


def _carts() -> dict[str, str]:
    return {
        "carts_title": _("Begun online"),
        "carts_by_code": _("By the customer's code"),
        "carts_code": _("Code"),
        "carts_code_hint": _("Scan the QR code on the customer's phone, or type the code below it."),
        "carts_take": _("Go on with it here"),
        "carts_find": _("Without a code"),
        "carts_search": _("Number, e-mail address or name"),
        "carts_search_hint": _("A cart that somebody else works on needs its code."),
        "carts_none": _("No open cart was found."),
        "carts_pass_on": _("Pass the order on the screen on"),
        "carts_pass_hint": _("Order {number} goes on at the customer's phone, or at another till, by a code."),
        "carts_pass_press": _("Make a code"),
        "carts_qr": _("QR code of the cart"),
        "carts_until": _("works once, until {time}"),
        "carts_pass_after": _("Until somebody takes it, it stays here and can be changed."),
        "carts_in_training": _("Carts are real; they are not taken over while this till is in training."),
    }


def _order() -> dict[str, str]:
    return {
        "order_title": _("Look up an order"),
        "order_find": _("Which order?"),
        "order_search": _("Order number"),
        "order_search_hint": _("As it stands on the receipt or in the mail."),
        "order_none": _("No order of this store has it."),
        "order_in_training": _("This till is in training: orders can be looked at, not changed."),
        "order_left": _("Left to pay"),
        "order_refunded": _("Given back"),
        "order_goods": _("Goods"),
        "order_from": _("From"),
        "order_since": _("Placed"),
        "order_lines": _("Lines"),
        "order_line": _("{handed} handed over, {back} came back"),
        "order_payments": _("Payments"),
        "order_papers": _("Receipts"),
        "order_print_copy": _("Print a copy"),
        "order_go_on": _("Go on with it here"),
        "order_cancel": _("Cancel the order"),
        "order_cancel_title": _("Cancel order {number}?"),
        "order_cancel_paid": _("Its goods are for sale again, and {amount} goes back by the way it came."),
        "order_cancel_unpaid": _("Its goods are for sale again. Nothing was paid."),
    }


def _states() -> dict[str, str]:
    return {
        "order_draft": _("Cart"),
        "order_open": _("Open order"),
        "order_completed": _("Completed"),
        "order_cancelled": _("Cancelled"),
        "goods_none": _("Not handed over"),
        "goods_partial": _("Handed over in part"),
        "goods_all": _("Handed over"),
        "payment_pending": _("Under way"),
        "payment_authorised": _("Authorised"),
        "payment_paid": _("Paid"),
        "payment_unknown": _("Outcome unknown"),
        "payment_unknown_hint": _("Terminal and bank are being asked; it resolves by itself. Do not charge again."),
        "payment_declined": _("Declined"),
        "payment_failed": _("Failed"),
        "payment_voided": _("Voided"),
        "payment_expired": _("Expired"),
        "payment_part_refunded": _("Part refunded"),
        "payment_refunded": _("Refunded"),
    }


def _training() -> dict[str, str]:
    return {
        "training_title": _("Training"),
        "training_banner": _("Training: nothing here is counted"),
        "training_on": _("This till is in training."),
        "training_on_hint": _("What is sold here is not counted anywhere, and the drawer stays shut."),
        "training_off": _("This till sells for real."),
        "training_what": _("What can be practised"),
        "training_can_sell": _("Sales in cash, by gift card and by card; discounts; splitting a bill."),
        "training_can_return": _("Receipts are marked as training."),
        "training_cannot": _(
            "Parking, pick-ups, carts begun online, real returns and the shift wait until it is over."
        ),
        "training_drawer": _("The drawer does not open and has no shift."),
        "training_switch": _("Begin or end it"),
        "training_switch_hint": _(
            "A manager begins and ends training in the back office: Day close, this till, Training. It needs a till without an open shift."
        ),
        "training_shift_open": _("A shift is open now: close it first."),
        "training_look": _("Look again"),
    }
