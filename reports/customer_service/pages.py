"""Customers as plain data: the list, one person over all channels, joining two records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from merchant.core.money import Money
from merchant.core.pages.parts import Action, Choice, Fact, ListFrame, Notice, Stat, TimelineEntry
from orders.order.pages import OrderRow


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """One customer in the list. `spent` has one Money per currency."""

    id: str
    url: str
    name: str
    email: str
    phone: str
    orders: int
    spent: tuple[Money, ...]
    last_at: datetime | None
    since: datetime


@dataclass(frozen=True, slots=True)
class CustomerListPage:
    """The list. `name_url` and `newest_url` sort it; there is no `name_url` for who sees names masked."""

    list: ListFrame
    rows: tuple[CustomerRow, ...]
    name_url: str
    newest_url: str
    is_by_name: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One thing of a person: a payment, a refund, a gift card, a paper, a mail. `family` and `status` name its state in the table of states."""

    what: str
    at: datetime
    url: str = ""
    note: str = ""
    amount: Money | None = None
    family: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Lines under one title; `empty` is said where there are none but somebody looks for them."""

    key: str
    title: str
    lines: tuple[Line, ...]
    empty: str = ""
    has_amounts: bool = True

    @property
    def has_states(self) -> bool:
        """Return whether any line has a state to show."""
        return any(line.status for line in self.lines)


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """What holds for one purpose: `is_given` is None where nobody ever said anything."""

    purpose: str
    label: str
    is_given: bool | None
    said_at: datetime | None = None
    note: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Reveal:
    """The form by which somebody who sees a person masked asks to see them, with a reason."""

    url: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """One person over all channels. `reveal` is there for who sees masked data and may ask; `consent_url` for who may write consent down."""

    id: str
    name: str
    stats: tuple[Stat, ...]
    facts: tuple[Fact, ...]
    orders: tuple[OrderRow, ...]
    carts: tuple[OrderRow, ...]
    sections: tuple[Section, ...]
    consents: tuple[ConsentRow, ...]
    timeline: tuple[TimelineEntry, ...]
    actions: tuple[Action, ...] = ()
    privacy: tuple[Action, ...] = ()
    all_orders_url: str = ""
    notice: Notice | None = None
    reveal: Reveal | None = None
    consent_url: str = ""
    likely_same: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class JoinPage:
    """Two records of one person, side by side, before they become one. `others` are the likely ones, if none was chosen yet."""

    name: str
    back_url: str
    action_url: str
    idempotency_key: str
    kept: tuple[Fact, ...]
    others: tuple[Choice, ...]
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ErasePage:
    """What goes and what stays when a person is erased; `word` is typed to confirm."""

    name: str
    back_url: str
    action_url: str
    idempotency_key: str
    goes: tuple[str, ...]
    stays: tuple[str, ...]
    word: str
    errors: tuple[str, ...] = ()
