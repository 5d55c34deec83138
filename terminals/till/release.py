"""Which files the till is made of, and the name of that set: a tablet keeps one whole set and takes the next one whole."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from django.conf import settings

SCRIPTS = settings.BASE_DIR / "static" / "till"
# What the page needs beside its own folder.
_SHARED = (
    "css/tokens.css",
    "css/fonts.css",
    "css/base.css",
    "css/components.css",
    "css/receipt.css",
    "vendor/inter/inter-latin-wght-normal.woff2",
    "vendor/lucide/icons.svg",
    "icon.svg",
    "js/theme.js",
)
_WORKER = "till/worker.js"


def list_files() -> list[str]:
    """Return the files below `static/`, by name, without the worker: the browser keeps that by itself."""
    own = [f"till/{path.name}" for path in SCRIPTS.iterdir() if path.suffix in (".js", ".css")]
    return sorted({*own, *_SHARED} - {_WORKER})


def list_addresses() -> list[str]:
    """Return the addresses of the files. Modules import one another by their plain names, so these are plain too."""
    return [f"{settings.STATIC_URL}{name}" for name in list_files()]


def worker_source() -> str:
    """Return the service worker's own text."""
    return (SCRIPTS / "worker.js").read_text()


def name() -> str:
    """Return a name that changes with any of the files."""
    return _digest_now() if settings.DEBUG else _digest_once()


@cache
def _digest_once() -> str:
    return _digest_now()


def _digest_now() -> str:
    digest = hashlib.sha256()
    for file in [*list_files(), _WORKER]:
        path = Path(settings.BASE_DIR / "static" / file)
        digest.update(f"{file}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:16]
