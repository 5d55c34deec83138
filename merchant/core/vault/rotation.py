"""
A new data key for a merchant, everything sealed anew with it, and the old key gone.

Every step commits by itself and is found again by what the rows say, so a killed one goes on where it was, and a repeat does nothing. The installation goes on working.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from psycopg import sql

from merchant.core import db
from merchant.core.audit import services as audit
from merchant.core.crash_points import crash_point
from merchant.core.tenancy import current_merchant_id
from merchant.core.vault import holders
from merchant.core.vault.holders import Column
from merchant.core.vault.models import DataKey
from merchant.core.vault.services import KEY_ID, SecretUnreadable, new_key, open_secret, seal

# Some tenths of a second under lock: nobody who sends a payment waits for longer.
BATCH = 100
# A request that read a secret before it was sealed anew may still write it back; no request lives that long.
OLD_KEY_STAYS = timedelta(minutes=10)


def list_merchants() -> list[UUID]:
    """Return every merchant that has a data key."""
    return list(DataKey.objects.order_by("merchant_id").values_list("merchant_id", flat=True).distinct())


@transaction.atomic
def rotate(*, now: datetime) -> UUID:
    """
    Make a new data key for the merchant in scope and return its id; what is sealed from now on is sealed with it. Old ones go on opening what they sealed.

    Locks the merchant's rotation until commit. While an older key is still there the rotation is under way, and a repeat returns the newest key.
    """
    merchant_id = current_merchant_id()
    db.rows("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"vault:{merchant_id}"])
    keys = list(DataKey.objects.filter(merchant_id=merchant_id).order_by("-id"))
    if len(keys) > 1:
        return keys[0].id
    row = new_key(merchant_id, now=now)
    audit.record("vault.data_key_made", subject=f"data_key:{row.id}", now=now)
    return row.id


def reseal(*, now: datetime, batch: int = BATCH) -> int:
    """
    Seal everything of the merchant in scope anew that is not under its newest data key, and return how much that was.

    Locks at most `batch` rows at a time. What cannot be opened stays as it is, and `count_behind` goes on counting it. Not to be called inside a transaction.
    """
    newest = _newest()
    moved = 0
    for column in holders.columns if newest else ():
        after = UUID(int=0)
        while True:
            with transaction.atomic():
                rows = _behind(column, newest, after, batch)
                done = [_seal_anew(column, row_id, bytes(sealed)) for row_id, sealed in rows]
                if any(done):
                    data = {"column": column.name, "rows": sum(done)}
                    audit.record("vault.resealed", subject=f"data_key:{newest}", now=now, data=data)
                crash_point("M8")
            moved += sum(done)
            crash_point("M9")
            if len(rows) < batch:
                break
            after = rows[-1][0]
    return moved


def drop_old_keys(*, now: datetime) -> int:
    """
    Delete data keys of the merchant in scope that nothing is sealed with any more, and return how many: what an old copy of a row holds opens no longer.

    One that was followed less than ten minutes ago stays, and so does one that something still needs. Each is locked, so who is sealing with it is waited for.
    """
    newest_first = list(DataKey.objects.filter(merchant_id=current_merchant_id()).order_by("-id"))
    followed = itertools.pairwise(newest_first)
    return sum(_drop(key.id, now) for follower, key in followed if follower.created_at <= now - OLD_KEY_STAYS)


def count_old_keys() -> int:
    """Return how many data keys of the merchant in scope are not its newest."""
    return max(DataKey.objects.filter(merchant_id=current_merchant_id()).count() - 1, 0)


def count_behind() -> dict[str, int]:
    """Return how many secrets of the merchant in scope are not under its newest data key, by column; columns without any are left out."""
    newest = _newest()
    counted = {column.name: _count(column, "<>", newest) for column in holders.columns if newest}
    return {name: count for name, count in counted.items() if count}


def count_unreadable() -> dict[str, int]:
    """Return how many secrets of the merchant in scope do not open, by column; and how many there are at all under `""`."""
    unreadable: dict[str, int] = {"": 0}
    for column in holders.columns:
        table, field = _names(column)
        for row_id, sealed in _run(
            "SELECT id, {field} FROM {table} WHERE merchant_id = %s AND length({field}) > 0", table, field, []
        ):
            unreadable[""] += 1
            try:
                open_secret(bytes(sealed), context=column.context(row_id))
            except SecretUnreadable:
                unreadable[column.name] = unreadable.get(column.name, 0) + 1
    return unreadable


def _newest() -> UUID | None:
    return (
        DataKey.objects.filter(merchant_id=current_merchant_id()).order_by("-id").values_list("id", flat=True).first()
    )


_BEHIND = """
SELECT id, {field} FROM {table} WHERE merchant_id = %s AND length({field}) > 0 AND substring({field} FROM 1 FOR 16) <> %s AND id > %s
ORDER BY id LIMIT %s FOR NO KEY UPDATE
"""


def _behind(column: Column, newest: UUID | None, after: UUID, batch: int) -> list[tuple[UUID, bytes]]:
    table, field = _names(column)
    assert newest is not None
    return [(row[0], row[1]) for row in _run(_BEHIND, table, field, [newest.bytes, after, batch])]


def _seal_anew(column: Column, row_id: UUID, sealed: bytes) -> bool:
    context = column.context(row_id)
    try:
        plain = open_secret(sealed, context=context)
    except SecretUnreadable:
        return False
    column.model.objects.filter(id=row_id).update(**{column.field: seal(plain, context=context)})
    return True


@transaction.atomic
def _drop(key_id: UUID, now: datetime) -> int:
    key = DataKey.objects.select_for_update().filter(id=key_id).first()
    if key is None or any(_count(column, "=", key_id) for column in holders.columns):
        return 0
    key.delete()
    audit.record("vault.data_key_dropped", subject=f"data_key:{key_id}", now=now)
    crash_point("M10")
    return 1


def _count(column: Column, compared: str, key_id: UUID | None) -> int:
    table, field = _names(column)
    assert key_id is not None
    counted = f"SELECT count(*) FROM {{table}} WHERE merchant_id = %s AND length({{field}}) > 0 AND substring({{field}} FROM 1 FOR {KEY_ID}) {compared} %s"  # noqa: S608
    [(number,)] = _run(counted, table, field, [key_id.bytes])
    return int(number)


def _names(column: Column) -> tuple[sql.Identifier, sql.Identifier]:
    return sql.Identifier(column.model._meta.db_table), sql.Identifier(column.field)


def _run(text: str, table: sql.Identifier, field: sql.Identifier, values: Sequence[object]) -> list[tuple[Any, ...]]:
    return db.rows(sql.SQL(text).format(table=table, field=field), [current_merchant_id(), *values])  # type: ignore[arg-type]
