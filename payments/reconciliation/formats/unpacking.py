"""Zipped statements: every file in the zip, unpacked within bounds before anything looks at it."""

from __future__ import annotations

import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from payments.reconciliation.formats.base import NotAStatement

# A bank sends one file for each account and day; a year of one account in one zip is 366.
MEMBERS_MAX = 400
# What a million entries of camt.053 need, all files together.
UNPACKED_BYTES_MAX = 2 << 30
# XML of a bank shrinks to a thirtieth; what shrinks further than this is built to fill a disk.
RATIO_MAX = 200
# Below this size the ratio says nothing: a file of one repeated line is small either way.
_RATIO_FROM_BYTES = 10 << 20
_PIECE_BYTES = 1 << 20
_ZIP = b"PK\x03\x04"
# A zip without any file is its directory alone.
_EMPTY_ZIP = b"PK\x05\x06"
_ENTRY = b"PK\x01\x02"
# Folders, what is passed over, and the four bytes by chance in what is packed.
_ENTRIES_MAX = 10 * MEMBERS_MAX
# What systems put into zips for themselves; nobody sent it.
_IGNORED_FOLDER = "__MACOSX"
_IGNORED_NAMES = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_IGNORED_BEGINNING = "._"
_SPREADSHEET = "[Content_Types].xml"


@dataclass(frozen=True, slots=True)
class Member:
    """One file that came: where it lies for now and what it is called."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file of a zip that is of another account, or no statement, and was not taken: its name and why, as `problems.problem_words` tells it."""

    name: str
    reason: str


@contextmanager
def unpacked(path: Path, name: str) -> Iterator[list[Member]]:
    """
    Give the files in the zip at `path` for the length of the block, or the file itself if it is no zip.

    :raises NotAStatement: if the zip is broken, locked, empty or too large, or holds another zip.
    """
    with path.open("rb") as stream:
        is_zip = stream.read(len(_ZIP)) in (_ZIP, _EMPTY_ZIP)
    if not is_zip:
        yield [Member(path, name)]
        return
    with tempfile.TemporaryDirectory() as folder:
        _demand_short_directory(path)
        try:
            with zipfile.ZipFile(path) as archive:
                members = _extract(archive, Path(folder))
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError) as error:
            raise NotAStatement("the zip is broken and cannot be unpacked", code="zip_broken") from error
        yield members


def _demand_short_directory(path: Path) -> None:
    """Count the files before the directory of the zip is read: a million empty ones need a gigabyte of memory, and the number the zip states proves nothing."""
    found, rest = 0, b""
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE_BYTES):
            found += (rest + piece).count(_ENTRY)
            rest = piece[1 - len(_ENTRY) :]
            if found > _ENTRIES_MAX:
                raise NotAStatement(f"the zip holds more than {MEMBERS_MAX} files", code="zip_too_large")


def _extract(archive: zipfile.ZipFile, folder: Path) -> list[Member]:
    entries = [info for info in archive.infolist() if not info.is_dir() and not _is_ignored(info.filename)]
    if any(info.filename == _SPREADSHEET for info in entries):
        raise NotAStatement("this is a spreadsheet; save it as CSV and send that", code="spreadsheet")
    if not entries:
        raise NotAStatement("the zip holds no file", code="zip_empty")
    if len(entries) > MEMBERS_MAX:
        raise NotAStatement(f"the zip holds {len(entries)} files, {MEMBERS_MAX} are the most", code="zip_too_large")
    members, left = [], UNPACKED_BYTES_MAX
    for number, info in enumerate(sorted(entries, key=lambda info: info.filename)):
        target = folder / str(number)
        name = PurePosixPath(info.filename.replace("\\", "/")).name
        if info.flag_bits & 0x1:
            raise NotAStatement(f"{name} in the zip is locked with a password", code="zip_locked")
        left -= _write(archive, info, target, most=left)
        members.append(Member(target, name))
    return members


def _write(archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, *, most: int) -> int:
    """Unpack one file and return its size: counted while it is written, because what the zip says of it proves nothing."""
    size, allowed = 0, min(most, max(_RATIO_FROM_BYTES, info.compress_size * RATIO_MAX))
    with archive.open(info) as source, target.open("xb") as copy:
        while piece := source.read(_PIECE_BYTES):
            if size == 0 and piece.startswith(_ZIP):
                raise NotAStatement("the zip holds another zip; unpack it first", code="zip_nested")
            size += len(piece)
            if size > allowed:
                raise NotAStatement("the zip unpacks to more than any statement has", code="zip_too_large")
            copy.write(piece)
    return size


def _is_ignored(name: str) -> bool:
    place = PurePosixPath(name.replace("\\", "/"))
    return (
        _IGNORED_FOLDER in place.parts
        or place.name.lower() in _IGNORED_NAMES
        or place.name.startswith(_IGNORED_BEGINNING)
    )
