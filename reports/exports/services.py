"""Make export files: asked for here, written by a job, kept below MEDIA_ROOT."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from merchant.core.audit import services as audit
from merchant.core.clock import business_now
from merchant.core.errors import NotFound
from merchant.core.ids import new_id
from merchant.core.jobs import services as jobs
from merchant.core.tenancy import current_actor, current_merchant_id
from reports.exports.formats.base import Narrowed
from reports.exports.formats.registry import format_of
from reports.exports.models import ExportFile
from reports.exports.streaming import ExportStream

JOB = "reports.export"
REMOVAL_JOB = "reports.remove_old_exports"
# 30 days: a month's files are at hand until the next month's are made.
KEPT_DAYS = 30
_REMOVED_AT_ONCE = 500
# Twice a second is as often as a person sees a number change.
_PROGRESS_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class ExportOrder:
    """A file to be made: its kind, the filters as a query string has them, and the stores its reader may see (None: all)."""

    kind: str
    filters: Mapping[str, str]
    only_stores: frozenset[UUID] | None = None


@transaction.atomic
def request_export(order: ExportOrder, *, now: datetime) -> ExportFile:
    """
    Store a file that a job will make, and return it. Filters are checked now, so a refusal is seen by who asks.

    :raises UnknownExport: if there is no such kind.
    :raises FilterRefused: for a filter that is unknown or cannot be understood.
    """
    open_stream(order)
    export_id = new_id()
    stores = None if order.only_stores is None else sorted(str(store) for store in order.only_stores)
    job = jobs.enqueue(JOB, dedup_key=f"export:{export_id}", payload={"export_id": str(export_id)})
    export = ExportFile(
        id=export_id,
        kind=order.kind,
        filters={"params": dict(order.filters), "stores": stores},
        name=file_name(order, now),
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
    """Return the bytes of a file, not begun yet. It may be read after the scope has ended; it holds its own session."""
    rows = format_of(order.kind).build(Narrowed(order.filters, order.only_stores))
    return ExportStream(rows, with_totals=with_totals)


def file_name(order: ExportOrder, now: datetime) -> str:
    """Return what the file is called when it is saved: kind, period if there is one, and when it was made."""
    days = "_".join(order.filters[name] for name in ("date_from", "date_to") if order.filters.get(name))
    parts = ["tillsyn", order.kind, *([days] if days else []), now.strftime("%Y%m%dT%H%M%SZ")]
    return f"{'-'.join(parts)}.csv"


def make_file(run: jobs.JobRun) -> dict[str, Any]:
    """
    Write the file of an export job and note its control totals. A repeat writes it again from the start and replaces it.

    The file appears under its name only when it is whole and on disk; the same totals lie beside it as JSON.
    """
    export = ExportFile.objects.get(id=run.payload["export_id"])
    if export.finished_at is not None:
        return _result(export)
    stores = export.filters["stores"]
    order = ExportOrder(
        export.kind, export.filters["params"], None if stores is None else frozenset(UUID(store) for store in stores)
    )
    stream = open_stream(order)
    path = folder() / f"{export.id}.csv"
    size, sha256 = _write(stream, path, tell=lambda rows: _tell(run, rows))
    totals = {"row_count": stream.totals.row_count, "currencies": stream.totals.currencies}
    sidecar = {
        "name": export.name,
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
    with run.checkpoint("written", done=stream.rows_written, total=stream.rows_written):
        export.save(update_fields=["path", "size_bytes", "sha256", "row_count", "totals", "finished_at"])
        audit.record(
            "export.made",
            subject=f"export:{export.id}",
            now=export.finished_at,
            data={"rows": export.row_count, "sha256": sha256},
        )
    return _result(export)


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


def _write(stream: ExportStream, path: Path, *, tell: Callable[[int], None]) -> tuple[int, str]:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half_made = path.with_suffix(f".{os.getpid()}.part")
    digest, size, told = hashlib.sha256(), 0, time.monotonic()
    try:
        with half_made.open("wb") as target:
            for piece in stream:
                target.write(piece)
                digest.update(piece)
                size += len(piece)
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
