"""Signs as staff see and print them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from merchant.core.money import Money
from merchant.core.pages.parts import Action, Fact, ListFrame
from payments.checkout.models import Sign


@dataclass(frozen=True, slots=True)
class SignRow:
    """One sign and how often it was scanned."""

    url: str
    label: str
    channel: str
    place: str
    articles: str
    scans: int
    is_active: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SignListPage:
    """The list of signs."""

    list: ListFrame
    rows: tuple[SignRow, ...]


@dataclass(frozen=True, slots=True)
class SignLine:
    """What stands on the sign, at the price of now; None where it is not on sale any more."""

    article: str
    name: str
    quantity: int
    price: Money | None


@dataclass(frozen=True, slots=True)
class SignPage:
    """One sign, made to be printed: the code large, the label above it. `qr` is a data address of an image."""

    row: SignRow
    address: str
    qr: str
    lines: tuple[SignLine, ...]
    total: Money | None
    facts: tuple[Fact, ...]
    actions: tuple[Action, ...] = ()


def sign_row(sign: Sign) -> SignRow:
    """Return a sign as a row."""
    return SignRow(
        url=f"/signs/{sign.id}/",
        label=sign.label,
        channel=sign.channel.name,
        place=sign.store.name if sign.store else "",
        articles=", ".join(f"{quantity} × {article}" for article, quantity in sign.lines),
        scans=sign.scans,
        is_active=sign.is_active,
        created_at=sign.created_at,
    )


def address_of(sign: Sign) -> str:
    """Return what a scan opens."""
    return f"{settings.PUBLIC_URL}/q/{sign.token}/"
