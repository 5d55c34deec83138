"""The pick-and-collect board as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PickLine:
    """One line to fetch, and how many of it were."""

    line_id: str
    name: str
    sku: str
    quantity: int
    picked: int


@dataclass(frozen=True, slots=True)
class PickupCard:
    """One pick-up. `is_paid` is false where the customer pays at the counter."""

    id: str
    order_url: str
    number: str
    store: str
    customer: str
    is_paid: bool
    until: datetime | None
    is_late: bool
    lines: tuple[PickLine, ...]
    action_url: str
    key: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class PickupBoard:
    """What is to be picked, and what is ready."""

    waiting: tuple[PickupCard, ...]
    ready: tuple[PickupCard, ...]
    may_act: bool
