"""The life of an operation, and what a payment's operations make of it."""

from merchant.core.states import StateTable

# `declined`: the answer was no. `failed`: certainly not processed. `unknown`: nobody can say yet; it is asked, never guessed. Money that is found to have moved
# after all outranks an earlier no, hence the two moves to `succeeded`.
OPERATION = StateTable(
    what="operation",
    moves={
        "requested": ("submitted", "succeeded", "failed"),
        "submitted": ("action_required", "succeeded", "declined", "failed", "unknown"),
        "action_required": ("succeeded", "declined", "failed", "unknown"),
        "unknown": ("action_required", "succeeded", "declined", "failed"),
        "declined": ("succeeded",),
        "failed": ("succeeded",),
        "succeeded": (),
    },
)
OPEN_OPERATION = ["requested", "submitted", "action_required", "unknown"]

_AFTER_MONEY = ("partly_refunded", "refunded")
PAYMENT = StateTable(
    what="payment",
    moves={
        "pending": ("action_required", "unknown", "authorised", "captured", "declined", "failed", "voided"),
        "action_required": ("pending", "unknown", "authorised", "captured", "declined", "failed", "voided"),
        "unknown": ("pending", "action_required", "authorised", "captured", "declined", "failed", "voided"),
        "authorised": ("unknown", "captured", "voided", "expired", *_AFTER_MONEY),
        "captured": ("unknown", "authorised", "failed", *_AFTER_MONEY),
        "partly_refunded": ("captured", "refunded", "unknown", "failed"),
        "refunded": ("captured", "partly_refunded", "unknown", "failed"),
        "declined": ("authorised", "captured", "voided", "failed"),
        "failed": ("authorised", "captured", "voided", *_AFTER_MONEY),
        "voided": ("authorised", "captured", "failed"),
        "expired": ("authorised", "captured", "voided", "failed"),
    },
)
# What somebody said of an outcome that nobody could find out: reality proves it or not.
OVERRIDE = StateTable(what="override", moves={"open": ("met", "broken"), "met": ("broken",), "broken": ()})
# A customer's card kept for later. Nothing is charged for it, so only the gateway's first word counts; `revoked` is the customer's last.
STORED_CARD = StateTable(
    what="stored card",
    moves={
        "requested": ("submitted", "stored", "declined", "failed", "revoked"),
        "submitted": ("action_required", "unknown", "stored", "declined", "failed", "revoked"),
        "action_required": ("unknown", "stored", "declined", "failed", "revoked"),
        "unknown": ("action_required", "stored", "declined", "failed", "revoked"),
        "stored": ("revoked",),
        "declined": (),
        "failed": (),
        "revoked": (),
    },
)
OPEN_STORED_CARD = ["requested", "submitted", "action_required", "unknown"]
