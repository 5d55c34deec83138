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

# All of a payout is there once as much arrived as was announced, or more, on the same side: what came of a payout that turned out to be a debit is to go back.
_ALL_THERE = (
    "CASE sign({amount}) WHEN 0 THEN {arrived} = 0 WHEN 1 THEN {arrived} >= {amount} ELSE {arrived} <= {amount} END"
)
_STANDING = f"CASE WHEN {_ALL_THERE} THEN 'in_bank' WHEN {{arrived}} = 0 THEN 'in_transit' ELSE 'short' END"


def standing_sql(*, arrived: str, amount: str) -> str:
    """Return as SQL the status of a payout that was announced, of which `arrived` is on statements."""
    return _STANDING.format(arrived=f"({arrived})", amount=amount)


def standing_of(*, arrived_minor: int, amount_minor: int) -> str:
    """Return what `standing_sql` says."""
    is_all_there = (
        arrived_minor >= amount_minor
        if amount_minor > 0
        else arrived_minor <= amount_minor
        if amount_minor
        else not arrived_minor
    )
    if is_all_there:
        return "in_bank"
    return "short" if arrived_minor else "in_transit"
