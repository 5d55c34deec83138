"""
Bank lines find the payouts they bring, surest first: the payout's reference on the line, then batch and account, then an amount that fits only one.

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
from payments.reconciliation import differences

# Shorter references occur by chance in a bank's text.
REFERENCE_LENGTH_MIN = 6
# How long after the announcement an amount alone may speak for a payout: a weekend and a holiday.
WINDOW_DAYS = 7
# When a payout is missed: as soon as a statement covers its day, plus what the account's `payout_grace_days` allows; without any statement after 5 days.
MISSED_AFTER_DAYS = 5

_OPEN = {
    "open_payout": """
    AS SELECT p.id, p.gateway_account_id, g.external_id, p.reference, p.batch, p.currency, p.amount_minor - p.arrived_minor AS minor, p.announced_on, p.expected_on
    FROM settlement_payout p JOIN gateway_account g ON g.id = p.gateway_account_id
    WHERE p.merchant_id = %(merchant)s AND p.status IN ('in_transit', 'short')
    """,
    "open_bank_line": """
    AS SELECT l.id, l.bank_account_id, l.amount_minor, l.currency, l.booked_on, l.text, l.end_to_end_id, l.bank_reference
    FROM bank_statement_line l
    WHERE l.merchant_id = %(merchant)s AND NOT EXISTS (SELECT FROM recon_match m WHERE m.statement_line_id = l.id AND m.undone_at IS NULL)
    """,
    "bank_pair": "(payout_id uuid, line_id uuid, rule text)",
    "bank_vague": "(line_id uuid, rule text, candidates bigint)",
}
_SAME = "p.currency = l.currency AND sign(p.minor) = sign(l.amount_minor)"
_BY_REFERENCE = f"""
    length(p.reference) >= {REFERENCE_LENGTH_MIN} AND (p.reference = l.end_to_end_id OR position(p.reference IN l.text) > 0)
"""
_BY_BATCH = r"""
    p.minor = l.amount_minor AND p.batch <> '' AND p.external_id <> '' AND position(lower(p.external_id) IN lower(l.text)) > 0
    AND l.text ~ ('\m' || regexp_replace(p.batch, '([^[:alnum:]])', '\\\1', 'g') || '\M')
"""
_BY_AMOUNT = f"""
    p.minor = l.amount_minor AND l.booked_on BETWEEN p.announced_on AND p.expected_on + {WINDOW_DAYS}
"""
# (rule, what must hold, whether a payout may have several lines)
_PASSES = [
    ("payout_reference", _BY_REFERENCE, True),
    ("batch_and_account", _BY_BATCH, False),
    ("amount_and_day", _BY_AMOUNT, False),
]
_CANDIDATES = """
SELECT l.id AS line_id, p.id AS payout_id, count(*) OVER (PARTITION BY l.id) AS per_line, count(*) OVER (PARTITION BY p.id) AS per_payout
FROM open_bank_line l JOIN open_payout p ON {same} AND {condition}
"""
_BIND = """
INSERT INTO bank_pair SELECT payout_id, line_id, %(rule)s FROM ({candidates}) c WHERE per_line = 1 AND (per_payout = 1 OR %(several)s)
"""
_DOUBT = """
INSERT INTO bank_vague SELECT line_id, %(rule)s, max(per_line) FROM ({candidates}) c GROUP BY line_id
"""
_FORGET = [
    "DELETE FROM open_bank_line l USING bank_pair b WHERE l.id = b.line_id",
    "DELETE FROM open_payout p USING bank_pair b WHERE p.id = b.payout_id",
]
_FORGET_VAGUE = """
DELETE FROM open_payout p USING open_bank_line l, bank_vague v WHERE v.line_id = l.id AND {same} AND {condition}
"""
_STORE = """
INSERT INTO recon_match (id, merchant_id, rule, statement_line_id, payout_id, amount_minor, currency, evidence, matched_at)
SELECT new_uuid7(), %(merchant)s, b.rule, l.id, b.payout_id, l.amount_minor, l.currency,
    jsonb_build_object('text', l.text, 'end_to_end_id', l.end_to_end_id, 'booked_on', l.booked_on), %(now)s
FROM bank_pair b JOIN bank_statement_line l ON l.id = b.line_id ORDER BY l.id
RETURNING id, payout_id, statement_line_id, amount_minor, currency
"""
_ARRIVE = """
UPDATE settlement_payout p SET arrived_minor = p.arrived_minor + a.minor,
    status = CASE WHEN abs(p.arrived_minor + a.minor) >= abs(p.amount_minor) THEN 'in_bank' ELSE 'short' END
FROM (SELECT b.payout_id, sum(l.amount_minor) AS minor FROM bank_pair b JOIN bank_statement_line l ON l.id = b.line_id GROUP BY 1) a
WHERE p.id = a.payout_id
"""


def match_payouts(*, today: date, now: datetime) -> int:
    """Match bank lines with payouts, book what arrived, name what did not, in the caller's transaction. Returns how many lines matched."""
    parameters: dict[str, Any] = {"merchant": current_merchant_id(), "now": now}
    for name, body in _OPEN.items():
        db.temporary_table(name, body, parameters if "%(" in body else ())
    for rule, condition, may_be_several in _PASSES:
        _search(rule, condition, may_be_several=may_be_several)
    stored = db.rows(_STORE, parameters)
    db.execute(_ARRIVE)
    for match_id, payout_id, line_id, minor, currency in stored:
        _book(match_id=match_id, payout_id=payout_id, line_id=line_id, minor=minor, currency=currency, now=now)
    _name_differences(today=today, now=now)
    return len(stored)


def _search(rule: str, condition: str, *, may_be_several: bool) -> None:
    candidates = _CANDIDATES.format(same=_SAME, condition=condition)
    db.execute(_BIND.format(candidates=candidates), {"rule": rule, "several": may_be_several})
    for statement in _FORGET:
        db.execute(statement)
    db.execute(_DOUBT.format(candidates=candidates), {"rule": rule})
    db.execute(_FORGET_VAGUE.format(same=_SAME, condition=condition))


_BOOKING = """
SELECT l.bank_account_id, p.gateway_account_id, l.booked_on FROM bank_statement_line l, settlement_payout p WHERE l.id = %s AND p.id = %s
"""


def _book(*, match_id: UUID, payout_id: UUID, line_id: UUID, minor: int, currency: str, now: datetime) -> None:
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
    CASE WHEN p.status = 'short' THEN 'The bank received less than the processor announced.' ELSE 'The bank received more than the processor announced.' END,
    p.gateway_account_id, NULL::uuid, NULL::uuid, NULL::uuid, p.id, p.expected_on
FROM settlement_payout p WHERE p.merchant_id = %(merchant)s AND p.status IN ('short', 'in_bank') AND p.arrived_minor <> p.amount_minor
"""
_MISSING = f"""
SELECT 'missing_payout', 'payout_missing:' || p.id, p.reference, -p.amount_minor, p.currency, p.amount_minor, 0,
    'No bank line brings this payout.', p.gateway_account_id, NULL::uuid, NULL::uuid, NULL::uuid, p.id, p.expected_on
FROM settlement_payout p JOIN gateway_account g ON g.id = p.gateway_account_id
LEFT JOIN (
    SELECT a.currency, max(f.covers_until) AS until FROM bank_statement_file f JOIN bank_account a ON a.id = f.bank_account_id
    WHERE f.merchant_id = %(merchant)s GROUP BY 1
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
"""


def _name_differences(*, today: date, now: datetime) -> None:
    differences.begin()
    parameters = {"merchant": current_merchant_id(), "today": today}
    for statement in (_SHORT, _MISSING, _UNEXPLAINED):
        db.execute(f"INSERT INTO current_difference {statement}", parameters)
    kinds = ["short_payout", "missing_payout", "unexplained_bank_line"]
    differences.keep_current(kinds=kinds, ambiguous="bank:%", today=today, now=now)
