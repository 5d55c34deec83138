"""Seal and open secrets of the merchant in scope."""

from __future__ import annotations

import os
from datetime import datetime
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from merchant.core import db
from merchant.core.clock import machine_now
from merchant.core.crash_points import crash_point
from merchant.core.tenancy import current_merchant_id
from merchant.core.vault import keys
from merchant.core.vault.models import DataKey

WRAP = "wrap"
# A sealed secret begins with the id of its data key.
KEY_ID = 16
_NONCE = 12
_opened: dict[UUID, bytes] = {}


class SecretUnreadable(RuntimeError):
    """The ciphertext was not made for this merchant and context, or was changed."""


# The key is held until the secret is committed: it cannot be dropped under it.
_NEWEST = "SELECT id, wrapped FROM core_data_key WHERE merchant_id = %s ORDER BY id DESC LIMIT 1 FOR KEY SHARE"


def seal(plain: str, *, context: str) -> bytes:
    """
    Return `plain` encrypted for the merchant in scope and `context` (table, row and field).

    Locks the data key against being dropped until the caller's transaction ends. A column that keeps what this returns is named to `holders.holds`, so that it
    is sealed anew when keys are rotated.
    """
    merchant_id = current_merchant_id()
    found = db.rows(_NEWEST, [merchant_id])
    row = (
        DataKey(id=found[0][0], merchant_id=merchant_id, wrapped=found[0][1])
        if found
        else new_key(merchant_id, now=machine_now())
    )
    nonce = os.urandom(_NONCE)
    bound = _bound(merchant_id, row.id, context)
    return row.id.bytes + nonce + AESGCM(_unwrapped(row)).encrypt(nonce, plain.encode(), bound)


def open_secret(sealed: bytes, *, context: str) -> str:
    """
    Return the text that `seal` was given.

    :raises SecretUnreadable: for another merchant's row, another context, changed bytes, or a data key that is gone.
    """
    merchant_id = current_merchant_id()
    sealed = bytes(sealed)
    if len(sealed) < KEY_ID:
        raise SecretUnreadable(context)
    key_id, nonce, body = key_id_of(sealed), sealed[KEY_ID : KEY_ID + _NONCE], sealed[KEY_ID + _NONCE :]
    row = DataKey.objects.filter(merchant_id=merchant_id, id=key_id).first()
    if row is None:
        raise SecretUnreadable(context)
    try:
        return AESGCM(_unwrapped(row)).decrypt(nonce, body, _bound(merchant_id, key_id, context)).decode()
    except InvalidTag:
        raise SecretUnreadable(context) from None


def key_id_of(sealed: bytes) -> UUID:
    """Return the data key that a secret was sealed with."""
    return UUID(bytes=bytes(sealed[:KEY_ID]))


def count_unreadable_keys() -> int:
    """Return how many data keys of the merchant in scope no known master key opens. None, unless a master key is missing."""
    rows = DataKey.objects.filter(merchant_id=current_merchant_id())
    return sum(not _opens(row) for row in rows)


def count_under_another(master: bytes) -> int:
    """Return how many data keys of the merchant in scope `master` does not wrap."""
    rows = DataKey.objects.filter(merchant_id=current_merchant_id())
    return sum(not is_wrapped_by(row, master) for row in rows)


def new_key(merchant_id: UUID, *, now: datetime) -> DataKey:
    """Make a merchant's next data key, wrapped by the master key in force, and return it."""
    row = DataKey(merchant_id=merchant_id, created_at=now)
    row.wrapped = wrap(row, AESGCM.generate_key(256), master=keys.master_key())
    crash_point("M7")
    row.save(force_insert=True)
    return row


def wrap(row: DataKey, key: bytes, *, master: bytes) -> bytes:
    """Return a data key wrapped by `master`, bound to its row."""
    return keys.seal_with(master, key, purpose=WRAP, bound=_bound(row.merchant_id, row.id, "key"))


def unwrap(row: DataKey) -> tuple[bytes, str]:
    """Return a data key and the check code of the master key that wraps it. :raises InvalidTag: if that one is not known."""
    return keys.open_with_any(bytes(row.wrapped), purpose=WRAP, bound=_bound(row.merchant_id, row.id, "key"))


def is_wrapped_by(row: DataKey, master: bytes) -> bool:
    """Say whether `master` wraps a data key."""
    return keys.opens([master], bytes(row.wrapped), purpose=WRAP, bound=_bound(row.merchant_id, row.id, "key"))


def forget() -> None:
    """Forget every data key this process has in memory."""
    _opened.clear()


def _unwrapped(row: DataKey) -> bytes:
    if row.id not in _opened:
        _opened[row.id] = unwrap(row)[0]
    return _opened[row.id]


def _opens(row: DataKey) -> bool:
    try:
        unwrap(row)
    except InvalidTag:
        return False
    return True


def _bound(merchant_id: UUID, key_id: UUID, context: str) -> bytes:
    return f"{merchant_id}|{key_id}|{context}".encode()
