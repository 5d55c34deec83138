"""Seal and open secrets of the merchant in scope; rotate its keys."""

from __future__ import annotations

import os
from datetime import datetime
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from merchant.core.clock import machine_now
from merchant.core.crash_points import crash_point
from merchant.core.tenancy import current_merchant_id
from merchant.core.vault.keys import derived_key
from merchant.core.vault.models import DataKey

_NONCE = 12
_opened: dict[UUID, bytes] = {}


class SecretUnreadable(RuntimeError):
    """The ciphertext was not made for this merchant and context, or was changed."""


def seal(plain: str, *, context: str) -> bytes:
    """Return `plain` encrypted for the merchant in scope and `context` (table, row and field)."""
    merchant_id = current_merchant_id()
    row = DataKey.objects.filter(merchant_id=merchant_id).order_by("-id").first() or _new_key(
        merchant_id, now=machine_now()
    )
    nonce = os.urandom(_NONCE)
    return (
        row.id.bytes + nonce + AESGCM(_unwrap(row)).encrypt(nonce, plain.encode(), _bound(merchant_id, row.id, context))
    )


def open_secret(sealed: bytes, *, context: str) -> str:
    """
    Return the text that `seal` was given.

    :raises SecretUnreadable: for another merchant's row, another context, or changed bytes.
    """
    merchant_id = current_merchant_id()
    sealed = bytes(sealed)
    key_id, nonce, body = UUID(bytes=sealed[:16]), sealed[16 : 16 + _NONCE], sealed[16 + _NONCE :]
    row = DataKey.objects.filter(merchant_id=merchant_id, id=key_id).first()
    if row is None:
        raise SecretUnreadable(context)
    try:
        return AESGCM(_unwrap(row)).decrypt(nonce, body, _bound(merchant_id, key_id, context)).decode()
    except InvalidTag:
        raise SecretUnreadable(context) from None


def rotate_key(*, now: datetime) -> UUID:
    """Make a new data key for the merchant in scope and return its id. Old ones go on opening what they sealed."""
    return _new_key(current_merchant_id(), now=now).id


def count_unreadable_keys() -> int:
    """Return how many data keys of the merchant in scope the present master key does not open. None, unless the master key is the wrong one."""
    return sum(not _opens(row) for row in DataKey.objects.filter(merchant_id=current_merchant_id()))


def _opens(row: DataKey) -> bool:
    try:
        _unwrap(row)
    except InvalidTag:
        return False
    return True


def _new_key(merchant_id: UUID, *, now: datetime) -> DataKey:
    row = DataKey(merchant_id=merchant_id, created_at=now)
    nonce = os.urandom(_NONCE)
    row.wrapped = nonce + AESGCM(derived_key("wrap")).encrypt(
        nonce, AESGCM.generate_key(256), _bound(merchant_id, row.id, "key")
    )
    crash_point("M7")
    row.save(force_insert=True)
    return row


def _unwrap(row: DataKey) -> bytes:
    if row.id not in _opened:
        wrapped = bytes(row.wrapped)
        cipher = AESGCM(derived_key("wrap"))
        _opened[row.id] = cipher.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], _bound(row.merchant_id, row.id, "key"))
    return _opened[row.id]


def _bound(merchant_id: UUID, key_id: UUID, context: str) -> bytes:
    return f"{merchant_id}|{key_id}|{context}".encode()
