"""Reads for the pages of imported files: who brought them, and what the bank's entries turned out to be."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from merchant.core import db
from merchant.core.audit.models import AuditEntry
from merchant.core.errors import Invalid
from merchant.core.pagination import PAGE_SIZE, Page
from merchant.core.tenancy import current_merchant_id
from payments.reconciliation.models import StatementFile
from payments.settlement.models import ReportFile

# What one page shows of a statement; the whole file is in the export.
BANK_LINES_SHOWN = 200

_BANK_LINES = """
SELECT l.id, l.booked_on, l.amount_minor, l.currency, concat_ws(' · ', nullif(l.counterparty, ''), nullif(l.text, '')) AS text, p.id AS payout_id, p.reference AS payout_reference
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


@dataclass(frozen=True, slots=True)
class FilesAsked:
    """Which imported files a list shows. Empty fields do not narrow; `side` is report or statement, `account` as the form names it, `sort` one of `_KEYS`."""

    side: str = ""
    statuses: tuple[str, ...] = ()
    account: str = ""
    text: str = ""
    sort: str = "newest"


# A sort -> what is compared, largest first unless it is `oldest`; files that are equal stand newest first.
_KEYS = {
    "newest": ("0", "0"),
    "oldest": ("0", "0"),
    "rows": (
        "coalesce((r.summary->>'rows')::bigint, 0)",
        "(SELECT coalesce(sum((s->>'entries')::bigint), 0) FROM jsonb_array_elements(coalesce(f.summary->'statements', '[]')) s)",
    ),
    "difference": (
        "(SELECT coalesce(sum(abs((b->>'difference_minor')::bigint)), 0) FROM jsonb_array_elements(coalesce(r.summary->'batches', '[]')) b)",
        "(SELECT coalesce(sum(abs((s->>'difference_minor')::bigint)), 0) FROM jsonb_array_elements(coalesce(f.summary->'statements', '[]')) s)",
    ),
}
_FILES = """
SELECT side, id, key FROM (
    SELECT 'report' AS side, r.id, r.name, r.status, 'gateway:' || r.gateway_account_id AS account, ({report_key})::bigint AS key
    FROM settlement_report r WHERE r.merchant_id = %(merchant)s
    UNION ALL
    SELECT 'statement', f.id, f.name, f.status, 'bank:' || f.bank_account_id, ({statement_key})::bigint
    FROM bank_statement_file f WHERE f.merchant_id = %(merchant)s
) file
WHERE (%(side)s = '' OR side = %(side)s) AND (cardinality(%(statuses)s::text[]) = 0 OR status = ANY(%(statuses)s::text[]))
    AND (%(account)s = '' OR account = %(account)s) AND (%(text)s = '' OR strpos(lower(name), lower(%(text)s)) > 0)
    AND (%(at)s::uuid IS NULL OR (key, id) {comparison} (%(at_key)s::bigint, %(at)s::uuid))
ORDER BY key {direction}, id {direction} LIMIT %(limit)s
"""
_CURSOR = re.compile(r"(\d{1,18})_([0-9a-f-]{36})")


def page_of_files(asked: FilesAsked, *, after: str = "", before: str = "", size: int = PAGE_SIZE) -> Page[Any]:
    """
    Return one page of imported files, reports and statements in one list, each with its account. One statement for the order and one for each side.

    :raises Invalid: if a cursor is not one of ours.
    """
    key, at = _place(before or after)
    # Going back reads the list from its other end.
    is_rising = (asked.sort == "oldest") != bool(before)
    report_key, statement_key = _KEYS[asked.sort]
    sql = _FILES.format(
        report_key=report_key, statement_key=statement_key, comparison=">" if is_rising else "<",
        direction="ASC" if is_rising else "DESC",
    )  # fmt: skip
    parameters = {
        "merchant": current_merchant_id(), "side": asked.side, "statuses": list(asked.statuses), "account": asked.account,
        "text": asked.text, "at": at, "at_key": key, "limit": size + 1,
    }  # fmt: skip
    found = db.rows(sql, parameters)
    more, found = len(found) > size, found[:size]
    if before:
        found.reverse()
    cursors = [f"{row_key}_{file_id}" for _side, file_id, row_key in found]
    older = cursors[-1] if cursors and (before or more) else None
    newer = cursors[0] if cursors and (more if before else after) else None
    return Page(_loaded(found), older, newer)


def _place(cursor: str) -> tuple[int | None, UUID | None]:
    if not cursor:
        return None, None
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise Invalid(reason=_("the page cursor is not one of ours"))
    try:
        return int(found[1]), UUID(found[2])
    except ValueError:
        raise Invalid(reason=_("the page cursor is not one of ours")) from None


def _loaded(found: Sequence[tuple[str, UUID, int]]) -> list[ReportFile | StatementFile]:
    ids = {side: [file_id for one, file_id, _key in found if one == side] for side in ("report", "statement")}
    rows: dict[UUID, ReportFile | StatementFile] = {}
    rows.update(ReportFile.objects.select_related("gateway_account").in_bulk(ids["report"]))
    rows.update(StatementFile.objects.select_related("bank_account").in_bulk(ids["statement"]))
    return [rows[file_id] for _side, file_id, _key in found]


_BOOKED = """
SELECT a.kind, p.currency, sum(p.amount_minor)::bigint AS minor
FROM ledger_journal j JOIN ledger_posting p ON p.journal_id = j.id JOIN ledger_account a ON a.id = p.account_id
WHERE j.merchant_id = %(merchant)s AND (j.about = 'report:' || %(report)s
    OR j.recipe = 'payout_announced' AND j.source IN (
        SELECT 'payout:' || o.id FROM settlement_payout o WHERE o.report_id = %(report)s::uuid
        UNION ALL SELECT o.id || ':' || %(report)s FROM settlement_payout o WHERE o.merchant_id = %(merchant)s AND o.gateway_account_id = %(account)s))
GROUP BY 1, 2 HAVING sum(p.amount_minor) <> 0 ORDER BY 1, 2
"""


def sum_booked(report: ReportFile) -> list[dict[str, Any]]:
    """Return what a report did to each kind of account of the books, debit positive, in minor units, with one statement."""
    parameters = {
        "merchant": report.merchant_id,
        "report": str(report.id),
        "account": report.gateway_account_id,
    }
    return db.dict_rows(_BOOKED, parameters)
