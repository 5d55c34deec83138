"""Reads of reports, their lines and payouts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from merchant.core import db, files
from merchant.core.errors import NotFound
from merchant.core.tenancy import current_merchant_id
from payments.settlement.formats.base import NotAReport
from payments.settlement.models import LineChange, Payout, ReportFile, SettlementLine
from payments.settlement.opening import open_file


def list_reports() -> QuerySet[ReportFile]:
    """Return every report of the merchant, to be paged newest first."""
    return ReportFile.objects.select_related("gateway_account")


def get_report(report_id: UUID | str) -> ReportFile:
    """Return one report. :raises NotFound: if the merchant has none with that id."""
    report = list_reports().filter(id=report_id).first()
    if report is None:
        raise NotFound()
    return report


def list_lines(report_id: UUID | str) -> QuerySet[SettlementLine]:
    """Return the lines of a report in the order of the file."""
    return SettlementLine.objects.filter(report_id=report_id).order_by("line")


def list_payouts() -> QuerySet[Payout]:
    """Return every payout of the merchant, to be paged newest first."""
    return Payout.objects.select_related("gateway_account")


def get_payout(payout_id: UUID | str) -> Payout:
    """Return one payout. :raises NotFound: if the merchant has none with that id."""
    payout = list_payouts().filter(id=payout_id).first()
    if payout is None:
        raise NotFound()
    return payout


def cells_of(report: ReportFile, places: Iterable[tuple[int, str]], *, lines_max: int) -> dict[tuple[int, str], str]:
    """
    Return what stands in the kept file at each (line, column), for those within its first `lines_max` lines.

    A place without a column is the whole row, its cells joined as the file has them.
    """
    wanted: dict[int, set[str]] = {}
    for line, column in places:
        if line <= lines_max:
            wanted.setdefault(line, set()).add(column)
    if not wanted:
        return {}
    last = max(wanted)
    found: dict[tuple[int, str], str] = {}
    try:
        with files.path_of(report.sha256).open("rb") as stream:
            for row in open_file(stream, account=report.gateway_account, format_code=report.format).rows():
                for column in wanted.get(row.line, ()):
                    found[row.line, column] = row.raw.get(column, "") if column else ", ".join(row.raw.values())
                if row.line >= last:
                    break
    except (OSError, NotAReport):
        return {}
    return found


_CHANGES = """
SELECT n.line, n.type_text, n.line_key, coalesce(nullif(n.operation_reference, ''), nullif(n.processor_reference, ''), n.merchant_reference) AS reference,
    o.currency AS was_currency, o.gross_minor AS was_gross_minor, o.fee_minor AS was_fee_minor, o.net_minor AS was_net_minor,
    n.currency AS is_currency, n.gross_minor AS is_gross_minor, n.fee_minor AS is_fee_minor, n.net_minor AS is_net_minor,
    r.id AS earlier_id, r.name AS earlier_name
FROM settlement_change c JOIN settlement_line o ON o.id = c.replaced_id JOIN settlement_line n ON n.id = c.line_id
JOIN settlement_report r ON r.id = c.earlier_report_id
WHERE c.merchant_id = %s AND c.report_id = %s ORDER BY n.line LIMIT %s
"""
# What one answer tells of the rows a report changed; their number is on the report.
CHANGES_SHOWN_MAX = 200


def list_changes(report_id: UUID | str) -> list[dict[str, Any]]:
    """Return the first rows that a report brought with other amounts than an earlier one, in the order of the file: what was, what is, with one statement."""
    return db.dict_rows(_CHANGES, [current_merchant_id(), report_id, CHANGES_SHOWN_MAX])


def list_changed_by(report_id: UUID | str) -> list[dict[str, Any]]:
    """Return the later reports that changed rows of this one, and how many each."""
    rows = LineChange.objects.filter(earlier_report_id=report_id).values("report_id", "report__name")
    return [dict(row) for row in rows.annotate(number=Count("id")).order_by("report_id")]
