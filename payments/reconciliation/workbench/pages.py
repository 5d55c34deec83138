"""The reconciliation workbench: a batch, its exceptions, one exception compared and resolved."""

from __future__ import annotations

from dataclasses import dataclass

from merchant.core.money import Money
from merchant.core.pages.parts import Action, Choice, EmptyState, Link, ListFrame, Notice, Pager, TimelineEntry


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One figure of the batch on both sides, and theirs minus ours."""

    label: str
    ours: Money
    theirs: Money
    difference: Money
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """The file's sales and refunds in one currency: rows with a payment of ours (`matched`) and rows without one (`excepted`) are its total."""

    matched: Money
    excepted: Money
    total: Money


@dataclass(frozen=True, slots=True)
class BatchHead:
    """How far a batch is matched. The four counts add up to `lines`; what a person settled is `by_hand` and neither exact nor automatic; `currency` is the batch's own."""

    title: str
    lines: int
    exact: int
    within_tolerance: int
    exceptions: int
    automatic_text: str
    difference: Money
    bank_text: str
    source_text: str
    their_name: str
    comparison: tuple[ComparisonRow, ...]
    by_hand: int = 0
    tallies: tuple[Tally, ...] = ()
    batches: tuple[Link, ...] = ()
    position_text: str = ""
    export_url: str = ""

    @property
    def matched(self) -> int:
        """Lines that need nobody any more."""
        return self.exact + self.within_tolerance + self.by_hand

    @property
    def open_start(self) -> int:
        """Where the last part of the bar begins."""
        return self.matched

    @property
    def hand_start(self) -> int:
        """Where the part of the bar begins that people settled."""
        return self.exact + self.within_tolerance


@dataclass(frozen=True, slots=True)
class ExceptionRow:
    """`kind` is a value of the recon family. `difference` is theirs minus ours."""

    id: str
    url: str
    kind: str
    difference: Money
    reference: str
    method: str
    guess: str = ""
    certainty: str = ""
    is_current: bool = False
    held_by: str = ""
    owner: str = ""
    age: str = ""
    due: str = ""
    is_overdue: bool = False
    waits: str = ""


@dataclass(frozen=True, slots=True)
class ComparedField:
    """One field on both sides. `relation`: equal, differs, near (within tolerance), only_ours, only_theirs."""

    label: str
    ours: Money | str
    theirs: Money | str
    relation: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class BookingLine:
    """One posting that a way of resolving would make."""

    account: str
    debit: Money | None = None
    credit: Money | None = None


@dataclass(frozen=True, slots=True)
class Filled:
    """What the form of an exception holds when it opens: what was sent and refused, or what a second person was asked for. "" where nothing was."""

    way: str = ""
    note: str = ""
    account: str = ""
    partner: str = ""
    reference: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class ResolveOption:
    """
    One way out. `booking` is what it books, nothing for an option that books nothing; `bookings` the same for each of `accounts`, where one is to be chosen.

    `is_suggested` says that something speaks for it, `is_chosen` that the form opens with it. `day` is the day that is asked for, "" where none is. `number` chooses it by keyboard, the same for a way wherever it is offered.
    """

    value: str
    title: str
    text: str
    number: int
    is_suggested: bool = False
    is_chosen: bool = False
    booking: tuple[BookingLine, ...] = ()
    accounts: tuple[Choice, ...] = ()
    bookings: tuple[tuple[str, tuple[BookingLine, ...]], ...] = ()
    partners: tuple[Choice, ...] = ()
    day: str = ""
    day_from: str = ""
    day_to: str = ""


@dataclass(frozen=True, slots=True)
class Work:
    """Whose an exception is, since and until when, and what was done with it. Without `assign_url` it is only shown."""

    owner: str
    age: str
    due: str
    is_overdue: bool
    waits: str
    assign_url: str
    note_url: str
    assign_key: str
    note_key: str
    owners: tuple[Choice, ...]
    due_on: str
    history: tuple[TimelineEntry, ...]


@dataclass(frozen=True, slots=True)
class ExceptionPage:
    """One exception. `version` guards against a second person; `undo` is offered while the batch is open; `back` is where its form was opened, "" on its own page."""

    id: str
    kind: str
    title: str
    subtitle: str
    payment_url: str
    their_title: str
    fields: tuple[ComparedField, ...]
    explanation: str
    events: tuple[str, ...]
    options: tuple[ResolveOption, ...]
    action_url: str
    idempotency_key: str
    version: str
    limit_notice: Notice | None = None
    state: str = "open"
    resolution_text: str = ""
    undo: Action | None = None
    held_by: str = ""
    errors: tuple[str, ...] = ()
    batch: str = ""
    back: str = ""
    note: str = ""
    reference: str = ""
    work: Work | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: in words, and the pass it is in of how many."""

    text: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class WorkbenchPage:
    """`current` is None when nothing is open: the batch can be closed. `last` offers to undo what the person just decided."""

    head: BatchHead | None
    exceptions: tuple[ExceptionRow, ...]
    current: ExceptionPage | None
    empty: EmptyState
    sorts: tuple[Link, ...] = ()
    sort_label: str = ""
    close: Action | None = None
    run: Action | None = None
    notices: tuple[Notice, ...] = ()
    pager: Pager | None = None
    last: Notice | None = None
    progress: Progress | None = None
    waiting: Link | None = None
    closed_text: str = ""


@dataclass(frozen=True, slots=True)
class ExceptionListPage:
    """All open exceptions as a list, with what can be decided about a selection."""

    list: ListFrame
    rows: tuple[ExceptionRow, ...]
    selection: Selection | None = None
    sorts: tuple[Link, ...] = ()
    sort_label: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """The form above the rows: one way for all that are ticked. `hint` says why there is none."""

    action_url: str
    idempotency_key: str
    ways: tuple[Choice, ...]
    accounts: tuple[Choice, ...]
    back: str
    hint: str = ""
