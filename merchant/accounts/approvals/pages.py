"""Approvals as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from merchant.core.money import Money
from merchant.core.pages.parts import Action


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """One approval. `url` leads to what it is about, "" where there is no page of it."""

    what: str
    about: str
    url: str
    amount: Money | None
    reason: str
    asked_by: str
    asked_at: datetime
    status: str
    decided_by: str
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class ApprovalsPage:
    """What waits, and what was decided lately."""

    rows: tuple[ApprovalRow, ...]
    can_set_pin: bool
    has_pin: bool
    is_pin_locked: bool
    errors: tuple[str, ...] = ()
