"""Gift cards that a till took while it was offline: at risk, until the card turns out to have the money or nobody will pay it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from merchant.core.audit import services as audit
from merchant.core.errors import AppError, NotFound
from merchant.core.money import Money
from merchant.core.outbox import services as outbox
from merchant.core.states import move
from merchant.ledger import services as ledger
from merchant.ledger.recipes import Leg, offline_card_confirmed, offline_card_written_off
from orders.order import queries as orders
from payments.records.models import Payment
from payments.vouchers import services as vouchers
from payments.vouchers.models import OfflineRedemption, Voucher
from payments.vouchers.states import REDEMPTION


class GiftCardNotConfirmed(AppError):
    """The card was taken offline and has not given that much."""

    code = "gift_card_not_confirmed"
    detail = "The gift card was taken offline and has given {left} that is still here."
    money = "Nothing was refunded."
    next_step = "Settle the card under Offline first; what it never gave cannot go back to it."


class RedemptionSettled(AppError):
    """Nothing of it is at risk any more."""

    code = "redemption_settled"
    detail = "This gift card payment is {status}."


@transaction.atomic
def record(
    *, payment: Payment, store_id: UUID, register_id: UUID, code: str, taken_at: datetime, now: datetime
) -> OfflineRedemption:
    """
    Note that `payment` was made at `taken_at` with the card `code` at a register that was offline, and take off the card at once what it has. Locks the card.

    The books have the money on the account of offline gift cards; what the card gives moves to the liability.
    """
    voucher = vouchers.find_by_code(code)
    redemption = OfflineRedemption(
        payment_id=payment.id,
        order_id=payment.order_id,
        store_id=store_id,
        register_id=register_id,
        voucher_id=voucher.id if voucher else None,
        code_hash=vouchers.code_hash(code),
        hint=code[-4:].upper(),
        currency=payment.currency,
        amount_minor=payment.captured_minor,
        taken_at=taken_at,
    )
    redemption.save(force_insert=True)
    return confirm(redemption_id=redemption.id, now=now)


@transaction.atomic
def confirm(*, redemption_id: UUID, now: datetime) -> OfflineRedemption:
    """
    Take off the card what it has of what is still at risk, and say in `why` why not all. A repeat takes only what came onto the card since. Locks redemption and card.

    :raises RedemptionSettled: once nothing is at risk.
    """
    redemption = _locked(redemption_id)
    voucher = _card_of(redemption)
    redemption.why = _why_not(voucher, redemption)
    if voucher is not None and not redemption.why:
        minor = min(voucher.balance_minor, redemption.open_minor)
        source = f"offline:{redemption.id}:{redemption.confirmed_minor}"
        vouchers.take_off(voucher_id=voucher.id, minor=minor, source=source, now=now)
        _book(
            redemption, "offline_card_confirmed", offline_card_confirmed(minor=minor, currency=redemption.currency), now
        )
        redemption.confirmed_minor += minor
        redemption.why = "" if not redemption.open_minor else "balance_too_small"
    redemption.save(update_fields=["confirmed_minor", "voucher_id", "why"])
    if not redemption.open_minor:
        move(redemption, REDEMPTION, "confirmed", settled_at=now)
    _tell(redemption, now=now)
    return redemption


@transaction.atomic
def write_off(*, redemption_id: UUID, reason: str, now: datetime) -> OfflineRedemption:
    """
    Give up what a card did not have: a loss in the books. Locks the redemption.

    :raises RedemptionSettled: once nothing is at risk.
    """
    redemption = _locked(redemption_id)
    minor = redemption.open_minor
    _book(
        redemption, "offline_card_written_off", offline_card_written_off(minor=minor, currency=redemption.currency), now
    )
    OfflineRedemption.objects.filter(id=redemption.id).update(written_off_minor=F("written_off_minor") + minor)
    redemption.refresh_from_db()
    move(redemption, REDEMPTION, "written_off", settled_at=now, reason=reason[:120])
    _tell(redemption, now=now)
    return redemption


def require_confirmed(payment: Payment, amount: Money) -> None:
    """Refuse to give back what a card taken offline never gave. The payment is locked. :raises GiftCardNotConfirmed: beyond what it gave."""
    redemption = OfflineRedemption.objects.filter(payment_id=payment.id).first()
    if redemption is None:
        return
    left = redemption.confirmed_minor - payment.refunded_minor - payment.refunding_minor
    if amount.minor > left:
        raise GiftCardNotConfirmed(left_minor=max(0, left), currency=payment.currency)


def _locked(redemption_id: UUID) -> OfflineRedemption:
    redemption: OfflineRedemption | None = (
        OfflineRedemption.objects.select_for_update(no_key=True).filter(id=redemption_id).first()
    )
    if redemption is None:
        raise NotFound()
    if redemption.status != "at_risk":
        raise RedemptionSettled(status=redemption.status)
    return redemption


def _card_of(redemption: OfflineRedemption) -> Voucher | None:
    """The card, also one that was made known to us only after it was taken."""
    voucher: Voucher | None = (
        Voucher.objects.select_for_update(no_key=True).filter(code_hash=redemption.code_hash).first()
    )
    if voucher is not None and redemption.voucher_id is None:
        redemption.voucher_id = voucher.id
    if voucher is not None:
        Payment.objects.filter(id=redemption.payment_id, voucher_id=None).update(voucher_id=voucher.id)
    return voucher


def _why_not(voucher: Voucher | None, redemption: OfflineRedemption) -> str:
    """Return why the card gives nothing, "" if it does. What counts is the moment it was taken: a card may have expired on the way."""
    if voucher is None:
        return "unknown_card"
    if voucher.blocked_at is not None:
        return "blocked"
    if voucher.currency != redemption.currency:
        return "other_currency"
    if voucher.expires_at is not None and voucher.expires_at <= redemption.taken_at:
        return "expired"
    return "" if voucher.balance_minor else "balance_too_small"


def _book(redemption: OfflineRedemption, recipe: str, legs: list[Leg], now: datetime) -> None:
    ledger.post(
        recipe=recipe,
        source=f"offline:{redemption.id}:{redemption.confirmed_minor}",
        about=f"order:{redemption.order_id}",
        legs=legs,
        business_date=orders.business_day(orders.get_order(redemption.order_id), now),
        now=now,
    )


def _tell(redemption: OfflineRedemption, *, now: datetime) -> None:
    data = {
        "redemption_id": str(redemption.id),
        "payment_id": str(redemption.payment_id),
        "order_id": str(redemption.order_id),
        "store_id": str(redemption.store_id),
        "status": redemption.status,
        "at_risk_minor": redemption.open_minor,
        "currency": redemption.currency,
        "why": redemption.why,
    }
    audit.record(f"offline_card.{redemption.status}", subject=f"payment:{redemption.payment_id}", now=now, data=data)
    outbox.publish(f"offline_card.{redemption.status}", f"order:{redemption.order_id}", data)
