"""
Fees of payments that a processor settled in parts: what all rows of one were charged, beside what the contract asks.

Some processors take their fixed part once a payment, others once a row; both are what was agreed. Only what is neither is named, by the nearer of the two.
"""

from __future__ import annotations

from payments.fees import pricing
from payments.reconciliation.matching.fee_rows import CARD

_PART = f"""
SELECT g.group_id, l.id AS line_id, o.reference, o.id AS operation_id, l.kind, l.currency, l.gateway_account_id, o.business_date AS day, l.fee_minor AS charged_minor,
    abs(l.gross_minor) AS amount_minor, {CARD}
FROM parted g JOIN recon_match m ON m.group_id = g.group_id AND m.undone_at IS NULL JOIN settlement_line l ON l.id = m.settlement_line_id
JOIN payment_operation o ON o.id = m.operation_id JOIN merchant_merchant home ON home.id = %(merchant)s
LEFT JOIN payment_payment pay ON pay.id = o.payment_id LEFT JOIN settlement_fee_parts card ON card.line_id = l.id
WHERE l.currency = o.currency
"""  # noqa: S608
_WHOLE = f"""
SELECT group_id, min(line_id::text)::uuid AS line_id, reference, operation_id, kind, currency, gateway_account_id, day, sum(charged_minor)::bigint AS charged_minor,
    sum(amount_minor)::bigint AS amount_minor, min(method) AS method, min(brand) AS brand, min(region) AS region, min(card_kind) AS card_kind,
    sum(interchange_minor)::bigint AS interchange_minor, sum(scheme_minor)::bigint AS scheme_minor
FROM ({_PART}) part GROUP BY group_id, reference, operation_id, kind, currency, gateway_account_id, day HAVING count(*) > 1
"""  # noqa: S608
_NEARER = "CASE WHEN abs(w.charged_minor - r.expected_minor) < abs(w.charged_minor - w.expected_minor) THEN r.expected_minor ELSE w.expected_minor END"
_DIFFERENCES = """
SELECT 'fee', 'fee:' || line_id, reference, expected_minor - charged_minor, currency, expected_minor, charged_minor,
    CASE WHEN charged_minor > expected_minor THEN 'The fees of its parts are higher than the contract says.' ELSE 'The fees of its parts are lower than the contract says.' END,
    gateway_account_id, operation_id, line_id, NULL::uuid, NULL::uuid, day
FROM (
    SELECT w.line_id, w.reference, w.currency, w.charged_minor, w.gateway_account_id, w.operation_id, w.day, {nearer} AS expected_minor
    FROM ({whole}) w JOIN (
        SELECT group_id, sum(expected_minor)::bigint AS expected_minor FROM ({rows}) judged GROUP BY group_id HAVING bool_and(expected_minor IS NOT NULL)
    ) r ON r.group_id = w.group_id
    WHERE w.charged_minor NOT IN (w.expected_minor, r.expected_minor)
) uneven
"""
# The groups of this run that are several rows of one operation.
OF_RUN = r"""
AS SELECT g.group_id FROM grouped g WHERE g.rule LIKE '%%\_parts' GROUP BY g.group_id HAVING count(DISTINCT g.operation_id) = 1
"""
# The same of what was matched long since.
OF_ACCOUNT = r"""
AS SELECT m.group_id FROM recon_match m JOIN settlement_line l ON l.id = m.settlement_line_id JOIN payment_operation o ON o.id = m.operation_id
WHERE m.merchant_id = %(merchant)s AND m.undone_at IS NULL AND m.group_id IS NOT NULL AND m.rule LIKE '%%\_parts' AND l.gateway_account_id = %(account)s
    AND o.business_date >= %(since)s GROUP BY m.group_id HAVING count(DISTINCT m.operation_id) = 1
"""


def differences() -> str:
    """Return the statement that names the fee differences of the groups in the temporary table `parted`."""
    return _DIFFERENCES.format(
        nearer=_NEARER,
        whole=pricing.judged(_WHOLE, is_detailed=True),
        rows=pricing.judged(_PART, is_detailed=True),
    )
