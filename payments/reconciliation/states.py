"""The life of a statement and of an exception."""

from merchant.core.states import StateTable

STATEMENT = StateTable(
    what="statement",
    moves={
        "received": ("balanced", "unproven", "out_of_balance", "refused", "waiting"),
        # A page of a statement whose other pages have not come; refused if another file's page of that number is taken.
        "waiting": ("balanced", "unproven", "out_of_balance", "refused"),
        "balanced": (),
        "unproven": (),
        # A page of a statement that adds up once a missing or a corrected page has come.
        "out_of_balance": ("balanced", "unproven"),
        "refused": (),
    },
)
EXCEPTION = StateTable(
    what="exception",
    moves={"open": ("resolved", "cleared"), "resolved": ("open",), "cleared": ("open",)},
)
DEPOSIT = StateTable(
    what="deposit",
    moves={"in_transit": ("in_bank", "short"), "short": ("in_bank",), "in_bank": ()},
)

# What a deviation is called on screens, in exports and in `verify`. `unclassified` is the only honest name for a row nobody knows.
EXCEPTION_KINDS = [
    "missing_in_report",
    "not_ours",
    "amount",
    "currency",
    "fee",
    "fx",
    "duplicate",
    "late",
    "refund_not_ours",
    "split",
    "unclassified",
    "missing_payout",
    "short_payout",
    "missing_deposit",
    "short_deposit",
    "statement_gap",
    "ambiguous",
    "unexplained_bank_line",
    "override_contradicted",
    "override_unproven",
]
