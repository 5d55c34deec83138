"""The reconciliation workbench: a batch, its exceptions, one exception compared and resolved."""

from __future__ import annotations

from dataclasses import dataclass

from merchant.core.money import Money
from merchant.core.pages.parts import Action, EmptyState, Link, Notice, Pager


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One figure of the batch on both sides, and theirs minus ours."""

    label: str
    ours: Money
    theirs: Money
    difference: Money
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class BatchHead:
    """How far a batch is matched. The three counts add up to `lines`; `currency` is the batch's own."""

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
    batches: tuple[Link, ...] = ()
    position_text: str = ""
    export_url: str = ""

    @property
    def matched(self) -> int:
        """Lines that need nobody."""
        return self.exact + self.within_tolerance

    @property
    def near_start(self) -> int:
        """Where the second part of the bar begins."""
        return self.exact

    @property
    def open_start(self) -> int:
        """Where the last part of the bar begins."""
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
class ResolveOption:
    """One way out. `booking` is shown for the chosen one; an option that books nothing has none."""

    value: str
    title: str
    text: str
    is_suggested: bool = False
    booking: tuple[BookingLine, ...] = ()


@dataclass(frozen=True, slots=True)
class ExceptionPage:
    """One exception. `version` guards against a second person; `undo` is offered while the batch is open."""

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


@dataclass(frozen=True, slots=True)
class WorkbenchPage:
    """`current` is None when nothing is open: the batch can be closed."""

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
