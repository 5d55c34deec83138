"""Imported files as they came, for whoever may have them; each time is written down."""

from __future__ import annotations

from datetime import datetime

from django.http import FileResponse

from merchant.core import files
from merchant.core.audit import services as audit
from merchant.core.errors import NotFound
from payments.reconciliation.models import StatementFile
from payments.settlement.models import ReportFile


def raw_file(file: ReportFile | StatementFile, *, now: datetime) -> FileResponse:
    """
    Return the file as a download under its own name.

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
        path.open("rb"), as_attachment=True, filename=file.name, content_type="application/octet-stream"
    )
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
