"""Deliveries, transfers and counts as staff see them: three papers of one shape."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from merchant.core.pages.forms import FormField
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
    """Scan an article, say how many, press enter. The first of `fields` has the focus."""

    action_url: str
    idempotency_key: str
    button: str
    fields: tuple[FormField, ...]
    errors: tuple[str, ...] = ()


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
    """The form of a new paper."""

    title: str
    action_url: str
    back_url: str
    idempotency_key: str
    fields: tuple[FormField, ...]
    errors: tuple[str, ...] = ()
