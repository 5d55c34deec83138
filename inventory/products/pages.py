"""Articles, tax rates and catalogue files as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from merchant.core.money import Money
from merchant.core.pages.forms import FormField
from merchant.core.pages.parts import Action, Choice, Fact, Link, ListFrame, Stat


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """One article. `price` is in the merchant's own currency; `status` is a value of the article family."""

    url: str
    name: str
    sku: str
    category: str
    tax: str
    price: Money | None
    on_hand: int | None
    status: str


@dataclass(frozen=True, slots=True)
class ArticleListPage:
    """The list of products and prices."""

    list: ListFrame
    rows: tuple[ArticleRow, ...]


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """One article: its form, what it costs elsewhere, and where its pieces are."""

    title: str
    status: str
    fields: tuple[FormField, ...]
    action_url: str
    key: str
    facts: tuple[Fact, ...]
    can_change: bool
    actions: tuple[Action, ...] = ()
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TaxRow:
    """One tax rate. `until` None is for ever."""

    name: str
    country: str
    rate: str
    since: date
    until: date | None
    is_in_force: bool


@dataclass(frozen=True, slots=True)
class TaxesPage:
    """Tax rates, and the form for another."""

    rows: tuple[TaxRow, ...]
    fields: tuple[FormField, ...]
    key: str
    can_change: bool
    back: Link
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ColumnField:
    """One column of a file: what it is called there, what it is, and what stands in it first."""

    number: int
    heading: str
    sample: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class PastImport:
    """A catalogue file that was taken in."""

    name: str
    url: str
    at: datetime
    result: str


@dataclass(frozen=True, slots=True)
class UploadPage:
    """Where a catalogue file is chosen."""

    action_url: str
    size_max_text: str
    past: tuple[PastImport, ...]
    back: Link
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One row of a file as it would be taken in; `problem` says why it would not."""

    line: int
    sku: str
    name: str
    price: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class PreviewPage:
    """A file before it is taken in: its columns, its first rows, and what would be refused."""

    file_name: str
    token: str
    key: str
    columns: tuple[ColumnField, ...]
    rows: tuple[PreviewRow, ...]
    count: int
    refused: int
    fields: tuple[FormField, ...]
    back: Link
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportPage:
    """A file that is taken in, or was. `progress_url` is asked again while it runs."""

    id: str
    file_name: str
    is_running: bool
    tone: str
    icon: str
    word: str
    done: int
    total: int | None
    stats: tuple[Stat, ...]
    refused: tuple[PreviewRow, ...]
    progress_url: str
    back: Link
    problem: str = ""
    refused_url: str = ""
