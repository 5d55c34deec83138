"""Staff and API keys as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from merchant.accounts.member_pages import RoleRow
from merchant.core.money import Money
from merchant.core.pages.forms import FormField
from merchant.core.pages.parts import Action


@dataclass(frozen=True, slots=True)
class MemberRow:
    """
    Somebody who works or worked here. `limit` is the largest refund without a second person, None for no limit.

    `state` is active, invited or ended; `second_factor` is on, missing (the role needs one) or off.
    """

    name: str
    email: str
    role: str
    stores: str
    limit: Money | None
    is_active: bool
    last_sign_in_at: datetime | None
    action: Action | None = None
    url: str = ""
    state: str = "active"
    second_factor: str = "on"


@dataclass(frozen=True, slots=True)
class StaffPage:
    """Everybody. `link_once` is filled only on the page that follows an invitation."""

    rows: tuple[MemberRow, ...]
    fields: tuple[FormField, ...]
    can_invite: bool
    errors: tuple[str, ...] = ()
    link_once: str = ""
    role_rows: tuple[RoleRow, ...] = ()


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One API key. Of its secret only the beginning is known."""

    name: str
    prefix: str
    scopes: str
    created_at: datetime
    last_used_at: datetime | None
    ends_at: datetime | None
    is_ended: bool
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class KeysPage:
    """All keys. `secret_once` is filled only on the page that follows the making of one."""

    rows: tuple[KeyRow, ...]
    fields: tuple[FormField, ...]
    secret_once: str = ""
    errors: tuple[str, ...] = ()
