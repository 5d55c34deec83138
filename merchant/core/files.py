"""Files as they came, kept under the hash of their bytes in the merchant's own folder below MEDIA_ROOT."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from merchant.core.ids import new_id
from merchant.core.tenancy import current_merchant_id

_PIECE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that is stored: its hash and its size."""

    sha256: str
    size_bytes: int


def pieces(stream: BinaryIO) -> Iterator[bytes]:
    """Yield what `stream` still holds."""
    return iter(lambda: stream.read(_PIECE_BYTES), b"")


def keep_pieces(pieces: Iterable[bytes]) -> KeptFile:
    """Store `pieces` one after the other for the merchant in scope and return their hash. The same bytes are stored once; the file is on disk when this returns."""
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    half_made = folder / f".{new_id()}.new"
    digest, size = hashlib.sha256(), 0
    try:
        with half_made.open("xb") as target:
            for piece in pieces:
                target.write(piece)
                digest.update(piece)
                size += len(piece)
            target.flush()
            os.fsync(target.fileno())
        half_made.replace(path_of(digest.hexdigest()))
    finally:
        half_made.unlink(missing_ok=True)
    return KeptFile(digest.hexdigest(), size)


def path_of(sha256: str) -> Path:
    """Return where the merchant's file with that hash is kept."""
    return _folder() / sha256


def _folder() -> Path:
    return Path(settings.MEDIA_ROOT) / str(current_merchant_id())
