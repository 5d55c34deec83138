"""Save column mappings, and keep files that wait for one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from merchant.core import db, files
from merchant.core.audit import services as audit
from merchant.core.card_numbers import mask, mask_pieces
from merchant.core.errors import AppError, NotFound
from merchant.core.tenancy import current_merchant_id, current_scope
from payments.gateways.models import GatewayAccount
from payments.settlement.formats.base import NotAReport
from payments.settlement.formats.encoding import find_spelling
from payments.settlement.formats.mapping import REPORT, MappingSpec, SpecInvalid, guessed_shape, signature_of
from payments.settlement.formats.records import Columns, Layout, records
from payments.settlement.models import ColumnMapping, UnknownFile

_HEAD_BYTES = 1 << 16
# A bank's or processor's table has more columns than this; text with a comma in it has not.
_COLUMNS_MIN = 3
_HEADER_CELLS_MAX = 500


class MappingInvalid(AppError):
    """The column mapping cannot be used."""

    code = "mapping_invalid"
    status = 422
    detail = "This column mapping cannot be used: {part}: {reason}"
    money = "Nothing was saved and nothing was imported."


@transaction.atomic
def save_mapping(
    *,
    name: str,
    document: Any,
    header: Sequence[str],
    account_id: UUID | None,
    sample_sha256: str = "",
    now: datetime,
) -> ColumnMapping:
    """
    Save a column mapping: the first version of a new name, the next one of a name that is there. What is saved as it stands is returned again.

    `header` are the column names of the file it is for; files with the same names are read by it. Files read by an earlier version keep that one.

    :raises MappingInvalid: with the part that is wrong.
    :raises NotFound: if the gateway account is not the merchant's.
    """
    try:
        spec = MappingSpec.from_json(document)
    except SpecInvalid as wrong:
        raise MappingInvalid(part=wrong.part, reason=wrong.message) from wrong
    _check_header(spec, header)
    name = name.strip()
    if not 0 < len(name) <= 80:
        raise MappingInvalid(part="name", reason=_("it has 1 to 80 characters"))
    if account_id is not None and spec.side == REPORT and not GatewayAccount.objects.filter(id=account_id).exists():
        raise NotFound()
    db.rows("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"column_mapping:{current_merchant_id()}"])
    latest = ColumnMapping.objects.filter(side=spec.side, name=name).order_by("-version").first()
    said = {"spec": spec.as_json(), "signature": signature_of(header), "account_id": account_id}
    if latest is not None and all(getattr(latest, part) == value for part, value in said.items()):
        return latest
    mapping = ColumnMapping.objects.create(
        merchant_id=current_merchant_id(), side=spec.side, name=name, version=latest.version + 1 if latest else 1, header=list(header),
        sample_sha256=sample_sha256, created_at=now, created_by=current_scope().actor.name[:120], **said,
    )  # fmt: skip
    audit.record(
        "column_mapping.saved", subject=f"column_mapping:{mapping.id}", now=now,
        data={"name": name, "side": spec.side, "version": mapping.version},
    )  # fmt: skip
    return mapping


def _check_header(spec: MappingSpec, header: Sequence[str]) -> None:
    if not 1 < len(header) <= _HEADER_CELLS_MAX or not all(isinstance(cell, str) for cell in header):
        raise MappingInvalid(part="header", reason=_("it is the list of the file's column names"))
    columns = Columns(tuple(header))
    missing = next((column for column in spec.columns.values() if column not in columns), None)
    if missing is not None:
        raise MappingInvalid(part="columns", reason=_("the header has no column {missing!r}").format(missing=missing))


def keep_unknown(*, path: Path, side: str, account_id: UUID, name: str, now: datetime) -> UnknownFile | None:
    """
    Keep a file that no format fits, card numbers masked, until its columns are assigned; return None if it is no table.

    The same bytes for the same account again are the same file.
    """
    with path.open("rb") as stream:
        if not is_table(stream):
            return None
        stream.seek(0)
        kept = files.keep_pieces(mask_pieces(files.pieces(stream)))
    file, _is_new = UnknownFile.objects.get_or_create(
        account_id=account_id, sha256=kept.sha256, defaults={"side": side, "name": mask(name[:200]), "received_at": now}
    )
    if file.taken_at is not None:
        file.taken_at = None
        file.save(update_fields=["taken_at"])
    return file


def note_taken(file: UnknownFile, *, now: datetime) -> None:
    """Note that a file waits no longer: it was imported."""
    file.taken_at = now
    file.save(update_fields=["taken_at"])


def demand_free_name(*, name: str, side: str, header: Sequence[str]) -> None:
    """:raises MappingInvalid: if a mapping of that name is for files with other columns, which would not be read any more."""
    latest = ColumnMapping.objects.filter(side=side, name=name.strip()).order_by("-version").first()
    if latest is not None and latest.signature != signature_of(header):
        raise MappingInvalid(part="name", reason=_("another mapping, for other columns, has this name"))


def is_table(stream: Any) -> bool:
    """Say whether the beginning of a file has rows of several columns: at least a header and one row as wide."""
    spelling = find_spelling(stream)
    head = stream.read(_HEAD_BYTES).decode(spelling.encoding, errors="replace")
    if head.lstrip("\ufeff ").startswith(("<", "{", "[", "%PDF", ":20:", "{1:")) or "\0" in head:
        return False
    delimiter, header_line = guessed_shape(head)
    layout = Layout(spelling.encoding, delimiter, spelling.may_hold_nul, 0, ())
    wide = 0
    try:
        for line, cells, _raw in records(stream, layout):
            if line >= header_line:
                wide += sum(bool(cell.strip()) for cell in cells) >= _COLUMNS_MIN
            if wide > 1 or line > header_line + 20:
                break
    except NotAReport:
        return False
    return wide > 1
