"""Whatever people take off whatever lines, the parts sum to the whole and every line keeps its own tax."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from inventory.pricing.services import line_of
from merchant.core.ids import new_id
from merchant.core.money import rounded_share
from orders.order.models import OrderDiscount
from orders.placing.discounts import reduce

LINES = st.lists(
    st.builds(
        line_of,
        kind=st.sampled_from(["product", "product", "product", "gift_card", "shipping"]),
        name=st.just("Mug"),
        unit_price_minor=st.integers(0, 50_000),
        quantity=st.integers(1, 9),
        rate_basis_points=st.sampled_from([0, 700, 1900, 2500]),
        variant_id=st.builds(new_id),
        includes_tax=st.booleans(),
        percent_off_basis_points=st.sampled_from([0, 1000]),
    ),
    min_size=1,
    max_size=8,
)
DISCOUNTS = st.lists(
    st.one_of(
        st.builds(OrderDiscount, kind=st.just("percent"), percent_basis_points=st.integers(1, 10_000)),
        st.builds(OrderDiscount, kind=st.just("amount"), amount_minor=st.integers(1, 100_000)),
    ),
    max_size=4,
)


@given(lines=LINES, discounts=DISCOUNTS)
def test_what_discounts_take_is_what_lines_lose_and_no_line_is_worth_less_than_nothing(lines, discounts):
    after = reduce(lines, discounts)

    taken = sum(line.base_minor for line in lines) - sum(line.base_minor for line in after)
    assert taken == sum(discount.applied_minor for discount in discounts)
    for line in after:
        assert line.base_minor >= 0
        base = line.total_minor if line.includes_tax else line.total_minor - line.tax_minor
        assert base == line.base_minor
        whole = 10_000 + line.tax_rate_basis_points if line.includes_tax else 10_000
        assert line.tax_minor == rounded_share(base, line.tax_rate_basis_points, whole)


@given(lines=LINES, discounts=DISCOUNTS)
def test_gift_cards_and_delivery_are_never_reduced(lines, discounts):
    after = reduce(lines, discounts)

    assert [line for line in after if line.kind != "product"] == [line for line in lines if line.kind != "product"]
