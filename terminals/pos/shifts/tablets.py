"""The tablets of a till as its page shows them, and the code that pairs one more."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import segno
from django.conf import settings
from django.utils.translation import gettext as _

from merchant.accounts import queries as accounts
from merchant.accounts.device_services import PAIRING_CODE_LIFE
from merchant.accounts.models import Device
from merchant.core.clock import machine_now
from merchant.core.pages.parts import Action
from merchant.merchants.models import Register

# So long a tablet is new to whoever paired it.
_JUST = timedelta(seconds=30)
PAIRING_PATH = "/api/v1/pairing/"
# Revoked ones are shown, so that somebody sees what became of a lost tablet; beyond these only over REST.
TABLETS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class TabletRow:
    """One tablet that is or was paired."""

    name: str
    paired_at: datetime
    last_seen_at: datetime | None
    revoked_at: datetime | None
    action: Action | None = None
    till: str = ""
    till_url: str = ""


@dataclass(frozen=True, slots=True)
class NewCode:
    """A code on the one page that shows it. `shown` has a gap in the middle, for reading it out."""

    shown: str
    qr: str
    minutes: int
    ends_at: datetime
    made_by: str
    others: tuple[OtherTablet, ...] = ()


@dataclass(frozen=True, slots=True)
class OtherTablet:
    """A tablet that sells at a till already, to whoever pairs one more."""

    name: str
    paired_at: datetime
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class PairDialog:
    """The question before a till that has a tablet gets another."""

    action_url: str
    till: str
    others: tuple[OtherTablet, ...]


@dataclass(frozen=True, slots=True)
class TabletsCard:
    """The part of a till's page about its tablets."""

    rows: tuple[TabletRow, ...]
    pair_url: str
    may_pair: bool
    code: NewCode | None = None
    open_code: accounts.OpenCode | None = None
    # Where the card is asked for anew while a code waits for its tablet.
    card_url: str = ""
    just_paired: str = ""

    @property
    def is_asked_first(self) -> bool:
        """Whether the till has a tablet, so that whoever pairs another is told what two of them do."""
        return any(row.revoked_at is None for row in self.rows)

    @property
    def is_waiting(self) -> bool:
        """Whether a tablet may come any moment."""
        return self.code is not None or self.open_code is not None


@dataclass(frozen=True, slots=True)
class TabletsPage:
    """All tablets of the reader's stores, and the tills one can be paired to."""

    rows: tuple[TabletRow, ...]
    tills: tuple[tuple[str, str], ...]
    may_pair: bool


@dataclass(frozen=True, slots=True)
class RevokeDialog:
    """The question before a tablet loses its access."""

    action_url: str
    idempotency_key: str
    name: str
    till: str


def tablets_card(
    register: Register, *, may_pair: bool, may_see: bool, code: NewCode | None = None
) -> TabletsCard | None:
    """Return what the till's page shows of its tablets, None for who may not see them."""
    if not may_see:
        return None
    devices = accounts.list_devices(None).filter(register=register)[:TABLETS_SHOWN]
    open_code = None if code else accounts.find_open_code(subject=f"register:{register.id}", now=machine_now())
    rows = tuple(_row(device, may_revoke=may_pair) for device in devices)
    path = f"/day-close/tills/{register.id}/"
    return TabletsCard(
        rows=rows,
        pair_url=f"{path}pairing-codes/",
        may_pair=may_pair,
        code=code,
        open_code=open_code,
        card_url=f"{path}tablets/",
        just_paired=_just_paired(devices),
    )


def others_at(register: Register) -> tuple[OtherTablet, ...]:
    """Return the tablets that sell at a till now, the first paired first."""
    devices = accounts.list_selling_tablets(register.id)
    return tuple(OtherTablet(device.name, device.created_at, device.last_seen_at) for device in devices)


def is_waiting(register: Register) -> bool:
    """Say whether a code of the till still waits for its tablet."""
    return accounts.find_open_code(subject=f"register:{register.id}", now=machine_now()) is not None


def _just_paired(devices: Iterable[Device]) -> str:
    """The name of a tablet that was paired a moment ago."""
    since = machine_now() - _JUST
    return next((device.name for device in devices if device.created_at >= since and device.revoked_at is None), "")


def tablets_page(stores: frozenset[UUID] | None, *, may_pair: bool) -> TabletsPage:
    """Return every tablet of `stores` (None is all) with its till."""
    devices = accounts.list_devices(stores).select_related("register__store")[:TABLETS_SHOWN]
    tills = tuple((till_name(till), f"/day-close/tills/{till.id}/#tablets") for till in accounts.list_registers(stores))
    return TabletsPage(tuple(_row(device, may_revoke=False, with_till=True) for device in devices), tills, may_pair)


def new_code(code: str, *, made_by: str, now: datetime, others: tuple[OtherTablet, ...] = ()) -> NewCode:
    """
    Return a code as it is shown, this once, with who sells there already.

    Its QR holds the address where it is redeemed, with the code behind a #: what stands there is sent to nobody who merely opens the address.
    """
    half = len(code) // 2
    return NewCode(
        shown=f"{code[:half]} {code[half:]}",
        qr=_drawn(f"{settings.PUBLIC_URL}{PAIRING_PATH}#{code}"),
        minutes=int(PAIRING_CODE_LIFE.total_seconds() // 60),
        ends_at=now + PAIRING_CODE_LIFE,
        made_by=made_by,
        others=others,
    )


def till_name(register: Register) -> str:
    """Return a till as people call it."""
    return f"{register.store.name}, {register.name}"


def _row(device: Device, *, may_revoke: bool, with_till: bool = False) -> TabletRow:
    url = f"/day-close/tills/{device.register_id}/"
    revoke = Action(_("Revoke"), f"{url}tablets/{device.id}/revoke/", "ban", method="dialog")
    return TabletRow(
        name=device.name,
        paired_at=device.created_at,
        last_seen_at=device.last_seen_at,
        revoked_at=device.revoked_at,
        action=revoke if may_revoke and device.revoked_at is None else None,
        till=till_name(device.register) if with_till else "",
        till_url=f"{url}#tablets",
    )


def _drawn(text: str) -> str:
    drawn = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        drawn, kind="svg", scale=6, border=4, dark="#000", light="#fff", nl=False
    )
    return "data:image/svg+xml;base64," + base64.b64encode(drawn.getvalue()).decode()
