"""One member of staff as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from merchant.core.pages.forms import FormField
from merchant.core.pages.parts import Action, Fact


@dataclass(frozen=True, slots=True)
class SignInRow:
    """One sign-in, refusal or change of a second factor, and from which network address."""

    at: datetime
    word: str
    tone: str
    icon: str
    address: str


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role in plain words: what it may do, and what not."""

    word: str
    may: str
    may_not: str
    needs_second_factor: bool
    people: int


@dataclass(frozen=True, slots=True)
class MemberPage:
    """Somebody who works or worked here. `can_change` is off for oneself."""

    name: str
    email: str
    state: str
    facts: tuple[Fact, ...]
    sign_ins: tuple[SignInRow, ...]
    action_url: str
    idempotency_key: str
    can_change: bool
    fields: tuple[FormField, ...]
    role: RoleRow
    actions: tuple[Action, ...] = ()
    log_url: str = ""
    link_once: str = ""
    errors: tuple[str, ...] = field(default_factory=tuple)
