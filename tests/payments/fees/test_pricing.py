"""The fee a contract asks for: by the table, by properties, and the same by SQL."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from merchant.core import db
from merchant.core.tenancy import acting_for
from payments.fees import pricing
from payments.fees.models import FeePrice
from payments.fees.pricing import Price, Terms
from tests.factories import a_fee_contract, a_gateway_account, a_merchant
from tests.payments.fees.plain_pricing import Facts, cost_of, expected_fee, region_of

BASE = Price(140, 25)
CARDS = Terms(
    BASE,
    (Price(90, 5, method="card_present", region="domestic", card_kind="debit"), Price(250, 0, minimum_minor=50, brand="amex"), Price(180, 10, brand="visa")),
    refund_fixed_minor=30, chargeback_fixed_minor=1500,
)  # fmt: skip
PASSED_ON = Terms(Price(20, 4), pricing="interchange_plus", refund_fixed_minor=5)


@pytest.mark.parametrize(
    ("terms", "facts", "fee"),
    [
        (Terms(BASE), Facts("sale", 10000), 165),
        # Half a unit goes up: 1.40 % of 0.25 is 0.0035.
        (Terms(Price(140, 0)), Facts("sale", 25), 0),
        (Terms(Price(200, 0)), Facts("sale", 25), 1),
        (Terms(Price(140, 0)), Facts("sale", 35), 0),
        (Terms(Price(140, 0)), Facts("sale", 36), 1),
        (Terms(BASE), Facts("refund", -10000), 0),
        (CARDS, Facts("refund", -10000), 30),
        (CARDS, Facts("chargeback", -10000), 1500),
        (CARDS, Facts("payout", -10000), None),
        (CARDS, Facts("reserve_hold", -10000), None),
        (CARDS, Facts("sale", 10000, "card_present", "visa", "domestic", "debit"), 95),
        (CARDS, Facts("sale", 10000, "card_present", "visa", "", "debit"), 190),
        (CARDS, Facts("sale", 1000, "card", "amex"), 50),
        (CARDS, Facts("sale", 10000, "card", "amex"), 250),
        (CARDS, Facts("sale", 10000), 165),
        (Terms(Price(100, 0, maximum_minor=500)), Facts("sale", 1_000_000), 500),
        (PASSED_ON, Facts("sale", 10000, interchange_minor=20, scheme_minor=7), 51),
        (PASSED_ON, Facts("refund", -10000, interchange_minor=-20, scheme_minor=2), -13),
        (PASSED_ON, Facts("sale", 10000), None),
    ],
)
def test_the_contract_asks_for(terms, facts, fee):
    assert expected_fee(terms, facts) == fee


def test_a_region_is_seen_from_home():
    assert [region_of(country, home="DE") for country in ("", "DE", "SE", "US")] == [
        "",
        "domestic",
        "eea",
        "other",
    ]
    assert region_of("DE", home="GB") == "other"


limits = st.one_of(st.none(), st.integers(0, 2000))


def a_price(**criteria):
    def ordered(basis_points, fixed, one, other, **told):
        least, most = (one, other) if one is None or other is None else sorted((one, other))
        return Price(basis_points, fixed, least, most, **told)

    return st.builds(ordered, st.integers(0, 500), st.integers(0, 100), limits, limits, **criteria)


methods, brands = st.sampled_from(["", "card", "card_present"]), st.sampled_from(["", "visa", "amex"])
regions, kinds = st.sampled_from(["", "domestic", "eea"]), st.sampled_from(["", "debit", "credit"])
terms_of = st.builds(
    Terms, a_price(), st.lists(a_price(method=methods, brand=brands, region=regions, card_kind=kinds), max_size=3).map(tuple),
    st.sampled_from(["blended", "interchange_plus"]), st.integers(0, 100), limits, limits,
)  # fmt: skip
parts = st.one_of(st.none(), st.integers(-200, 200))
facts_of = st.builds(
    Facts,
    st.sampled_from([*pricing.KINDS, "other"]),
    st.integers(-(10**9), 10**9),
    methods,
    brands,
    regions,
    kinds,
    parts,
    parts,
)


@given(st.integers(0, 10**12), st.integers(0, 10000))
def test_the_part_of_the_amount_is_within_half_a_unit(amount, basis_points):
    fee = cost_of(Price(basis_points, 0), Facts("sale", amount))

    assert abs(fee * 10000 - amount * basis_points) <= 5000


@given(terms_of, facts_of, st.integers(0, 10**6))
def test_a_larger_sale_never_costs_less(terms, facts, more):
    sale = Facts("sale", abs(facts.amount_minor), facts.method, facts.brand, facts.region, facts.card_kind, 0, 0)
    larger = Facts("sale", sale.amount_minor + more, facts.method, facts.brand, facts.region, facts.card_kind, 0, 0)

    assert expected_fee(terms, larger) >= expected_fee(terms, sale)


_ROWS = """
SELECT n AS number, %(account)s::uuid AS gateway_account_id, 'EUR' AS currency, date '2026-11-20' AS day, kind, amount_minor, method, brand, region, card_kind,
    interchange_minor, scheme_minor
FROM unnest(%(kinds)s::text[], %(amounts)s::bigint[], %(methods)s::text[], %(brands)s::text[], %(regions)s::text[], %(cards)s::text[], %(interchange)s::bigint[],
    %(scheme)s::bigint[]) WITH ORDINALITY AS row(kind, amount_minor, method, brand, region, card_kind, interchange_minor, scheme_minor, n)
"""


def asked(account, facts, *, is_detailed):
    columns = db.columns(
        [
            (f.kind, f.amount_minor, f.method, f.brand, f.region, f.card_kind, f.interchange_minor, f.scheme_minor)
            for f in facts
        ],
        8,
    )
    names = ("kinds", "amounts", "methods", "brands", "regions", "cards", "interchange", "scheme")
    values = {"merchant": account.merchant_id, "account": account.id, **dict(zip(names, columns, strict=True))}
    sql = f"SELECT expected_minor FROM ({pricing.judged(_ROWS, is_detailed=is_detailed)}) judged ORDER BY number"
    return [row[0] for row in db.rows(sql, values)]


@pytest.mark.django_db
def test_sql_and_the_function_agree_over_random_rows():
    account = a_gateway_account(a_merchant())
    contract = a_fee_contract(account)

    @settings(max_examples=40, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(terms_of, st.lists(facts_of, min_size=1, max_size=40))
    def agrees(terms, facts):
        store(contract, terms)
        assert asked(account, facts, is_detailed=True) == [expected_fee(terms, one) for one in facts]
        if not terms.prices and terms.pricing == "blended":
            assert asked(account, facts, is_detailed=False) == [expected_fee(terms, one) for one in facts]

    with acting_for(account.merchant_id):
        agrees()


def store(contract, terms):
    for name in ("basis_points", "fixed_minor", "minimum_minor", "maximum_minor"):
        setattr(contract, name, getattr(terms.base, name))
    for name in ("pricing", "refund_fixed_minor", "chargeback_fixed_minor", "payout_fixed_minor"):
        setattr(contract, name, getattr(terms, name))
    contract.save()
    FeePrice.objects.filter(contract=contract).delete()
    names = ("method", "brand", "region", "card_kind", "basis_points", "fixed_minor", "minimum_minor", "maximum_minor")
    FeePrice.objects.bulk_create(
        FeePrice(contract=contract, place=place, **{name: getattr(price, name) for name in names}) for place, price in enumerate(terms.prices)
    )  # fmt: skip


@pytest.mark.django_db
def test_a_version_rules_from_its_day_until_the_next_and_only_in_its_currency():
    account = a_gateway_account(a_merchant())
    a_fee_contract(account, basis_points=100, fixed_minor=0)
    a_fee_contract(account, basis_points=200, fixed_minor=0, valid_from=date(2026, 11, 20))
    a_fee_contract(account, basis_points=300, fixed_minor=0, currency="SEK")
    a_fee_contract(account, basis_points=400, fixed_minor=0, valid_from=date(2026, 11, 21))

    with acting_for(account.merchant_id):
        assert asked(account, [Facts("sale", 10000)], is_detailed=False) == [200]
