"""Reads for the pages of imported files: who brought them, and what the bank's entries turned out to be."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from merchant.core import db
from merchant.core.audit.models import AuditEntry
from merchant.core.tenancy import current_merchant_id

# What one page shows of a statement; the whole file is in the export.
BANK_LINES_SHOWN = 200

_BANK_LINES = """
SELECT l.booked_on, l.amount_minor, l.currency, concat_ws(' · ', nullif(l.counterparty, ''), nullif(l.text, '')) AS text, p.id AS payout_id, p.reference AS payout_reference
FROM bank_statement_line l LEFT JOIN recon_match m ON m.statement_line_id = l.id AND m.undone_at IS NULL LEFT JOIN settlement_payout p ON p.id = m.payout_id
WHERE l.merchant_id = %s AND l.statement_id = %s ORDER BY l.id LIMIT %s
"""


def list_bank_lines(statement_id: UUID) -> list[dict[str, Any]]:
    """Return the first entries a statement file brought, in its order, each with the payout it was matched to, with one statement."""
    return db.dict_rows(_BANK_LINES, [current_merchant_id(), statement_id, BANK_LINES_SHOWN])


def names_of_receivers(file_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return by whom each file came: a person, a key, or the job that fetched it."""
    subjects = {f"{kind}:{file_id}": file_id for file_id in file_ids for kind in ("report", "statement")}
    rows = AuditEntry.objects.filter(
        subject__in=subjects, action__in=("report.received", "statement.received")
    ).values_list("subject", "actor_kind", "actor_name")
    return {subjects[subject]: "" if kind == "system" else name for subject, kind, name in rows}
