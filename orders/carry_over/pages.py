"""Open carts and a customer's history, as staff see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from merchant.core.money import Money
from merchant.core.pages.parts import Fact, ListFrame


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
class CustomerPage:
    """A customer: what lies in the open cart, and what was bought over all channels."""

    name: str
    facts: tuple[Fact, ...]
    carts: tuple[CartRow, ...]
    orders: tuple[CartRow, ...]
