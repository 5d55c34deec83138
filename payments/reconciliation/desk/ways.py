"""
The ways out of an exception, which kinds have which, and what each would book.

Negative amounts are money missing. Every booking is one pair of legs: the amount leaves the account it stands on and lands on the one that the way names.

| way | what happens | lands on |
|---|---|---|
| write_off | a loss, or a gain | write-off |
| book | a cost or income of a named kind | the chosen account |
| claim | asked back from the processor | claims on the gateway |
| link | bound by hand to its partner | nothing: a match |
| note | accepted as it is | nothing |
| wait | looked at again on a day | nothing: it stays open |
"""

from __future__ import annotations

from dataclasses import dataclass

from merchant.ledger.recipes import Leg

CLOSING_WAYS = ("write_off", "book", "claim", "link", "note", "rounding")
# A way's place here is the number that chooses it by keyboard, whatever other ways an exception has: hands learn it once.
WAYS = ("write_off", "book", "claim", "link", "note", "wait")
# What a difference may be booked to, with whether the account is kept per gateway account.
BOOKABLE = {"fees": True, "fx": True, "commission": True, "cash_rounding": False, "over_short": False}
# On which account the amount of an exception stands until somebody decides.
STANDS_ON = {
    "amount": "clearing", "missing_in_report": "clearing", "not_ours": "clearing", "refund_not_ours": "clearing", "duplicate": "clearing",
    "unclassified": "suspense", "short_payout": "payouts_in_transit", "missing_payout": "payouts_in_transit",
    "short_deposit": "cash_in_transit", "missing_deposit": "cash_in_transit", "override_contradicted": "clearing", "override_unproven": "clearing",
    "fee": "fees", "unexplained_bank_line": "bank",
}  # fmt: skip
# What a processor owes when it comes short; a fee above the contract too.
CLAIMABLE = ("amount", "missing_in_report", "duplicate", "short_payout", "missing_payout", "fee", "refund_not_ours")
LINKABLE = ("not_ours", "refund_not_ours", "ambiguous", "unexplained_bank_line")
# Whose decision writes what runs write, too: a match by hand, or what the processor owes of a payment. Runs are kept away before such an exception is locked.
BESIDE_RUNS = (*LINKABLE, "amount")
# What is proposed first, where the kind has it and it can be done; `note` otherwise. Nothing ("") where nothing speaks for a way: what nobody announced in the bank
# may be rent, a loan or a customer's money.
PROPOSED = {
    "amount": "write_off", "missing_in_report": "wait", "not_ours": "wait", "refund_not_ours": "wait", "duplicate": "wait", "fee": "claim",
    "unclassified": "book", "missing_payout": "wait", "short_payout": "claim", "missing_deposit": "wait", "short_deposit": "book",
    "statement_gap": "wait", "ambiguous": "link", "unexplained_bank_line": "",
}  # fmt: skip
# Where a difference of a kind is booked unless another account is chosen; of other kinds nothing speaks for one.
LIKELY_ACCOUNT = {"short_deposit": "over_short", "missing_deposit": "over_short"}
# Within how many days somebody should have decided, by kind: money that should be in the bank first.
DUE_DAYS = {
    "missing_payout": 1,
    "short_payout": 2,
    "unexplained_bank_line": 2,
    "refund_not_ours": 2,
    "fee": 14,
    "fx": 14,
}
DUE_DAYS_DEFAULT = 5
# Ages in days as they are counted: from, to (None: without end).
AGES = {"0-2": (0, 2), "3-7": (3, 7), "8-30": (8, 30), "30+": (31, None)}


@dataclass(frozen=True, slots=True)
class Standing:
    """An exception as far as booking it matters. `minor` is what nobody has decided about yet; `account` is None where the amount is on no account.

    `is_linkable`: it has a row or a bank line that somebody may bind; `is_suggested`: something is known that it may belong to.
    """

    kind: str
    minor: int
    currency: str
    account: str | None
    subject: str = ""
    gateway_account: str = ""
    is_linkable: bool = False
    is_suggested: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """One way out: what it books for each account that may be chosen ("" where there is no choice)."""

    name: str
    legs: dict[str, tuple[Leg, ...]]
    is_proposed: bool = False


def ways_of(standing: Standing) -> tuple[Way, ...]:
    """Return the ways out of an exception in the order in which they are shown, at most one of them proposed."""
    is_booked = standing.account is not None and standing.minor != 0
    found: dict[str, dict[str, tuple[Leg, ...]]] = {}
    if is_booked and standing.kind != "fee":
        found["write_off"] = {"": legs_of(standing, "write_off")}
        found["book"] = {account: legs_of(standing, "book", account) for account in BOOKABLE}
    if is_booked and standing.minor < 0 and standing.gateway_account and standing.kind in CLAIMABLE:
        found["claim"] = {"": legs_of(standing, "claim")}
    if standing.is_linkable:
        found["link"] = {"": ()}
    found["note"] = {"": ()}
    found["wait"] = {"": ()}
    proposed = PROPOSED.get(standing.kind, "note")
    if standing.is_suggested and standing.is_linkable:
        proposed = "link"
    if proposed and (proposed not in found or (proposed == "link" and not standing.is_suggested)):
        proposed = "note"
    return tuple(Way(name, legs, is_proposed=name == proposed) for name, legs in found.items())


def number_of(way: str) -> int:
    """Return the number that chooses a way by keyboard."""
    return WAYS.index(way) + 1


def legs_of(standing: Standing, way: str, account: str = "") -> tuple[Leg, ...]:
    """Return what a way books: the amount off the account it stands on, onto the one the way names. Nothing for ways that book nothing."""
    target = _target(standing, way, account)
    if target is None or standing.account is None or not standing.minor:
        return ()
    return (
        Leg(*target, -standing.minor, standing.currency),
        Leg(standing.account, standing.subject, standing.minor, standing.currency),
    )


def _target(standing: Standing, way: str, account: str) -> tuple[str, str] | None:
    if way == "write_off":
        return ("write_off", "")
    if way == "claim":
        return ("claims", standing.gateway_account)
    if way in ("book", "rounding"):
        subject = standing.gateway_account if BOOKABLE.get(account) else ""
        return (account, f"{subject}:differences" if account == "fees" else subject)
    return None
