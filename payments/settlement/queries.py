"""Reads of reports, their lines and payouts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from merchant.core import db, files
from merchant.core.errors import NotFound
from payments.settlement.formats.base import NotAReport
from payments.settlement.formats.sniff import open_report
from payments.settlement.models import Payout, ReportFile, SettlementLine


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


def raw_row(report: ReportFile, line: SettlementLine) -> dict[str, str]:
    """Return the row as it stands in the kept file, which is read as far as there: column name to text."""
    with files.path_of(report.sha256).open("rb") as stream:
        rows = open_report(stream, gateway=report.gateway_account.gateway).rows()
        return next(row.raw for row in rows if row.line == line.line)


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
            for row in open_report(stream, gateway=report.gateway_account.gateway).rows():
                for column in wanted.get(row.line, ()):
                    found[row.line, column] = row.raw.get(column, "") if column else ", ".join(row.raw.values())
                if row.line >= last:
                    break
    except (OSError, NotAReport):
        return {}
    return found


_INSIDE = """
SELECT l.kind, count(*)::int AS number, sum(l.gross_minor)::bigint AS gross_minor, sum(l.fee_minor)::bigint AS fee_minor, sum(l.net_minor)::bigint AS net_minor
FROM settlement_line l JOIN settlement_report r ON r.id = l.report_id
WHERE l.merchant_id = %(merchant)s AND l.gateway_account_id = %(account)s AND l.currency = %(currency)s AND r.status = 'posted'
    AND l.kind NOT IN ('payout', 'payout_reversal')
    AND CASE WHEN l.payout_reference <> '' THEN l.payout_reference = %(reference)s ELSE l.batch <> '' AND l.batch = %(batch)s END
GROUP BY l.kind ORDER BY abs(sum(l.net_minor)) DESC, l.kind
"""


def sum_inside(payout: Payout) -> list[dict[str, Any]]:
    """Return what a payout is made of: per kind of row how many, gross, fee and net, with one statement."""
    parameters = {
        "merchant": payout.merchant_id, "account": payout.gateway_account_id, "currency": payout.currency, "reference": payout.reference,
        "batch": payout.batch,
    }  # fmt: skip
    return db.dict_rows(_INSIDE, parameters)


def list_late_payouts(today: date) -> QuerySet[Payout]:
    """Return payouts whose day has passed and that are not in the bank."""
    return list_payouts().filter(status__in=["expected", "in_transit"], expected_on__lt=today)
