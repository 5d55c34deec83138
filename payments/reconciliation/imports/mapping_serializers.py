"""Column mappings as REST takes and gives them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from payments.settlement.models import ColumnMapping


class MappingInput(serializers.Serializer[Any]):
    """A mapping's name, what it says, and the header it is for. A name that is there gets a new version."""

    name = serializers.CharField(max_length=80)
    header = serializers.ListField(child=serializers.CharField(max_length=200, allow_blank=True), max_length=500)
    spec = serializers.DictField()
    account_id = serializers.UUIDField(required=False, allow_null=True, default=None)


def mapping_output(mapping: ColumnMapping) -> dict[str, Any]:
    """Return one version of a mapping as REST shows it."""
    return {
        "id": str(mapping.id),
        "side": mapping.side,
        "name": mapping.name,
        "version": mapping.version,
        "account_id": str(mapping.account_id) if mapping.account_id else None,
        "header": mapping.header,
        "spec": mapping.spec,
        "created_at": mapping.created_at.isoformat(),
        "created_by": mapping.created_by,
    }
