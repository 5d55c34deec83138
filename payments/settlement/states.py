"""The life of a report file and of a payout."""

from merchant.core.states import StateTable

REPORT = StateTable(
    what="report",
    moves={
        "received": ("reading", "refused"),
        "reading": ("balanced", "out_of_balance", "refused", "reading"),
        "balanced": ("posted", "out_of_balance", "reading"),
        "out_of_balance": (),
        "refused": (),
        "posted": (),
    },
)
PAYOUT = StateTable(
    what="payout",
    moves={
        "expected": ("in_transit",),
        "in_transit": ("in_bank", "short", "returned"),
        "short": ("in_bank", "in_transit"),
        # Back when the bank line that brought it turns out to be another's.
        "in_bank": ("returned", "in_transit", "short"),
        "returned": (),
    },
)
