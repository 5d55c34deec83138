"""
What two people said of an outcome that nobody could find out, in reconciliation's words: it is expected to be proven.

*Contradicted*: the reports or the processor say otherwise. *Unproven*: its due date has passed and nothing has shown it. Overrides are few and have an index of
their own, so nothing else is read for them.
"""

from __future__ import annotations

from payments.reconciliation.matching import dispute_rows

CONTRADICTED, UNPROVEN = "override_contradicted", "override_unproven"
KINDS = (CONTRADICTED, UNPROVEN)
# A report brings a sale within a week of its day (`matching.WINDOW_DAYS`); twice that without a word is too long.
DUE_DAYS = 14

# Of an operation `o` that the reports miss: whether people had said that it was paid.
IS_OVERRIDDEN = "EXISTS (SELECT FROM payment_override v WHERE v.operation_id = o.id AND v.is_paid)"
MISSING_CAUSE = (
    "Two people treated this as paid; the reports that cover its day do not contain it. Most likely it never was."
)

_SIGNED = "CASE WHEN o.kind = 'refund' THEN -1 ELSE 1 END * coalesce(o.result_minor, o.amount_minor)"
_ROW = "o.gateway_account_id, o.id, NULL::uuid, NULL::uuid, NULL::uuid, o.business_date"
_BROKEN = f"""
SELECT '{CONTRADICTED}', 'override:' || v.id, o.reference, CASE WHEN v.is_paid THEN -{_SIGNED} ELSE {_SIGNED} END, o.currency, NULL::bigint,
    CASE WHEN v.is_paid THEN 0 ELSE {_SIGNED} END,
    CASE WHEN v.is_paid THEN 'Two people treated this as paid; the processor says that it was not (' || v.proof || '). The books have taken it back.'
        ELSE 'Two people treated this as not paid; the money moved after all (' || v.proof || '). It is booked, and the order may be paid twice.' END, {_ROW}
FROM payment_override v JOIN payment_operation o ON o.id = v.operation_id
WHERE v.merchant_id = %(merchant)s AND v.status = 'broken'
    AND (NOT v.is_paid OR EXISTS (SELECT FROM payment_operation b WHERE b.parent_id = o.id AND b.kind = 'take_back'))
"""  # noqa: S608
# An authorisation that captures later is no item of a report; its captures are.
_OVERDUE = f"""
SELECT '{UNPROVEN}', 'override:' || v.id, o.reference, CASE WHEN v.is_paid THEN -{_SIGNED} ELSE 0 END, o.currency, CASE WHEN v.is_paid THEN {_SIGNED} END,
    CASE WHEN v.is_paid THEN 0 END, 'Two people said that this was ' || CASE WHEN v.is_paid THEN '' ELSE 'not ' END
        || 'paid; no report that would show it has come since. Most likely the reports of this account are not fetched.', {_ROW}
FROM payment_override v JOIN payment_operation o ON o.id = v.operation_id JOIN gateway_account g ON g.id = o.gateway_account_id
WHERE v.merchant_id = %(merchant)s AND v.status = 'open' AND (o.kind IN ('capture', 'refund') OR o.kind = 'authorise' AND o.captures_at_once)
    AND greatest(o.business_date, v.said_at::date) + {DUE_DAYS}
        + coalesce((g.config->>'report_lag_days')::int, CASE WHEN g.gateway = 'sandbox' THEN {dispute_rows.SANDBOX_LAG_DAYS} ELSE {dispute_rows.REPORT_LAG_DAYS} END)
        < %(today)s
    AND NOT EXISTS (SELECT FROM recon_match m WHERE m.operation_id = o.id AND m.undone_at IS NULL)
    AND NOT EXISTS (SELECT FROM current_difference c WHERE c.operation_id = o.id)
"""  # noqa: S608
DIFFERENCES = (_BROKEN, _OVERDUE)


def stands_on_clearing(*, kind: str, expected_minor: int | None) -> bool:
    """Say whether the amount of an exception of an override is on clearing: it was booked as paid, and nothing has taken it back."""
    return kind in KINDS and bool(expected_minor)
