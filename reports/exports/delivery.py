"""Bring files of schedules where they are wanted: by mail, into the drop folder, told by webhook."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from merchant.core.audit import services as audit
from merchant.core.crash_points import crash_point
from merchant.core.outbox import services as outbox
from merchant.core.tenancy import current_merchant_id
from merchant.merchants import queries as merchants
from merchant.messages import services as messages
from merchant.messages.services import Mail
from reports.exports import revisions
from reports.exports.models import ExportFile, ExportSchedule

# 10 MB: what mail servers take. A larger file is told of, and fetched.
ATTACHED_BYTES_MAX = 10_000_000


@transaction.atomic
def deliver(*, export_id: UUID, now: datetime) -> ExportFile:
    """
    Bring a finished file where its schedule sends it, once; a repeat does nothing. Locks the file.

    A kill between the copy and its note copies the same bytes to the same name again.
    """
    export = ExportFile.objects.select_for_update(of=("self",)).select_related("schedule").get(id=export_id)
    schedule = export.schedule
    if schedule is None or export.delivered_at is not None:
        return export
    if schedule.delivery == "mail":
        _mail(export, schedule, now)
    elif schedule.delivery == "folder":
        _drop(export, schedule)
    elif schedule.delivery == "webhook":
        outbox.publish("export.made", f"export:{export.id}", _news(export, schedule))
    crash_point("E6")
    export.delivered_at = now
    export.save(update_fields=["delivered_at"])
    data = {"delivery": schedule.delivery, "recipient": schedule.recipient, "revision": export.revision}
    audit.record("export.delivered", subject=f"export:{export.id}", now=now, data=data)
    return export


def _news(export: ExportFile, schedule: ExportSchedule) -> dict[str, object]:
    correction = revisions.find_correction(export)
    return {
        "export_id": str(export.id),
        "schedule": schedule.name,
        "kind": export.kind,
        "name": export.name,
        "revision": export.revision,
        "corrects": str(correction.corrected.id) if correction else None,
        "changes": [
            {"day": one.day, "journals": one.journals, "debit_minor": one.debit_minor} for one in correction.days
        ]
        if correction
        else [],
        "sha256": export.sha256,
        "size_bytes": export.size_bytes,
        "row_count": export.row_count,
        "totals": export.totals,
        "download_url": f"/api/v1/exports/{export.id}/download/",
    }


def _mail(export: ExportFile, schedule: ExportSchedule, now: datetime) -> None:
    merchant = merchants.get_merchant(current_merchant_id())
    is_attached = bool(export.path) and (export.size_bytes or 0) <= ATTACHED_BYTES_MAX
    page = {
        "export": export,
        "schedule": schedule,
        "merchant": merchant,
        "is_attached": is_attached,
        "correction": revisions.find_correction(export),
    }
    subject = f"{merchant.name}: {schedule.name}, {export.period_end}"
    messages.queue_mail(
        Mail(
            kind="export",
            dedup_key=f"export:{export.id}",
            recipient=schedule.recipient,
            subject=_("{file} (correction, revision {number})").format(file=subject, number=export.revision)
            if export.revision > 1
            else subject,
            body_text=render_to_string("reports/exports/mail/export.txt", page),
            body_html="",
            about=f"export:{export.id}",
            attachment_path=export.path if is_attached else "",
            attachment_name=export.name if is_attached else "",
        ),
        now=now,
    )


def _drop(export: ExportFile, schedule: ExportSchedule) -> None:
    folder = Path(settings.EXPORT_DROP_DIR) / str(current_merchant_id())
    folder.mkdir(parents=True, exist_ok=True)
    # Schedules of one list are made in the same moment: without its own part one file would take the place of another.
    named = f"{schedule.id.hex[-8:]}-{export.name}"
    for source, name in ((Path(export.path).with_suffix(".json"), f"{named}.json"), (Path(export.path), named)):
        # Under its name only when it is whole, and after the totals that belong to it.
        half_made = folder / f".{name}.part"
        shutil.copyfile(source, half_made)
        half_made.replace(folder / name)
