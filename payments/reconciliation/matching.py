"""
Settlement lines find the operations they settle, in passes from the surest to the weakest, each a few statements over all open rows at once.

1. the line names our operation's own reference
2. the processor's reference and the kind, with the same amount; then without
3. our order's number or payment's id, with the same amount; then without
4. amount, currency, store and day together with the authorisation code or the card's last digits

A weaker pass binds only where line and operation are each other's single candidate. Where several fit, all of them leave the search: ambiguity is an
exception, never a pick. A line that names one of our operations is never bound by a weaker rule to another.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from merchant.core import db
from merchant.core.tenancy import current_merchant_id
from payments.reconciliation import stages
from payments.reconciliation.expected import EXPECTED

# A sale is settled on its day or within a week of it; further apart, equal amounts are chance.
WINDOW_DAYS = 7

# The reports this run knows of. One that is booked while it runs is the next run's, in every statement alike.
_SEEN_REPORTS = """
AS SELECT r.id, r.gateway_account_id, r.covers_until, r.lines_open FROM settlement_report r WHERE r.merchant_id = %(merchant)s AND r.status = 'posted'
"""
_OPEN_LINES = """
SELECT l.id, l.report_id, l.gateway_account_id, l.kind, l.operation_reference, l.gross_minor, l.fee_minor, l.currency,
    l.payout_reference, l.batch, CASE WHEN l.original_gross_minor IS NULL THEN l.currency ELSE l.original_currency END AS sale_currency,
    coalesce(l.original_gross_minor, l.gross_minor) AS sale_minor, coalesce(l.booked_on, (l.occurred_at AT TIME ZONE 'UTC')::date) AS day
FROM settlement_line l
WHERE l.report_id = ANY(%(reports)s)
    AND (l.kind IN ('sale', 'refund') OR l.kind = 'adjustment' AND EXISTS (
        SELECT FROM payment_operation t JOIN payment_operation b ON b.parent_id = t.id AND b.kind = 'take_back'
        WHERE t.reference = l.operation_reference AND t.merchant_id = l.merchant_id))
    AND NOT EXISTS (SELECT FROM recon_match m WHERE m.id = l.id)
"""
_OPEN_OPERATIONS = f"""
SELECT o.id, o.payment_id, CASE WHEN o.kind = 'take_back' THEN (SELECT t.reference FROM payment_operation t WHERE t.id = o.parent_id) ELSE o.reference END AS reference,
    o.gateway_account_id, CASE o.kind WHEN 'refund' THEN 'refund' WHEN 'take_back' THEN 'adjustment' ELSE 'sale' END AS kind, o.currency,
    CASE WHEN o.kind = 'refund' OR o.kind = 'take_back' AND o.reason <> 'refund' THEN -1 ELSE 1 END * coalesce(o.result_minor, o.amount_minor) AS minor, o.business_date
FROM payment_operation o JOIN gateway_account g ON g.id = o.gateway_account_id
WHERE {EXPECTED}
    AND NOT EXISTS (SELECT FROM recon_match m WHERE m.operation_id = o.id AND m.undone_at IS NULL)
"""  # noqa: S608
# The first pass and what it leaves over, in one reading of both sides: a row has a line, an operation, or both.
_BY_REFERENCE = f"""
AS SELECT l.id AS line_id, l.report_id, coalesce(l.gateway_account_id, o.gateway_account_id) AS gateway_account_id, coalesce(l.kind, o.kind) AS kind,
    l.gross_minor, l.fee_minor, l.currency, l.sale_currency, l.sale_minor, l.day, l.payout_reference, l.batch,
    o.id AS operation_id, o.payment_id, o.reference, o.currency AS operation_currency, o.minor, o.business_date, 'operation_reference' AS rule
FROM ({_OPEN_LINES}) l FULL JOIN ({_OPEN_OPERATIONS}) o
    ON o.reference = l.operation_reference AND o.gateway_account_id = l.gateway_account_id AND o.kind = l.kind
"""  # noqa: S608
_SEVERAL = "AS SELECT payment_id FROM pair GROUP BY payment_id HAVING count(*) > 1"
# One operation is settled once: of several lines that name it the earliest is taken, the others are duplicates.
_ONCE = """
UPDATE pair SET operation_id = NULL FROM (
    SELECT line_id, row_number() OVER (PARTITION BY operation_id ORDER BY day, line_id) AS number FROM pair JOIN several USING (payment_id)
) again WHERE again.line_id = pair.line_id AND again.number > 1
"""
# What the first pass leaves, and of it the lines that may still search and the operations that may still be found.
_LEFT = {
    "line_left": """
    AS SELECT l.id, p.report_id, p.gateway_account_id, p.kind, p.gross_minor, p.fee_minor, p.currency, p.sale_currency, p.sale_minor, p.day, p.payout_reference, p.batch,
        l.operation_reference, l.processor_reference, l.merchant_reference, l.store, l.last4, l.auth_code
    FROM pair p JOIN settlement_line l ON l.id = p.line_id WHERE p.operation_id IS NULL
    """,
    "operation_left": """
    AS SELECT o.id, o.reference, o.payment_id, pair.gateway_account_id, pair.kind, pair.operation_currency AS currency, pair.minor, pair.business_date, o.landed_at,
        o.gateway_reference, p.gateway_reference AS payment_reference, p.card_last4, p.auth_code, order_.number AS order_number,
        coalesce(store.code, '') AS store_code
    FROM pair JOIN payment_operation o ON o.id = pair.operation_id JOIN payment_payment p ON p.id = o.payment_id
    JOIN order_order order_ ON order_.id = o.order_id LEFT JOIN merchant_store store ON store.id = p.store_id
    WHERE pair.line_id IS NULL
    """,
    "seeking": """
    AS SELECT l.* FROM line_left l
    WHERE NOT EXISTS (SELECT FROM payment_operation o WHERE o.reference = l.operation_reference AND o.merchant_id = %(merchant)s)
    """,
    "findable": "AS SELECT * FROM operation_left",
    "vague": "(line_id uuid, rule text, candidates bigint)",
}
_SAME = "o.gateway_account_id = l.gateway_account_id AND o.kind = l.kind AND o.currency = l.sale_currency"
_PROCESSOR = "l.processor_reference <> '' AND l.processor_reference IN (o.gateway_reference, o.payment_reference)"
_OURS = "l.merchant_reference <> '' AND l.merchant_reference IN (o.order_number, o.payment_id::text)"
_AMOUNT = "o.minor = l.sale_minor"
_CARD = f"""
    {_AMOUNT} AND l.day BETWEEN o.business_date AND o.business_date + {WINDOW_DAYS} AND (l.store = '' OR o.store_code = '' OR l.store = o.store_code)
    AND CASE WHEN l.auth_code <> '' AND o.auth_code <> '' THEN l.auth_code = o.auth_code ELSE l.last4 <> '' AND l.last4 = o.card_last4 END
"""
# (rule, what must hold, whether those with several candidates stop here)
_PASSES = [
    ("processor_reference_and_amount", f"{_PROCESSOR} AND {_AMOUNT}", False),
    ("processor_reference", _PROCESSOR, True),
    ("our_reference_and_amount", f"{_OURS} AND {_AMOUNT}", False),
    ("our_reference", _OURS, True),
    ("amount_day_and_card", _CARD, True),
]
_CANDIDATES = """
SELECT l.id AS line_id, o.id AS operation_id, count(*) OVER (PARTITION BY l.id) AS per_line, count(*) OVER (PARTITION BY o.id) AS per_operation
FROM seeking l JOIN findable o ON {same} AND {condition}
"""
_BIND = """
WITH bound AS (
    INSERT INTO pair (line_id, report_id, gateway_account_id, kind, gross_minor, fee_minor, currency, sale_currency, sale_minor, day, payout_reference, batch,
        operation_id, payment_id, reference, operation_currency, minor, business_date, rule)
    SELECT l.id, l.report_id, l.gateway_account_id, l.kind, l.gross_minor, l.fee_minor, l.currency, l.sale_currency, l.sale_minor, l.day, l.payout_reference,
        l.batch, o.id, o.payment_id, o.reference, o.currency, o.minor, o.business_date, %(rule)s
    FROM ({candidates}) c JOIN seeking l ON l.id = c.line_id JOIN findable o ON o.id = c.operation_id WHERE per_line = 1 AND per_operation = 1
    RETURNING line_id, operation_id
), unsought AS (DELETE FROM seeking USING bound WHERE seeking.id = bound.line_id)
DELETE FROM findable USING bound WHERE findable.id = bound.operation_id
"""
_DOUBT = """
WITH c AS ({candidates}), marked AS (
    INSERT INTO vague SELECT line_id, %(rule)s, max(per_line) FROM c GROUP BY line_id
), unsought AS (DELETE FROM seeking USING c WHERE seeking.id = c.line_id)
DELETE FROM findable USING c WHERE findable.id = c.operation_id
"""
_LEAVE = [
    "DELETE FROM line_left USING pair WHERE line_left.id = pair.line_id AND pair.rule <> 'operation_reference'",
    "DELETE FROM operation_left USING pair WHERE operation_left.id = pair.operation_id AND pair.rule <> 'operation_reference'",
]
_COUNT_OPEN = """
UPDATE settlement_report r SET lines_open = (SELECT count(*) FROM line_left l WHERE l.report_id = r.id)
FROM seen_report seen WHERE seen.id = r.id AND seen.lines_open IS DISTINCT FROM 0
"""


def match_lines(*, now: datetime) -> int:
    """
    Match every open settlement line of the merchant in scope that can be matched, in the caller's transaction, and return how many were.

    Leaves the temporary tables `seen_report`, `pair`, `line_left`, `operation_left` and `vague` for whoever names the differences in the same transaction.
    Only posted reports count.
    """
    parameters: dict[str, Any] = {"merchant": current_merchant_id(), "now": now}
    db.plan_for_many_rows()
    db.temporary_table("seen_report", _SEEN_REPORTS, parameters)
    db.execute("ANALYZE seen_report")
    # As a list: no worker of a parallel plan sees a temporary table.
    parameters["reports"] = [
        row[0] for row in db.rows("SELECT id FROM seen_report WHERE lines_open IS DISTINCT FROM 0")
    ]
    with db.joining_whole_tables():
        db.temporary_table("pair", _BY_REFERENCE, parameters)
    db.execute("ANALYZE pair")
    db.temporary_table("several", _SEVERAL)
    db.execute("ANALYZE several")
    db.execute(_ONCE)
    for name, body in _LEFT.items():
        db.temporary_table(name, body, parameters if "%(" in body else ())
    db.execute("DELETE FROM pair WHERE line_id IS NULL OR operation_id IS NULL")
    if sum(_search(rule, condition, is_last=is_last) for rule, condition, is_last in _PASSES):
        for statement in _LEAVE:
            db.execute(statement)
    matched = stages.store_matches(now=now)
    db.execute(_COUNT_OPEN)
    return matched


def _search(rule: str, condition: str, *, is_last: bool) -> int:
    """Bind what one rule finds and return how many."""
    candidates = _CANDIDATES.format(same=_SAME, condition=condition)
    bound = db.execute(_BIND.format(candidates=candidates), {"rule": rule})
    if is_last:
        db.execute(_DOUBT.format(candidates=candidates), {"rule": rule})
    return bound
