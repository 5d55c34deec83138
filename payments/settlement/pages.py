"""Imports of settlement reports and bank statements: the list with its upload form, and one file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from merchant.core.money import Money
from merchant.core.pages.parts import Action, Fact, Link, ListFrame, Notice, Stat


@dataclass(frozen=True, slots=True)
class ImportRow:
    """`status` is a value of the `family` report or statement; `done_text` is how far the reading is while it goes on, in figures alone; `waits_text` what a page waits for."""

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
    difference: Money | None = None
    done_text: str = ""
    family: str = "report"
    waits_text: str = ""


@dataclass(frozen=True, slots=True)
class UploadResult:
    """
    What became of one file that was sent. `tone` good: taken; info: here before; warn: its account must be chosen, among `accounts`, and `kept` says
    which file it is; bad: refused. `action` is the way on, such as giving an unknown file its columns.
    """

    file_name: str
    tone: str
    text: str
    icon: str
    url: str = ""
    kept: str = ""
    accounts: tuple[tuple[str, str], ...] = ()
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class UploadForm:
    """`kinds` are the formats one may name; recognising by content is the first choice. `errors` are sentences, `results` one line for each file that was sent."""

    action_url: str
    idempotency_key: str
    kinds: tuple[tuple[str, str], ...]
    size_max_text: str
    accounts: tuple[tuple[str, str], ...] = ()
    errors: tuple[str, ...] = ()
    results: tuple[UploadResult, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportListPage:
    """The list of imports with its upload form."""

    list: ListFrame
    rows: tuple[ImportRow, ...]
    upload: UploadForm | None = None
    notices: tuple[Notice, ...] = ()
    list_url: str = "/imports/"
    sorts: tuple[Link, ...] = ()
    sort_label: str = ""


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """One line that could not be read, where it stands and why."""

    line: int
    column: str
    message: str
    content: str = ""


@dataclass(frozen=True, slots=True)
class LeftOutRow:
    """A file of the zip that was not taken, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class BankLineRow:
    """One entry of a bank statement, the page that explains it, and the payout it turned out to be ("" while none)."""

    booked_on: date
    amount: Money
    text: str
    payout: str = ""
    payout_url: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """One row that came back with other amounts, and the report that had brought it."""

    line: int
    kind: str
    reference: str
    was: Money
    now: Money
    fee_was: Money
    fee_now: Money
    earlier: str
    earlier_url: str


@dataclass(frozen=True, slots=True)
class GoneRow:
    """One row that a batch no longer has. It stays in the books."""

    key: str
    kind: str
    batch: str
    amount: Money


@dataclass(frozen=True, slots=True)
class BookedRow:
    """What a file did to one kind of account of the books, debit positive."""

    account: str
    amount: Money
    url: str = ""


@dataclass(frozen=True, slots=True)
class ImportDetailPage:
    """
    One file. While it is read, `done_rows` of `total_rows` (0: not known yet) drive the bar and `progress_url` is asked again; `phase` is what is being done.

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
    phase: str = ""
    changes: tuple[ChangedRow, ...] = ()
    changes_more: int = 0
    gone: tuple[GoneRow, ...] = ()
    gone_more: int = 0
    booked: tuple[BookedRow, ...] = ()
    notes: tuple[Notice, ...] = ()
    left_out: tuple[LeftOutRow, ...] = ()
    family: str = "report"

    @property
    def is_running(self) -> bool:
        """Whether the file is still being read, checked or booked."""
        return self.status in ("received", "reading") or bool(self.phase)

    @property
    def done_text(self) -> str:
        """How far the reading is, in figures alone."""
        return done_text(self.done_rows, self.total_rows)


def done_text(done: int, total: int) -> str:
    """Return rows read of rows expected, grouped as ISO 31-0 has it: the same in every language, because a worker writes it to all screens."""
    grouped = f"{done:,}".replace(",", "\u202f")
    return f"{grouped} / ≈ {total:,}".replace(",", "\u202f") if total else grouped
