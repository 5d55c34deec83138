"""Exports: what may be exported, what is being made, what can be downloaded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from merchant.core.pages.parts import ListFrame


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
    # Asked again every second while the file is being made.
    refresh_url: str = ""

    @property
    def element_id(self) -> str:
        """What the socket swaps the row by."""
        return f"export-{self.id}"


@dataclass(frozen=True, slots=True)
class ExportForm:
    """`subjects` and `formats` are (value, words); `filters_text` says what the asked-for rows were filtered by."""

    action_url: str
    idempotency_key: str
    subjects: tuple[tuple[str, str], ...]
    formats: tuple[tuple[str, str], ...]
    zone: str
    subject: str = ""
    filters_text: str = ""
    hidden: tuple[tuple[str, str], ...] = ()
    day_from: str = ""
    day_to: str = ""
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExportListPage:
    """The list of exports with its form."""

    list: ListFrame
    rows: tuple[ExportRow, ...]
    form: ExportForm | None = None
