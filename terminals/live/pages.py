"""The wall of terminals as plain data. A tile is also sent alone over the socket and swapped by its id."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from merchant.core.money import Money
from merchant.core.pages.parts import Action, EmptyState, Notice


@dataclass(frozen=True, slots=True)
class TerminalTile:
    """
    One terminal. `state` is a value of the terminal family; `step` is what it does right now ("Waiting for card").

    `screen_icon`, `amount` and `screen_text` are what its own display shows. `since` is when the step began, drawn as an age.
    `taken_at` and `taken` are its last approved payment, shown while it does nothing else.
    """

    id: str
    name: str
    url: str
    state: str
    step: str
    detail: str
    screen_text: str = ""
    screen_icon: str = ""
    amount: Money | None = None
    since: datetime | None = None
    taken_at: datetime | None = None
    taken: Money | None = None
    warning: str = ""
    actions: tuple[Action, ...] = ()

    @property
    def element_id(self) -> str:
        """What the socket swaps the tile by."""
        return f"terminal-{self.id}"


@dataclass(frozen=True, slots=True)
class WallStore:
    """The terminals of one store."""

    name: str
    note: str
    tiles: tuple[TerminalTile, ...]


@dataclass(frozen=True, slots=True)
class StateCount:
    """How many terminals are in one state; `url` shows only those."""

    state: str
    count: int
    url: str
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class WallEvent:
    """One line of "Just now"."""

    id: str
    at: datetime
    terminal: str
    text: str
    tone: str
    icon: str

    @property
    def tone_class(self) -> str:
        """The class that colours the icon."""
        return f"t-{self.tone}"


@dataclass(frozen=True, slots=True)
class WallPage:
    """All terminals, by store, with what just happened."""

    note: str
    counts: tuple[StateCount, ...]
    stores: tuple[WallStore, ...]
    events: tuple[WallEvent, ...]
    empty: EmptyState
    actions: tuple[Action, ...] = ()
    notices: tuple[Notice, ...] = ()
    # Tiles only, for a screen that nobody touches.
    is_wall_mode: bool = False
