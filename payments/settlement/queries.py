"""Reads of reports, their lines and payouts."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from merchant.core.errors import NotFound
from payments.settlement.models import UNIT_SEPARATOR, Payout, ReportFile, SettlementLine


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
    """Return the row as it stands in the file: column name to text."""
    cells = line.raw.split(UNIT_SEPARATOR)
    if len(cells) == len(report.columns):
        return dict(zip(report.columns, cells, strict=True))
    found: dict[str, Any] = json.loads(line.raw)
    return {name: str(value) for name, value in found.items()}
