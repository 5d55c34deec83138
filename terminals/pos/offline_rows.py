"""The row of each sale a till made offline: what the tablet says of it, refused and waiting there, or landed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from merchant.accounts.models import Device
from merchant.core import db
from merchant.core.callers import RegisterFacts
from merchant.core.errors import AppError
from merchant.core.states import move
from merchant.core.tenancy import current_merchant_id
from terminals.pos.models import OfflineSale
from terminals.pos.states import OFFLINE_SALE


@dataclass(frozen=True, slots=True)
class SoldLine:
    """One line as it stood on the customer's paper, tax included."""

    article: str
    quantity: int
    total_minor: int


@dataclass(frozen=True, slots=True)
class TakenTender:
    """Cash, or a gift card by its code, as it was taken."""

    method: str
    amount_minor: int
    tendered_minor: int | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class Sold:
    """
    A sale as the till made it. `key` is the tablet's own, for ever; `printed_number` what it printed.

    `replaces_order_id` is the order its goods stood on while the line was up; `currency` what the till says its amounts are in, None if it says nothing.
    """

    key: str
    lines: Sequence[SoldLine]
    tenders: Sequence[TakenTender]
    sold_at: datetime
    printed_number: int | None = None
    approval_id: UUID | None = None
    note: str = ""
    replaces_order_id: UUID | None = None
    currency: str | None = None

    def taken(self, method: str) -> int:
        """Return what was taken by one method, in minor units."""
        return sum(tender.amount_minor for tender in self.tenders if tender.method == method)

    @property
    def total_minor(self) -> int:
        """What all lines come to."""
        return sum(line.total_minor for line in self.lines)


def wait_for_own_turn(device_id: UUID) -> None:
    """Wait for the other batches of a device, till the end of the caller's transaction."""
    name = f"offline-sale:{current_merchant_id()}:{device_id}"
    db.rows("SELECT pg_advisory_xact_lock(hashtextextended(%s, 44))", [name])


@transaction.atomic
def note_refusal(
    *, register: RegisterFacts, device_id: UUID, sold: Sold, refusal: AppError, now: datetime
) -> OfflineSale | None:
    """
    Note that a sale was refused and waits in the tablet's queue, so that staff see the money before it lands. A repeat renews the reason.

    None if it landed before. Waits for the device's other batches, as landing does.
    """
    wait_for_own_turn(device_id)
    row = OfflineSale.objects.select_for_update().filter(device_id=device_id, key=sold.key).first()
    if row is not None and row.status == "landed":
        return None
    row = row or OfflineSale(device_id=device_id, key=sold.key, status="refused", arrived_at=now)
    row.refusal, row.refusal_text = refusal.code, str(refusal)[:300]
    for name, value in _said(register, sold, sold_at=min(sold.sold_at, now)).items():
        setattr(row, name, value)
    row.save()
    return row


def find_landed_before_pairing(device_id: UUID, key: str) -> OfflineSale | None:
    """A tablet that was unpaired before it heard the answer sends the sale again as another device: its key is the same for ever."""
    earlier = Device.objects.exclude(id=device_id).exclude(revoked_at=None)
    row: OfflineSale | None = OfflineSale.objects.filter(device__in=earlier, key=key, status="landed").first()
    return row


def note_landed(
    *, register: RegisterFacts, device_id: UUID, sold: Sold, sold_at: datetime, facts: dict[str, Any]
) -> OfflineSale:
    """Note that a sale was booked, with the `facts` of its booking. What landed counts, towards the limits too: a try that was refused may have said something else."""
    said = _said(register, sold, sold_at=sold_at)
    row = OfflineSale.objects.filter(device_id=device_id, key=sold.key).first()
    if row is not None:
        move(row, OFFLINE_SALE, "landed", refusal="", refusal_text="", **facts, **said)
        return row
    row = OfflineSale(device_id=device_id, key=sold.key, status="landed", **facts, **said)
    row.save(force_insert=True)
    return row


def _said(register: RegisterFacts, sold: Sold, *, sold_at: datetime) -> dict[str, Any]:
    """What the tablet says of a sale, as its row holds it."""
    return {
        "register_id": register.register_id,
        "store_id": register.store_id,
        "currency": sold.currency or register.currency,
        "cash_minor": sold.taken("cash"),
        "gift_card_minor": sold.taken("gift_card"),
        "printed_number": sold.printed_number,
        "sold_at": sold_at,
    }
