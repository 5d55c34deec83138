"""
What was booked about money that did not come is taken back when it comes after all: a payout that was written off and is in the bank, a payment that was claimed and is
in a later report; and when the processor corrects a payout to nothing. Left standing, the loss would be in the books beside the money.
"""

from __future__ import annotations

from datetime import datetime

from merchant.core import db
from merchant.core.states import move
from merchant.core.tenancy import current_merchant_id
from payments.reconciliation.desk import services
from payments.reconciliation.desk.models import Decision
from payments.reconciliation.models import Deviation
from payments.reconciliation.states import EXCEPTION

RESOLUTION = "It came after all, or was corrected; what was booked about it was taken back."
# Only where something has come: that a difference is not named any more proves nothing. What came in part of a payout that was short is named anew by its rest,
# and a row whose amount was less is of a group only when later rows make it whole.
_OVERTAKEN = """
SELECT e.id FROM recon_exception e
WHERE e.merchant_id = %(merchant)s AND e.status = 'resolved'
    AND EXISTS (SELECT FROM recon_decision d WHERE d.deviation_id = e.id AND d.undone_at IS NULL AND d.journal_id IS NOT NULL)
    AND CASE e.kind
        WHEN 'missing_payout' THEN EXISTS (SELECT FROM settlement_payout p WHERE p.id = e.payout_id AND (p.arrived_minor <> 0 OR p.amount_minor = 0))
        WHEN 'short_payout' THEN EXISTS (SELECT FROM settlement_payout p WHERE p.id = e.payout_id AND p.arrived_minor = p.amount_minor)
        WHEN 'missing_deposit' THEN EXISTS (SELECT FROM bank_deposit d WHERE e.dedup_key = 'deposit_missing:' || d.id AND d.arrived_minor <> 0)
        WHEN 'short_deposit' THEN EXISTS (SELECT FROM bank_deposit d WHERE e.dedup_key = 'deposit:' || d.id AND d.arrived_minor = d.amount_minor)
        WHEN 'missing_in_report' THEN CASE
            WHEN e.operation_id IS NOT NULL THEN EXISTS (SELECT FROM recon_match m WHERE m.operation_id = e.operation_id AND m.undone_at IS NULL)
            ELSE EXISTS (SELECT FROM settlement_report r WHERE r.merchant_id = e.merchant_id AND r.gateway_account_id = e.gateway_account_id AND r.status = 'posted'
                AND r.covers_until >= e.business_date) END
        WHEN 'amount' THEN EXISTS (SELECT FROM recon_match m WHERE m.settlement_line_id = e.settlement_line_id AND m.group_id IS NOT NULL AND m.undone_at IS NULL)
        ELSE e.kind IN ('not_ours', 'refund_not_ours')
            AND EXISTS (SELECT FROM recon_match m WHERE m.settlement_line_id = e.settlement_line_id AND m.undone_at IS NULL) END
ORDER BY e.id
"""


def take_back(*, now: datetime) -> int:
    """
    Reverse what was booked about every difference that later data explains, and clear the difference; return how many.

    In the caller's transaction and under the reconciliation lock; locks the exceptions. Reversals are booked today, also where the batch is closed: its journal stays.
    What was only noted booked nothing and stays. A repeat finds nothing.
    """
    overtaken = [row[0] for row in db.rows(_OVERTAKEN, {"merchant": current_merchant_id()})]
    for found in Deviation.objects.select_for_update().filter(id__in=overtaken, status="resolved").order_by("id"):
        for decision in Decision.objects.filter(deviation=found, undone_at=None, journal_id__isnull=False).order_by(
            "id"
        ):
            services.take_back(decision, note=RESOLUTION, now=now)
        move(found, EXCEPTION, "open", resolution="", resolved_at=None)
        move(found, EXCEPTION, "cleared", resolution=RESOLUTION, resolved_at=now)
        services.record("exception.overtaken", found, now=now, data={"resolution": RESOLUTION})
    return len(overtaken)
