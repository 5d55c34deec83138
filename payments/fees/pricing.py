"""
The fee a contract asks for each row of a report, as SQL over any number of rows. The tests tell it again as plain arithmetic and hold both equal.

A sale of 100.00 under 1.40 % + 0.25 costs (10000 x 140 + 5000) / 10000 + 25 = 165: half a unit goes up, once per transaction, and then the limits are applied.
Under interchange plus, what the report names as interchange and scheme fees is added; a row that names none has no expected fee, and is not judged.
"""

from __future__ import annotations

from dataclasses import dataclass

SALE, REFUND, CHARGEBACK, PAYOUT = "sale", "refund", "chargeback", "payout"
# What a contract can speak of, row by row.
KINDS = (SALE, REFUND, CHARGEBACK, PAYOUT)
# The European Economic Area, where interchange is capped: https://eur-lex.europa.eu/eli/reg/2015/751/oj
EEA = (
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO",
    "SE", "SI", "SK",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Price:
    """What some sales cost: minor units of the settlement currency and basis points. An empty criterion fits everything."""

    basis_points: int
    fixed_minor: int
    minimum_minor: int | None = None
    maximum_minor: int | None = None
    method: str = ""
    brand: str = ""
    region: str = ""
    card_kind: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """A contract. `prices` are tried in their order before `base`; of what is None it says nothing. A month is judged by reconciliation."""

    base: Price
    prices: tuple[Price, ...] = ()
    pricing: str = "blended"
    refund_fixed_minor: int = 0
    chargeback_fixed_minor: int | None = None
    payout_fixed_minor: int | None = None
    monthly_minor: int | None = None


def region_sql(country: str, home: str) -> str:
    """Return SQL that says the same as `region_of` of two expressions."""
    listed = ", ".join(f"'{code}'" for code in EEA)
    return (
        f"CASE WHEN coalesce({country}, '') = '' THEN '' WHEN {country} = {home} THEN 'domestic' "
        f"WHEN {country} IN ({listed}) AND {home} IN ({listed}) THEN 'eea' ELSE 'other' END"
    )


# Each version with the day it ends on and the currency it speaks of.
CONTRACTS = """
SELECT c.*, coalesce(nullif(c.currency, ''), g.currency) AS settled_in,
    lead(c.valid_from) OVER (PARTITION BY c.gateway_account_id, coalesce(nullif(c.currency, ''), g.currency) ORDER BY c.valid_from) AS valid_until
FROM fee_contract c JOIN gateway_account g ON g.id = c.gateway_account_id WHERE c.merchant_id = %(merchant)s
"""
_IN_FORCE = """
c.gateway_account_id = f.gateway_account_id AND c.settled_in = f.currency AND f.day >= c.valid_from AND (c.valid_until IS NULL OR f.day < c.valid_until)
"""
_PRICED = """
LEFT JOIN LATERAL (
    SELECT * FROM fee_price r WHERE r.contract_id = c.id AND f.kind = 'sale' AND r.method IN ('', f.method) AND r.brand IN ('', f.brand)
        AND r.region IN ('', f.region) AND r.card_kind IN ('', f.card_kind)
    ORDER BY r.place LIMIT 1
) price ON true
"""
_PASSED_ON = "CASE WHEN c.pricing = 'interchange_plus' THEN f.interchange_minor + f.scheme_minor ELSE 0 END"


def _cost(basis_points: str, fixed: str, least: str, most: str) -> str:
    # greatest and least pass over what is null.
    return f"greatest(least((abs(f.amount_minor) * {basis_points} + 5000) / 10000 + {fixed}, {most}), {least})"


_BASE_COST = _cost("c.basis_points", "c.fixed_minor", "c.minimum_minor", "c.maximum_minor")
_PRICE_COST = _cost("price.basis_points", "price.fixed_minor", "price.minimum_minor", "price.maximum_minor")


def judged(facts: str, *, is_detailed: bool, contracts: str = CONTRACTS) -> str:
    """
    Return SQL of the rows of `facts` (a SELECT) that a contract covers, each with `contract_id`, `price_id` and `expected_minor`.

    `facts` has gateway_account_id, currency, day, kind and amount_minor; detailed ones, which prices and interchange plus need, also method, brand, region,
    card_kind, interchange_minor and scheme_minor. The parameter `merchant` is needed.
    """
    price_id, sale = ("price.id", f"CASE WHEN price.id IS NULL THEN {_BASE_COST} ELSE {_PRICE_COST} END")
    passed_on, joined = f" + {_PASSED_ON}", _PRICED
    if not is_detailed:
        price_id, sale, passed_on, joined = "NULL::uuid", _BASE_COST, "", ""
    return f"""
    SELECT f.*, c.id AS contract_id, {price_id} AS price_id, CASE f.kind WHEN 'sale' THEN {sale}{passed_on} WHEN 'refund' THEN c.refund_fixed_minor{passed_on}
        WHEN 'chargeback' THEN c.chargeback_fixed_minor WHEN 'payout' THEN c.payout_fixed_minor END AS expected_minor
    FROM ({facts}) f JOIN ({contracts}) c ON {_IN_FORCE} {joined}
    """  # noqa: S608
