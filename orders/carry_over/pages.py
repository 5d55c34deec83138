"""Open carts, and what waits at the counters, as staff see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from merchant.core.money import Money
from merchant.core.pages.parts import ListFrame


@dataclass(frozen=True, slots=True)
class CartRow:
    """One cart or order. `status` is a value of the order family; `holder` says where somebody works on it."""

    id: str
    url: str
    number: str
    at: datetime
    total: Money
    status: str
    customer: str
    customer_url: str
    channel: str
    place: str
    holder: str


@dataclass(frozen=True, slots=True)
class CartListPage:
    """The open carts."""

    list: ListFrame
    rows: tuple[CartRow, ...]


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """One order that waits at a counter; `state` is parked or part_paid, `holder` the till that has it."""

    id: str
    url: str
    name: str
    number: str
    since: datetime
    place: str
    holder: str
    is_parked: bool
    total: Money
    paid: Money


@dataclass(frozen=True, slots=True)
class WaitingListPage:
    """What waits at the counters."""

    list: ListFrame
    rows: tuple[WaitingRow, ...]
