"""
Lines that a report issued again has replaced: what they were matched to is free again, and they and their opposites explain each other.

Both become a match without an operation, so that neither is looked at any more; the line that holds now finds its operation in the same run.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from merchant.core import db
from merchant.core.crash_points import crash_point
from merchant.core.tenancy import current_merchant_id
from merchant.ledger import services as ledger
from payments.reconciliation.matching import stages

RULE = "issued_again"

_REPLACED = """
AS SELECT c.report_id, c.replaced_id, c.reversal_id, m.operation_id
FROM settlement_change c JOIN settlement_report r ON r.id = c.report_id LEFT JOIN recon_match m ON m.id = c.replaced_id
WHERE c.merchant_id = %(merchant)s AND r.status = 'posted' AND NOT EXISTS (SELECT FROM recon_match done WHERE done.id = c.reversal_id)
"""
_UNDO = """
UPDATE recon_match m SET id = new_uuid7(), undone_at = %(now)s, evidence = m.evidence || jsonb_build_object('issued_again_in', r.report_id)
FROM replaced r WHERE m.id = r.replaced_id
"""
_PAIR = """
INSERT INTO recon_match (id, merchant_id, rule, settlement_line_id, amount_minor, currency, evidence, matched_at)
SELECT l.id, %(merchant)s, %(rule)s, l.id, coalesce(l.original_gross_minor, l.gross_minor),
    CASE WHEN l.original_gross_minor IS NULL THEN l.currency ELSE l.original_currency END,
    jsonb_build_object('report_id', r.report_id, 'other_line_id', CASE WHEN l.id = r.replaced_id THEN r.reversal_id ELSE r.replaced_id END), %(now)s
FROM replaced r JOIN settlement_line l ON l.id IN (r.replaced_id, r.reversal_id) ORDER BY l.id
"""
# What was told or derived of these payments no longer holds until the run has told it anew.
_TELL_AGAIN = """
INSERT INTO payment_stage (payment_id, merchant_id, settled_minor, money_stage)
SELECT DISTINCT o.payment_id, o.merchant_id, 0, 'taken' FROM replaced JOIN payment_operation o ON o.id = replaced.operation_id
ON CONFLICT (payment_id) DO UPDATE SET money_stage = 'taken', missing_minor = 0 WHERE payment_stage.money_stage <> 'taken'
"""
# A payout that was corrected after it came: its payments, also those whose rows did not change, lack what it lacks now.
_CAME_SHORT = """
SELECT DISTINCT p.id FROM replaced r JOIN settlement_line l ON l.id = r.replaced_id JOIN settlement_payout p ON p.merchant_id = l.merchant_id
    AND p.gateway_account_id = l.gateway_account_id AND p.currency = l.currency
    AND (l.payout_reference = p.reference AND p.reference <> '' OR l.payout_reference = '' AND p.batch <> '' AND l.batch = p.batch)
WHERE p.status = 'short'
"""
_CLEAR = """
UPDATE recon_exception e SET status = 'cleared', resolution = 'The report was issued again.', resolved_at = %(now)s
FROM replaced r WHERE e.settlement_line_id = r.replaced_id AND e.status = 'open'
"""
_EXPLAINED = """
SELECT j.id, r.replaced_id FROM replaced r JOIN ledger_journal j ON j.merchant_id = %(merchant)s AND j.recipe = 'adjustment_explained'
    AND j.source = 'settlement_line:' || r.replaced_id
ORDER BY j.id
"""


def undo_replaced(*, today: date, now: datetime) -> int:
    """
    Undo the matches of lines that posted reports replaced, keeping them as history, in the caller's transaction; return how many lines were replaced.

    The caller holds the reconciliation lock. A repeat finds none.
    """
    parameters: dict[str, Any] = {"merchant": current_merchant_id(), "now": now, "rule": RULE}
    db.temporary_table("replaced", _REPLACED, parameters)
    [(found,)] = db.rows("SELECT count(*) FROM replaced")
    if not found:
        return 0
    db.execute("ANALYZE replaced")
    db.execute(_UNDO, parameters)
    db.execute(_PAIR, parameters)
    db.execute(_TELL_AGAIN)
    stages.mark_payouts([payout_id for (payout_id,) in db.rows(_CAME_SHORT)])
    db.execute(_CLEAR, parameters)
    for journal_id, line_id in db.rows(_EXPLAINED, parameters):
        ledger.reverse(journal_id=journal_id, source=f"replaced:{line_id}", business_date=today, now=now)
    crash_point("R10")
    return int(found)
