"""fee_claim.csv: every fee that was charged beyond the contract, with totals, to be sent to the processor; fees.csv: every judged row."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _

from merchant.core.filters import FilterReader
from payments.reconciliation.fee_audit import services as fee_audit
from payments.reconciliation.fee_audit.services import CAUSES, Period
from reports.exports.formats.base import ExportFormat, Narrowed, Rows, amounts, plain, positional, text

FILTERS = ("date_from", "date_to", "gateway_account", "cause")
_FIRST, _LAST = date(2000, 1, 1), date(9999, 12, 31)
# The rows, and below them one line per gateway account and currency with their sums.
_CLAIMED = f"""
WITH claimed AS (SELECT * FROM ({fee_audit.DIFFERING}) d WHERE d.over_minor > 0 AND (%(cause)s = '' OR d.cause = %(cause)s))
SELECT 'fee' AS row, line_id, reference, processor_reference, kind, day, currency, amount_minor, expected_minor, charged_minor, over_minor, cause, report_name, line,
    gateway_account_id
FROM claimed
UNION ALL
SELECT 'total', NULL, count(*)::text || ' rows', '', '', NULL, currency, NULL, sum(expected_minor)::bigint, sum(charged_minor)::bigint, sum(over_minor)::bigint, '', '',
    NULL, gateway_account_id
FROM claimed GROUP BY gateway_account_id, currency
"""  # noqa: S608
_JUDGED = f"""
SELECT 'fee' AS row, line_id, reference, processor_reference, kind, day, currency, amount_minor, expected_minor, charged_minor,
    charged_minor - expected_minor AS over_minor, '' AS cause, report_name, line, gateway_account_id
FROM ({fee_audit.JUDGED}) j WHERE %(cause)s = ''
"""  # noqa: S608
_JOINS = "JOIN gateway_account g ON g.id = e.gateway_account_id"


def build_claim(narrowed: Narrowed) -> Rows:
    """Return the over-charges of the days asked for, oldest first, each account's totals last."""
    return _rows(_CLAIMED, narrowed)


def build_all(narrowed: Narrowed) -> Rows:
    """Return every row that a contract covers, oldest first. Where the contract says nothing there is no expected fee."""
    return _rows(_JUDGED, narrowed)


def _rows(source: str, narrowed: Narrowed) -> Rows:
    read = FilterReader(narrowed.params, known=FILTERS)
    period = Period(read.day("date_from") or _FIRST, read.day("date_to") or _LAST, read.key("gateway_account"))
    sql, parameters = positional(source, period.parameters | {"cause": read.choice("cause", CAUSES)})
    own = "CASE WHEN e.row = 'fee' THEN {} END".format
    return Rows(
        columns=[
            plain("row", "e.row"),
            text("gateway_account", "g.name"),
            text("reference", "e.reference"),
            text("their_reference", "e.processor_reference"),
            plain("kind", "e.kind"),
            plain("business_date", "e.day"),
            plain("currency", "e.currency"),
            *amounts("amount", "e.amount_minor", "e.currency"),
            *amounts("expected", "e.expected_minor", "e.currency"),
            *amounts("charged", "e.charged_minor", "e.currency"),
            *amounts("difference", "e.over_minor", "e.currency"),
            text("cause", "e.cause"),
            text("report", "e.report_name"),
            plain("report_line", "e.line"),
        ],
        source=f"FROM ({sql}) e {_JOINS}",
        parameters=parameters,
        order="e.row, g.name, e.line_id",
        currency="e.currency",
        sums={
            "expected": own("e.expected_minor"),
            "charged": own("e.charged_minor"),
            "difference": own("e.over_minor"),
        },
    )


FEE_CLAIM = ExportFormat(
    "fee_claim", _("Fees charged too much"), "settlement.read", FILTERS, build_claim, needs_all_stores=True
)
FEES = ExportFormat("fees", _("Fees beside the contract"), "settlement.read", FILTERS, build_all, needs_all_stores=True)
