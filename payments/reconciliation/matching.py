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

# A sale is settled on its day or within a week of it; further apart, equal amounts are chance.
WINDOW_DAYS = 7
# Room for sorting a million rows without going to disk.
WORK_MEMORY = "256MB"

_OPEN_LINES = """
AS SELECT l.id, l.report_id, l.gateway_account_id, l.kind, l.operation_reference, l.processor_reference, l.merchant_reference, l.gross_minor, l.fee_minor,
    l.currency, CASE WHEN l.original_gross_minor IS NULL THEN l.currency ELSE l.original_currency END AS sale_currency,
    coalesce(l.original_gross_minor, l.gross_minor) AS sale_minor, coalesce(l.booked_on, (l.occurred_at AT TIME ZONE 'UTC')::date) AS day,
    l.store, l.last4, l.auth_code
FROM settlement_report r JOIN settlement_line l ON l.report_id = r.id
WHERE r.merchant_id = %(merchant)s AND r.status = 'posted' AND r.lines_open IS DISTINCT FROM 0
    AND (l.kind IN ('sale', 'refund') OR l.kind = 'adjustment' AND EXISTS (
        SELECT FROM payment_operation t JOIN payment_operation b ON b.parent_id = t.id AND b.kind = 'take_back'
        WHERE t.reference = l.operation_reference AND t.merchant_id = l.merchant_id))
    AND NOT EXISTS (SELECT FROM recon_match m WHERE m.settlement_line_id = l.id AND m.undone_at IS NULL)
"""
# What should be settled: every operation whose money stands on a processor's clearing account.
EXPECTED = """
    o.merchant_id = %(merchant)s AND o.status = 'succeeded' AND g.gateway <> 'manual' AND p.method NOT IN ('cash', 'gift_card', 'store_credit')
    AND (o.kind IN ('capture', 'refund', 'take_back') OR o.kind = 'authorise' AND (p.captured_minor > 0 OR p.taken_back_minor > 0) AND (o.captures_at_once OR NOT EXISTS (
        SELECT FROM payment_operation c WHERE c.payment_id = p.id AND c.kind = 'capture' AND c.status = 'succeeded')))
"""
_OPEN_OPERATIONS = f"""
AS SELECT o.id, CASE WHEN o.kind = 'take_back' THEN (SELECT t.reference FROM payment_operation t WHERE t.id = o.parent_id) ELSE o.reference END AS reference,
    o.payment_id, o.order_id, p.gateway_account_id, CASE o.kind WHEN 'refund' THEN 'refund' WHEN 'take_back' THEN 'adjustment' ELSE 'sale' END AS kind,
    o.gateway_reference, p.gateway_reference AS payment_reference, p.currency, p.card_last4, p.auth_code, p.store_id,
    CASE WHEN o.kind = 'refund' OR o.kind = 'take_back' AND o.reason <> 'refund' THEN -1 ELSE 1 END * coalesce(o.result_minor, o.amount_minor) AS minor, o.business_date, o.landed_at
FROM payment_operation o JOIN payment_payment p ON p.id = o.payment_id JOIN gateway_account g ON g.id = p.gateway_account_id
WHERE {EXPECTED}
    AND NOT EXISTS (SELECT FROM recon_match m WHERE m.operation_id = o.id AND m.undone_at IS NULL)
"""  # noqa: S608
# One operation is settled once: of several lines that name it the earliest is taken, the others are duplicates.
_BY_REFERENCE = """
AS SELECT DISTINCT ON (o.id) o.id AS operation_id, l.id AS line_id, 'operation_reference' AS rule
FROM open_line l JOIN open_operation o ON o.reference = l.operation_reference AND o.gateway_account_id = l.gateway_account_id AND o.kind = l.kind
ORDER BY o.id, l.day, l.id
"""
# What the first pass leaves, and of it the lines that may still search and the operations that may still be found.
_LEFT = {
    "line_left": "AS SELECT l.* FROM open_line l WHERE NOT EXISTS (SELECT FROM pair WHERE pair.line_id = l.id)",
    "operation_left": """
    AS SELECT o.*, order_.number AS order_number, coalesce(store.code, '') AS store_code
    FROM open_operation o JOIN order_order order_ ON order_.id = o.order_id LEFT JOIN merchant_store store ON store.id = o.store_id
    WHERE NOT EXISTS (SELECT FROM pair WHERE pair.operation_id = o.id)
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
INSERT INTO pair (operation_id, line_id, rule)
SELECT operation_id, line_id, %(rule)s FROM ({candidates}) c WHERE per_line = 1 AND per_operation = 1
"""
_DOUBT = """
WITH c AS ({candidates}), marked AS (
    INSERT INTO vague SELECT line_id, %(rule)s, max(per_line) FROM c GROUP BY line_id
), unsought AS (DELETE FROM seeking USING c WHERE seeking.id = c.line_id)
DELETE FROM findable USING c WHERE findable.id = c.operation_id
"""
_FORGET_BOUND = [
    "DELETE FROM seeking USING pair WHERE seeking.id = pair.line_id",
    "DELETE FROM findable USING pair WHERE findable.id = pair.operation_id",
]
_STORE = """
INSERT INTO recon_match (id, merchant_id, rule, settlement_line_id, operation_id, amount_minor, currency, evidence, matched_at)
SELECT new_uuid7(), %(merchant)s, pair.rule, l.id, pair.operation_id, l.sale_minor, l.sale_currency, '{}', %(now)s
FROM pair JOIN open_line l ON l.id = pair.line_id ORDER BY l.id
"""
_COUNT_OPEN = """
UPDATE settlement_report r SET lines_open = (SELECT count(*) FROM open_line l WHERE l.report_id = r.id AND NOT EXISTS (SELECT FROM pair WHERE pair.line_id = l.id))
WHERE r.merchant_id = %(merchant)s AND r.status = 'posted' AND r.lines_open IS DISTINCT FROM 0
"""


def match_lines(*, now: datetime) -> int:
    """
    Match every open settlement line of the merchant in scope that can be matched, in the caller's transaction, and return how many were.

    Leaves the temporary tables `open_line`, `open_operation`, `pair`, `line_left`, `operation_left` and `vague` for whoever names the differences in the
    same transaction. Only posted reports count.
    """
    parameters: dict[str, Any] = {"merchant": current_merchant_id(), "now": now}
    db.execute("SELECT set_config('work_mem', %s, true)", [WORK_MEMORY])
    db.temporary_table("open_line", _OPEN_LINES, parameters)
    db.temporary_table("open_operation", _OPEN_OPERATIONS, parameters)
    db.execute("ANALYZE open_line")
    db.execute("ANALYZE open_operation")
    db.temporary_table("pair", _BY_REFERENCE)
    db.execute("ANALYZE pair")
    for name, body in _LEFT.items():
        db.temporary_table(name, body, parameters if "%(" in body else ())
    for rule, condition, is_last in _PASSES:
        _search(rule, condition, is_last=is_last)
    db.execute("DELETE FROM line_left USING pair WHERE line_left.id = pair.line_id")
    db.execute("DELETE FROM operation_left USING pair WHERE operation_left.id = pair.operation_id")
    matched = db.execute(_STORE, parameters)
    db.execute(_COUNT_OPEN, parameters)
    return matched


def _search(rule: str, condition: str, *, is_last: bool) -> None:
    candidates = _CANDIDATES.format(same=_SAME, condition=condition)
    db.execute(_BIND.format(candidates=candidates), {"rule": rule})
    for statement in _FORGET_BOUND:
        db.execute(statement)
    if is_last:
        db.execute(_DOUBT.format(candidates=candidates), {"rule": rule})
