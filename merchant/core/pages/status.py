"""
The words, tones and shapes of states: one table for all pages, so that one state looks the same everywhere.

A tone colours, a shape (the icon's outline) and a word carry the meaning without colour.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True, slots=True)
class Appearance:
    """How one state looks. Tones: good, warn, bad, info, back (money going back), idle."""

    tone: str
    icon: str
    word: str | Promise

    @property
    def tone_class(self) -> str:
        """The class that colours an icon alone."""
        return f"t-{self.tone}"


PAYMENT = {
    "pending": Appearance("idle", "clock-fading", _("Pending")),
    "action_required": Appearance("info", "smartphone", _("Customer must confirm")),
    "unknown": Appearance("warn", "circle-question-mark", _("Outcome unknown")),
    "authorised": Appearance("info", "contrast", _("Authorised")),
    "captured": Appearance("good", "circle-check", _("Paid")),
    "partly_refunded": Appearance("back", "undo-2", _("Part refunded")),
    "refunded": Appearance("back", "undo-2", _("Refunded")),
    "declined": Appearance("bad", "octagon-x", _("Declined")),
    "failed": Appearance("bad", "triangle-alert", _("Failed")),
    "voided": Appearance("idle", "ban", _("Voided")),
    "expired": Appearance("idle", "hourglass", _("Expired")),
    "disputed": Appearance("warn", "flag", _("Disputed")),
}
WAITING = {
    "parked": Appearance("idle", "hourglass", _("Parked")),
    "part_paid": Appearance("warn", "contrast", _("Half paid")),
}
OPERATION = {
    "requested": Appearance("idle", "clock-fading", _("Requested")),
    "submitted": Appearance("info", "send", _("Sent to the gateway")),
    "action_required": Appearance("info", "smartphone", _("Customer must confirm")),
    "unknown": Appearance("warn", "circle-question-mark", _("Outcome unknown")),
    "succeeded": Appearance("good", "circle-check", _("Succeeded")),
    "declined": Appearance("bad", "octagon-x", _("Declined")),
    "failed": Appearance("bad", "triangle-alert", _("Failed, nothing charged")),
}
TERMINAL = {
    "ready": Appearance("good", "circle-check", _("Ready")),
    "in_payment": Appearance("info", "nfc", _("In payment")),
    "unknown": Appearance("warn", "circle-question-mark", _("Outcome unknown")),
    "needs_care": Appearance("warn", "triangle-alert", _("Needs care")),
    "offline": Appearance("bad", "wifi-off", _("Offline")),
    "updating": Appearance("back", "download", _("Updating")),
}
RECON = {
    "matched": Appearance("good", "circle-check", _("Matched")),
    "within_tolerance": Appearance("good", "check-check", _("Within tolerance")),
    "expected": Appearance("idle", "clock-fading", _("Expected")),
    "missing_in_report": Appearance("warn", "square-dashed", _("Missing in report")),
    "not_ours": Appearance("bad", "file-question-mark", _("Not in our ledger")),
    "amount": Appearance("bad", "equal-not", _("Amount differs")),
    "currency": Appearance("bad", "shuffle", _("Currency differs")),
    "fee": Appearance("info", "equal-approximately", _("Fees differ")),
    "fx": Appearance("info", "equal-approximately", _("Exchange rate")),
    "duplicate": Appearance("warn", "copy", _("Twice in report")),
    "late": Appearance("warn", "hourglass", _("Settled late")),
    "refund_not_ours": Appearance("bad", "undo-2", _("Refund not ours")),
    "split": Appearance("info", "split", _("Split payment")),
    "unclassified": Appearance("warn", "circle-question-mark", _("Not classified")),
    "missing_payout": Appearance("warn", "landmark", _("Payout not in bank")),
    "missing_deposit": Appearance("warn", "banknote", _("Deposit not in bank")),
    "short_deposit": Appearance("bad", "equal-not", _("Deposit too small")),
    "short_payout": Appearance("bad", "equal-not", _("Payout came short")),
    "statement_gap": Appearance("warn", "square-dashed", _("Statement missing")),
    "ambiguous": Appearance("warn", "split", _("Several could match")),
    "unexplained_bank_line": Appearance("bad", "file-question-mark", _("Bank line unexplained")),
    "override_contradicted": Appearance("bad", "octagon-x", _("Said by hand, and wrong")),
    "override_unproven": Appearance("warn", "hourglass", _("Said by hand, not proven")),
}
EXCEPTION = {
    "open": Appearance("warn", "triangle-alert", _("Open")),
    "resolved": Appearance("good", "badge-check", _("Resolved")),
    "cleared": Appearance("good", "circle-check", _("Cleared by itself")),
}
PAYOUT = {
    "expected": Appearance("idle", "clock-fading", _("Expected")),
    "in_transit": Appearance("info", "send", _("On its way")),
    "announced": Appearance("info", "send", _("Announced")),
    "late": Appearance("warn", "triangle-alert", _("Late")),
    "missing": Appearance("bad", "octagon-x", _("Missing")),
    "decided": Appearance("idle", "badge-check", _("Decided by hand")),
    "in_bank": Appearance("good", "landmark", _("In bank")),
    "short": Appearance("bad", "equal-not", _("Came short")),
    "returned": Appearance("bad", "undo-2", _("Returned")),
}
ORDER = {
    "draft": Appearance("idle", "pencil", _("Draft")),
    "open": Appearance("info", "circle", _("Open")),
    "completed": Appearance("good", "circle-check", _("Completed")),
    "cancelled": Appearance("idle", "ban", _("Cancelled")),
}
ORDER_PAYMENT = {
    "unpaid": Appearance("idle", "circle", _("Not paid")),
    "part_paid": Appearance("info", "contrast", _("Part paid")),
    "secured": Appearance("info", "shield-check", _("Secured")),
    "paid": Appearance("good", "circle-check", _("Paid")),
    "partly_refunded": Appearance("back", "undo-2", _("Part refunded")),
    "refunded": Appearance("back", "undo-2", _("Refunded")),
    "unknown": Appearance("warn", "circle-question-mark", _("Outcome unknown")),
    "free": Appearance("idle", "gift", _("Nothing to pay")),
}
FULFILMENT = {
    "unfulfilled": Appearance("idle", "package", _("To hand over")),
    "picking": Appearance("info", "shopping-bag", _("Picking")),
    "ready": Appearance("info", "package-check", _("Ready to collect")),
    "partial": Appearance("info", "split", _("Part handed over")),
    "fulfilled": Appearance("good", "package-check", _("Handed over")),
    "shipped": Appearance("good", "truck", _("Shipped")),
    "collected": Appearance("good", "user-check", _("Collected")),
    "returned": Appearance("back", "undo-2", _("Returned")),
}
JOB = {
    "queued": Appearance("idle", "clock-fading", _("Waiting")),
    "running": Appearance("info", "refresh-cw", _("Running")),
    "done": Appearance("good", "circle-check", _("Done")),
    "refused": Appearance("bad", "octagon-x", _("Refused")),
    "dead": Appearance("bad", "triangle-alert", _("Stopped, needs a person")),
    "expired": Appearance("idle", "hourglass", _("Expired")),
}
REPORT = {
    "received": Appearance("idle", "clock-fading", _("Received")),
    "reading": Appearance("info", "refresh-cw", _("Reading")),
    "balanced": Appearance("good", "check-check", _("Adds up")),
    "out_of_balance": Appearance("bad", "equal-not", _("Does not add up")),
    "refused": Appearance("bad", "octagon-x", _("Refused")),
    "posted": Appearance("good", "circle-check", _("Booked")),
    "repeated": Appearance("info", "copy", _("Already imported")),
    "empty": Appearance("info", "circle", _("No rows")),
}
STATEMENT = {
    "received": Appearance("idle", "clock-fading", _("Received")),
    "balanced": Appearance("good", "circle-check", _("Adds up")),
    "unproven": Appearance("warn", "circle-question-mark", _("No balances to prove it")),
    "waiting": Appearance("warn", "clock-fading", _("Waiting")),
    "out_of_balance": Appearance("bad", "equal-not", _("Does not add up")),
    "refused": Appearance("bad", "octagon-x", _("Refused")),
    "repeated": Appearance("info", "copy", _("Already imported")),
}
DISPUTE = {
    "opened": Appearance("info", "flag", _("Opened")),
    "evidence_due": Appearance("warn", "flag", _("Answer needed")),
    "submitted": Appearance("info", "send", _("Answered, waiting")),
    "expired": Appearance("bad", "hourglass", _("Time is over")),
    "won": Appearance("good", "circle-check", _("Won")),
    "lost": Appearance("bad", "octagon-x", _("Lost")),
    "accepted": Appearance("back", "undo-2", _("Accepted")),
}
DELIVERY = {
    "pending": Appearance("idle", "clock-fading", _("Pending")),
    "retrying": Appearance("warn", "refresh-cw", _("Trying again")),
    "delivered": Appearance("good", "circle-check", _("Delivered")),
    "failed": Appearance("bad", "octagon-x", _("Given up")),
    "active": Appearance("good", "zap", _("Active")),
    "disabled": Appearance("idle", "ban", _("Switched off")),
}
GATEWAY_EVENT = {
    "trying": Appearance("warn", "refresh-cw", _("Trying again")),
    "given_up": Appearance("bad", "octagon-x", _("Given up")),
    "put_aside": Appearance("idle", "ban", _("Put aside")),
    "used": Appearance("good", "circle-check", _("In the books now")),
}
RESERVATION = {
    "held": Appearance("info", "lock", _("Reserved")),
    "taken": Appearance("good", "circle-check", pgettext_lazy("from stock", "Taken")),
    "released": Appearance("idle", "undo-2", _("Released")),
    "expired": Appearance("idle", "hourglass", _("Expired")),
}
OVERRIDE = {
    "open": Appearance("warn", "hourglass", _("To be confirmed")),
    "met": Appearance("good", "circle-check", _("Confirmed")),
    "broken": Appearance("bad", "octagon-x", _("Was wrong")),
}
APPROVAL = {
    "asked": Appearance("warn", "hourglass", _("Waits for a decision")),
    "granted": Appearance("info", "badge-check", _("Approved")),
    "refused": Appearance("bad", "octagon-x", _("Refused")),
    "expired": Appearance("idle", "clock-fading", _("Expired")),
    "used": Appearance("good", "circle-check", _("Approved and used")),
}
GATEWAY = {
    "healthy": Appearance("good", "circle-check", _("Healthy")),
    "slow": Appearance("warn", "triangle-alert", _("Slow")),
    "down": Appearance("bad", "wifi-off", _("Not answering")),
    "idle": Appearance("idle", "circle-dashed", _("No traffic")),
}
SHIFT = {
    "open": Appearance("good", "circle-dot", _("Open")),
    "handed_over": Appearance("info", "repeat", _("Handed over")),
    "closed": Appearance("idle", "moon", _("Closed")),
    "none": Appearance("idle", "circle-dashed", _("No shift")),
    "training": Appearance("warn", "pencil", _("Training")),
    "over_limit": Appearance("warn", "banknote", _("Too much cash")),
}
DEPOSIT = {
    "in_transit": Appearance("info", "send", _("On its way")),
    "in_bank": Appearance("good", "landmark", _("In bank")),
    "short": Appearance("bad", "equal-not", _("Too small")),
}
STOCK = {
    "in_stock": Appearance("good", "circle-check", _("In stock")),
    "low": Appearance("warn", "triangle-alert", _("Low")),
    "sold_out": Appearance("bad", "circle-slash", _("Sold out")),
    "oversold": Appearance("bad", "equal-not", _("Oversold")),
    "untracked": Appearance("idle", "circle-dashed", _("Not counted")),
}
ARTICLE = {
    "on_sale": Appearance("good", "circle-check", _("On sale")),
    "no_price": Appearance("warn", "triangle-alert", _("No price")),
    "ended": Appearance("idle", "ban", _("Not on sale")),
}
GOODS_IN = {
    "expected": Appearance("idle", "clock-fading", _("Expected")),
    "sent": Appearance("info", "truck", _("On the way")),
    "partial": Appearance("info", "contrast", _("Part arrived")),
    "received": Appearance("good", "package-check", _("Arrived")),
    "closed": Appearance("warn", "triangle-alert", _("Closed short")),
    "cancelled": Appearance("idle", "ban", _("Cancelled")),
    "open": Appearance("info", "pencil", _("Being counted")),
    "booked": Appearance("good", "badge-check", _("Booked")),
    "dropped": Appearance("idle", "ban", _("Dropped")),
}
VOUCHER = {
    "active": Appearance("good", "circle-check", _("Active")),
    "empty": Appearance("idle", "circle-dashed", _("Empty")),
    "blocked": Appearance("bad", "ban", _("Blocked")),
    "expired": Appearance("idle", "hourglass", _("Expired")),
}
COUPON = {
    "active": Appearance("good", "circle-check", _("Active")),
    "coming": Appearance("idle", "clock-fading", _("Coming")),
    "used_up": Appearance("warn", "circle-slash", _("Used up")),
    "over": Appearance("idle", "hourglass", _("Over")),
    "ended": Appearance("idle", "ban", _("Ended")),
}
DAMAGED = {
    "waiting": Appearance("warn", "triangle-alert", _("Damaged")),
    "written_off": Appearance("idle", "ban", _("Written off")),
    "back": Appearance("good", "package-check", _("Back in stock")),
}
STATUS: dict[str, dict[str, Appearance]] = {
    "payment": PAYMENT,
    "operation": OPERATION,
    "terminal": TERMINAL,
    "recon": RECON,
    "exception": EXCEPTION,
    "payout": PAYOUT,
    "order": ORDER,
    "order_payment": ORDER_PAYMENT,
    "fulfilment": FULFILMENT,
    "waiting": WAITING,
    "job": JOB,
    "report": REPORT,
    "statement": STATEMENT,
    "dispute": DISPUTE,
    "delivery": DELIVERY,
    "gateway_event": GATEWAY_EVENT,
    "reservation": RESERVATION,
    "approval": APPROVAL,
    "override": OVERRIDE,
    "gateway": GATEWAY,
    "stock": STOCK,
    "article": ARTICLE,
    "shift": SHIFT,
    "deposit": DEPOSIT,
    "goods_in": GOODS_IN,
    "voucher": VOUCHER,
    "coupon": COUPON,
    "damaged": DAMAGED,
}


def appearance(family: str, value: str) -> Appearance:
    """
    Return how `value` looks. A value the table does not know is shown as its own word, never as another state.

    :raises KeyError: if there is no such family.
    """
    known = STATUS[family].get(value)
    return known or Appearance("idle", "circle-dashed", value.replace("_", " ").capitalize())
