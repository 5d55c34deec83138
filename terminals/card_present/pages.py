"""One terminal as plain data, and the dialogs about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from merchant.core.money import Money
from merchant.core.pages.parts import Action, Fact, TimelineEntry
from terminals.card_present.troubles import Trouble
from terminals.live.pages import TerminalTile


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One recorded sample payment or check. `is_passed` is None while it runs."""

    started_at: datetime
    is_passed: bool | None
    steps: str
    problem: str
    is_daily: bool = False


@dataclass(frozen=True, slots=True)
class TerminalPage:
    """One terminal. `pending` says that it has not acknowledged its settings. `code` is filled only on the page that follows asking for one; it is never shown again."""

    tile: TerminalTile
    facts: tuple[Fact, ...]
    samples: tuple[SampleRow, ...]
    timeline: tuple[TimelineEntry, ...]
    actions: tuple[Action, ...] = ()
    code: str = ""
    back_url: str = "/terminals/"
    troubles: tuple[Trouble, ...] = ()
    checks: tuple[SampleRow, ...] = ()
    settings: tuple[Fact, ...] = ()
    settings_url: str = ""
    pending: bool = False
    # "28 of the last 30 passed".
    passed_text: str = ""


@dataclass(frozen=True, slots=True)
class CancelDialog:
    """What the question before cancelling says."""

    action_url: str
    idempotency_key: str
    name: str
    amount: Money | None
