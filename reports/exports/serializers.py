"""How export files look over REST, and what asks for one."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as fields

from reports.exports.formats.registry import BOOK_FORMATS, FORMATS
from reports.exports.models import DELIVERIES, PERIODS, SHAPES, ExportSchedule
from reports.exports.queries import ExportRow

# Every kind of file, as the document of the API lists it.
KINDS = sorted((*FORMATS, *BOOK_FORMATS))


class ExportInput(fields.Serializer[Any]):
    """What is asked for: the kind of file, the filters of its list, and whether its rows come as CSV or as a workbook."""

    kind = fields.ChoiceField(KINDS)
    filters = fields.DictField(child=fields.CharField(max_length=80, allow_blank=True), required=False)
    format = fields.ChoiceField(SHAPES, default="csv")


class ExportSchema(fields.Serializer[Any]):
    """One file. `totals` are its control totals per currency, in minor units. `revision` above 1: it corrects an earlier file of the same days."""

    id = fields.UUIDField()
    kind = fields.CharField()
    format = fields.ChoiceField(SHAPES)
    name = fields.CharField()
    filters = fields.DictField()
    status = fields.ChoiceField(["queued", "running", "done", "refused", "dead"])
    rows_done = fields.IntegerField()
    row_count = fields.IntegerField(allow_null=True)
    size_bytes = fields.IntegerField(allow_null=True)
    sha256 = fields.CharField(allow_blank=True)
    totals = fields.DictField(child=fields.DictField(child=fields.IntegerField()))
    requested_by = fields.CharField()
    requested_at = fields.DateTimeField()
    finished_at = fields.DateTimeField(allow_null=True)
    problem = fields.CharField(allow_blank=True)
    revision = fields.IntegerField()
    download_url = fields.CharField(allow_blank=True)


def export_row(row: ExportRow) -> dict[str, Any]:
    """Return a file as REST shows it."""
    return {
        "id": str(row.id),
        "kind": row.kind,
        "format": row.shape,
        "name": row.name,
        "filters": row.filters,
        "status": row.status,
        "rows_done": row.rows_done,
        "row_count": row.row_count,
        "size_bytes": row.size_bytes,
        "sha256": row.sha256,
        "totals": row.totals,
        "requested_by": row.actor_name,
        "requested_at": row.requested_at.isoformat(),
        "finished_at": row.finished_at and row.finished_at.isoformat(),
        "problem": row.problem,
        "revision": row.revision,
        "download_url": row.download_url,
    }


class ScheduleInput(fields.Serializer[Any]):
    """A schedule to be. Filters are those of the list, without days; `recipient` is for mail."""

    name = fields.CharField(max_length=80)
    kind = fields.ChoiceField(KINDS)
    filters = fields.DictField(child=fields.CharField(max_length=80, allow_blank=True), required=False)
    format = fields.ChoiceField(SHAPES, default="csv")
    period = fields.ChoiceField(PERIODS)
    delivery = fields.ChoiceField(DELIVERIES, default="keep")
    recipient = fields.CharField(max_length=200, required=False, allow_blank=True, default="")


class ScheduleSchema(fields.Serializer[Any]):
    """One schedule."""

    id = fields.UUIDField()
    name = fields.CharField()
    kind = fields.CharField()
    filters = fields.DictField()
    format = fields.ChoiceField(SHAPES)
    period = fields.ChoiceField(PERIODS)
    delivery = fields.ChoiceField(DELIVERIES)
    recipient = fields.CharField(allow_blank=True)
    problem = fields.CharField(allow_blank=True)
    is_active = fields.BooleanField()
    created_by = fields.CharField()
    created_at = fields.DateTimeField()


def schedule_row(schedule: ExportSchedule) -> dict[str, Any]:
    """Return a schedule as REST shows it."""
    return {
        "id": str(schedule.id),
        "name": schedule.name,
        "kind": schedule.kind,
        "filters": schedule.filters,
        "format": schedule.shape,
        "period": schedule.period,
        "delivery": schedule.delivery,
        "recipient": schedule.recipient,
        "problem": schedule.problem,
        "is_active": schedule.is_active,
        "created_by": schedule.actor_name,
        "created_at": schedule.created_at.isoformat(),
    }
