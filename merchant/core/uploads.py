"""Uploaded files on their way to being kept."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def on_disk(upload: Any) -> Iterator[Path]:
    """Give an uploaded file a path for the length of the block; it is gone afterwards."""
    with tempfile.NamedTemporaryFile() as file:
        for piece in upload.chunks():
            file.write(piece)
        file.flush()
        yield Path(file.name)
