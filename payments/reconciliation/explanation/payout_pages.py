"""Payouts as staff see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from merchant.core.money import Money
from merchant.core.pages.parts import ListFrame
from payments.settlement.models import Payout


@dataclass(frozen=True, slots=True)
class PayoutRow:
    """`status` is a value of the payout family; `late` and `decided` are derived: its day has passed and it is not in the bank, and somebody decided about all of it."""

    id: str
    url: str
    reference: str
    gateway: str
    amount: Money
    arrived: Money | None
    status: str
    announced_on: date
    expected_on: date


@dataclass(frozen=True, slots=True)
class PayoutListPage:
    """The list of payouts."""

    list: ListFrame
    rows: tuple[PayoutRow, ...]


def payout_row(payout: Payout, *, today: date, is_decided: bool) -> PayoutRow:
    """Return a payout as lists show it. Its gateway account is loaded by the caller."""
    is_late = payout.status in ("expected", "in_transit") and payout.expected_on < today
    return PayoutRow(
        id=str(payout.id),
        url=f"/payouts/{payout.id}/",
        reference=payout.reference,
        gateway=payout.gateway_account.name,
        amount=Money(payout.amount_minor, payout.currency),
        arrived=Money(payout.arrived_minor, payout.currency) if payout.arrived_minor else None,
        status="decided" if is_decided else "late" if is_late else payout.status,
        announced_on=payout.announced_on,
        expected_on=payout.expected_on,
    )
