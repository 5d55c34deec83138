"""How export files look over REST, and what asks for one."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as fields

from reports.exports.formats.registry import FORMATS
from reports.exports.queries import ExportRow


class ExportInput(fields.Serializer[Any]):
    """What is asked for: the kind of file, and the filters of its list."""

    kind = fields.ChoiceField(sorted(FORMATS))
    filters = fields.DictField(child=fields.CharField(max_length=80, allow_blank=True), required=False)


class ExportSchema(fields.Serializer[Any]):
    """One file. `totals` are its control totals per currency, in minor units."""

    id = fields.UUIDField()
    kind = fields.CharField()
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
    download_url = fields.CharField(allow_blank=True)


def export_row(row: ExportRow) -> dict[str, Any]:
    """Return a file as REST shows it."""
    return {
        "id": str(row.id),
        "kind": row.kind,
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
        "download_url": row.download_url,
    }
