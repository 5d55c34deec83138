"""
Bank lines find the payouts they bring, surest first: the payout's reference on the line, then batch and account, then an amount that fits only one, then sums
(`bank_sums`): a line that is several payouts, a payout that came in several lines.

Only the reference may bind a line whose amount differs: a payout that came short is known by its name, never guessed. What arrived is booked; the rest stays in
transit, and listed, until a second line brings it.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from merchant.core import db
from merchant.core.tenancy import current_merchant_id
from merchant.ledger import services as ledger
from merchant.ledger.recipes import bank_payout_matched
from payments.reconciliation.matching import bank_sums, differences, gaps, rules_now, stages, suggestions
from payments.reconciliation.matching.naming import LENGTH_MIN, find_named
from payments.settlement.states import standing_sql

# When a payout is missed: as soon as a statement covers its day, plus what the account's `payout_grace_days` allows; without any statement after 5 days.
MISSED_AFTER_DAYS = 5

_OPEN = {
    "open_payout": """
    AS SELECT p.id, p.gateway_account_id, g.external_id, p.reference, p.batch, p.currency, p.amount_minor - p.arrived_minor AS minor, p.announced_on, p.expected_on
    FROM settlement_payout p JOIN gateway_account g ON g.id = p.gateway_account_id
    WHERE p.merchant_id = %(merchant)s AND p.status IN ('in_transit', 'short')
    """,
    "open_bank_line": """
    AS SELECT l.id, l.bank_account_id, l.amount_minor, l.currency, l.booked_on, l.text, l.end_to_end_id, l.bank_reference, l.counterparty
    FROM bank_statement_line l
    WHERE l.merchant_id = %(merchant)s AND NOT EXISTS (SELECT FROM recon_match m WHERE m.statement_line_id = l.id AND m.undone_at IS NULL)
    """,
    "bank_pair": "(payout_id uuid, line_id uuid, rule text, minor bigint, group_id uuid, part smallint DEFAULT 0)",
    "bank_vague": "(line_id uuid, payout_id uuid, rule text, candidates bigint)",
    # What a person undid is not made again.
    "bank_barred": """
    AS SELECT statement_line_id AS line_id, payout_id FROM recon_match
    WHERE merchant_id = %(merchant)s AND is_barred AND undone_at IS NOT NULL AND payout_id IS NOT NULL
    """,
}
# Which payout each line names, found once for all passes.
_NAMED_PAYOUTS = f"""
AS SELECT n.line_id, p.id AS payout_id FROM named_reference n JOIN open_payout p ON p.reference = n.form
UNION SELECT l.id, p.id FROM open_bank_line l JOIN open_payout p ON p.reference = l.end_to_end_id WHERE length(p.reference) >= {LENGTH_MIN}
"""  # noqa: S608
_SAME = """
    p.currency = l.currency AND sign(p.minor) = sign(l.amount_minor)
    AND NOT EXISTS (SELECT FROM bank_barred b WHERE b.line_id = l.id AND b.payout_id = p.id)
"""
_BY_REFERENCE = "EXISTS (SELECT FROM named_payout n WHERE n.line_id = l.id AND n.payout_id = p.id)"
_BY_BATCH = r"""
    p.minor = l.amount_minor AND p.batch <> '' AND p.external_id <> '' AND position(lower(p.external_id) IN lower(l.text)) > 0
    AND l.text ~ ('\m' || regexp_replace(p.batch, '([^[:alnum:]])', '\\\1', 'g') || '\M')
"""
_BY_AMOUNT = f"""
    p.minor = l.amount_minor AND l.booked_on BETWEEN p.announced_on AND p.expected_on + {rules_now.PAYOUT_DAYS}
"""
# How sure each rule is, per mille.
SCORES = {
    "payout_reference": 1000,
    "payout_references": 990,
    "batch_and_account": 950,
    "amount_and_day": 850,
    "payouts_of_days": 800,
    "lines_of_a_day": 750,
}
# Of which pairs a pass asks: those that `named_payout` has, or all.
_NAMED = "named_payout n JOIN open_bank_line l ON l.id = n.line_id JOIN open_payout p ON p.id = n.payout_id"
_ALL = "open_bank_line l CROSS JOIN open_payout p"
# (rule, what must hold, of which pairs, whether a payout may have several lines)
_PASSES = [
    ("payout_reference", _BY_REFERENCE, _NAMED, True),
    ("batch_and_account", _BY_BATCH, _ALL, False),
    ("amount_and_day", _BY_AMOUNT, _ALL, False),
]
_CANDIDATES = """
SELECT l.id AS line_id, p.id AS payout_id, count(*) OVER (PARTITION BY l.id) AS per_line, count(*) OVER (PARTITION BY p.id) AS per_payout
FROM {pairs} WHERE {same} AND {condition}
"""
_BIND = """
INSERT INTO bank_pair (payout_id, line_id, rule, minor)
SELECT payout_id, line_id, %(rule)s, l.amount_minor FROM ({candidates}) c JOIN open_bank_line l ON l.id = c.line_id
WHERE per_line = 1 AND (per_payout = 1 OR %(several)s)
"""
_DOUBT = """
INSERT INTO bank_vague SELECT line_id, payout_id, %(rule)s, per_line FROM ({candidates}) c
"""
_FORGET_VAGUE = """
DELETE FROM open_payout p USING open_bank_line l, bank_vague v WHERE v.line_id = l.id AND {same} AND {condition}
"""
_STORE = """
INSERT INTO recon_match (id, merchant_id, rule, statement_line_id, payout_id, amount_minor, currency, evidence, matched_at, group_id, part, score)
SELECT new_uuid7(), %(merchant)s, b.rule, l.id, b.payout_id, b.minor, l.currency,
    jsonb_build_object('text', l.text, 'end_to_end_id', l.end_to_end_id, 'booked_on', l.booked_on), %(now)s, b.group_id, b.part, (%(scores)s::jsonb->>b.rule)::int
FROM bank_pair b JOIN bank_statement_line l ON l.id = b.line_id ORDER BY l.id, b.part
RETURNING id, payout_id, statement_line_id, amount_minor, currency
"""
_ARRIVE = f"""
UPDATE settlement_payout p SET arrived_minor = p.arrived_minor + a.minor,
    status = {standing_sql(arrived="p.arrived_minor + a.minor", amount="p.amount_minor")}
FROM (SELECT payout_id, sum(minor) AS minor FROM bank_pair GROUP BY 1) a
WHERE p.id = a.payout_id
"""  # noqa: S608
_CAME_SHORT = """
SELECT id FROM settlement_payout WHERE status = 'short' AND id IN (SELECT payout_id FROM bank_pair)
"""


def match_payouts(*, today: date, now: datetime) -> int:
    """Match bank lines with payouts, book what arrived, name what did not, in the caller's transaction. Returns how many lines matched."""
    rules_now.lay_out()
    parameters: dict[str, Any] = {"merchant": current_merchant_id(), "now": now, "scores": db.json_text(SCORES)}
    for name, body in _OPEN.items():
        db.temporary_table(name, body, parameters if "%(" in body else ())
    find_named(
        "named_reference",
        texts="SELECT id, text AS said FROM open_bank_line",
        forms="SELECT reference AS form FROM open_payout",
        parameters={},
    )
    db.temporary_table("named_payout", _NAMED_PAYOUTS)
    # The few that are named are asked of first only where it is known how few they are.
    db.execute("ANALYZE named_payout, open_payout, open_bank_line (id, currency, amount_minor, booked_on)")
    for rule, condition, pairs, may_be_several in _PASSES:
        _search(rule, condition, pairs, may_be_several=may_be_several)
    bank_sums.match_sums(window_days=rules_now.current_rules()[0].payout_window_days)
    stored = db.rows(_STORE, parameters)
    db.execute(_ARRIVE)
    stages.mark_payouts([payout_id for (payout_id,) in db.rows(_CAME_SHORT)])
    for match_id, payout_id, line_id, minor, currency in stored:
        book_arrival(match_id=match_id, payout_id=payout_id, line_id=line_id, minor=minor, currency=currency, now=now)
    _name_differences(today=today, now=now)
    return len(stored)


def _search(rule: str, condition: str, pairs: str, *, may_be_several: bool) -> None:
    candidates = _CANDIDATES.format(pairs=pairs, same=_SAME, condition="true" if pairs is _NAMED else condition)
    if may_be_several:
        bank_sums.match_named_sums(candidates, rule=f"{rule}s")
    db.execute(_BIND.format(candidates=candidates), {"rule": rule, "several": may_be_several})
    bank_sums.forget_matched()
    db.execute(_DOUBT.format(candidates=candidates), {"rule": rule})
    db.execute(_FORGET_VAGUE.format(same=_SAME, condition=condition))


_ARRIVE_ONE = f"""
UPDATE settlement_payout SET arrived_minor = arrived_minor + %(minor)s,
    status = {standing_sql(arrived="arrived_minor + %(minor)s", amount="amount_minor")}
WHERE id = %(payout)s
"""  # noqa: S608


def take_arrival(*, match_id: UUID, payout_id: UUID, line_id: UUID, minor: int, currency: str, now: datetime) -> None:
    """Note and book what one bank line brought of one payout, in the caller's transaction."""
    db.execute(_ARRIVE_ONE, {"minor": minor, "payout": payout_id})
    book_arrival(match_id=match_id, payout_id=payout_id, line_id=line_id, minor=minor, currency=currency, now=now)


_BOOKING = """
SELECT l.bank_account_id, p.gateway_account_id, l.booked_on FROM bank_statement_line l, settlement_payout p WHERE l.id = %s AND p.id = %s
"""


def book_arrival(*, match_id: UUID, payout_id: UUID, line_id: UUID, minor: int, currency: str, now: datetime) -> None:
    """Book what the bank received of a payout, in the caller's transaction; a repeat for the same match books nothing."""
    [(bank_account, gateway_account, booked_on)] = db.rows(_BOOKING, [line_id, payout_id])
    legs = bank_payout_matched(
        bank_account=str(bank_account), gateway_account=str(gateway_account), minor=minor, currency=currency
    )
    ledger.post(
        recipe="bank_payout_matched",
        source=f"match:{match_id}",
        about=f"payout:{payout_id}",
        legs=legs,
        business_date=booked_on,
        now=now,
    )


_SHORT = """
SELECT CASE WHEN p.status = 'short' THEN 'short_payout' ELSE 'amount' END, 'payout:' || p.id, p.reference, p.arrived_minor - p.amount_minor, p.currency,
    p.amount_minor, p.arrived_minor,
    CASE WHEN p.arrived_minor < p.amount_minor THEN 'The bank received less than the processor announced.' ELSE 'The bank received more than the processor announced.' END,
    p.gateway_account_id, NULL::uuid, NULL::uuid, NULL::uuid, p.id, p.expected_on
FROM settlement_payout p WHERE p.merchant_id = %(merchant)s AND p.status IN ('short', 'in_bank') AND p.arrived_minor <> p.amount_minor
"""
_MISSING = f"""
SELECT 'missing_payout', 'payout_missing:' || p.id, p.reference, -p.amount_minor, p.currency, p.amount_minor, 0,
    'No bank line brings this payout.', p.gateway_account_id, NULL::uuid, NULL::uuid, NULL::uuid, p.id, p.expected_on
FROM settlement_payout p JOIN gateway_account g ON g.id = p.gateway_account_id
LEFT JOIN (
    SELECT a.currency, max(f.covers_until) AS until FROM bank_statement_file f JOIN bank_account a ON a.id = f.bank_account_id
    WHERE f.merchant_id = %(merchant)s AND f.status IN ('balanced', 'unproven') GROUP BY 1
) covered ON covered.currency = p.currency
WHERE p.merchant_id = %(merchant)s AND p.status = 'in_transit'
    AND (p.expected_on + coalesce((g.config->>'payout_grace_days')::int, 0) <= covered.until OR p.expected_on + {MISSED_AFTER_DAYS} < %(today)s)
"""  # noqa: S608
_UNEXPLAINED = """
SELECT CASE WHEN v.line_id IS NULL THEN 'unexplained_bank_line' ELSE 'ambiguous' END, 'bank:' || l.id,
    coalesce(nullif(l.end_to_end_id, ''), nullif(l.bank_reference, ''), l.text), l.amount_minor, l.currency, NULL::bigint, l.amount_minor,
    CASE WHEN v.line_id IS NULL THEN 'No payout explains this bank line.' ELSE 'Several payouts fit this bank line equally well (' || replace(v.rule, '_', ' ') || ').' END,
    NULL::uuid, NULL::uuid, NULL::uuid, l.id, NULL::uuid, l.booked_on
FROM open_bank_line l LEFT JOIN (SELECT line_id, min(rule) AS rule FROM bank_vague GROUP BY 1) v ON v.line_id = l.id WHERE l.amount_minor <> 0
    AND NOT EXISTS (SELECT FROM recon_match m WHERE m.statement_line_id = l.id AND m.undone_at IS NULL)
    AND NOT EXISTS (SELECT FROM recon_exception e WHERE e.merchant_id = %(merchant)s AND e.dedup_key = 'transfer_line:' || l.id AND e.status = 'open')
"""


def _name_differences(*, today: date, now: datetime) -> None:
    differences.begin()
    parameters = {"merchant": current_merchant_id(), "today": today}
    for statement in (_SHORT, _MISSING, _UNEXPLAINED, gaps.GAPS):
        db.execute(f"INSERT INTO current_difference {statement}", parameters)
    kinds = ["short_payout", "missing_payout", "unexplained_bank_line", "statement_gap"]
    differences.keep_current(kinds=kinds, ambiguous="bank:%", today=today, now=now)
    suggestions.suggest_payouts()
