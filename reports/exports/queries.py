"""Which files were asked for, how far they are, and what is in them. The page and REST show the same rows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from merchant.core.errors import NotFound
from merchant.core.jobs.models import Job
from merchant.core.pagination import PAGE_SIZE, Page, page
from reports.exports.models import ExportFile


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One file. `status` is its job's: queued, running, done, refused or dead; `problem` says why it was not made."""

    id: UUID
    kind: str
    shape: str
    name: str
    filters: dict[str, str]
    status: str
    rows_done: int
    row_count: int | None
    size_bytes: int | None
    sha256: str
    totals: dict[str, Any]
    actor_name: str
    requested_at: datetime
    finished_at: datetime | None
    is_there: bool
    problem: str
    # Counts up with every file of the same days whose content differs; see `ExportFile`.
    revision: int = 1

    @property
    def download_url(self) -> str:
        """Where the file is taken, "" until it is made and after it was removed."""
        return f"/api/v1/exports/{self.id}/download/" if self.is_there else ""


def list_exports(
    *, after: str | None = None, before: str | None = None, size: int = PAGE_SIZE, kinds: Collection[str] = ()
) -> Page[ExportRow]:
    """Return one page of files, of some kinds or of all, newest first, with two statements."""
    files: QuerySet[ExportFile] = ExportFile.objects.filter(kind__in=kinds) if kinds else ExportFile.objects.all()
    found = page(files, after=after, before=before, size=size)
    jobs = {job.id: job for job in Job.objects.filter(id__in=[row.job_id for row in found.rows])}
    return Page([_row(row, jobs[row.job_id]) for row in found.rows], found.older, found.newer)


def get_export(export_id: UUID) -> ExportFile:
    """
    Return a file of the merchant in scope.

    :raises NotFound: if there is none.
    """
    export: ExportFile | None = ExportFile.objects.filter(id=export_id).first()
    if export is None:
        raise NotFound()
    return export


def get_row(export_id: UUID) -> ExportRow:
    """
    Return a file as lists show it.

    :raises NotFound: if there is none.
    """
    export = get_export(export_id)
    return _row(export, Job.objects.get(id=export.job_id))


def _row(export: ExportFile, job: Job) -> ExportRow:
    return ExportRow(
        id=export.id, kind=export.kind, shape=export.shape, name=export.name, filters=export.filters.get("params", {}), status=job.status,
        rows_done=job.progress_done, row_count=export.row_count, size_bytes=export.size_bytes, sha256=export.sha256,
        totals=export.totals, actor_name=export.actor_name, requested_at=export.requested_at, finished_at=export.finished_at, is_there=bool(export.path),
        problem=job.last_error if job.status in ("refused", "dead") else "", revision=export.revision,
    )  # fmt: skip
