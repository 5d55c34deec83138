"""Make export files: asked for here, written by a job, kept below MEDIA_ROOT."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from merchant.core.audit import services as audit
from merchant.core.clock import business_now
from merchant.core.crash_points import crash_point
from merchant.core.errors import Invalid, NotFound
from merchant.core.ids import new_id
from merchant.core.jobs import services as jobs
from merchant.core.tenancy import current_actor, current_merchant_id
from reports.exports import book_orders, revisions
from reports.exports.book_stream import BookStream
from reports.exports.formats.base import Narrowed, Rows
from reports.exports.formats.books import BookFormat, Head
from reports.exports.formats.registry import format_of, rows_format_of
from reports.exports.models import ExportFile, ExportSchedule
from reports.exports.streaming import ExportStream
from reports.exports.workbook import WorkbookStream

JOB = "reports.export"
DELIVERY_JOB = "reports.deliver_export"
REMOVAL_JOB = "reports.remove_old_exports"
# 30 days: a month's files are at hand until the next month's are made.
KEPT_DAYS = 30
_REMOVED_AT_ONCE = 500
# Twice a second is as often as a person sees a number change.
_PROGRESS_SECONDS = 0.5
# What a file has once it is made.
_MADE = ("name", "path", "size_bytes", "sha256", "row_count", "totals", "finished_at", "revision", "corrects")


@dataclass(frozen=True, slots=True)
class ExportOrder:
    """A file to be made: its kind, the filters as a query string has them, the stores its reader may see (None: all), and `csv` or `xlsx` for the rows of a list."""

    kind: str
    filters: Mapping[str, str]
    only_stores: frozenset[UUID] | None = None
    shape: str = "csv"


@dataclass(frozen=True, slots=True)
class Due:
    """What a schedule's file is due for: the last day of its period, and the closing (its number) that was waited for."""

    schedule: ExportSchedule
    period_end: date
    closing: int | None = None


@transaction.atomic
def request_export(order: ExportOrder, *, now: datetime, due: Due | None = None) -> ExportFile:
    """
    Store a file that a job will make, and return it. Filters are checked now, so a refusal is seen by who asks. One of a schedule says what it is `due` for.

    :raises UnknownExport: if there is no such kind.
    :raises FilterRefused: for a filter that is unknown or cannot be understood. For a journal file also what `book_orders.prepare` raises.
    """
    head = _head_of(order, now)
    export_id = new_id()
    stores = None if order.only_stores is None else sorted(str(store) for store in order.only_stores)
    job = jobs.enqueue(JOB, dedup_key=f"export:{export_id}", payload={"export_id": str(export_id)})
    export = ExportFile(
        id=export_id,
        kind=order.kind,
        shape=order.shape,
        schedule=due.schedule if due else None,
        period_end=due.period_end if due else None,
        closing=due.closing if due else None,
        filters={"params": dict(order.filters), "stores": stores, **({"head": head.to_json()} if head else {})},
        name=_legal_name(order, head) or file_name(order, now),
        job_id=job.id,
        actor_name=current_actor().name[:120],
        requested_at=now,
    )
    export.save(force_insert=True)
    audit.record(
        "export.requested",
        subject=f"export:{export_id}",
        now=now,
        data={"kind": order.kind, "filters": dict(order.filters)},
    )
    return export


def open_stream(order: ExportOrder, *, with_totals: bool = True) -> ExportStream:
    """Return the rows of a list as CSV, not begun yet. They may be read after the scope has ended; the stream holds its own session."""
    return ExportStream(_rows_of(order), with_totals=with_totals)


def _rows_of(order: ExportOrder) -> Rows:
    return rows_format_of(order.kind).build(Narrowed(order.filters, order.only_stores))


def _head_of(order: ExportOrder, now: datetime) -> Head | None:
    """Return the head of a journal file, None for the rows of a list. Refuses what could not be made."""
    format_ = format_of(order.kind)
    if isinstance(format_, BookFormat):
        if order.shape != "csv":
            raise Invalid(reason=_("a journal file has the shape its format says"))
        return book_orders.prepare(format_, order.filters, now=now)
    _rows_of(order)
    return None


def _legal_name(order: ExportOrder, head: Head | None) -> str:
    format_ = format_of(order.kind)
    return format_.name(head) if head and isinstance(format_, BookFormat) else ""


def file_name(order: ExportOrder, now: datetime) -> str:
    """Return what the file is called when it is saved: kind, period if there is one, and when it was made."""
    days = "_".join(order.filters[name] for name in ("date_from", "date_to") if order.filters.get(name))
    parts = ["tillsyn", order.kind, *([days] if days else []), now.strftime("%Y%m%dT%H%M%SZ")]
    return f"{'-'.join(parts)}.{_extension(order)}"


def _extension(order: ExportOrder) -> str:
    return "xlsx" if order.shape == "xlsx" else format_of(order.kind).extension


def make_file(run: jobs.JobRun) -> dict[str, Any]:
    """
    Write the file of an export job and note its control totals. A repeat writes it again from the start and replaces it.

    The file appears under its name only when it is whole and on disk; the same totals lie beside it as JSON.
    """
    export = ExportFile.objects.get(id=run.payload["export_id"])
    if export.finished_at is not None:
        return _result(export)
    stores = export.filters["stores"]
    only_stores = None if stores is None else frozenset(UUID(store) for store in stores)
    order = ExportOrder(export.kind, export.filters["params"], only_stores, export.shape)
    stream = _stream_of(order, export)
    path = folder() / f"{export.id}.{_extension(order)}"
    crash_point("E1")
    size, sha256 = _write(stream, path, tell=lambda rows: _tell(run, rows))
    _number(export, stream, sha256)
    totals = {"row_count": stream.totals.row_count, "currencies": stream.totals.currencies}
    sidecar = {
        "name": export.name,
        "revision": export.revision,
        "kind": export.kind,
        "filters": export.filters["params"],
        "sha256": sha256,
        "size_bytes": size,
        **totals,
    }
    path.with_suffix(".json").write_text(json.dumps(sidecar, indent=1))
    export.path, export.size_bytes, export.sha256 = str(path), size, sha256
    export.row_count, export.totals = stream.totals.row_count, stream.totals.currencies
    export.finished_at = business_now(export.merchant_id)
    crash_point("E3")
    with run.checkpoint("written", done=stream.rows_written, total=stream.rows_written):
        export.save(update_fields=list(_MADE))
        audit.record(
            "export.made",
            subject=f"export:{export.id}",
            now=export.finished_at,
            data={"rows": export.row_count, "sha256": sha256, "revision": export.revision},
        )
        if isinstance(stream, BookStream):
            book_orders.record(stream, export, now=export.finished_at)
        if revisions.is_news(export):
            jobs.enqueue(DELIVERY_JOB, dedup_key=f"{DELIVERY_JOB}:{export.id}", payload={"export_id": str(export.id)})
    return _result(export)


def _number(export: ExportFile, stream: ExportStream | WorkbookStream | BookStream, sha256: str) -> None:
    """Say which revision a written file is; a corrected one has its number in its name."""
    if isinstance(stream, BookStream):
        standing = revisions.standing_of_books(export, stream)
    else:
        standing = revisions.standing_of_rows(export, sha256)
    export.revision, export.corrects = standing.revision, standing.corrects
    if export.revision > 1:
        stem, dot, extension = export.name.rpartition(".")
        export.name = f"{stem}-r{export.revision}{dot}{extension}"


def _stream_of(order: ExportOrder, export: ExportFile) -> ExportStream | WorkbookStream | BookStream:
    format_ = format_of(order.kind)
    if isinstance(format_, BookFormat):
        return book_orders.open_books(format_, export.filters["head"])
    return WorkbookStream(_rows_of(order)) if order.shape == "xlsx" else open_stream(order)


def folder() -> Path:
    """Return where the files of the merchant in scope are kept."""
    return Path(settings.MEDIA_ROOT) / "exports" / str(current_merchant_id())


def record_download(export: ExportFile, *, now: datetime) -> Path:
    """
    Note who takes the file and return where it is.

    :raises NotFound: if it is not made yet, or was removed from disk.
    """
    path = Path(export.path) if export.path else None
    if path is None or not path.is_file():
        raise NotFound()
    audit.record("export.downloaded", subject=f"export:{export.id}", now=now, data={"name": export.name})
    return path


@transaction.atomic
def remove_old(*, now: datetime) -> int:
    """Remove files that were made more than `KEPT_DAYS` ago from disk and return how many. Their rows and control totals stay. A repeat removes nothing."""
    old = ExportFile.objects.select_for_update(skip_locked=True).exclude(path="")
    removed = list(old.filter(finished_at__lt=now - timedelta(days=KEPT_DAYS)).order_by("id")[:_REMOVED_AT_ONCE])
    for export in removed:
        path = Path(export.path)
        for file in (path, path.with_suffix(".json")):
            file.unlink(missing_ok=True)
        export.path = ""
        export.save(update_fields=["path"])
        audit.record("export.removed", subject=f"export:{export.id}", now=now, data={"name": export.name})
    return len(removed)


def record_stream(order: ExportOrder, *, now: datetime) -> None:
    """Note who takes rows without a file being made."""
    audit.record("export.streamed", subject=f"export:{order.kind}", now=now, data={"filters": dict(order.filters)})


def _write(
    stream: ExportStream | WorkbookStream | BookStream, path: Path, *, tell: Callable[[int], None]
) -> tuple[int, str]:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Whoever was writing this file died, or has lost it to us and must not put it in the place of ours.
    for left in path.parent.glob(f"{path.stem}.*.part"):
        left.unlink(missing_ok=True)
    half_made = path.with_suffix(f".{os.getpid()}.part")
    digest, size, told = hashlib.sha256(), 0, time.monotonic()
    try:
        with half_made.open("wb") as target:
            for piece in stream:
                target.write(piece)
                digest.update(piece)
                size += len(piece)
                crash_point("E2")
                if time.monotonic() - told > _PROGRESS_SECONDS:
                    tell(stream.rows_written)
                    told = time.monotonic()
            target.flush()
            os.fsync(target.fileno())
        half_made.replace(path)
    finally:
        half_made.unlink(missing_ok=True)
    return size, digest.hexdigest()


def _tell(run: jobs.JobRun, rows: int) -> None:
    with run.checkpoint("writing", done=rows):
        pass


def _result(export: ExportFile) -> dict[str, Any]:
    return {"export_id": str(export.id), "row_count": export.row_count}
