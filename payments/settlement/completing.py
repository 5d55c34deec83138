"""
What a processor's files leave to be concluded: payouts that only the sum of their rows tells, and cents between a payout and its rows.

A concluded payout is a line of its own, number 0 of its report, so that it is booked, shown and proven like one that was written; where the
written one comes later, in another report, it takes its place.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from merchant.core import db
from merchant.core.ids import new_id
from merchant.ledger import services as ledger
from merchant.ledger.recipes import payout_rounded
from payments.settlement.formats.registry import FORMATS
from payments.settlement.models import ReportFile, SettlementLine
from payments.settlement.opening import find_report_format

# The key of a concluded line begins so, its payout's reference behind it.
IMPLIED = "implied/"
TYPE_TEXT = "payout, as its rows make it"

_DAYS = """
SELECT payout_reference, max(booked_on) FROM settlement_line WHERE report_id = %s AND payout_reference <> '' GROUP BY 1
"""
_WRITTEN = """
SELECT payout_reference FROM settlement_line
WHERE merchant_id = %(merchant)s AND gateway_account_id = %(account)s AND kind = 'payout' AND payout_reference = ANY(%(references)s)
"""
_SAME = f"""
old.merchant_id = %(merchant)s AND old.gateway_account_id = %(account)s AND old.line_key = '{IMPLIED}' || new.payout_reference
    AND new.report_id = %(report)s AND new.id <> old.id AND new.kind = 'payout' AND old.gross_minor = new.gross_minor AND old.currency = new.currency
"""
_HAND_OVER = f"""
UPDATE settlement_payout p SET report_id = new.report_id FROM settlement_line old JOIN settlement_line new ON {_SAME}
WHERE p.merchant_id = old.merchant_id AND p.gateway_account_id = old.gateway_account_id AND p.reference = old.payout_reference
"""  # noqa: S608
_FORGET = f"DELETE FROM settlement_line old USING settlement_line new WHERE {_SAME}"  # noqa: S608
# Payouts of this report's rows, all their rows from whatever posted report, and what is left between the two.
_LEFT = """
SELECT l.payout_reference AS reference, l.currency, sum(l.net_minor)::bigint AS minor
FROM settlement_line l JOIN settlement_report r ON r.id = l.report_id AND (r.status = 'posted' OR r.id = %(report)s)
WHERE l.merchant_id = %(merchant)s AND l.gateway_account_id = %(account)s AND l.payout_reference IN (
    SELECT payout_reference FROM settlement_line WHERE report_id = %(report)s AND payout_reference <> '')
GROUP BY 1, 2
HAVING bool_or(l.kind = 'payout') AND bool_or(l.kind <> 'payout') AND sum(l.net_minor) <> 0 AND abs(sum(l.net_minor)) <= %(limit)s
ORDER BY 1, 2
"""


def conclude_payouts(report: ReportFile) -> None:
    """
    Add a payout's line for each batch that is one without saying so, in the caller's transaction, before the report is booked.

    A written payout that was concluded before takes the concluded line's place; one that is known in any form is not added again.
    """
    report_format = find_report_format(report.format)
    # Only accounts some of whose reports imply payouts have concluded ones; a merchant's own columns may say so of any account.
    gateway = report.gateway_account.gateway
    may_have = any(entry.implies_payouts and entry.gateway == gateway for entry in FORMATS)
    if not may_have and report_format in FORMATS:
        return
    parameters = _parameters(report)
    db.execute(_HAND_OVER, parameters)
    db.execute(_FORGET, parameters)
    if report_format is None or not report_format.implies_payouts:
        return
    batches = [
        batch
        for batch in report.summary["batches"]
        if batch["reference"] and batch["status"] == "open" and batch["net_minor"]
    ]
    references = [batch["reference"][:80] for batch in batches]
    known = {row[0] for row in db.rows(_WRITTEN, {**parameters, "references": references})}
    days: dict[str, date | None] = dict(db.rows(_DAYS, [report.id]))
    lines = [
        _line(report, batch, reference, days.get(reference))
        for batch, reference in zip(batches, references, strict=True)
        if reference not in known
    ]
    SettlementLine.objects.bulk_create(lines)


def book_rounding(report: ReportFile, *, day: date, now: datetime) -> None:
    """
    Book the cents by which a payout and its rows, which come in two files, are apart; once, when both are there.

    More than the format allows stays where it is, and is seen there.
    """
    report_format = find_report_format(report.format)
    if report_format is None or not report_format.rounding_minor_max:
        return
    account = str(report.gateway_account_id)
    for left in db.dict_rows(_LEFT, {**_parameters(report), "limit": report_format.rounding_minor_max}):
        ledger.post(
            recipe="payout_rounded",
            source=f"{account}:{left['reference']}:{left['currency']}",
            about=f"report:{report.id}",
            legs=payout_rounded(gateway_account=account, minor=left["minor"], currency=left["currency"]),
            business_date=day,
            now=now,
            text=f"Payout {left['reference']} and its rows, each rounded on its own",
        )


def _line(report: ReportFile, batch: dict[str, Any], reference: str, day: date | None) -> SettlementLine:
    return SettlementLine(
        id=new_id(),
        merchant_id=report.merchant_id,
        report_id=report.id,
        gateway_account_id=report.gateway_account_id,
        line=0,
        line_key=f"{IMPLIED}{reference}",
        kind="payout",
        type_text=TYPE_TEXT,
        batch=reference,
        payout_reference=reference,
        currency=batch["currency"],
        gross_minor=-batch["net_minor"],
        fee_minor=0,
        net_minor=-batch["net_minor"],
        booked_on=day,
    )


def _parameters(report: ReportFile) -> dict[str, Any]:
    return {"merchant": report.merchant_id, "account": report.gateway_account_id, "report": report.id}
