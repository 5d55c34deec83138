"""Payment links as staff see them."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass, field
from datetime import datetime

import segno
from django.conf import settings

from merchant.core.money import Money
from merchant.core.pages.parts import Action, Fact, ListFrame
from orders.order import queries as orders
from payments.checkout.models import PaymentLink

# How a link looks: tone, icon. The words are the page's.
LOOKS = {
    "open": ("info", "link"),
    "paid": ("good", "circle-check"),
    "expired": ("idle", "hourglass"),
    "revoked": ("idle", "ban"),
}


@dataclass(frozen=True, slots=True)
class LinkRow:
    """One link. `tone`, `icon` and `word` say where it stands."""

    id: str
    url: str
    order_number: str
    created_at: datetime
    amount: Money
    channel: str
    tone: str
    icon: str
    word: str
    views: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class LinkListPage:
    """The list of links."""

    list: ListFrame
    rows: tuple[LinkRow, ...]


@dataclass(frozen=True, slots=True)
class LinkPage:
    """One link with its address and code. `qr` is a data address of an image."""

    row: LinkRow
    address: str
    qr: str
    facts: tuple[Fact, ...]
    actions: tuple[Action, ...] = ()
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class NewLinkPage:
    """The form that takes a payment by link. `channels` are (value, words)."""

    action_url: str
    idempotency_key: str
    channels: tuple[tuple[str, str], ...]
    entered: dict[str, str] = field(default_factory=dict)
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PhoneOrderPage:
    """The form of an order by telephone. Choices are (value, words)."""

    idempotency_key: str
    channels: tuple[tuple[str, str], ...]
    methods: tuple[tuple[str, str], ...]
    stores: tuple[tuple[str, str], ...]
    payments: tuple[tuple[str, str], ...]
    entered: dict[str, str] = field(default_factory=dict)
    errors: tuple[str, ...] = ()


def address_of(link: PaymentLink) -> str:
    """Return what the customer opens."""
    return f"{settings.PUBLIC_URL}/pay/{link.token}/"


def qr_of(link: PaymentLink) -> str:
    """Return the address of a link as a QR code."""
    return drawn_qr(address_of(link))


def drawn_qr(address: str, *, error: str = "q") -> str:
    """Return an address as a QR code in a data address. Error correction Q, so that a scratched sign still reads; bank codes ask for M."""
    drawn = io.BytesIO()
    segno.make(
        address, error=error, micro=False, boost_error=error == "q", encoding=None if error == "q" else "utf-8"
    ).save(drawn, kind="svg", scale=6, border=4, dark="#000", light="#fff", nl=False)
    return "data:image/svg+xml;base64," + base64.b64encode(drawn.getvalue()).decode()


def stage_of(link: PaymentLink, *, now: datetime) -> str:
    """Return open, paid, expired or revoked, from the link and its order alone."""
    if orders.open_minor(link.order) == 0 and link.order.status != "cancelled":
        return "paid"
    if link.revoked_at is not None:
        return "revoked"
    return "expired" if link.order.status == "cancelled" or link.expires_at <= now else "open"
