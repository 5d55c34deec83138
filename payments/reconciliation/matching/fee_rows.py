"""
Fees in reconciliation's words: what each row was charged beside what the contract of its day asks for.

`fee` exceptions are named for pairs of the run (`PAIRS`), for rows of disputes and payouts (`OTHERS`), and for months (`MONTHS`); the amount is expected less
charged, so negative is money missing. Facts about cards are only read where a contract has prices or passes interchange on.
"""

from __future__ import annotations

from merchant.core import db
from merchant.core.tenancy import current_merchant_id
from payments.fees import pricing

# The card a row `l` or pair was paid with: what the processor says of it goes before what we noted, as it is what the fee was taken for.
CARD = f"""
    coalesce(nullif(card.method, ''), pay.method, '') AS method, coalesce(nullif(card.brand, ''), pay.card_brand, '') AS brand,
    {pricing.region_sql("card.card_country", "home.country")} AS region, coalesce(card.card_kind, '') AS card_kind, card.interchange_minor, card.scheme_minor
"""
_NO_CARD = "'' AS method, '' AS brand, '' AS region, '' AS card_kind, NULL::bigint AS interchange_minor, NULL::bigint AS scheme_minor"
# The contract speaks of what was sold; only where that was in another currency the settled gross is what the fee was taken from.
_PAIRS = """
SELECT p.line_id, p.reference, p.operation_id, p.kind, p.currency, p.gateway_account_id, p.business_date AS day, p.fee_minor AS charged_minor,
    CASE WHEN p.currency = p.operation_currency THEN p.minor ELSE p.gross_minor END AS amount_minor, {card}
FROM pair p {joins} WHERE p.kind IN ('sale', 'refund') AND p.sale_currency = p.operation_currency
"""
_PAIR_JOINS = """
JOIN merchant_merchant home ON home.id = %(merchant)s
LEFT JOIN payment_payment pay ON pay.id = p.payment_id LEFT JOIN settlement_fee_parts card ON card.line_id = p.line_id
"""
_DIFFERENCE = """
SELECT 'fee', 'fee:' || line_id, reference, expected_minor - charged_minor, currency, expected_minor, charged_minor,
    CASE WHEN charged_minor > expected_minor THEN 'The fee is higher than the contract says.' ELSE 'The fee is lower than the contract says.' END,
    gateway_account_id, operation_id, line_id, NULL::uuid, {payout}::uuid, day
FROM ({judged}) fee WHERE charged_minor <> expected_minor
"""
_OTHERS = """
SELECT l.id AS line_id, coalesce(nullif(l.operation_reference, ''), nullif(l.processor_reference, ''), nullif(l.payout_reference, ''), l.line_key) AS reference,
    NULL::uuid AS operation_id, l.kind, l.currency, l.gateway_account_id, coalesce(l.booked_on, (l.occurred_at AT TIME ZONE 'UTC')::date, r.covers_until) AS day,
    l.fee_minor AS charged_minor, l.gross_minor AS amount_minor
FROM settlement_line l JOIN settlement_report r ON r.id = l.report_id
WHERE l.merchant_id = %(merchant)s AND r.status = 'posted' AND l.kind IN ('chargeback', 'payout')
    AND NOT EXISTS (SELECT FROM settlement_change c WHERE l.id IN (c.replaced_id, c.reversal_id))
"""
# What a month's rows that are nothing but a cost come to, beside the monthly fee; only months that the reports cover from their first week to their end.
MONTH_SUMS = """
SELECT l.gateway_account_id, l.currency, date_trunc('month', coalesce(l.booked_on, (l.occurred_at AT TIME ZONE 'UTC')::date, r.covers_until))::date AS month,
    sum(l.fee_minor)::bigint AS charged_minor, count(*)::bigint AS rows
FROM settlement_line l JOIN settlement_report r ON r.id = l.report_id
WHERE l.merchant_id = %(merchant)s AND r.status = 'posted' AND l.kind IN ('fee', 'fee_refund') GROUP BY 1, 2, 3
"""
MONTHS_JUDGED = f"""
SELECT c.gateway_account_id, g.name, c.settled_in AS currency, month.day::date AS month, c.id AS contract_id, c.monthly_minor AS expected_minor,
    coalesce(s.charged_minor, 0)::bigint AS charged_minor, coalesce(s.rows, 0)::bigint AS rows
FROM ({pricing.CONTRACTS}) c JOIN gateway_account g ON g.id = c.gateway_account_id
JOIN (
    SELECT gateway_account_id, min(coalesce(covers_until, posted_at::date)) AS first, max(covers_until) AS until FROM settlement_report
    WHERE merchant_id = %(merchant)s AND status = 'posted' GROUP BY 1
) covered ON covered.gateway_account_id = c.gateway_account_id
JOIN LATERAL generate_series(date_trunc('month', greatest(covered.first, c.valid_from)), covered.until, interval '1 month') AS month(day)
    ON month.day >= c.valid_from AND (c.valid_until IS NULL OR month.day < c.valid_until) AND month.day + interval '1 month' - interval '1 day' <= covered.until
    AND covered.first <= month.day + interval '6 days'
LEFT JOIN ({MONTH_SUMS}) s ON s.gateway_account_id = c.gateway_account_id AND s.currency = c.settled_in AND s.month = month.day::date
WHERE c.monthly_minor IS NOT NULL
"""  # noqa: S608
_MONTHS = f"""
SELECT 'fee', 'fee_month:' || gateway_account_id || ':' || currency || ':' || to_char(month, 'YYYY-MM'), to_char(month, 'YYYY-MM'), expected_minor - charged_minor,
    currency, expected_minor, charged_minor,
    CASE WHEN charged_minor > expected_minor THEN 'The invoiced fees of the month are higher than the contract says.'
        ELSE 'The invoiced fees of the month are lower than the contract says.' END,
    gateway_account_id, NULL::uuid, NULL::uuid, NULL::uuid, NULL::uuid, (month + interval '1 month' - interval '1 day')::date
FROM ({MONTHS_JUDGED}) monthly WHERE charged_minor <> expected_minor
"""  # noqa: S608
_PRICED = """
SELECT EXISTS (SELECT FROM fee_price WHERE merchant_id = %(merchant)s)
    OR EXISTS (SELECT FROM fee_contract WHERE merchant_id = %(merchant)s AND pricing = 'interchange_plus'),
    EXISTS (SELECT FROM fee_contract WHERE merchant_id = %(merchant)s),
    EXISTS (SELECT FROM fee_contract WHERE merchant_id = %(merchant)s AND coalesce(chargeback_fixed_minor, payout_fixed_minor, monthly_minor) IS NOT NULL)
"""


def differences() -> list[str]:
    """Return the statements that name fee differences of this run, as the merchant's contracts need them: none without a contract."""
    [(is_detailed, has_contract, has_others)] = db.rows(_PRICED, {"merchant": current_merchant_id()})
    if not has_contract:
        return []
    facts = pair_facts(is_detailed=is_detailed)
    found = [_DIFFERENCE.format(judged=pricing.judged(facts, is_detailed=is_detailed), payout="NULL")]
    if has_others:
        found += [_DIFFERENCE.format(judged=pricing.judged(_OTHERS, is_detailed=False), payout="NULL"), _MONTHS]
    return found


def has_contract() -> bool:
    """Say whether any contract of the merchant says what fees may be."""
    [(_is_detailed, found, _has_others)] = db.rows(_PRICED, {"merchant": current_merchant_id()})
    return bool(found)


def pair_facts(*, is_detailed: bool) -> str:
    """Return SQL of what is known of each pair of the run."""
    return _PAIRS.format(
        card=CARD if is_detailed else _NO_CARD,
        joins=_PAIR_JOINS if is_detailed else "",
    )
