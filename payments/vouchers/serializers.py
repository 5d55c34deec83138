"""What vouchers look like in REST."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rest_framework import serializers

from payments.vouchers.models import Voucher, VoucherMovement
from payments.vouchers.queries import last_day_of, state_of


class BalanceInput(serializers.Serializer[Any]):
    """The code of a card."""

    code = serializers.CharField(max_length=40)


class BlockInput(serializers.Serializer[Any]):
    """Why a card is blocked, or open again."""

    reason = serializers.CharField(max_length=120)


def voucher_output(voucher: Voucher, now: datetime) -> dict[str, Any]:
    """Return a card without its code."""
    return {
        "id": str(voucher.id),
        "kind": voucher.kind,
        "hint": voucher.hint,
        "state": state_of(voucher, now),
        "balance": {"amount_minor": voucher.balance_minor, "currency": voucher.currency},
        "created_at": voucher.created_at,
        "expires_at": voucher.expires_at,
        "last_day": last_day_of(voucher.expires_at) if voucher.expires_at else None,
        "block_reason": voucher.block_reason,
    }


def movement_output(movement: VoucherMovement, currency: str) -> dict[str, Any]:
    """Return one movement of a card."""
    return {
        "amount": {"amount_minor": movement.amount_minor, "currency": currency},
        "source": movement.source,
        "moved_at": movement.moved_at,
    }
