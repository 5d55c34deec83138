"""
The words, tones and shapes of states: one table for all pages, so that one state looks the same everywhere.

A tone colours, a shape (the icon's outline) and a word carry the meaning without colour.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Appearance:
    """How one state looks. Tones: good, warn, bad, info, back (money going back), idle."""

    tone: str
    icon: str
    word: str | Promise


PAYMENT = {
    "pending": Appearance("idle", "clock-fading", _("Pending")),
    "requested": Appearance("idle", "clock-fading", _("Pending")),
    "action_required": Appearance("info", "smartphone", _("Customer must confirm")),
    "authorised": Appearance("info", "contrast", _("Authorised")),
    "partially_captured": Appearance("info", "contrast", _("Part captured")),
    "captured": Appearance("good", "circle-check", _("Paid")),
    "paid": Appearance("good", "circle-check", _("Paid")),
    "unknown": Appearance("warn", "circle-question-mark", _("Outcome unknown")),
    "declined": Appearance("bad", "octagon-x", _("Declined")),
    "failed": Appearance("bad", "octagon-x", _("Failed")),
    "voided": Appearance("idle", "ban", _("Voided")),
    "cancelled": Appearance("idle", "ban", _("Cancelled")),
    "expired": Appearance("idle", "hourglass", _("Expired")),
    "partially_refunded": Appearance("back", "undo-2", _("Part refunded")),
    "refunded": Appearance("back", "undo-2", _("Refunded")),
    "disputed": Appearance("warn", "flag", _("Disputed")),
    "charged_back": Appearance("bad", "flag", _("Charged back")),
}
OPERATION = {
    "requested": Appearance("idle", "clock-fading", _("Requested")),
    "submitted": Appearance("info", "send", _("Sent to the gateway")),
    "action_required": Appearance("info", "smartphone", _("Customer must confirm")),
    "succeeded": Appearance("good", "circle-check", _("Succeeded")),
    "declined": Appearance("bad", "octagon-x", _("Declined")),
    "failed": Appearance("bad", "triangle-alert", _("Failed, nothing charged")),
    "unknown": Appearance("warn", "circle-question-mark", _("Outcome unknown")),
}
TERMINAL = {
    "ready": Appearance("good", "circle-check", _("Ready")),
    "in_payment": Appearance("info", "nfc", _("In payment")),
    "unknown": Appearance("warn", "circle-question-mark", _("Outcome unknown")),
    "needs_care": Appearance("warn", "triangle-alert", _("Needs care")),
    "offline": Appearance("bad", "wifi-off", _("Offline")),
    "updating": Appearance("back", "download", _("Updating")),
    "unpaired": Appearance("idle", "link", _("Not paired")),
    "retired": Appearance("idle", "circle-slash", _("Retired")),
}
RECON = {
    "matched": Appearance("good", "circle-check", _("Matched")),
    "within_tolerance": Appearance("good", "check-check", _("Within tolerance")),
    "expected": Appearance("idle", "clock-fading", _("Expected")),
    "missing": Appearance("warn", "square-dashed", _("Missing in report")),
    "amount_differs": Appearance("bad", "equal-not", _("Amount differs")),
    "duplicate": Appearance("warn", "copy", _("Twice in report")),
    "not_ours": Appearance("bad", "file-question-mark", _("Not in our ledger")),
    "refund_not_ours": Appearance("bad", "undo-2", _("Refund not ours")),
    "fee_differs": Appearance("info", "equal-approximately", _("Fees differ")),
    "rate_differs": Appearance("info", "equal-approximately", _("Exchange rate")),
    "payout_missing": Appearance("warn", "landmark", _("Payout not in bank")),
    "payout_differs": Appearance("bad", "equal-not", _("Payout differs")),
    "bank_unmatched": Appearance("warn", "file-question-mark", _("Bank line without payout")),
    "open": Appearance("warn", "triangle-alert", _("Open")),
    "waiting": Appearance("idle", "hourglass", _("Waiting for next report")),
    "resolved": Appearance("good", "badge-check", _("Resolved")),
    "written_off": Appearance("idle", "circle-slash", _("Written off")),
    "closed": Appearance("good", "lock", _("Closed")),
}
PAYOUT = {
    "expected": Appearance("idle", "clock-fading", _("Expected")),
    "announced": Appearance("info", "send", _("On its way")),
    "on_its_way": Appearance("info", "send", _("On its way")),
    "late": Appearance("warn", "triangle-alert", _("Late")),
    "in_bank": Appearance("good", "landmark", _("In bank")),
    "returned": Appearance("bad", "undo-2", _("Returned")),
}
ORDER = {
    "draft": Appearance("idle", "pencil", _("Draft")),
    "open": Appearance("idle", "circle", _("Open")),
    "placed": Appearance("idle", "circle", _("Open")),
    "unpaid": Appearance("idle", "circle", _("Not paid")),
    "part_paid": Appearance("info", "contrast", _("Part paid")),
    "secured": Appearance("info", "shield-check", _("Secured")),
    "paid": Appearance("good", "circle-check", _("Paid")),
    "unfulfilled": Appearance("idle", "package", _("To hand over")),
    "picking": Appearance("info", "shopping-bag", _("Picking")),
    "ready": Appearance("good", "package-check", _("Ready to collect")),
    "part_fulfilled": Appearance("info", "split", _("Part handed over")),
    "fulfilled": Appearance("good", "package-check", _("Handed over")),
    "shipped": Appearance("good", "truck", _("Shipped")),
    "collected": Appearance("good", "user-check", _("Collected")),
    "returned": Appearance("back", "undo-2", _("Returned")),
    "part_returned": Appearance("back", "undo-2", _("Part returned")),
    "cancelled": Appearance("idle", "ban", _("Cancelled")),
}
JOB = {
    "queued": Appearance("idle", "clock-fading", _("Waiting")),
    "running": Appearance("info", "refresh-cw", _("Running")),
    "retrying": Appearance("warn", "refresh-cw", _("Trying again")),
    "done": Appearance("good", "circle-check", _("Done")),
    "imported": Appearance("good", "circle-check", _("Imported")),
    "already_imported": Appearance("info", "copy", _("Already imported")),
    "refused": Appearance("bad", "octagon-x", _("Refused")),
    "failed": Appearance("bad", "triangle-alert", _("Failed")),
    "expired": Appearance("idle", "hourglass", _("Expired")),
    "cancelled": Appearance("idle", "ban", _("Cancelled")),
}
DELIVERY = {
    "pending": Appearance("idle", "clock-fading", _("Pending")),
    "delivered": Appearance("good", "circle-check", _("Delivered")),
    "retrying": Appearance("warn", "refresh-cw", _("Trying again")),
    "failed": Appearance("bad", "octagon-x", _("Given up")),
    "active": Appearance("good", "zap", _("Active")),
    "disabled": Appearance("idle", "ban", _("Switched off")),
}
GATEWAY = {
    "healthy": Appearance("good", "circle-check", _("Healthy")),
    "slow": Appearance("warn", "triangle-alert", _("Slow")),
    "down": Appearance("bad", "wifi-off", _("Not answering")),
    "idle": Appearance("idle", "circle-dashed", _("No traffic")),
}
STOCK = {
    "in_stock": Appearance("good", "circle-check", _("In stock")),
    "low": Appearance("warn", "triangle-alert", _("Low")),
    "sold_out": Appearance("bad", "circle-slash", _("Sold out")),
    "not_counted": Appearance("idle", "circle-dashed", _("Not counted")),
}
STATUS: dict[str, dict[str, Appearance]] = {
    "payment": PAYMENT,
    "operation": OPERATION,
    "terminal": TERMINAL,
    "recon": RECON,
    "payout": PAYOUT,
    "order": ORDER,
    "job": JOB,
    "delivery": DELIVERY,
    "gateway": GATEWAY,
    "stock": STOCK,
}


def appearance(family: str, value: str) -> Appearance:
    """
    Return how `value` looks. A value the table does not know is shown as its own word, never as another state.

    :raises KeyError: if there is no such family.
    """
    known = STATUS[family].get(value)
    return known or Appearance("idle", "circle-dashed", value.replace("_", " ").capitalize())
