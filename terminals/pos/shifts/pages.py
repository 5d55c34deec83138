"""The pages of the day's close as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from merchant.core.money import Money
from merchant.core.pages.parts import Action, Fact, ListFrame, Notice, Stat
from terminals.pos.shifts.blockers import Blocker
from terminals.pos.shifts.tablets import TabletsCard


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One till now. `state` is a value of the shift family."""

    id: str
    name: str
    store: str
    state: str
    person: str
    since: datetime | None
    url: str
    last_closing: str


@dataclass(frozen=True, slots=True)
class ClosingRow:
    """One Z in the list."""

    id: str
    url: str
    title: str
    store: str
    business_date: date
    closed_at: datetime
    person: str
    sales: Money
    returns: Money
    difference: Money


@dataclass(frozen=True, slots=True)
class DepositRow:
    """Cash sent to the bank. `state` is a value of the deposit family."""

    id: str
    reference: str
    store: str
    sent_on: date
    amount: Money
    arrived: Money | None
    state: str


@dataclass(frozen=True, slots=True)
class DayClosePage:
    """Tills as they stand, Zs, and the latest deposits."""

    registers: tuple[RegisterRow, ...]
    list: ListFrame
    rows: tuple[ClosingRow, ...]
    deposits: tuple[DepositRow, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a Z or of a drawer: what, how many, how much."""

    label: str
    note: str
    amount: Money | None


@dataclass(frozen=True, slots=True)
class CountedLine:
    """One tender: what should be there, and what was counted."""

    label: str
    expected: Money
    counted: Money | None
    difference: Money | None


@dataclass(frozen=True, slots=True)
class PieceField:
    """One note or coin of the form."""

    name: str
    worth: Money
    value: str = ""


@dataclass(frozen=True, slots=True)
class ShiftPage:
    """One shift: what happened, what keeps it open, and the forms to move, count and close. `count` is the latest count, if there is one."""

    id: str
    register_id: str
    title: str
    state: str
    facts: tuple[Fact, ...]
    stats: tuple[Stat, ...]
    movements: tuple[Line, ...]
    counts: tuple[Line, ...]
    blockers: tuple[Blocker, ...]
    pieces: tuple[PieceField, ...]
    # How many decimals the currency has.
    digits: int
    idempotency_key: str
    count_id: str = ""
    difference: Money | None = None
    is_open: bool = False
    may_manage: bool = False
    may_accept: bool = False
    notices: tuple[Notice, ...] = ()
    errors: tuple[str, ...] = ()
    # What somebody wrote into a form that was refused, and who may go on at this till.
    entered: Mapping[str, str] = field(default_factory=dict)
    people: tuple[tuple[str, str], ...] = ()
    kinds: tuple[tuple[str, str], ...] = ()
    # Ways of paying whose slips are counted too: the field's name, its label and what was written.
    slips: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ClosingPage:
    """One Z."""

    title: str
    facts: tuple[Fact, ...]
    stats: tuple[Stat, ...]
    tenders: tuple[CountedLine, ...]
    taxes: tuple[Line, ...]
    drawer: tuple[Line, ...]
    late: tuple[Line, ...]
    shifts: tuple[Line, ...]
    left_open: tuple[Blocker, ...]
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class TillPage:
    """A till between shifts: the rules of its drawer, and whether it is in training. `state` is a value of the shift family."""

    id: str
    title: str
    state: str
    facts: tuple[Fact, ...]
    currency: str
    limit: str
    difference_limit: str
    is_blind: bool
    is_training: bool
    may_change: bool
    keys: tuple[str, str]
    tablets: TabletsCard | None = None
    actions: tuple[Action, ...] = ()
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FormPage:
    """A short form: open a shift, or send a deposit. `choices` are registers or stores."""

    title: str
    action_url: str
    idempotency_key: str
    choices: tuple[tuple[str, str], ...]
    entered: dict[str, str]
    errors: tuple[str, ...] = ()
