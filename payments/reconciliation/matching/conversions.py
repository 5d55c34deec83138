"""
Rows that were sold in one currency and settled in another: whether the rate is the day's.

The day's rate is the one our own books have for the business date, through the base currency where neither is that. Where they have none, the rates of one report lie
close together, and one far from their middle is no rate of that day.
"""

from __future__ import annotations

from merchant.core import db
from merchant.core.money import exponent
from merchant.core.tenancy import current_merchant_id
from merchant.merchants import queries as merchants

# Processors take up to a fifth of a percent off the middle rate by contract; half a percent is none's habit.
TOLERANCE_BASIS_POINTS = 50
# The middle of a report's own rates is no published one.
MIDDLE_TOLERANCE_BASIS_POINTS = 100
# Fewer rows of one pair of currencies have no middle.
ROWS_MIN = 3

_CONVERTED = "SELECT DISTINCT currency, sale_currency FROM odd WHERE currency <> sale_currency"
_RATE = """
CASE WHEN {0} = %(base)s THEN 1 ELSE (SELECT e.base_per_unit FROM ledger_exchange_rate e
    WHERE e.merchant_id = %(merchant)s AND e.currency = {0} AND e.valid_from <= d.business_date ORDER BY e.valid_from DESC LIMIT 1) END
"""
_FX = f"""
WITH day AS (
    SELECT DISTINCT sale_currency, currency, business_date FROM odd WHERE currency <> sale_currency
), day_rate AS (
    SELECT d.*, {_RATE.format("d.sale_currency")} / nullif({_RATE.format("d.currency")}, 0)
        * 10::numeric ^ ((%(exponents)s::jsonb->>d.currency)::int - (%(exponents)s::jsonb->>d.sale_currency)::int) AS rate
    FROM day d
), middle AS (
    SELECT report_id, sale_currency, currency, percentile_disc(0.5) WITHIN GROUP (ORDER BY gross_minor::numeric / sale_minor) AS rate
    FROM odd WHERE currency <> sale_currency AND sale_minor <> 0 GROUP BY 1, 2, 3 HAVING count(*) >= {ROWS_MIN}
), converted AS (
    SELECT odd.*, round(odd.sale_minor * coalesce(r.rate, m.rate))::bigint AS fair_minor,
        CASE WHEN r.rate IS NULL THEN {MIDDLE_TOLERANCE_BASIS_POINTS} ELSE {TOLERANCE_BASIS_POINTS} END AS tolerance,
        CASE WHEN r.rate IS NULL THEN 'the rest of its report' ELSE 'the day''s in our books' END AS norm
    FROM odd JOIN day_rate r USING (sale_currency, currency, business_date) LEFT JOIN middle m USING (report_id, sale_currency, currency)
)
INSERT INTO current_difference
SELECT 'fx', 'fx:' || line_id, reference, gross_minor - fair_minor, currency, fair_minor, gross_minor, 'Converted at another rate than ' || norm || '.',
    gateway_account_id, operation_id, line_id, NULL::uuid, NULL::uuid, business_date
FROM converted WHERE abs(gross_minor - fair_minor) > greatest(1, abs(fair_minor) * tolerance / 10000)
"""  # noqa: S608


def name_conversions() -> None:
    """Name rows converted at another rate than the day's, on the table `odd` of the differences."""
    currencies = {currency for pair in db.rows(_CONVERTED) for currency in pair}
    if not currencies:
        return
    merchant = current_merchant_id()
    exponents = db.json_text({currency: exponent(currency) for currency in currencies})
    db.execute(_FX, {"merchant": merchant, "base": merchants.base_currency(merchant), "exponents": exponents})
