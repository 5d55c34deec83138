"""Sell, redeem and top up vouchers."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from merchant.core.errors import AppError
from merchant.core.ids import readable_code, secret_hash
from merchant.core.money import Money
from merchant.core.tenancy import current_merchant_id
from payments.vouchers.models import Voucher, VoucherMovement

# 16 characters of 5 bits: not guessable at any rate a till allows.
_CODE_LENGTH = 16


class VoucherNotUsable(AppError):
    """The code is wrong, or the card is empty, expired or in another currency: the answer is the same."""

    code = "voucher_not_usable"
    status = 422
    detail = "This gift card cannot be used here."
    next_step = "Check the code, or take another tender."


@transaction.atomic
def issue(*, amount: Money, source: str, now: datetime) -> tuple[Voucher, str]:
    """Make a voucher worth `amount` and return it with its code, which is not stored. The liability is booked by whoever sold it."""
    code = readable_code(_CODE_LENGTH)
    voucher = Voucher(
        code_hash=_hash(code), hint=code[-4:], currency=amount.currency, balance_minor=amount.minor, created_at=now
    )
    voucher.save(force_insert=True)
    VoucherMovement(voucher=voucher, amount_minor=amount.minor, source=source, moved_at=now).save(force_insert=True)
    return voucher, code


def redeem(*, code: str, amount: Money, source: str, now: datetime) -> tuple[Voucher, int]:
    """
    Take `amount` off the card, or its whole balance if that is less, in the caller's transaction; return the card and what was taken. Locks the card.

    :raises VoucherNotUsable: if there is nothing to take.
    """
    voucher = Voucher.objects.select_for_update(no_key=True).filter(code_hash=_hash(code)).first()
    expired = voucher is not None and voucher.expires_at is not None and voucher.expires_at <= now
    if voucher is None or expired or voucher.currency != amount.currency or not voucher.balance_minor:
        raise VoucherNotUsable()
    minor = min(amount.minor, voucher.balance_minor)
    _move(voucher.id, -minor, source, now)
    return voucher, minor


def put_back(*, voucher_id: UUID, amount: Money, source: str, now: datetime) -> None:
    """Put refunded money back on its card, in the caller's transaction."""
    _move(voucher_id, amount.minor, source, now)


def _move(voucher_id: UUID, minor: int, source: str, now: datetime) -> None:
    Voucher.objects.filter(id=voucher_id).update(balance_minor=F("balance_minor") + minor)
    VoucherMovement(voucher_id=voucher_id, amount_minor=minor, source=source, moved_at=now).save(force_insert=True)


def _hash(code: str) -> str:
    cleaned = "".join(character for character in code.upper() if character.isalnum())
    return secret_hash(f"{current_merchant_id()}:{cleaned}")
