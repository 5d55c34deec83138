"""
Matches where one side is several: a capture that two lines pay, a line that is the sum of several payments.

Only exact sums count, each found one way: the parts are all lines that name one operation, all operations that one line names, or all that was taken on one day.
Rows of a group share its id; the database refuses one whose parts do not make the whole. Works on the temporary tables of `matching.match_lines`.
"""

from __future__ import annotations

from typing import Any

from merchant.core import db

# A terminal's busy day has some hundred receipts; the database adds a group up once for each of its rows.
PARTS_MAX = 1000

# How long after its day a sum may be reported.
_WINDOW_DAYS = 7

GROUPED = """
(group_id uuid, rule text, line_id uuid, operation_id uuid, payment_id uuid, part smallint, minor bigint, currency text, is_known boolean)
"""
_SHARE_NAMED = f"""
WITH whole AS (
    SELECT operation_id, new_uuid7() AS group_id FROM pair JOIN several USING (payment_id)
    WHERE line_id IS NOT NULL AND sale_currency = operation_currency
    GROUP BY operation_id, minor HAVING count(*) BETWEEN 2 AND {PARTS_MAX} AND sum(sale_minor) = minor AND bool_and(sign(sale_minor) = sign(minor))
)
INSERT INTO grouped
SELECT group_id, 'operation_reference_parts', line_id, operation_id, payment_id, row_number() OVER (PARTITION BY operation_id ORDER BY day, sale_minor DESC, line_id) - 1,
    sale_minor, sale_currency, false
FROM pair JOIN whole USING (operation_id) WHERE line_id IS NOT NULL
"""  # noqa: S608


def share_named_lines() -> None:
    """Group lines that name one operation and together are its amount, before all but the earliest are taken for duplicates."""
    if db.execute(_SHARE_NAMED):
        db.execute("DELETE FROM pair USING grouped WHERE pair.line_id = grouped.line_id")


# An operation whose line came short, and the lines that came later and name it too: together they are its amount.
_COMPLETE = f"""
WITH late AS (
    SELECT o.id AS operation_id, count(*) AS lines, sum(l.sale_minor) AS minor FROM line_left l JOIN payment_operation o ON o.reference = l.operation_reference
    WHERE o.merchant_id = %(merchant)s AND o.gateway_account_id = l.gateway_account_id AND o.currency = l.sale_currency AND o.kind <> 'take_back'
        AND (o.kind = 'refund') = (l.kind = 'refund') AND NOT EXISTS (SELECT FROM barred b WHERE b.operation_id = o.id)
    GROUP BY 1
), known AS (
    SELECT m.operation_id, sum(m.amount_minor) AS minor, max(m.part) AS last FROM late JOIN recon_match m ON m.operation_id = late.operation_id
    WHERE m.undone_at IS NULL AND m.group_id IS NULL GROUP BY 1
), whole AS (
    SELECT o.id, o.payment_id, known.last, new_uuid7() AS group_id FROM late JOIN known USING (operation_id) JOIN payment_operation o ON o.id = operation_id
    WHERE late.lines < {PARTS_MAX}
        AND late.minor + known.minor = CASE WHEN o.kind = 'refund' THEN -1 ELSE 1 END * coalesce(o.result_minor, o.amount_minor)
)
INSERT INTO grouped
SELECT w.group_id, 'operation_reference_parts', l.id, w.id, w.payment_id, w.last + row_number() OVER (PARTITION BY w.id ORDER BY l.day, l.sale_minor DESC, l.id), l.sale_minor,
    l.sale_currency, true
FROM whole w JOIN payment_operation o ON o.id = w.id JOIN line_left l ON l.operation_reference = o.reference AND l.gateway_account_id = o.gateway_account_id
    AND l.sale_currency = o.currency AND (o.kind = 'refund') = (l.kind = 'refund')
"""  # noqa: S608
_JOIN_KNOWN = """
UPDATE recon_match m SET group_id = g.group_id, rule = g.rule FROM grouped g WHERE g.is_known AND m.operation_id = g.operation_id AND m.undone_at IS NULL
"""


def complete_shared_operations(parameters: dict[str, Any]) -> int:
    """Group lines with the earlier one of their operation where together they are its amount, and return how many."""
    found = db.execute(_COMPLETE, parameters)
    if found:
        db.execute(_JOIN_KNOWN)
        _forget()
    return found


_SHARE_LINES = f"""
WITH c AS ({{candidates}}), whole AS (
    SELECT c.operation_id, new_uuid7() AS group_id FROM c JOIN seeking l ON l.id = c.line_id JOIN findable o ON o.id = c.operation_id
    GROUP BY c.operation_id, o.minor
    HAVING count(*) BETWEEN 2 AND {PARTS_MAX} AND bool_and(l.sale_currency = o.currency) AND max(c.per_line) = 1 AND sum(l.sale_minor) = o.minor AND bool_and(sign(l.sale_minor) = sign(o.minor))
)
INSERT INTO grouped
SELECT w.group_id, %(rule)s, l.id, o.id, o.payment_id, row_number() OVER (PARTITION BY o.id ORDER BY l.day, l.sale_minor DESC, l.id) - 1, l.sale_minor, l.sale_currency, false
FROM c JOIN whole w USING (operation_id) JOIN seeking l ON l.id = c.line_id JOIN findable o ON o.id = c.operation_id
"""  # noqa: S608
_SHARE_OPERATIONS = f"""
WITH c AS ({{candidates}}), whole AS (
    SELECT c.line_id, new_uuid7() AS group_id FROM c JOIN seeking l ON l.id = c.line_id JOIN findable o ON o.id = c.operation_id
    GROUP BY c.line_id, l.sale_minor
    HAVING count(*) BETWEEN 2 AND {PARTS_MAX} AND bool_and(l.sale_currency = o.currency) AND max(c.per_operation) = 1 AND sum(o.minor) = l.sale_minor AND bool_and(sign(o.minor) = sign(l.sale_minor))
)
INSERT INTO grouped SELECT w.group_id, %(rule)s, c.line_id, o.id, o.payment_id, 0, o.minor, o.currency, false
FROM c JOIN whole w USING (line_id) JOIN findable o ON o.id = c.operation_id
"""  # noqa: S608


def share(candidates: str, *, rule: str) -> int:
    """Group what `candidates` joins where several lines are one operation's amount, or several operations one line's, and return how many rows."""
    found = sum(
        db.execute(statement.format(candidates=candidates), {"rule": rule})
        for statement in (_SHARE_LINES, _SHARE_OPERATIONS)
    )
    if found:
        _forget()
    return found


# All that is open of one day, in each store and over all of them, which is no second sum where one store has it all.
_SHARE_DAYS = f"""
WITH line AS (
    SELECT id, gateway_account_id, kind, sale_currency, sale_minor, store, day FROM seeking
    WHERE operation_reference = '' AND processor_reference = '' AND merchant_reference = '' AND last4 = '' AND auth_code = ''
), every_sum AS (
    SELECT gateway_account_id, kind, currency, business_date, store_code, GROUPING(store_code) = 1 AS is_all, sum(minor) AS minor, count(*) AS operations
    FROM findable WHERE EXISTS (SELECT FROM line)
    GROUP BY GROUPING SETS ((gateway_account_id, kind, currency, business_date, store_code), (gateway_account_id, kind, currency, business_date))
), day_sum AS (
    SELECT *, new_uuid7() AS group_id FROM (
        SELECT *, max(operations) FILTER (WHERE NOT is_all) OVER (PARTITION BY gateway_account_id, kind, currency, business_date) = operations AND is_all AS is_again
        FROM every_sum
    ) sums WHERE operations BETWEEN 2 AND {PARTS_MAX} AND NOT is_again
), c AS (
    SELECT l.id AS line_id, s.*, count(*) OVER (PARTITION BY l.id) AS per_line, count(*) OVER (PARTITION BY s.group_id) AS per_sum
    FROM line l JOIN day_sum s ON s.gateway_account_id = l.gateway_account_id AND s.kind = l.kind AND s.currency = l.sale_currency AND s.minor = l.sale_minor
        AND l.day BETWEEN s.business_date AND s.business_date + {_WINDOW_DAYS} AND (l.store = '' OR s.store_code = l.store)
), chosen AS (
    SELECT * FROM c WHERE per_line = 1 AND per_sum = 1
)
INSERT INTO grouped SELECT c.group_id, 'day_sum', c.line_id, o.id, o.payment_id, 0, o.minor, o.currency, false
FROM chosen c JOIN findable o ON o.gateway_account_id = c.gateway_account_id AND o.kind = c.kind AND o.currency = c.currency AND o.business_date = c.business_date
    AND (c.is_all OR o.store_code = c.store_code)
WHERE NOT EXISTS (
    SELECT FROM chosen other WHERE other.group_id <> c.group_id AND other.gateway_account_id = c.gateway_account_id AND other.kind = c.kind
        AND other.currency = c.currency AND other.business_date = c.business_date AND (other.is_all OR c.is_all))
"""  # noqa: S608


def share_days() -> int:
    """Group all that a store, or the account, took on one day with the line that is its sum and names nothing, and return how many operations."""
    found = db.execute(_SHARE_DAYS)
    if found:
        _forget()
    return found


def _forget() -> None:
    db.execute("DELETE FROM seeking USING grouped WHERE seeking.id = grouped.line_id")
    db.execute("DELETE FROM findable USING grouped WHERE findable.id = grouped.operation_id")
