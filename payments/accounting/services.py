"""Note which journal files were made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from merchant.core.audit import services as audit
from payments.accounting.models import JournalExport


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A journal file as it was made. `days` maps each day to its journals and debits in minor units of `currency`; `head` is all that is not in the ledger."""

    export_id: UUID
    format: str
    date_from: date
    date_to: date
    detail: str
    closing: int | None
    plan_number: int
    head: Mapping[str, Any]
    days: Mapping[str, tuple[int, int]]
    posting_count: int
    currency: str
    sha256: str
    actor_name: str
    revision: int = 1
    corrects_id: UUID | None = None


def record_journal_export(made: MadeFile, *, now: datetime) -> JournalExport:
    """Write the file into the log in the caller's transaction. A repeat for the same export returns what is there."""
    row, is_new = JournalExport.objects.get_or_create(
        id=made.export_id,
        defaults={
            "format": made.format,
            "date_from": made.date_from,
            "date_to": made.date_to,
            "detail": made.detail,
            "closing": made.closing,
            "plan_number": made.plan_number,
            "head": dict(made.head),
            "days": {day: list(totals) for day, totals in made.days.items()},
            "journal_count": sum(journals for journals, _debit in made.days.values()),
            "posting_count": made.posting_count,
            "debit_minor": sum(debit for _journals, debit in made.days.values()),
            "currency": made.currency,
            "sha256": made.sha256,
            "revision": made.revision,
            "corrects_id": made.corrects_id,
            "actor_name": made.actor_name[:120],
            "made_at": now,
        },
    )
    if is_new:
        data = {
            "format": made.format,
            "from": str(made.date_from),
            "to": str(made.date_to),
            "sha256": made.sha256,
            "journals": row.journal_count,
            "closing": made.closing,
            "revision": made.revision,
            "corrects": str(made.corrects_id) if made.corrects_id else None,
        }
        audit.record("journal_export.made", subject=f"export:{made.export_id}", now=now, data=data)
    kept: JournalExport = row
    return kept
