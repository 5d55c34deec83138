"""The audit log as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from merchant.core.pages.parts import Action, ListFrame, Notice


@dataclass(frozen=True, slots=True)
class Change:
    """One value an act changed: before and after, as text; "—" where there was none."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class EntryRow:
    """
    One act as a sentence in three pieces, `who` in the middle; a sentence that names nobody is `before` alone.

    `changes` are what it changed, `details` what else was written down, `action` its name in the log.
    """

    id: str
    at: datetime
    before: str
    who: str
    after: str
    who_url: str
    kind: str
    action: str
    subject: str
    subject_url: str
    changes: tuple[Change, ...] = ()
    details: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class AuditPage:
    """The log. `chain` says how far it is sealed and proven; `check` looks again."""

    list: ListFrame
    rows: tuple[EntryRow, ...]
    chain: Notice
    check: Action | None = None
