"""
Another master key for the whole installation, while it goes on working.

First both keys are known to every process, then the new one is put in force in one transaction, then everything under the old one is moved, step by step. At any
moment each row opens with one of the two, so it can be killed anywhere and begun again. The old key is forgotten last, by itself.
"""

from __future__ import annotations

import base64
import os
import secrets as random
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from cryptography.exceptions import InvalidTag
from django.conf import settings
from django.db import transaction

from merchant.core import db
from merchant.core.audit import services as audit
from merchant.core.crash_points import crash_point
from merchant.core.tenancy import acting_for, current_merchant_id
from merchant.core.vault import holders, keys, rotation
from merchant.core.vault.models import DataKey, MasterKey
from merchant.core.vault.services import is_wrapped_by, unwrap, wrap

# Nobody who still seals with the old key is at it for so long.
OLD_KEY_STAYS = timedelta(minutes=10)
BATCH = 100
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('vault:master', 0))"


class MasterKeyNotChanged(Exception):
    """The master key is as it was. The text says why."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is under another known master key than the one in force: data keys by merchant, rows sealed by the master key itself by name. What none opens is no part of it."""

    data_keys: dict[UUID, int]
    directs: dict[str, int]

    @property
    def is_done(self) -> bool:
        """Say whether nothing needs another master key."""
        return not self.data_keys and not self.directs


def change(*, now: datetime) -> int:
    """
    Put the next master key in force, move everything to it, and return how much was moved. A repeat goes on where it was.

    Where keys are files the next one is made here; given by the environment it is VAULT_MASTER_KEY_NEXT, which every process must know before. While an earlier
    change is not finished no other begins.

    :raises MasterKeyNotChanged: if there is no next key, or a key that was in force before is given again.
    """
    _put_in_force(_next_key(), now=now)
    return move(now=now)


def move(*, now: datetime) -> int:
    """Move what is not under the master key in force, and return how much that was. Each merchant's keys are one transaction; a repeat does nothing."""
    moved = 0
    for merchant_id in rotation.list_merchants():
        with acting_for(merchant_id):
            moved += _rewrap(now=now)
            # A head signed with the new key over the whole chain: nobody with the old key can write another one before it.
            while audit.seal(now=now):
                pass
    for direct in holders.directs:
        while done := _move_some(direct):
            moved += done
    return moved


def standing() -> Standing:
    """Return what still needs another master key than the one in force."""
    master = keys.master_key()
    data_keys: dict[UUID, int] = {}
    for row in DataKey.objects.order_by("merchant_id"):
        if not is_wrapped_by(row, master) and any(is_wrapped_by(row, other) for other in keys.known_keys().values()):
            data_keys[row.merchant_id] = data_keys.get(row.merchant_id, 0) + 1
    counted = {direct.name: direct.count() for direct in holders.directs}
    return Standing(data_keys, {name: count for name, count in counted.items() if count})


def forget_old(*, now: datetime) -> bool:
    """
    Take the old master key's file away, once nothing needs it; return whether there was one. Keep the old key yourself, with the backups made before.

    :raises MasterKeyNotChanged: if something needs it, or it was in force less than ten minutes ago; nothing was changed.
    """
    following = MasterKey.objects.order_by("-position").first()
    if following is None or not keys.are_files() or not (keys.folder() / keys.NEXT_FILE).exists():
        return False
    if following.in_force_at > now - OLD_KEY_STAYS:
        raise MasterKeyNotChanged("The new master key has been in force for less than ten minutes. The old one stays.")
    if following.check_code != keys.check_of(keys.key_of((keys.folder() / keys.NEXT_FILE).read_text())):
        raise MasterKeyNotChanged("The next master key is not in force yet. Run `vault change_master_key` first.")
    if not standing().is_done:
        raise MasterKeyNotChanged("Something still needs the old master key. Run `vault change_master_key` again.")
    crash_point("M15")
    (keys.folder() / keys.NEXT_FILE).replace(keys.folder() / keys.FILE)
    _sync_folder()
    keys.look_again()
    return True


def _next_key() -> bytes:
    if not keys.are_files():
        if settings.VAULT_MASTER_KEY_NEXT:
            return keys.key_of(settings.VAULT_MASTER_KEY_NEXT)
        raise MasterKeyNotChanged(
            "VAULT_MASTER_KEY is given, so give the next key too: set VAULT_MASTER_KEY_NEXT (32 bytes in base64) for every process, restart them, and run this again."
        )
    path = keys.folder() / keys.NEXT_FILE
    if not path.exists():
        _write_next()
        crash_point("M11")
    keys.look_again()
    return keys.key_of(path.read_text())


def _write_next() -> None:
    """Write a new key, whole and on disk before it has its name; of two hands the first one's counts."""
    new = keys.folder() / f"{keys.NEXT_FILE}.{os.getpid()}"
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(base64.b64encode(random.token_bytes(32)).decode())
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(new, keys.folder() / keys.NEXT_FILE)
    except FileExistsError:
        pass
    finally:
        new.unlink()
    _sync_folder()


def _sync_folder() -> None:
    handle = os.open(keys.folder(), os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@transaction.atomic
def _put_in_force(new: bytes, *, now: datetime) -> None:
    """Make `new` the key in force and keep, sealed under it, what outlives those before. Locks the change; a repeat changes nothing."""
    db.rows(_LOCK)
    old = keys.master_key()
    old_code, new_code = keys.check_of(old), keys.check_of(new)
    if old_code == new_code:
        return
    if MasterKey.objects.filter(check_code=new_code).exists():
        raise MasterKeyNotChanged("The next master key was in force before. Make a new one.")
    if not standing().is_done:
        raise MasterKeyNotChanged(
            "An earlier change is not finished. Give the key in force and the one before, and run it again."
        )
    for row in MasterKey.objects.exclude(check_code=old_code):
        row.kept = keys.seal_kept(new, row.check_code, keys.open_kept(old, row.check_code, bytes(row.kept)))
        row.save(update_fields=["kept"])
    outliving = {purpose: keys.derive(old, purpose) for purpose in keys.OUTLIVING}
    if not MasterKey.objects.exists():
        MasterKey.objects.create(position=1, check_code=old_code, in_force_at=now)
    MasterKey.objects.filter(check_code=old_code).update(kept=keys.seal_kept(new, old_code, outliving))
    MasterKey.objects.create(position=MasterKey.objects.count() + 1, check_code=new_code, in_force_at=now)
    crash_point("M12")


@transaction.atomic
def _rewrap(*, now: datetime) -> int:
    """Wrap the data keys of the merchant in scope anew, as far as they are under another master key. Locks them until commit."""
    master = keys.master_key()
    code = keys.check_of(master)
    moved = 0
    rows = DataKey.objects.select_for_update(no_key=True).filter(merchant_id=current_merchant_id()).order_by("id")
    for row in rows:
        try:
            key, under = unwrap(row)
        except InvalidTag:
            # Lost already: no known master key opens it. `verify` names it.
            continue
        if under != code:
            row.wrapped = wrap(row, key, master=master)
            row.save(update_fields=["wrapped"])
            moved += 1
    if moved:
        audit.record("vault.master_key_changed", subject=f"master_key:{code[:12]}", now=now, data={"data_keys": moved})
    crash_point("M13")
    return moved


@transaction.atomic
def _move_some(direct: holders.Direct) -> int:
    done = direct.move(BATCH)
    crash_point("M14")
    return done
