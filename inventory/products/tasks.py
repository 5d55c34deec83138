"""The job that takes a catalogue file in."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any
from uuid import UUID

from inventory.products import imports, sheets
from inventory.products.imports import PROBLEMS, Terms
from merchant.core import db, files
from merchant.core.clock import business_now
from merchant.core.jobs.services import JobRun, kind

IMPORT_JOB = "products.import"
# As many as a page shows; all of them are in the file.
_REFUSED_SHOWN = 50
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@kind(IMPORT_JOB)
def import_products(run: JobRun) -> dict[str, Any]:
    """Read, judge and write one file in one transaction: a worker that is killed leaves nothing of it."""
    told = run.payload
    path = files.path_of(told["sha256"])
    terms = Terms(
        currency=told["currency"],
        tax_class=told["tax_class"],
        # An older message names no day.
        today=date.fromisoformat(told["today"]) if "today" in told else business_now(run.merchant_id).date(),
        includes_tax=told["includes_tax"],
        store_id=UUID(told["store_id"]) if told["store_id"] else None,
    )
    read = 0

    def counted(rows: Any) -> Any:
        nonlocal read
        for row in rows:
            read += 1
            yield row

    run.counter = lambda: read
    with run.checkpoint("taken_in") as note:
        db.plan_for_many_rows()
        sheet = sheets.look_at(path, rows=0)
        imports.stage(counted(sheets.read_rows(path, sheet, told["columns"])), terms=terms)
        taken = imports.take_in(terms=terms, name=told["name"], now=business_now(run.merchant_id))
        refused = imports.list_judged(limit=_REFUSED_SHOWN, only_refused=True)
        kept = _keep_refused() if taken.refused else ""
        note.done = note.total = taken.rows
    return {
        "rows": taken.rows,
        "added": taken.added,
        "changed": taken.changed,
        "unchanged": taken.unchanged,
        "refused": taken.refused,
        "refused_rows": refused,
        "refused_sha256": kept,
    }


def _safe(cell: str | None) -> str:
    """What a spreadsheet would run as a formula is text."""
    text = cell or ""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _keep_refused() -> str:
    """Keep the refused rows with their reasons as a file, and return its hash."""
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(["line", "sku", "name", "price", "problem"])
    for row in imports.list_judged(only_refused=True):
        cells = [_safe(row[name]) for name in ("sku", "name", "price")]
        writer.writerow([row["line"], *cells, PROBLEMS[row["problem"]]])
    return files.keep_pieces([lines.getvalue().encode("utf-8-sig")]).sha256
