"""
The master keys this installation knows, the one in force, and what is derived from it.

A key comes from `VAULT_MASTER_KEY`, or from the file `up` wrote once below `var/`; while it is being changed the next one stands beside it
(`VAULT_MASTER_KEY_NEXT`, `vault_master_key_next`). Which of the two is in force is a row of the database, so every process agrees at every moment.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from merchant import secrets
from merchant.core.vault.models import MasterKey

FILE, NEXT_FILE = "vault_master_key", "vault_master_key_next"
TABLE = MasterKey._meta.db_table
AUDIT_HEADS, VOUCHER_CODES = "audit-head", "voucher-code"
# What was signed or printed with a key stays signed and printed: these two derived keys outlive the master key they came from, sealed under the one in force.
OUTLIVING = (AUDIT_HEADS, VOUCHER_CODES)
_NONCE = 12

# Texts of keys, as the files had them when somebody last missed one.
_from_files: list[str] = []
_was_never_changed: ContextVar[bool] = ContextVar("was_never_changed", default=False)


class MasterKeyMissing(RuntimeError):
    """The master key in force is not among those this process was given."""


def are_files() -> bool:
    """Say whether the master key is a file of ours, not given by the environment."""
    return not os.environ.get("VAULT_MASTER_KEY")


def folder() -> Path:
    """Return where the files of the installation's own keys are."""
    return secrets.VAR / "secrets"


def known_keys() -> dict[str, bytes]:
    """Return the master keys this process knows, by their check code."""
    given = [settings.VAULT_MASTER_KEY, settings.VAULT_MASTER_KEY_NEXT, *_from_files]
    return {check_of(key): key for key in map(key_of, filter(None, given))}


def look_again() -> None:
    """Read the files of keys anew: another process may have written the next one, or be putting it in the old one's place right now."""
    found = []
    # The next one first: moved between the two looks it is found under both names, the other way round under neither.
    for name in (NEXT_FILE, FILE) if are_files() else ():
        with suppress(FileNotFoundError):
            found.append((folder() / name).read_text())
    _from_files[:] = found


def master_key() -> bytes:
    """
    Return the 32-byte master key in force.

    :raises MasterKeyMissing: if this process was not given it.
    """
    codes = MasterKey.objects.order_by("-position").values_list("check_code", flat=True)
    newest = None if _was_never_changed.get() else codes.first()
    return _known(newest) if newest else key_of(settings.VAULT_MASTER_KEY)


@contextmanager
def never_changed() -> Iterator[None]:
    """For the length of the block the key that was given is in force: a database of a release that could not change keys has no table of them until it is migrated."""
    token = _was_never_changed.set(True)
    try:
        yield
    finally:
        _was_never_changed.reset(token)


def derived_key(purpose: str) -> bytes:
    """Return a key for one purpose alone, from the master key in force."""
    return derive(master_key(), purpose)


def derived_keys(purpose: str) -> list[bytes]:
    """Return the keys for one of the `OUTLIVING` purposes, the oldest first, the one in force last."""
    rows = [] if _was_never_changed.get() else list(MasterKey.objects.order_by("position"))
    newest = _known(rows[-1].check_code) if rows else key_of(settings.VAULT_MASTER_KEY)
    older = [open_kept(newest, row.check_code, bytes(row.kept)) for row in rows[:-1]]
    return [*(kept[purpose] for kept in older), derive(newest, purpose)]


def derive(master: bytes, purpose: str) -> bytes:
    """Return the key that follows from `master` for one purpose."""
    return hmac.new(master, purpose.encode(), hashlib.sha256).digest()


def seal_kept(master: bytes, check_code: str, kept: Mapping[str, bytes]) -> bytes:
    """Return the derived keys that outlive master key `check_code`, sealed under `master`."""
    nonce = os.urandom(_NONCE)
    told = json.dumps({purpose: key.hex() for purpose, key in kept.items()}).encode()
    return nonce + AESGCM(derive(master, "kept")).encrypt(nonce, told, check_code.encode())


def open_kept(master: bytes, check_code: str, sealed: bytes) -> dict[str, bytes]:
    """Return what `seal_kept` was given. :raises InvalidTag: with another master key."""
    told = AESGCM(derive(master, "kept")).decrypt(sealed[:_NONCE], sealed[_NONCE:], check_code.encode())
    return {purpose: bytes.fromhex(key) for purpose, key in json.loads(told).items()}


def open_with_any(sealed: bytes, *, purpose: str, bound: bytes) -> tuple[bytes, str]:
    """
    Return what is sealed under a key derived from one of the known master keys, and the check code of that one.

    :raises InvalidTag: if none of them opens it, also after the files were read anew.
    """
    for is_last in (False, True):
        for check_code, master in known_keys().items():
            try:
                opened = AESGCM(derive(master, purpose)).decrypt(sealed[:_NONCE], sealed[_NONCE:], bound)
            except InvalidTag:
                continue
            return opened, check_code
        if not is_last:
            look_again()
    raise InvalidTag()


def seal_with(master: bytes, plain: bytes, *, purpose: str, bound: bytes) -> bytes:
    """Return `plain` sealed under a key derived from `master`, bound to its context."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(derive(master, purpose)).encrypt(nonce, plain, bound)


def check_of(key: bytes) -> str:
    """Return what tells two master keys apart without telling either."""
    return hmac.new(key, b"backup key check", hashlib.sha256).hexdigest()


def key_of(text: str) -> bytes:
    """Return the 32 bytes that `text` (base64) is. :raises ValueError: if it is not that."""
    key = base64.b64decode(text)
    if len(key) != 32:
        raise ValueError("a master key of the vault must be 32 bytes in base64")
    return key


def opens(masters: Iterable[bytes], sealed: bytes, *, purpose: str, bound: bytes) -> bool:
    """Say whether one of `masters` opens what `seal_with` made."""
    for master in masters:
        try:
            AESGCM(derive(master, purpose)).decrypt(sealed[:_NONCE], sealed[_NONCE:], bound)
        except InvalidTag:
            continue
        return True
    return False


def _known(check_code: str) -> bytes:
    found = known_keys().get(check_code)
    if found is None:
        look_again()
        found = known_keys().get(check_code)
    if found is None:
        raise MasterKeyMissing(
            "The vault's master key was changed and this process does not know the new one. Give it by VAULT_MASTER_KEY, or by VAULT_MASTER_KEY_NEXT while the "
            "change is under way, and start again."
        )
    return found
