"""
Settlement lines find the operations they settle, in passes from the surest to the weakest, each a few statements over all open rows at once.

1. the line names our operation's own reference; several lines that together are its amount are its parts (`sharing`)
2. the processor's reference and the kind, with the same amount; as parts; then with another amount
3. our order's number or payment's id, with the same amount; as parts; then with another amount
4. amount, currency, store and day together with the authorisation code; then with the code or the card's last digits
5. a line that names nothing: the sum of all that a store, or the account, took on one day (`sharing`)
6. a line that names nothing: the amount alone, where it fits one operation of the whole window and no other

A weaker pass binds only where line and operation are each other's single candidate. Where several fit, all of them leave the search: ambiguity is an
exception, never a pick. A line that names one of our operations is never bound by a weaker rule to another, and what a person undid is not made again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from merchant.core import db
from merchant.core.tenancy import current_merchant_id
from payments.reconciliation.matching import rules_now, sharing, stages
from payments.reconciliation.matching.expected import MOVED, MOVED_UNASKED, SUCCEEDED

# A sale is settled on its day or within a week of it; further apart, equal amounts are chance. The match rules may say otherwise.
WINDOW_DAYS = rules_now.Rules().card_window_days

# The reports this run knows of. One that is booked while it runs is the next run's, in every statement alike.
_SEEN_REPORTS = """
AS SELECT r.id, r.gateway_account_id, r.covers_until, r.lines_open FROM settlement_report r WHERE r.merchant_id = %(merchant)s AND r.status = 'posted'
"""
# What is rare among operations and told by other rows. Read beforehand: asked of each row of a million it took a fifth of pairing them.
_UNMATCHED = "NOT EXISTS (SELECT FROM recon_match m WHERE m.operation_id = o.id AND m.undone_at IS NULL)"
_UNASKED = f"""
SELECT o.id FROM payment_operation o JOIN gateway_account g ON g.id = o.gateway_account_id WHERE {SUCCEEDED} AND {MOVED_UNASKED} AND {_UNMATCHED}
"""  # noqa: S608
# What was taken back is settled under the reference of what it takes back.
_TAKEN_BACK = """
SELECT b.id, t.reference FROM payment_operation b JOIN payment_operation t ON t.id = b.parent_id WHERE b.merchant_id = %(merchant)s AND b.kind = 'take_back'
"""
_OPEN_LINES = f"""
SELECT l.id, l.report_id, l.gateway_account_id, l.kind, l.operation_reference, l.gross_minor, l.fee_minor, l.currency,
    CASE WHEN l.original_gross_minor IS NULL THEN l.currency ELSE l.original_currency END AS sale_currency,
    coalesce(l.original_gross_minor, l.gross_minor) AS sale_minor, coalesce(l.booked_on, (l.occurred_at AT TIME ZONE 'UTC')::date) AS day,
    {stages.CARRIED_BY} AS carried_by_id
FROM settlement_line l {stages.CARRIED}
WHERE l.report_id = ANY(%(reports)s) AND (l.kind IN ('sale', 'refund') OR l.kind = 'adjustment' AND l.operation_reference = ANY(%(back_references)s::text[]))
    AND NOT EXISTS (SELECT FROM recon_match m WHERE m.id = l.id)
"""  # noqa: S608
_OPEN_OPERATIONS = f"""
SELECT o.id, o.payment_id, coalesce(back.reference, o.reference) AS reference,
    o.gateway_account_id, CASE o.kind WHEN 'refund' THEN 'refund' WHEN 'take_back' THEN 'adjustment' ELSE 'sale' END AS kind, o.currency,
    CASE WHEN o.kind = 'refund' OR o.kind = 'take_back' AND o.reason <> 'refund' THEN -1 ELSE 1 END * coalesce(o.result_minor, o.amount_minor) AS minor, o.business_date
FROM payment_operation o JOIN gateway_account g ON g.id = o.gateway_account_id
LEFT JOIN unnest(%(back_ids)s::uuid[], %(back_references)s::text[]) back (id, reference) ON back.id = o.id
WHERE {SUCCEEDED} AND ({MOVED} OR o.id = ANY(%(unasked)s::uuid[])) AND {_UNMATCHED}
"""  # noqa: S608
# The first pass and what it leaves over, in one reading of both sides: a row has a line, an operation, or both.
_BY_REFERENCE = f"""
AS SELECT l.id AS line_id, l.report_id, coalesce(l.gateway_account_id, o.gateway_account_id) AS gateway_account_id, coalesce(l.kind, o.kind) AS kind,
    l.gross_minor, l.fee_minor, l.currency, l.sale_currency, l.sale_minor, l.day, l.carried_by_id,
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
    "alone": "AS SELECT * FROM pair WHERE line_id IS NULL OR operation_id IS NULL",
    "line_left": """
    AS SELECT l.id, p.report_id, p.gateway_account_id, p.kind, p.gross_minor, p.fee_minor, p.currency, p.sale_currency, p.sale_minor, p.day, p.carried_by_id,
        l.operation_reference, l.processor_reference, l.merchant_reference, l.store, l.last4, l.auth_code
    FROM alone p JOIN settlement_line l ON l.id = p.line_id WHERE p.operation_id IS NULL
    """,
    "operation_left": """
    AS SELECT o.id, o.reference, o.payment_id, alone.gateway_account_id, alone.kind, alone.operation_currency AS currency, alone.minor, alone.business_date, o.landed_at,
        o.gateway_reference, p.gateway_reference AS payment_reference, p.card_last4, p.auth_code, order_.number AS order_number,
        coalesce(store.code, '') AS store_code
    FROM alone JOIN payment_operation o ON o.id = alone.operation_id JOIN payment_payment p ON p.id = o.payment_id
    JOIN order_order order_ ON order_.id = o.order_id LEFT JOIN merchant_store store ON store.id = p.store_id
    WHERE alone.line_id IS NULL
    """,
    "seeking": """
    AS SELECT l.* FROM line_left l
    WHERE NOT EXISTS (SELECT FROM payment_operation o WHERE o.reference = l.operation_reference AND o.merchant_id = %(merchant)s)
    """,
    "findable": "AS SELECT * FROM operation_left",
    "vague": "(line_id uuid, operation_id uuid, rule text, candidates bigint)",
    "known": "(line_id uuid, payment_id uuid)",
}
# Lines whose processor's reference is that of a payment of ours, and which found no operation of it: no weaker rule may take them elsewhere.
_NAME_KNOWN = """
INSERT INTO known
SELECT l.id, p.id FROM seeking l JOIN payment_payment p ON p.gateway_reference = l.processor_reference AND p.gateway_account_id = l.gateway_account_id
WHERE l.processor_reference <> '' AND p.merchant_id = %(merchant)s
UNION
SELECT l.id, o.payment_id FROM seeking l JOIN payment_operation o ON o.gateway_reference = l.processor_reference AND o.gateway_account_id = l.gateway_account_id
WHERE l.processor_reference <> '' AND o.merchant_id = %(merchant)s
"""
# What a person undid: the pair goes apart into its line and its operation.
_BARRED = """
AS SELECT settlement_line_id AS line_id, operation_id FROM recon_match
WHERE merchant_id = %(merchant)s AND is_barred AND undone_at IS NOT NULL AND settlement_line_id IS NOT NULL AND operation_id IS NOT NULL
"""
_PART_BARRED = """
WITH apart AS (
    INSERT INTO pair (gateway_account_id, kind, operation_id, payment_id, reference, operation_currency, minor, business_date, rule)
    SELECT p.gateway_account_id, p.kind, p.operation_id, p.payment_id, p.reference, p.operation_currency, p.minor, p.business_date, p.rule
    FROM pair p JOIN barred b ON b.line_id = p.line_id AND b.operation_id = p.operation_id
    WHERE NOT EXISTS (SELECT FROM pair other WHERE other.operation_id = p.operation_id AND other.line_id <> p.line_id)
)
UPDATE pair SET operation_id = NULL, payment_id = NULL FROM barred b WHERE b.line_id = pair.line_id AND b.operation_id = pair.operation_id
"""
_SAME = """
    o.gateway_account_id = l.gateway_account_id AND o.kind = l.kind
    AND NOT EXISTS (SELECT FROM barred b WHERE b.line_id = l.id AND b.operation_id = o.id)
"""
_PROCESSOR = "l.processor_reference <> '' AND l.processor_reference IN (o.gateway_reference, o.payment_reference)"
_OURS = "l.merchant_reference <> '' AND l.merchant_reference IN (o.order_number, o.payment_id::text)"
_AMOUNT = "o.minor = l.sale_minor AND o.currency = l.sale_currency"
_PLACE_AND_DAY = f"""
    {_AMOUNT} AND l.day BETWEEN o.business_date AND o.business_date + {rules_now.CARD_DAYS} AND (l.store = '' OR o.store_code = '' OR l.store = o.store_code)
"""
_CODE = f"""
    {_PLACE_AND_DAY} AND l.auth_code <> '' AND l.auth_code = o.auth_code AND (l.last4 = '' OR o.card_last4 = '' OR l.last4 = o.card_last4)
"""
_CARD = f"""
    {_PLACE_AND_DAY}
    AND CASE WHEN l.auth_code <> '' AND o.auth_code <> '' THEN l.auth_code = o.auth_code ELSE l.last4 <> '' AND l.last4 = o.card_last4 END
"""
# Nothing else on either side speaks for another pair. A line with a processor's reference is somebody else's wherever we know those of our own.
_ALONE = f"""
    {_PLACE_AND_DAY} AND l.merchant_reference = ''
    AND (l.operation_reference = '' AND l.processor_reference = '' OR o.gateway_reference = '' AND o.payment_reference = '')
    AND (l.auth_code = '' OR o.auth_code = '') AND (l.last4 = '' OR o.card_last4 IN ('', l.last4))
"""


@dataclass(frozen=True, slots=True)
class Pass:
    """One rule and what must hold. `repeats`: of several lines alike the earliest is taken, the others are duplicates. `shares`: several may be one side's amount
    together, and are looked for first. `is_last` of its family: those with several candidates stop here.
    """

    rule: str
    condition: str
    repeats: bool = False
    shares: bool = False
    is_last: bool = False


_NAMING = (
    Pass("processor_reference_and_amount", f"{_PROCESSOR} AND {_AMOUNT}", repeats=True),
    Pass("processor_reference", _PROCESSOR, shares=True, is_last=True),
)
_DESCRIBING = (
    Pass("our_reference_and_amount", f"{_OURS} AND {_AMOUNT}"),
    Pass("our_reference", _OURS, shares=True, is_last=True),
    Pass("amount_day_and_code", _CODE),
    Pass("amount_day_and_card", _CARD, is_last=True),
)
_BARE = (Pass("amount_and_day", _ALONE, is_last=True),)
# How sure each rule is, per mille. What a person binds is as sure as a reference.
SCORES = {
    "operation_reference": 1000,
    "operation_reference_parts": 1000,
    "processor_reference_and_amount": 990,
    "processor_reference": 950,
    "processor_reference_parts": 970,
    "our_reference_and_amount": 940,
    "our_reference": 900,
    "our_reference_parts": 920,
    "amount_day_and_code": 900,
    "amount_day_and_card": 850,
    "day_sum": 800,
    "amount_and_day": 700,
}
_CANDIDATES = """
SELECT l.id AS line_id, o.id AS operation_id, count(*) OVER (PARTITION BY l.id) AS per_line, count(*) OVER (PARTITION BY o.id) AS per_operation,
    row_number() OVER (PARTITION BY o.id ORDER BY l.day, l.id) AS number
FROM seeking l JOIN findable o ON {same} AND {condition}
"""
_BIND = """
WITH bound AS (
    INSERT INTO pair (line_id, report_id, gateway_account_id, kind, gross_minor, fee_minor, currency, sale_currency, sale_minor, day, carried_by_id,
        operation_id, payment_id, reference, operation_currency, minor, business_date, rule)
    SELECT l.id, l.report_id, l.gateway_account_id, l.kind, l.gross_minor, l.fee_minor, l.currency, l.sale_currency, l.sale_minor, l.day, l.carried_by_id,
        o.id, o.payment_id, o.reference, o.currency, o.minor, o.business_date, %(rule)s
    FROM ({candidates}) c JOIN seeking l ON l.id = c.line_id JOIN findable o ON o.id = c.operation_id WHERE per_line = 1 AND (per_operation = 1 OR %(repeats)s AND number = 1)
    RETURNING line_id, operation_id
), unsought AS (DELETE FROM seeking USING bound WHERE seeking.id = bound.line_id)
DELETE FROM findable USING bound WHERE findable.id = bound.operation_id
"""
_DOUBT = """
WITH c AS ({candidates}), marked AS (
    INSERT INTO vague SELECT line_id, operation_id, %(rule)s, per_line FROM c
), unsought AS (DELETE FROM seeking USING c WHERE seeking.id = c.line_id)
DELETE FROM findable USING c WHERE findable.id = c.operation_id
"""
_LEAVE = [
    "DELETE FROM line_left USING pair WHERE line_left.id = pair.line_id AND pair.rule <> 'operation_reference'",
    "DELETE FROM operation_left USING pair WHERE operation_left.id = pair.operation_id AND pair.rule <> 'operation_reference'",
    "DELETE FROM line_left USING grouped WHERE line_left.id = grouped.line_id",
    "DELETE FROM operation_left USING grouped WHERE operation_left.id = grouped.operation_id",
]
_COUNT_OPEN = """
UPDATE settlement_report r SET lines_open = (SELECT count(*) FROM line_left l WHERE l.report_id = r.id)
FROM seen_report seen WHERE seen.id = r.id AND seen.lines_open IS DISTINCT FROM 0
"""


def match_lines(*, now: datetime) -> int:
    """
    Match every open settlement line of the merchant in scope that can be matched, in the caller's transaction, and return how many were.

    Leaves the temporary tables `seen_report`, `pair`, `grouped`, `line_left`, `operation_left`, `vague` and `known` for whoever names the differences in the same
    transaction. Only posted reports count.
    """
    parameters: dict[str, Any] = {"merchant": current_merchant_id(), "now": now}
    db.plan_for_many_rows()
    rules_now.lay_out()
    db.temporary_table("seen_report", _SEEN_REPORTS, parameters)
    db.execute("ANALYZE seen_report")
    # As a list: no worker of a parallel plan sees a temporary table.
    parameters["reports"] = [
        row[0] for row in db.rows("SELECT id FROM seen_report WHERE lines_open IS DISTINCT FROM 0")
    ]
    parameters["unasked"] = [row[0] for row in db.rows(_UNASKED, parameters)]
    taken_back = db.rows(_TAKEN_BACK, parameters)
    parameters["back_ids"] = [row[0] for row in taken_back]
    parameters["back_references"] = [row[1] for row in taken_back]
    with db.joining_whole_tables():
        db.temporary_table("pair", _BY_REFERENCE, parameters)
    _part_what_was_undone(parameters)
    db.execute("ANALYZE pair")
    with db.grouping_by_sorting():
        db.temporary_table("several", _SEVERAL)
    db.execute("ANALYZE several")
    db.temporary_table("grouped", sharing.GROUPED)
    # Most reports bring every payment once, and then neither has anything to look at.
    if db.rows("SELECT FROM several LIMIT 1"):
        sharing.share_named_lines()
        db.execute(_ONCE)
    left = {name: db.temporary_table(name, body, parameters if "%(" in body else ()) for name, body in _LEFT.items()}
    if left["alone"]:
        db.execute("DELETE FROM pair WHERE line_id IS NULL OR operation_id IS NULL")
    found = _search_all(parameters)
    if found:
        for statement in _LEAVE:
            db.execute(statement)
    matched = stages.store_matches(scores=SCORES, is_weaker_used=found > 0, now=now)
    if found:
        stages.tell_why(scores=SCORES)
    db.execute(_COUNT_OPEN)
    return matched


def _part_what_was_undone(parameters: dict[str, Any]) -> None:
    db.temporary_table("barred", _BARRED, parameters)
    if db.rows("SELECT FROM barred LIMIT 1"):
        db.execute(_PART_BARRED)


def _search_all(parameters: dict[str, Any]) -> int:
    """Let every line that is left search, rule by rule, and return how many rows found their partner."""
    if not db.rows("SELECT FROM line_left LIMIT 1"):
        return 0
    for name in ("seeking", "findable", "line_left"):
        db.execute(f"ANALYZE {name}")
    found = sharing.complete_shared_operations(parameters)
    found += sum(_search(one) for one in _NAMING)
    db.execute(_NAME_KNOWN, parameters)
    db.execute("DELETE FROM seeking USING known WHERE seeking.id = known.line_id")
    found += sum(_search(one) for one in _DESCRIBING)
    found += sharing.share_days()
    return found + sum(_search(one) for one in _BARE)


def _search(one: Pass) -> int:
    """Bind what one rule finds and return how many rows."""
    candidates = _CANDIDATES.format(same=_SAME, condition=one.condition)
    shared = sharing.share(candidates, rule=f"{one.rule}_parts") if one.shares else 0
    bound = db.execute(_BIND.format(candidates=candidates), {"rule": one.rule, "repeats": one.repeats})
    if one.is_last:
        db.execute(_DOUBT.format(candidates=candidates), {"rule": one.rule})
    return shared + bound
