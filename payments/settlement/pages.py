"""Imports of settlement reports and bank statements: the list with its upload form, and one file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from merchant.core.money import Money
from merchant.core.pages.parts import Action, Fact, ListFrame, Notice, Stat


@dataclass(frozen=True, slots=True)
class ImportRow:
    """`status` is a value of the report family."""

    id: str
    url: str
    file_name: str
    kind: str
    received_at: datetime
    received_by: str
    status: str
    rows: int
    total: Money | None
    refused_rows: int = 0


@dataclass(frozen=True, slots=True)
class UploadForm:
    """`kinds` are the formats one may name; recognising by content is the first choice. `errors` are sentences."""

    action_url: str
    idempotency_key: str
    kinds: tuple[tuple[str, str], ...]
    size_max_text: str
    accounts: tuple[tuple[str, str], ...] = ()
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportListPage:
    """The list of imports with its upload form."""

    list: ListFrame
    rows: tuple[ImportRow, ...]
    upload: UploadForm | None = None
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """One line that could not be read, where it stands and why."""

    line: int
    column: str
    message: str
    content: str = ""


@dataclass(frozen=True, slots=True)
class BankLineRow:
    """One entry of a bank statement, and the payout it turned out to be ("" while none)."""

    booked_on: date
    amount: Money
    text: str
    payout: str = ""
    payout_url: str = ""


@dataclass(frozen=True, slots=True)
class ImportDetailPage:
    """
    One file. While it is read, `done_rows` of `total_rows` (0: not known yet) drive the bar and `progress_url` is asked again.

    `original_url` is the first import of the same file: importing again changed nothing.
    """

    id: str
    file_name: str
    status: str
    facts: tuple[Fact, ...]
    stats: tuple[Stat, ...]
    refused: tuple[RefusedLine, ...]
    refused_more: int = 0
    lines: tuple[BankLineRow, ...] = ()
    done_rows: int = 0
    total_rows: int = 0
    progress_url: str = ""
    original_url: str = ""
    notice: Notice | None = None
    actions: tuple[Action, ...] = ()
    back_url: str = "/imports/"

    @property
    def is_running(self) -> bool:
        """Whether the file is still being read."""
        return self.status in ("received", "reading")
