"""What was expected of reports and has come: amounts taken back that have their row, and outcomes that two people had said."""

from __future__ import annotations

from datetime import date, datetime

from merchant.core import db
from merchant.core.tenancy import current_merchant_id
from merchant.ledger import services as ledger
from merchant.ledger.recipes import between
from payments.reconciliation.matching.report_lines import WINDOW_DAYS
from payments.records import overrides
from payments.records.models import PaymentOverride

# Only amounts taken back have such a line: without one of them the pairs need not be looked through.
_EXPLAINED = """
SELECT line_id, gateway_account_id, gross_minor, currency FROM pair
WHERE kind = 'adjustment' AND EXISTS (SELECT FROM payment_operation WHERE merchant_id = %s AND kind = 'take_back') ORDER BY line_id
"""


def explain_adjustments(*, today: date, now: datetime) -> int:
    """
    Take adjustments that were just matched off suspense: the amount taken back stands on clearing by its own journal. Returns how many.

    Runs in the transaction of `matching.match_lines`, on its temporary tables.
    """
    found = db.rows(_EXPLAINED, [current_merchant_id()])
    for line_id, account_id, minor, currency in found:
        legs = between(
            debit=("suspense", str(account_id)), credit=("clearing", str(account_id)), minor=minor, currency=currency
        )
        ledger.post(
            recipe="adjustment_explained",
            source=f"settlement_line:{line_id}",
            about=f"settlement_line:{line_id}",
            legs=legs,
            business_date=today,
            now=now,
        )
    return len(found)


_PROOFS = """
SELECT v.id, v.is_paid, (SELECT min(l.report_id::text) FROM recon_match m JOIN settlement_line l ON l.id = m.settlement_line_id
        WHERE m.undone_at IS NULL AND m.operation_id IN (SELECT c.id FROM payment_operation c WHERE c.payment_id = o.payment_id
            AND (c.id = o.id OR o.kind = 'authorise' AND NOT o.captures_at_once AND c.kind = 'capture'))) AS settled_by,
    EXISTS (SELECT FROM recon_exception e WHERE e.dedup_key = 'missing:' || o.id AND e.merchant_id = o.merchant_id AND e.status = 'open') AS is_missing,
    coalesce((SELECT max(r.covers_until) FROM settlement_report r WHERE r.gateway_account_id = p.gateway_account_id AND r.status = 'posted')
        > o.business_date + %(window)s, false) AS is_past
FROM payment_override v JOIN payment_operation o ON o.id = v.operation_id JOIN payment_payment p ON p.id = o.payment_id
WHERE v.merchant_id = %(merchant)s AND v.status = 'open'
"""


def prove_overrides(*, now: datetime) -> int:
    """Close overrides that reports have shown to be right or wrong, in the caller's transaction, and return how many."""
    closed = 0
    for row in db.dict_rows(_PROOFS, {"merchant": current_merchant_id(), "window": WINDOW_DAYS}):
        verdict = _verdict(row)
        if verdict is not None:
            is_met, proof = verdict
            overrides.settle(PaymentOverride.objects.get(id=row["id"]), is_met=is_met, proof=proof, now=now)
            closed += 1
    return closed


def _verdict(row: dict[str, object]) -> tuple[bool, str] | None:
    if row["settled_by"]:
        return bool(row["is_paid"]), f"settled by report {row['settled_by']}"
    if row["is_paid"]:
        return (False, "the reports that cover the day do not contain it") if row["is_missing"] else None
    return (True, "no report of the week after contains it") if row["is_past"] else None
