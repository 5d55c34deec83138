"""The account plan and the periods as staff see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from merchant.core.pages.parts import Action, Link, ListFrame

ACCOUNTING = "/accounting/"


@dataclass(frozen=True, slots=True)
class NumberRow:
    """One account of the ledger. `field` is what its inputs are called; `inherited` is the number it has without one of its own, "" if that is none."""

    field: str
    what: str
    number: str
    name: str
    inherited: str
    can_be_automatic: bool
    is_automatic: bool

    @property
    def is_missing(self) -> bool:
        """Whether files that need the account are refused."""
        return not self.number and not self.inherited


@dataclass(frozen=True, slots=True)
class PlanPage:
    """The account plan. `version` is the number of the plan that is changed."""

    back: Link
    chart: str
    version: int
    rows: tuple[NumberRow, ...]
    can_change: bool
    idempotency_key: str
    changed_by: str = ""
    changed_at: datetime | None = None
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """One closing or reopening."""

    number: int
    what: str
    locked_until: date
    at: datetime
    people: str
    reason: str


@dataclass(frozen=True, slots=True)
class PeriodListPage:
    """Closings and reopenings, the newest first."""

    list: ListFrame
    rows: tuple[PeriodRow, ...]
    locked_until: date | None
    back: Link
    actions: tuple[Action, ...]
