"""Exports: what may be exported, what is being made, what can be downloaded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from merchant.core.money import Money
from merchant.core.pages.forms import FormField
from merchant.core.pages.parts import Action, Fact, Link, ListFrame, Notice


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One file. `status` is a value of the job family; `progress_permille` is -1 where it cannot be known."""

    id: str
    what: str
    period: str
    format: str
    asked_at: datetime
    asked_by: str
    status: str
    size_text: str = ""
    rows_text: str = ""
    download_url: str = ""
    progress_permille: int = -1
    problem: str = ""
    # What else is known of a journal file.
    detail_url: str = ""
    # Asked again every second while the file is being made.
    refresh_url: str = ""

    @property
    def element_id(self) -> str:
        """What the socket swaps the row by."""
        return f"export-{self.id}"


@dataclass(frozen=True, slots=True)
class ExportForm:
    """`filters_text` says what the asked-for rows were filtered by, `hidden` sends it along."""

    action_url: str
    idempotency_key: str
    fields: tuple[FormField, ...]
    zone: str
    filters_text: str = ""
    hidden: tuple[tuple[str, str], ...] = ()
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExportListPage:
    """The list of exports with its form."""

    list: ListFrame
    rows: tuple[ExportRow, ...]
    form: ExportForm | None = None


@dataclass(frozen=True, slots=True)
class AccountingPage:
    """Journal files, what they are made with, and the form for a new one. `formats`, `details` and `layouts` are (value, words)."""

    list: ListFrame
    facts: tuple[Fact, ...]
    actions: tuple[Action, ...]
    rows: tuple[ExportRow, ...]
    can_export: bool
    idempotency_key: str
    formats: tuple[tuple[str, str], ...]
    details: tuple[tuple[str, str], ...]
    layouts: tuple[tuple[str, str], ...]
    zone: str
    chosen: dict[str, str]
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """What was booked on a day since its file was made."""

    day: date
    journals: int
    debits: Money


@dataclass(frozen=True, slots=True)
class JournalFilePage:
    """One journal file: who made it, what it holds, what came since, and what it holds that the file it corrects did not."""

    title: str
    back: Link
    facts: tuple[Fact, ...]
    changes: tuple[ChangeRow, ...]
    notice: Notice | None
    corrected: tuple[ChangeRow, ...] = ()
