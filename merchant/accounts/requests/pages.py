"""What developers look at, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from merchant.core.pages.parts import Action, Link, ListFrame


@dataclass(frozen=True, slots=True)
class Tab:
    """One of the pages for developers."""

    link: Link
    is_current: bool


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One REST request; `tone` and `icon` tell its answer apart without colour."""

    id: str
    at: datetime
    method: str
    path: str
    status: int
    tone: str
    icon: str
    code: str
    duration_ms: int
    caller: str
    kind: str
    correlation_id: str


@dataclass(frozen=True, slots=True)
class RequestLogPage:
    """The log. `note` says how long it is kept, or that it is switched off."""

    list: ListFrame
    rows: tuple[RequestRow, ...]
    tabs: tuple[Tab, ...]
    note: str


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event and the deliveries it led to."""

    id: str
    at: datetime
    topic: str
    subject: str
    body: str
    deliveries_url: str


@dataclass(frozen=True, slots=True)
class EventsPage:
    """The events of the merchant, newest first."""

    list: ListFrame
    rows: tuple[EventRow, ...]
    tabs: tuple[Tab, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """One subject of the overview: what it is, how it stands, where it is."""

    key: str
    title: str
    text: str
    figure: str
    figure_words: str
    actions: tuple[Action, ...]
    tone: str = ""


@dataclass(frozen=True, slots=True)
class DevelopersPage:
    """Everything for who connects a program, in one place."""

    cards: tuple[Card, ...]
    tabs: tuple[Tab, ...]
    requests: tuple[RequestRow, ...]
    base_url: str
