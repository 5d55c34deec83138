"""Match rules as plain data: the form of one level, its versions, and what a dry run found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from merchant.core.money import Money
from merchant.core.pages.parts import Action, Choice, Link


@dataclass(frozen=True, slots=True)
class LimitField:
    """Up to what a role decides alone, as its input holds it; "" is without limit."""

    name: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version that was saved."""

    number: int
    words: str
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MatchRulesPage:
    """The rules of the merchant or of one gateway account. `source` says where they come from; `limits` belong to the merchant's level alone."""

    action_url: str
    try_url: str
    idempotency_key: str
    places: tuple[Link, ...]
    place: str
    source: str
    version: int
    card_window_days: int
    payout_window_days: int
    rounding: str
    currency: str
    accounts: tuple[Choice, ...]
    limits: tuple[LimitField, ...]
    versions: tuple[VersionRow, ...]
    can_change: bool
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrialRow:
    """One match that would be made, or not."""

    reference: str
    amount: Money


@dataclass(frozen=True, slots=True)
class TrialSide:
    """Matches gained, or lost: how many, what they come to, and the first of them."""

    number: int
    amounts: tuple[Money, ...]
    rows: tuple[TrialRow, ...]


@dataclass(frozen=True, slots=True)
class TrialKind:
    """Open exceptions of one kind, as they are and as they would be."""

    kind: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class TrialPage:
    """A dry run. `url` is asked again while it is under way."""

    url: str
    title: str
    words: str
    status: str
    is_running: bool
    error: str = ""
    matches_before: int = 0
    matches_after: int = 0
    gained: TrialSide | None = None
    lost: TrialSide | None = None
    payouts_gained: int = 0
    payouts_lost: int = 0
    within_tolerance: int = 0
    kinds: tuple[TrialKind, ...] = ()
    back: Action | None = None
