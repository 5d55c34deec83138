"""However a bill is shared and in whatever order it is paid, not a unit is lost or found."""

from __future__ import annotations

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merchant.core.cash_rounding import in_cash
from terminals.pos.splitting.shares import (
    LineValue,
    Paid,
    SplitDoesNotAdd,
    TooManyPieces,
    by_amount,
    by_item,
    by_person,
    dues,
)


@given(base=st.integers(1, 10**9), persons=st.integers(1, 30))
def test_equal_shares_sum_to_the_bill_and_differ_by_a_unit_at_most(base, persons):
    parts = by_person(base, persons)

    assert sum(parts) == base
    assert max(parts) - min(parts) <= 1


@st.composite
def tables(draw):
    lines = [
        LineValue(uuid4(), quantity, total)
        for quantity, total in draw(
            st.lists(st.tuples(st.integers(1, 9), st.integers(0, 50_000)), min_size=1, max_size=8)
        )
    ]
    persons = draw(st.integers(1, 6))
    claims: list[dict] = [{} for _ in range(persons)]
    for line in lines:
        left = line.quantity
        for claim in claims:
            pieces = draw(st.integers(0, left))
            left -= pieces
            if pieces:
                claim[line.line_id] = pieces
    return lines, claims


@given(table=tables())
def test_shares_by_item_sum_to_the_bill_whatever_is_claimed(table):
    lines, claims = table
    total = sum(line.total_minor for line in lines)

    parts = by_item(total, lines, claims)

    assert sum(parts) == total
    assert min(parts) >= 0


@given(table=tables(), already=st.integers(0, 10_000))
def test_what_was_paid_before_is_taken_off_everybody_in_proportion(table, already):
    lines, claims = table
    total = sum(line.total_minor for line in lines)
    base = total - min(already, total)
    if base and total:
        assert sum(by_item(base, lines, claims)) == base


def test_what_nobody_claims_is_shared_by_all():
    wine, fish, meat = (LineValue(uuid4(), 1, total) for total in (3001, 2000, 1500))

    assert by_item(6501, [wine, fish, meat], [{fish.line_id: 1}, {meat.line_id: 1}]) == [3501, 3000]


def test_more_pieces_than_there_are_cannot_be_claimed():
    beer = LineValue(uuid4(), 2, 900)

    with pytest.raises(TooManyPieces):
        by_item(900, [beer], [{beer.line_id: 2}, {beer.line_id: 1}])


def test_amounts_must_be_the_whole_and_the_last_may_be_the_rest():
    assert by_amount(1000, [300, None]) == [300, 700]
    for amounts in ([300, 600], [300, 800], [1100, None], [None, 1000]):
        with pytest.raises(SplitDoesNotAdd):
            by_amount(1000, amounts)


@given(
    base=st.integers(50, 100_000),
    persons=st.integers(1, 8),
    chance=st.randoms(use_true_random=False),
    country=st.sampled_from(["DE", "FI"]),
)
def test_whoever_pays_in_whatever_order_by_card_or_cash_the_order_is_paid_to_the_last_unit(
    base, persons, chance, country
):
    step = 5 if country == "FI" else 1
    shares = by_person(base, persons)
    paid = [0] * persons
    for _ in range(persons * 4):
        left = base - sum(paid)
        if not left:
            break
        due = dues([Paid(*pair) for pair in zip(shares, paid, strict=True)], open_minor=left, slack_minor=step // 2)
        assert all(0 <= minor <= left for minor in due)
        assert any(due)
        index = chance.choice([index for index, minor in enumerate(due) if minor])
        amount = due[index]
        if chance.random() < 0.5 and amount != left:
            # Cash that is not the last is an amount that coins make.
            amount = min(in_cash(amount, country=country, currency="EUR"), left)
            if amount != left and (amount % step or not amount):
                amount = due[index]
        paid[index] += amount

    assert sum(paid) == base


@given(parts=st.lists(st.tuples(st.integers(1, 5000), st.integers(0, 5000)), min_size=1, max_size=8))
def test_without_rounding_what_is_due_is_exactly_what_is_open(parts):
    state = [Paid(share, min(share, paid)) for share, paid in parts]
    left = sum(part.share_minor - part.paid_minor for part in state)

    assert sum(dues(state, open_minor=left)) == left
