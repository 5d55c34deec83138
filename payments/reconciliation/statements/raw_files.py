"""Imported files as they came, for whoever may have them; each time is written down."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from django.http import FileResponse

from merchant.core import files
from merchant.core.audit import services as audit
from merchant.core.errors import NotFound
from payments.reconciliation.models import StatementFile
from payments.settlement.models import ReportFile

# A name's own ending: a date or a version number has none.
_ENDING = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}$")
# How files begin, and what machines call them. A SWIFT message begins with a brace, too, so it stands before JSON.
_BEGINNINGS = (
    (b"PK\x03\x04", ".zip"),
    (b"\x1f\x8b", ".gz"),
    (b"OFXHEADER", ".ofx"),
    (b"{1:", ".sta"),
    (b":20:", ".sta"),
    (b"<", ".xml"),
    (b"{", ".json"),
    (b"[", ".json"),
    (b"01BGMAX", ".txt"),
)
_LOOKED_AT_BYTES = 4_096


def download_name(name: str, path: Path) -> str:
    """Return the name under which a file is given out: its own, with an ending where it came without one."""
    if _ENDING.search(name):
        return name
    with path.open("rb") as file:
        head = file.read(_LOOKED_AT_BYTES).removeprefix(b"\xef\xbb\xbf").lstrip()
    known = next((ending for beginning, ending in _BEGINNINGS if head.startswith(beginning)), None)
    first_line = head.partition(b"\n")[0]
    return name + (known or (".csv" if any(mark in first_line for mark in (b",", b";", b"\t")) else ".txt"))


def raw_file(file: ReportFile | StatementFile, *, now: datetime) -> FileResponse:
    """
    Return the file as a download under its own name; one that came without an ending gets that of what is in it, so that a machine knows what opens it.

    :raises NotFound: if it is not kept any more.
    """
    path = files.path_of(file.sha256)
    if not path.exists():
        raise NotFound()
    what = "report" if isinstance(file, ReportFile) else "statement"
    audit.record(
        f"{what}.downloaded", subject=f"{what}:{file.id}", now=now, data={"name": file.name, "sha256": file.sha256}
    )
    answer = FileResponse(
        path.open("rb"),
        as_attachment=True,
        filename=download_name(file.name, path),
        content_type="application/octet-stream",
    )
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
