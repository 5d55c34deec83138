"""The life of a dispute, of what we answer, and the words its reasons come in."""

from merchant.core.states import StateTable

# `opened`: known, nothing is asked of us yet. `expired`: our time is over and the processor has not said what follows; that word is waited for, never guessed.
# The processor's later word outranks every earlier one, and a dispute that was won may come back for a second round.
DISPUTE = StateTable(
    what="dispute",
    moves={
        "opened": ("evidence_due", "submitted", "won", "lost", "accepted", "expired"),
        "evidence_due": ("opened", "submitted", "won", "lost", "accepted", "expired"),
        "submitted": ("evidence_due", "opened", "won", "lost", "accepted", "expired"),
        "expired": ("evidence_due", "opened", "submitted", "won", "lost", "accepted"),
        "won": ("evidence_due", "opened", "submitted", "expired", "lost", "accepted"),
        "lost": ("evidence_due", "opened", "submitted", "expired", "won"),
        "accepted": ("evidence_due", "opened", "submitted", "expired", "won"),
    },
)
OPEN_DISPUTE = ["opened", "evidence_due", "submitted", "expired"]
# What we may still answer to.
ANSWERABLE = ["opened", "evidence_due"]
PHASES = ["inquiry", "chargeback", "pre_arbitration"]
ORIGINS = ["webhook", "report", "person"]

ANSWER = StateTable(
    what="answer",
    moves={"requested": ("taken", "refused"), "taken": (), "refused": ()},
)
ANSWER_KINDS = ["evidence", "acceptance"]

# Where the money of a dispute goes. `withdrawn`: the processor took it; `returned`: gave it back; `lost`: it is gone; `recovered`: what was lost is at stake again.
MOVEMENT_KINDS = ["withdrawn", "returned", "lost", "recovered"]

# Our words for why, and those that processors and schemes use for the same.
REASONS = [
    "fraudulent",
    "not_received",
    "not_as_described",
    "duplicate",
    "credit_not_processed",
    "cancelled",
    "unrecognised",
    "other",
]
_ALSO_CALLED = {
    "fraud": "fraudulent",
    "product_not_received": "not_received",
    "goods_not_received": "not_received",
    "product_unacceptable": "not_as_described",
    "subscription_canceled": "cancelled",
    "subscription_cancelled": "cancelled",
    "unrecognized": "unrecognised",
    "general": "other",
}


def reason_of(told: str) -> str:
    """Return our word for a reason; one that nobody knows is `other`."""
    word = told.strip().lower().replace("-", "_").replace(" ", "_")
    word = _ALSO_CALLED.get(word, word)
    return word if word in REASONS else "other"
