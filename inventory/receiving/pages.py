"""Deliveries, transfers and counts as staff see them: three papers of one shape."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from merchant.core.pages.parts import Action, Fact, ListFrame


@dataclass(frozen=True, slots=True)
class PaperRow:
    """One paper. `status` is a value of the goods_in family."""

    id: str
    url: str
    number: str
    place: str
    note: str
    at: datetime
    status: str


@dataclass(frozen=True, slots=True)
class PaperListPage:
    """A list of papers."""

    title: str
    list: ListFrame
    rows: tuple[PaperRow, ...]


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One article and its figures, in the order of the page's columns. `is_open` marks what is still awaited or differs."""

    name: str
    sku: str
    figures: tuple[int, ...]
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class ScanForm:
    """Scan an article, say how many, press enter. `with_damaged` asks for damaged pieces too."""

    action_url: str
    idempotency_key: str
    button: str
    with_damaged: bool = False
    entered: dict[str, str] = field(default_factory=dict)
    error: str = ""


@dataclass(frozen=True, slots=True)
class EndForm:
    """One press that ends a paper; `choices` are (value, words), `asks_reason` wants a sentence."""

    action_url: str
    idempotency_key: str
    button: str
    icon: str
    choices: tuple[tuple[str, str], ...] = ()
    asks_reason: bool = False


@dataclass(frozen=True, slots=True)
class PaperPage:
    """One paper with its lines and what can be done with it."""

    title: str
    number: str
    status: str
    back_url: str
    back_label: str
    facts: tuple[Fact, ...]
    columns: tuple[str, ...]
    lines: tuple[PaperLine, ...]
    scan: ScanForm | None = None
    ends: tuple[EndForm, ...] = ()
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class NewPaperPage:
    """The form of a new paper. `stores` are (id, name); `asks_lines` takes one article a line, `asks_target` a second store."""

    title: str
    action_url: str
    back_url: str
    idempotency_key: str
    stores: tuple[tuple[str, str], ...]
    note_label: str
    asks_lines: bool = True
    asks_target: bool = False
    all_stores: tuple[tuple[str, str], ...] = ()
    entered: dict[str, str] = field(default_factory=dict)
    errors: tuple[str, ...] = ()
