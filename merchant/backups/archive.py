"""
The archive: one tar file with a manifest, the database as `pg_dump` writes it, kept files, anchors of the audit log, and keys.

`manifest.json` comes first, so that a file can be recognised and refused without unpacking it.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FORM = "tillsyn-backup-1"
MANIFEST, DUMP = "manifest.json", "database.dump"


class NotABackup(Exception):
    """The file is no backup of this program, or is damaged. The text says why."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. `ledger_sha256` is the hash of the books, `rights` what the application's role may do with each table."""

    created_at: str
    migrations: dict[str, str]
    ledger_sha256: str
    rows: dict[str, int]
    rights: dict[str, list[str]]
    vault_key_check: str
    dump_sha256: str
    files: int = 0
    form: str = FORM
    secrets: list[str] = field(default_factory=list)


def write(path: Path, manifest: Manifest, members: Iterator[tuple[str, Path]]) -> None:
    """Write the archive to `path`, readable by its owner alone; it appears under its name when it is complete."""
    half_made = path.with_name(f".{path.name}.new")
    try:
        half_made.touch(mode=0o600)
        with tarfile.open(half_made, "w") as archive:
            _add_bytes(archive, MANIFEST, json.dumps(asdict(manifest), indent=1, sort_keys=True).encode())
            for name, member in members:
                archive.add(member, arcname=name, recursive=False, filter=_anonymous)
        with half_made.open("rb") as written:
            os.fsync(written.fileno())
        half_made.replace(path)
    finally:
        half_made.unlink(missing_ok=True)


def read_manifest(path: Path) -> Manifest:
    """
    Return what `path` says of itself.

    :raises NotABackup: if it is none, or one of another form.
    """
    try:
        with tarfile.open(path, "r:") as archive:
            first = archive.next()
            stream = archive.extractfile(first) if first is not None and first.name == MANIFEST else None
            if stream is None:
                raise NotABackup(f"{path} does not begin with a manifest.")
            told: dict[str, Any] = json.load(stream)
    except FileNotFoundError:
        raise NotABackup(f"There is no file {path}.") from None
    except (tarfile.TarError, ValueError, EOFError) as error:
        raise NotABackup(f"{path} is no backup, or is damaged: {error}") from error
    if told.get("form") != FORM:
        raise NotABackup(f"{path} has the form {told.get('form')!r}; this program reads {FORM!r}.")
    return Manifest(**told)


def extract(path: Path, folder: Path) -> None:
    """
    Unpack everything below `folder`.

    :raises NotABackup: if the file is cut off, holds what it should not, or its dump is not the one the manifest speaks of.
    """
    try:
        with tarfile.open(path, "r:") as archive:
            for entry in archive:
                _unpack(archive, entry, folder.resolve())
    except (tarfile.TarError, EOFError, OSError) as error:
        raise NotABackup(f"{path} is damaged: {error}") from error
    dump = folder / DUMP
    if not dump.exists() or sha256_of(dump) != read_manifest(path).dump_sha256:
        raise NotABackup(f"{path} is damaged: its database is not the one it was made with.")


def _unpack(archive: tarfile.TarFile, entry: tarfile.TarInfo, folder: Path) -> None:
    """Write one plain file below `folder`; a backup holds nothing else. Python before 3.11.4 has no filter that would see to it."""
    place = (folder / entry.name).resolve()
    stream = archive.extractfile(entry) if entry.isreg() and place.is_relative_to(folder) else None
    if stream is None:
        raise NotABackup(f"{archive.name!s} holds {entry.name!r}, which is in no backup.")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.touch(mode=0o600)
    with stream, place.open("wb") as target:
        shutil.copyfileobj(stream, target)


def sha256_of(path: Path) -> str:
    """Return the hash of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _add_bytes(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), 0o600
    archive.addfile(entry, io.BytesIO(data))


def _anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o600
    return entry
