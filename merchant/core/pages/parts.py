"""
The parts of pages as plain data. A view fills these; a template in `templates/components/` draws each of them.

Money is `Money`, moments are aware datetimes, links are URL strings ("" where there is none), lists are tuples.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils.functional import Promise

from merchant.core.money import Money

Figure = Money | str


@dataclass(frozen=True, slots=True)
class Link:
    """A label that leads somewhere."""

    label: str
    url: str
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """
    A button. `method` "get" follows a link; "dialog" fetches the URL into the page's dialog; "post" sends a form
    with an idempotency key, so that a second press repeats nothing.
    """

    label: str
    url: str
    icon: str = ""
    method: str = "get"
    tone: str = ""
    key: str = ""
    shortcut: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """What is known, what is being done, until when, what not to do. Tones: info, good, warn, bad."""

    tone: str
    title: str
    text: str = ""
    icon: str = "info"
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class EmptyState:
    """One sentence and one action. Shown where a list never had a row."""

    icon: str
    title: str
    text: str = ""
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class Stat:
    """One figure. `url` opens the rows that add up to it."""

    label: str
    value: Figure
    url: str = ""
    tone: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One value a filter can have."""

    label: str
    value: str
    is_selected: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """
    One filter of a list. Its names are those of the URL's query.

    `kind` is "choice" (tick boxes of `choices`), "text" or "range" (two inputs, `<name>_from` and `<name>_to`, of
    `input_type`). `shown` is the chosen value in words, "" when the filter is not set; `remove_url` is the list without it.
    """

    name: str
    label: str
    kind: str = "choice"
    shown: str = ""
    remove_url: str = ""
    choices: tuple[Choice, ...] = ()
    value: str = ""
    value_to: str = ""
    input_type: str = "text"


@dataclass(frozen=True, slots=True)
class SavedView:
    """A tab over the list: a kept set of filters."""

    label: str
    url: str
    is_current: bool = False
    count: str = ""


@dataclass(frozen=True, slots=True)
class FilterBar:
    """Everything above a list. The URL holds all of it, so a copied link shows the same rows."""

    url: str
    filters: tuple[Filter, ...] = ()
    views: tuple[SavedView, ...] = ()
    search: str = ""
    search_hint: str = ""
    clear_url: str = ""

    @property
    def is_filtered(self) -> bool:
        """Whether anything narrows the list."""
        return bool(self.search) or any(item.shown for item in self.filters)


@dataclass(frozen=True, slots=True)
class Pager:
    """Keyset pages: a next and a previous URL, and no count."""

    next_url: str = ""
    previous_url: str = ""
    shown: int = 0


@dataclass(frozen=True, slots=True)
class TotalLine:
    """The filtered set in one currency. Two currencies are two lines and are never added."""

    currency: str
    figures: tuple[Stat, ...]


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened, also bad news, with time, person or system, and reference."""

    at: datetime
    title: str
    text: str = ""
    tone: str = "idle"
    icon: str = "circle"
    amount: Money | None = None
    reference: str = ""
    url: str = ""

    @property
    def tone_class(self) -> str:
        """The class that colours the icon."""
        return f"t-{self.tone}"


@dataclass(frozen=True, slots=True)
class TrailStep:
    """One box of the money trail. `state`: done, next (expected), held (stopped, look here), none."""

    label: str | Promise
    state: str = "none"
    at: datetime | date | None = None
    text: str = ""
    amount: Money | None = None


@dataclass(frozen=True, slots=True)
class Trail:
    """Captured → settled → paid out → reconciled."""

    steps: tuple[TrailStep, ...]


@dataclass(frozen=True, slots=True)
class TrailMarks:
    """The same in one line of a list: the state of each step, and the furthest one reached in words."""

    states: tuple[str, ...]
    word: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of facts: a label and text, an amount or a moment; `note` is small print."""

    label: str
    value: Money | datetime | date | str
    url: str = ""
    note: str = ""
    is_identifier: bool = False


@dataclass(frozen=True, slots=True)
class FlowBox:
    """One place where money is. `amounts` has one Money per currency."""

    tone: str
    icon: str
    label: str
    amounts: tuple[Money, ...]
    note: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class ListFrame:
    """What all lists share beside their own rows. `title` heads those that are drawn by `components/list_page.html`."""

    bar: FilterBar
    pager: Pager
    empty: EmptyState
    title: str = ""
    export_url: str = ""
    totals_url: str = ""
    totals: tuple[TotalLine, ...] | None = None
    live_topic: str = ""
    # What can be done with the rows that are ticked; each posts their ids as `selected`.
    bulk: tuple[Action, ...] = ()
    actions: tuple[Action, ...] = field(default=())
