"""A report's row as proof: that an operation succeeded whose outcome nobody knew, or that an amount was taken back."""

from __future__ import annotations

from datetime import datetime

from merchant.core import db
from merchant.core.tenancy import current_merchant_id
from payments.gateways.base import Outcome
from payments.records import services as records

# What one run learns from reports about operations with an open outcome; the next run goes on.
_EVIDENCE_MAX = 1000
# A report row is proof that the money moved, whatever we believed so far.
_PROOF = """
SELECT o.id, abs(coalesce(l.original_gross_minor, l.gross_minor)), l.processor_reference, l.id::text, l.report_id::text
FROM settlement_report r JOIN settlement_line l ON l.report_id = r.id JOIN payment_operation o ON o.reference = l.operation_reference
WHERE r.merchant_id = %s AND r.status = 'posted' AND r.lines_open IS DISTINCT FROM 0 AND l.kind IN ('sale', 'refund') AND o.merchant_id = r.merchant_id
    AND NOT EXISTS (SELECT FROM settlement_change c WHERE c.replaced_id = l.id) AND NOT EXISTS (SELECT FROM settlement_change c WHERE c.reversal_id = l.id)
    AND o.status <> 'succeeded' AND CASE WHEN l.kind = 'refund' THEN o.kind = 'refund' ELSE o.kind IN ('authorise', 'capture') END
ORDER BY o.id, l.id LIMIT %s
"""
# A row that takes an amount of ours back says so as well as a webhook does.
_UNDONE = """
SELECT o.id, l.processor_reference, l.id::text, l.report_id::text
FROM settlement_report r JOIN settlement_line l ON l.report_id = r.id JOIN payment_operation o ON o.reference = l.operation_reference
WHERE r.merchant_id = %s AND r.status = 'posted' AND r.lines_open IS DISTINCT FROM 0 AND l.kind = 'adjustment' AND o.merchant_id = r.merchant_id
    AND NOT EXISTS (SELECT FROM settlement_change c WHERE c.replaced_id = l.id) AND NOT EXISTS (SELECT FROM settlement_change c WHERE c.reversal_id = l.id)
    AND o.status = 'succeeded' AND o.kind IN ('authorise', 'capture', 'refund')
    AND coalesce(l.original_gross_minor, l.gross_minor) = CASE WHEN o.kind = 'refund' THEN o.result_minor ELSE -o.result_minor END
    AND NOT EXISTS (SELECT FROM payment_operation b WHERE b.parent_id = o.id AND b.kind = 'take_back')
ORDER BY o.id, l.id LIMIT %s
"""


def learn_outcomes(*, now: datetime) -> int:
    """Tell operations with an open outcome, or another one, what the rows of posted reports prove; return how many were told. In the caller's transaction."""
    undone = db.rows(_UNDONE, [current_merchant_id(), _EVIDENCE_MAX])
    for operation_id, processor_reference, line_id, report_id in undone:
        outcome = Outcome(
            status="failed", is_taken_back=True, gateway_reference=processor_reference,
            data={"settlement_line_id": line_id, "report_id": report_id},
        )  # fmt: skip
        records.apply_result(operation_id=operation_id, outcome=outcome, source="report", now=now)
    return len(undone) + _learn_successes(now)


def _learn_successes(now: datetime) -> int:
    proofs = db.rows(_PROOF, [current_merchant_id(), _EVIDENCE_MAX])
    for operation_id, minor, processor_reference, line_id, report_id in proofs:
        outcome = Outcome(
            status="succeeded", amount_minor=minor, is_captured=True, gateway_reference=processor_reference,
            data={"settlement_line_id": line_id, "report_id": report_id},
        )  # fmt: skip
        records.apply_result(operation_id=operation_id, outcome=outcome, source="report", now=now)
    return len(proofs)
