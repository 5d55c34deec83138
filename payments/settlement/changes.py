"""
Reports that are issued again: a row that comes back with other amounts is reversed and written anew, and everything else stays.

The known line keeps its report and its amounts and gives its key up; the later report gets its opposite and the row as it says it now. So each report's
lines still sum to what its journals booked, and a key belongs to one line at a time. Rows that a batch no longer has are told and stay.
"""

from __future__ import annotations

from typing import Any

from merchant.core import db
from merchant.core.crash_points import crash_point
from merchant.core.ids import id_series
from payments.settlement.models import ReportFile

# What the report's page and REST tell one by one of the rows that are gone; beyond it their number has to do.
GONE_SHOWN_MAX = 100


class EarlierReportNotBooked(RuntimeError):
    """A report changes rows of one that is not booked yet. The job is tried again: that one is being read, or its file has to be sent again."""


# Two reports that change the same rows do it one after the other.
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
_FIND = """
AS SELECT known.id AS replaced_id, new_uuid7() AS reversal_id, known.report_id AS earlier_report_id, staged.line, staged.line_key
FROM again staged JOIN settlement_line known ON known.merchant_id = %(merchant)s AND known.gateway_account_id = %(account)s
    AND known.line_key = staged.line_key
WHERE known.report_id <> %(report)s
    AND (known.gross_minor, known.fee_minor, known.currency, known.kind) IS DISTINCT FROM (staged.gross_minor, staged.fee_minor, staged.currency, staged.kind)
"""
_NOT_BOOKED = """
SELECT DISTINCT r.name FROM changed JOIN settlement_report r ON r.id = changed.earlier_report_id WHERE r.status <> 'posted'
"""
_REVERSE = """
INSERT INTO settlement_line (id, merchant_id, report_id, gateway_account_id, line, line_key, kind, type_text, processor_reference, operation_reference,
    merchant_reference, batch, payout_reference, currency, gross_minor, fee_minor, net_minor, original_currency, original_gross_minor,
    occurred_at, booked_on, store, terminal, last4, auth_code)
SELECT c.reversal_id, k.merchant_id, %(report)s, k.gateway_account_id, c.line, 'reversal:' || k.id, k.kind, k.type_text, k.processor_reference,
    k.operation_reference, k.merchant_reference, k.batch, k.payout_reference, k.currency, -k.gross_minor, -k.fee_minor, -k.net_minor, k.original_currency,
    -k.original_gross_minor, k.occurred_at, k.booked_on, k.store, k.terminal, k.last4, k.auth_code
FROM changed c JOIN settlement_line k ON k.id = c.replaced_id ORDER BY c.line
"""
_GIVE_KEY_UP = "UPDATE settlement_line SET line_key = 'replaced:' || id FROM changed WHERE id = changed.replaced_id"
_NOTE = """
INSERT INTO settlement_change (id, merchant_id, report_id, earlier_report_id, replaced_id, reversal_id, line_id)
SELECT new_uuid7(), %(merchant)s, %(report)s, c.earlier_report_id, c.replaced_id, c.reversal_id, n.id
FROM changed c JOIN settlement_line n ON n.merchant_id = %(merchant)s AND n.gateway_account_id = %(account)s AND n.line_key = c.line_key
ORDER BY c.line
"""


def replace_changed(*, rows: str, insert: str, parameters: dict[str, Any]) -> int:
    """
    Replace every known line that `rows`, a query of staged rows, brings with other amounts, in the caller's transaction; return how many.

    `insert` stores the rows of a query as lines. Locks the changes of the gateway account. A repeat finds nothing changed.

    :raises EarlierReportNotBooked: if a line is of a report that is not booked yet; nothing is changed.
    """
    db.rows(_LOCK, [f"settlement_change:{parameters['account']}"])
    # Nothing is known of rows that were staged a moment ago: without their number and an index each is compared with each.
    db.temporary_table("again", f"AS {rows.strip()}", parameters)
    db.execute("CREATE INDEX ON again (line_key)")
    db.execute("ANALYZE again")
    db.temporary_table("changed", _FIND, parameters)
    if names := db.rows(_NOT_BOOKED):
        raise EarlierReportNotBooked(f"the earlier report {names[0][0]} is not booked yet")
    if not db.execute(_REVERSE, parameters):
        return 0
    db.execute(_GIVE_KEY_UP)
    crash_point("R9")
    db.execute("ANALYZE changed")
    db.execute(
        insert.format(rows="SELECT again.* FROM again JOIN changed ON changed.line_key = again.line_key"),
        {**parameters, "series": id_series()},
    )
    return db.execute(_NOTE, parameters)


# A batch that comes again whole, with its payout, and lacks rows it had: the processor took them out, or put them into another batch.
_GONE = """
WITH staged AS (
    SELECT row_key, batch, currency, kind FROM settlement_staging WHERE report_id = %(report)s AND batch <> ''
), whole AS (
    SELECT DISTINCT batch, currency FROM staged WHERE kind = 'payout'
)
SELECT l.id, l.line_key, l.type_text, l.batch, l.currency, l.gross_minor, l.net_minor, l.report_id, count(*) OVER () AS number
FROM whole JOIN settlement_line l ON l.gateway_account_id = %(account)s AND l.batch = whole.batch AND l.currency = whole.currency
JOIN settlement_report r ON r.id = l.report_id AND r.status = 'posted'
WHERE l.merchant_id = %(merchant)s AND l.report_id <> %(report)s AND l.line_key NOT LIKE 'replaced:%%' AND l.line_key NOT LIKE 'reversal:%%'
    AND NOT EXISTS (SELECT FROM staged WHERE staged.row_key = regexp_replace(l.line_key, '~[0-9]+$', ''))
ORDER BY l.report_id, l.line LIMIT %(limit)s
"""


def note_gone(report: ReportFile) -> dict[str, Any]:
    """Return how many known rows the batches of `report` no longer have, and the first of them. Called while its rows are staged."""
    parameters = {
        "report": report.id, "merchant": report.merchant_id, "account": report.gateway_account_id, "limit": GONE_SHOWN_MAX,
    }  # fmt: skip
    db.plan_for_many_rows()
    with db.joining_whole_tables():
        found = db.dict_rows(_GONE, parameters)
    rows = [{name: _plain(value) for name, value in row.items() if name != "number"} for row in found]
    return {"number": found[0]["number"], "rows": rows} if found else {}


def _plain(value: Any) -> Any:
    return value if isinstance(value, int) else str(value)
