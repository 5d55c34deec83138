"""Gift cards and store credit as staff see them: never by more than the end of their code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from merchant.core.money import Money
from merchant.core.pages.parts import Fact, ListFrame
from payments.vouchers.models import Voucher
from payments.vouchers.queries import Movement, last_day_of, state_of

KINDS: dict[str, Promise] = {"gift_card": _("Gift card"), "store_credit": _("Store credit")}

WHY: dict[str, Promise] = {
    "line": _("Sold or topped up"),
    "order": _("Paid with"),
    "refund": _("Refunded to the card"),
    "loose-return": _("Goods taken back without a receipt"),
    "taken-back": _("Card taken back, money refunded"),
    "expiry": _("Expired"),
    "offline": _("Paid with while a till was offline"),
    "other": _("Other"),
}


@dataclass(frozen=True, slots=True)
class VoucherRow:
    """One card. `hint` is the end of its code."""

    id: str
    url: str
    hint: str
    kind: str
    status: str
    balance: Money
    created_at: datetime
    last_day: date | None


@dataclass(frozen=True, slots=True)
class LiabilityRow:
    """What is owed on cards in one currency. `difference` is nothing while the books say the same."""

    owed: Money
    books: Money
    difference: Money


@dataclass(frozen=True, slots=True)
class VoucherListPage:
    """The list of cards, and what is owed on all of them."""

    list: ListFrame
    rows: tuple[VoucherRow, ...]
    liabilities: tuple[LiabilityRow, ...]


@dataclass(frozen=True, slots=True)
class MovementRow:
    """Money put on or taken off a card, and the order it belongs to."""

    moved_at: datetime
    why: str
    amount: Money
    order_url: str


@dataclass(frozen=True, slots=True)
class VoucherPage:
    """One card with its movements. `action_url` blocks it, or lets it be spent again."""

    row: VoucherRow
    facts: tuple[Fact, ...]
    movements: tuple[MovementRow, ...]
    is_blocked: bool
    can_manage: bool
    action_url: str
    idempotency_key: str
    entered_reason: str = ""
    errors: tuple[str, ...] = ()


def voucher_row(voucher: Voucher, *, now: datetime) -> VoucherRow:
    """Return a card as a row."""
    return VoucherRow(
        id=str(voucher.id),
        url=f"/gift-cards/{voucher.id}/",
        hint=f"…{voucher.hint}",
        kind=str(KINDS[voucher.kind]),
        status=state_of(voucher, now),
        balance=Money(voucher.balance_minor, voucher.currency),
        created_at=voucher.created_at,
        last_day=last_day_of(voucher.expires_at) if voucher.expires_at else None,
    )


def movement_row(movement: Movement, currency: str) -> MovementRow:
    """Return a movement as a row."""
    return MovementRow(
        moved_at=movement.row.moved_at,
        why=str(WHY[movement.why]),
        amount=Money(movement.row.amount_minor, currency),
        order_url=f"/orders/{movement.order_id}/" if movement.order_id else "",
    )
