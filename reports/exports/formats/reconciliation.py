"""reconciliation.csv: what was matched with what and by which rule, and every exception, in one file."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from merchant.core.filters import FilterReader
from merchant.core.tenancy import current_merchant_id
from payments.reconciliation.desk.ways import DUE_DAYS, DUE_DAYS_DEFAULT
from payments.reconciliation.states import EXCEPTION, EXCEPTION_KINDS
from reports.exports.formats.base import ExportFormat, Narrowed, Rows, amounts, local_time, plain, text

FILTERS = ("row", "kind", "status", "date_from", "date_to")
_ROWS = ("match", "exception")


def build(narrowed: Narrowed) -> Rows:
    """Return matches and exceptions, oldest first."""
    where, parameters = _conditions(FilterReader(narrowed.params, known=FILTERS))
    return Rows(
        columns=[
            plain("row", "e.row"),
            plain("id", "e.id"),
            plain("kind", "e.kind"),
            plain("status", "e.status"),
            plain("business_date", "e.business_date"),
            local_time("at", "e.at", "m.zone"),
            plain("time_zone", "m.zone"),
            text("reference", "e.reference"),
            plain("currency", "e.currency"),
            *amounts("amount", "e.amount_minor", "e.currency"),
            *amounts("expected", "e.expected_minor", "e.currency"),
            *amounts("found", "e.found_minor", "e.currency"),
            text("cause", "e.cause"),
            text("resolution", "e.resolution"),
            text("owner", "nullif(concat_ws(' ', u.first_name, u.last_name), '')"),
            plain("due_date", "e.due_on"),
            plain("waits_until_date", "e.snoozed_until"),
            plain(
                "age_days", f"CASE WHEN e.row = 'exception' AND e.status = 'open' THEN {_TODAY} - e.business_date END"
            ),
            text("decided_as", "d.way"),
            text("decided_by", "d.decided_by"),
            text("approved_by", "d.approved_by"),
            text("operation", "op.reference"),
            text("payout", "po.reference"),
            text("report", "rf.name"),
            plain("report_line", "sl.line"),
            text("statement", "sf.name"),
            text("statement_text", "bl.text"),
        ],
        source=f"FROM ({_EITHER}) e {_JOINS} {where}",
        parameters=[current_merchant_id(), current_merchant_id(), *parameters],
        order="e.id",
        currency="e.currency",
        sums={
            "matched": "CASE WHEN e.row = 'match' THEN e.amount_minor END",
            "exceptions": "CASE WHEN e.row = 'exception' THEN e.amount_minor END",
        },
    )


# By when somebody should have decided where nobody said: what the kind allows.
_KINDS = " ".join(f"WHEN '{kind}' THEN {days}" for kind, days in DUE_DAYS.items())
_DAYS = f"CASE kind {_KINDS} ELSE {DUE_DAYS_DEFAULT} END"
# The merchant's day at the moment of the export.
_TODAY = "((now() AT TIME ZONE m.zone) - m.day_cutoff)::date"
_EITHER = f"""
SELECT 'match' AS row, id, merchant_id, rule AS kind, CASE WHEN undone_at IS NULL THEN 'live' ELSE 'undone' END AS status,
    NULL::date AS business_date, matched_at AS at, NULL AS reference, currency, amount_minor, NULL::bigint AS expected_minor,
    NULL::bigint AS found_minor, NULL AS cause, NULL AS resolution, NULL::uuid AS owner_id, NULL::date AS due_on, NULL::date AS snoozed_until, operation_id, settlement_line_id, statement_line_id, payout_id
FROM recon_match WHERE merchant_id = %s
UNION ALL
SELECT 'exception', id, merchant_id, kind, status, business_date, found_at, reference, currency, amount_minor, expected_minor,
    found_minor, cause, resolution, owner_id, coalesce(due_on, business_date + {_DAYS}), snoozed_until, operation_id, settlement_line_id, statement_line_id, payout_id
FROM recon_exception WHERE merchant_id = %s
"""  # noqa: S608
_JOINS = """
JOIN merchant_merchant m ON m.id = e.merchant_id LEFT JOIN payment_operation op ON op.id = e.operation_id
LEFT JOIN settlement_payout po ON po.id = e.payout_id LEFT JOIN settlement_line sl ON sl.id = e.settlement_line_id
LEFT JOIN settlement_report rf ON rf.id = sl.report_id LEFT JOIN bank_statement_line bl ON bl.id = e.statement_line_id
LEFT JOIN bank_statement_file sf ON sf.id = bl.statement_id
LEFT JOIN merchant_staff_member s ON s.id = e.owner_id LEFT JOIN merchant_user u ON u.id = s.user_id
LEFT JOIN LATERAL (
    SELECT way, decided_by, approved_by FROM recon_decision WHERE deviation_id = e.id AND undone_at IS NULL ORDER BY id DESC LIMIT 1
) d ON true
"""
_DAY = "coalesce(e.business_date, (e.at AT TIME ZONE m.zone)::date)"


def _conditions(read: FilterReader) -> tuple[str, list[Any]]:
    wanted = {
        "e.row = %s": read.choice("row", _ROWS),
        "e.kind = %s": read.choice("kind", EXCEPTION_KINDS),
        "e.status = %s": read.choice("status", (*EXCEPTION.states, "live", "undone")),
        f"{_DAY} >= %s": read.day("date_from"),
        f"{_DAY} <= %s": read.day("date_to"),
    }
    used = {condition: value for condition, value in wanted.items() if value not in (None, "")}
    return (f"WHERE {' AND '.join(used)}" if used else ""), list(used.values())


RECONCILIATION = ExportFormat(
    "reconciliation", _("Reconciliation"), "reconciliation.read", FILTERS, build, needs_all_stores=True
)
