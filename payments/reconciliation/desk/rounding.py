"""Differences that are too small for a person: booked to the account the rules name, and shown as within tolerance."""

from __future__ import annotations

from datetime import date, datetime

from merchant.core import db
from merchant.core.tenancy import current_merchant_id
from payments.reconciliation.desk import queries, services
from payments.reconciliation.desk.services import Choice
from payments.reconciliation.matching import rules_now
from payments.reconciliation.models import Deviation

# What one run books; the next goes on. More than that is no rounding.
ROUNDED_MAX = 2000
# What somebody has decided about, also if it was undone, is a person's.
_SMALL = """
SELECT e.id, held.rounding_account FROM recon_exception e JOIN rules_now held ON held.gateway_account_id = e.gateway_account_id
WHERE e.merchant_id = %s AND e.status = 'open' AND e.kind IN ('amount', 'short_payout') AND e.amount_minor <> 0
    AND abs(e.amount_minor) <= held.rounding_max_minor AND NOT EXISTS (SELECT FROM recon_decision d WHERE d.deviation_id = e.id)
ORDER BY e.id LIMIT %s
"""


def book_small_differences(*, today: date, now: datetime) -> int:
    """Book every difference within the rules' tolerance, in the caller's transaction and under the reconciliation lock, and return how many."""
    rules_now.lay_out()
    small = dict(db.rows(_SMALL, [current_merchant_id(), ROUNDED_MAX]))
    for found in Deviation.objects.select_for_update().filter(id__in=small, status="open").order_by("id"):
        standing = queries.standing_of(found)
        choice = Choice("rounding", "Within the tolerance of the match rules.", small[found.id])
        decision = services.decision_of(found, standing, choice, now=now)
        services.carry_out(found, standing, decision, day=today, now=now)
    return len(small)
