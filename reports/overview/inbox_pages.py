"""The inbox as plain data: everything that needs somebody, most urgent first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from merchant.core.pages.parts import Choice, ListFrame
from reports.overview.pages import NeedRow


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One thing, who sees to it, and until when. `at` is its deadline where it has one, else since when it waits; `age` is how long that is."""

    need: NeedRow
    module: str
    owner: str = ""
    owner_key: str = "none"
    at: datetime | None = None
    age: str = ""
    has_deadline: bool = False
    is_overdue: bool = False


@dataclass(frozen=True, slots=True)
class InboxPage:
    """The list with the form that gives what is ticked to a person; `people` are whom it can be given to."""

    list: ListFrame
    rows: tuple[InboxRow, ...]
    people: tuple[Choice, ...]
    idempotency_key: str
    back: str
    count: int = 0
