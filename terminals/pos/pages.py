"""What tills did offline, as plain data for its page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from merchant.core.money import Money


@dataclass(frozen=True, slots=True)
class RiskRow:
    """So much at risk in one currency, how many, and since when."""

    title: str
    amount: Money
    number: int
    oldest_at: datetime


@dataclass(frozen=True, slots=True)
class CardRow:
    """One gift card payment at risk. `retry_key` and `write_off_key` make each press one."""

    id: str
    order_url: str
    hint: str
    place: str
    taken: Money
    at_risk: Money
    why: str
    taken_at: datetime
    retry_key: str
    write_off_key: str


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """One sale that was refused and waits in a tablet."""

    tablet: str
    place: str
    amount: Money
    why: str
    sold_at: datetime


@dataclass(frozen=True, slots=True)
class LandedRow:
    """One sale that landed, and what about it was not as the books had it."""

    order_url: str
    receipt: str
    place: str
    amount: Money
    remarks: str
    sold_at: datetime
    arrived_at: datetime


@dataclass(frozen=True, slots=True)
class OfflinePage:
    """What is at risk first, then what landed lately."""

    risks: tuple[RiskRow, ...]
    cards: tuple[CardRow, ...]
    refused: tuple[RefusedRow, ...]
    landed: tuple[LandedRow, ...]
    can_settle: bool
