"""Make a backup of the installation; restore one, and prove it."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from merchant import secrets
from merchant.backups import archive, database
from merchant.backups.archive import Manifest
from merchant.core import db, outbound
from merchant.core.audit import services as audit
from merchant.core.crash_points import crash_point
from merchant.core.tenancy import acting_for
from merchant.core.vault import keys
from merchant.core.vault import services as vault
from merchant.embedded import postgres
from merchant.ledger import damages
from merchant.merchants.models import Merchant

# The installation's own secrets that a backup takes along, where they are files and not given by the environment.
_SECRETS = {
    keys.FILE: "VAULT_MASTER_KEY",
    keys.NEXT_FILE: "VAULT_MASTER_KEY_NEXT",
    "secret_key": "SECRET_KEY",
}
# A session that was told to stop is listed until its process is gone; whoever stays longer is at work.
_SECONDS_TO_LEAVE = 3


class CannotBackUp(Exception):
    """There is no backup. The text says why."""


class CannotRestore(Exception):
    """Nothing usable was restored. The text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Restored:
    """A restore that was proven. `refused` counts the damages to the books that PostgreSQL refused, `let_through` names the others."""

    manifest: Manifest
    rows: int
    refused: int
    let_through: list[str]


def make_backup(*, path: Path, now: datetime) -> Manifest:
    """
    Write everything that is needed to stand the installation up elsewhere to `path`, while it goes on working.

    Database, row counts and the hash of the books are of one moment. Anchors of the audit log are taken before it and kept files after it, so that neither
    speaks of what the database does not know and no row misses its file. Not to be called inside a transaction.

    :raises CannotBackUp: if the database cannot be dumped or the disk does not take it; `path` is as it was.
    """
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".backup-") as folder:
            anchors = _copy(Path(settings.AUDIT_ANCHOR_DIR), Path(folder) / "audit", pattern="*.json")
            dump = Path(folder) / archive.DUMP
            manifest = _snapshot(dump, now=now)
            members = [(archive.DUMP, dump), *_named("audit", anchors), *_secret_files()]
            crash_point("M6")
            kept = _named("files", Path(settings.MEDIA_ROOT))
            archive.write(path, manifest, iter([*members, *kept]))
            return manifest
    except (OSError, database.DatabaseRefused) as error:
        raise CannotBackUp(f"No backup was made: {error}") from error


def restore(*, path: Path, empties: bool, now: datetime) -> Restored:
    """
    Fill the database this process points at from `path`, and prove that it is what was backed up. Works as the tables' owner.

    Makes the application's role first, gives it the rights it had, pauses outbound effects, compares the hash of the books, row counts and the audit chains, opens
    the vault, and tries every damage to the books. With `empties` a database that holds something is emptied first.

    :raises CannotRestore: if the database is in use or not empty, or if anything does not agree; a database that was being filled is then not to be used.
    :raises NotABackup: if the file is none; nothing was touched.
    """
    manifest = archive.read_manifest(path)
    _require_free(empties=empties)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".restore-") as name:
        folder = Path(name)
        archive.extract(path, folder)
        _use_secrets(folder / "secrets", manifest, now=now)
        _fill(folder / archive.DUMP, manifest, now=now)
        _copy(folder / "audit", Path(settings.AUDIT_ANCHOR_DIR), pattern="*.json")
        _copy(folder / "files", Path(settings.MEDIA_ROOT), pattern="**/*")
    # A backup of an older release is migrated afterwards.
    with nullcontext() if keys.TABLE in manifest.rows else keys.never_changed():
        _compare(manifest)
    found = prove_guards()
    return Restored(
        manifest, sum(manifest.rows.values()), sum(bool(one.refusal) for one in found), [one.name for one in found if not one.refusal]
    )  # fmt: skip


def prove_guards() -> list[damages.Damage]:
    """
    Try every damage to the books as the application's role and return what PostgreSQL said.

    :raises CannotRestore: if that role cannot sign in.
    """
    try:
        with psycopg.connect(os.environ.get("DATABASE_APP_URL") or database.address(), autocommit=True) as session:
            return damages.try_all(session)
    except psycopg.OperationalError as error:
        raise CannotRestore(
            f"Everything is restored and agrees, but the application's role of DATABASE_URL cannot sign in, so the guards of the books were not tried: {error}\n"
            f"Give the role its password (ALTER ROLE {postgres.APP} PASSWORD '...'), and restore again with --into-empty."
        ) from error


def _password_of(role: str) -> str:
    """Return the password with which DATABASE_URL signs in as `role`, "" if it names another role or none."""
    given = psycopg.conninfo.conninfo_to_dict(os.environ.get("DATABASE_APP_URL", ""))
    return str(given.get("password") or "") if given.get("user") == role else ""


def _snapshot(dump: Path, *, now: datetime) -> Manifest:
    with transaction.atomic(durable=True):
        db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        [(snapshot,)] = db.rows("SELECT pg_export_snapshot()")
        database.dump(dump, snapshot=snapshot)
        applied = MigrationRecorder(connection).applied_migrations()
        return Manifest(
            created_at=now.isoformat(),
            migrations={app: max(name for one, name in applied if one == app) for app, _ in applied},
            ledger_sha256=database.hash_ledger(),
            rows=database.count_rows(),
            rights=database.list_rights(),
            vault_key_check=keys.check_of(keys.master_key()),
            dump_sha256=archive.sha256_of(dump),
            files=sum(1 for _ in _named("files", Path(settings.MEDIA_ROOT))),
            secrets=[name for name, _ in _secret_files()],
        )


def _secret_files() -> list[tuple[str, Path]]:
    folder = secrets.VAR / "secrets"
    files = [(f"secrets/{name}", folder / name) for name, given in _SECRETS.items() if not os.environ.get(given)]
    return [(name, path) for name, path in files if path.exists()]


def _named(prefix: str, folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            yield f"{prefix}/{path.relative_to(folder)}", path


def _copy(source: Path, target: Path, *, pattern: str) -> Path:
    for path in sorted(source.glob(pattern)):
        if path.is_file():
            place = target / path.relative_to(source)
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copyfile(path, place)
            place.chmod(0o600)
    return target


def _require_free(*, empties: bool) -> None:
    if others := _count_who_stay():
        raise CannotRestore(
            f"{others} other sessions use the database. Stop Tillsyn, then restore. Nothing was changed."
        )
    if not database.list_tables():
        return
    if not empties:
        raise CannotRestore(
            "The database is not empty. Restore into an empty one, or give --into-empty to delete everything in it first. Nothing was changed."
        )
    database.empty()


def _count_who_stay() -> int:
    """Return how many other sessions use the database; one that has just been closed gets a moment to leave."""
    others = database.count_others()
    deadline = time.monotonic() + _SECONDS_TO_LEAVE
    while others and time.monotonic() < deadline:
        time.sleep(0.1)
        others = database.count_others()
    return others


def _use_secrets(folder: Path, manifest: Manifest, *, now: datetime) -> None:
    """Take the keys of the backup; what is there under the same name is put aside. Keys given by the environment have to be the same."""
    for name, given in _SECRETS.items():
        if os.environ.get(given) or not (folder / name).exists():
            continue
        place = secrets.VAR / "secrets" / name
        text = (folder / name).read_text()
        if not place.exists() or place.read_text() != text:
            if place.exists():
                place.rename(place.with_name(f"{name}.before-{now:%Y%m%d-%H%M%S}"))
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            place.touch(mode=0o600)
            place.write_text(text)
        setattr(settings, given, text)
    keys.look_again()
    if manifest.vault_key_check not in keys.known_keys():
        raise CannotRestore(
            "The vault's master key is not the one of this backup, so none of its secrets could be opened. Set VAULT_MASTER_KEY to the key of the "
            "installation the backup was made of, and restore again."
        )


def _fill(dump: Path, manifest: Manifest, *, now: datetime) -> None:
    try:
        if manifest.rights and not database.role_exists(postgres.APP):
            database.make_role(postgres.APP, password=_password_of(postgres.APP))
        database.restore(dump)
    except (DatabaseError, database.DatabaseRefused) as error:
        raise CannotRestore(f"The database could not be filled: {error}") from error
    outbound.pause(reason="restored from a backup", now=now)
    if manifest.rights:
        database.grant(manifest.rights)
    db.execute("ANALYZE")


def _compare(manifest: Manifest) -> None:
    with transaction.atomic(durable=True):
        ledger, rows = database.hash_ledger(), database.count_rows()
    faults = [] if ledger == manifest.ledger_sha256 else ["the books have another hash"]
    faults += [
        f"{table} has {rows.get(table)} rows, not {count}"
        for table, count in manifest.rows.items()
        if rows.get(table) != count and table != outbound.OutboundPause._meta.db_table
    ]
    for merchant in Merchant.objects.order_by("id"):
        with acting_for(merchant.id):
            if fault := audit.verify_chain():
                faults.append(f"the audit log of {merchant.name}: {fault.what} at {fault.position}")
            faults += [f"a key of {merchant.name} cannot be opened"] * vault.count_unreadable_keys()
    if faults:
        raise CannotRestore("What was restored is not what was backed up: " + "; ".join(faults))
