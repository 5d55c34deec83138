"""Column mappings: which there are, and which fits a file."""

from __future__ import annotations

from typing import BinaryIO
from uuid import UUID

from django.db.models import QuerySet

from merchant.core.errors import NotFound
from payments.settlement.formats.mapping import CODE_PREFIX, MappingSpec, SavedMapping, header_at, signature_of
from payments.settlement.models import ColumnMapping, UnknownFile


def list_mappings() -> QuerySet[ColumnMapping]:
    """Return every version of every mapping, the latest first."""
    return ColumnMapping.objects.order_by("-id")


def list_latest(side: str | None = None) -> list[ColumnMapping]:
    """Return the latest version of each mapping, by side and name."""
    found = ColumnMapping.objects.order_by("side", "name", "-version").distinct("side", "name")
    return list(found.filter(side=side) if side else found)


def get_mapping(mapping_id: UUID | str) -> ColumnMapping:
    """Return one version. :raises NotFound: if the merchant has none with that id."""
    mapping = ColumnMapping.objects.filter(id=mapping_id).first()
    if mapping is None:
        raise NotFound()
    return mapping


def get_unknown_file(file_id: UUID | str) -> UnknownFile:
    """Return a file that waits or waited for its columns. :raises NotFound: if the merchant has none with that id."""
    file = UnknownFile.objects.filter(id=file_id).first()
    if file is None:
        raise NotFound()
    return file


def list_unknown_files() -> QuerySet[UnknownFile]:
    """Return the files that wait for their columns, the latest first."""
    return UnknownFile.objects.filter(taken_at=None).order_by("-id")


def find_saved(format_code: str) -> SavedMapping | None:
    """Return the version a file's format names, or None if the file was read by a format of ours."""
    if not format_code.startswith(CODE_PREFIX):
        return None
    return saved(get_mapping(format_code.removeprefix(CODE_PREFIX)))


def find_fitting(stream: BinaryIO, *, side: str, account_id: UUID) -> SavedMapping | None:
    """Return the latest version of the mapping whose header stands in `stream`: the account's own before one for any account. Rewinds it."""
    fitting = []
    for mapping in list_latest(side):
        if mapping.account_id not in (None, account_id):
            continue
        found = saved(mapping)
        header = header_at(stream, found.spec)
        if header is not None and signature_of(header) == mapping.signature:
            fitting.append((mapping.account_id is not None, mapping.id, found))
    return max(fitting, key=lambda one: one[:2])[2] if fitting else None


def saved(mapping: ColumnMapping) -> SavedMapping:
    """Return a version as readers use it."""
    spec = MappingSpec.from_json(mapping.spec)
    return SavedMapping(mapping.code, f"{mapping.name}, version {mapping.version}", spec, mapping.signature)
