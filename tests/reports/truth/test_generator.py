"""The made-up trade: the same for the same seed, whole for every seed, and its files tie when others read them."""

import io
from collections import Counter

import pytest

from payments.reconciliation.formats import registry as statements
from payments.settlement.formats.sniff import open_report, summarise
from reports.truth.generator import make
from reports.truth.generator.world import half_up

KINDS = {
    "ambiguous", "amount", "currency", "duplicate", "fee", "fx", "late", "missing_in_report", "missing_payout", "not_ours", "refund_not_ours", "short_payout",
    "split", "statement_gap", "unclassified", "unexplained_bank_line",
}  # fmt: skip


def a_world(seed=1, payments=300, run="TEST1"):
    return make.make(payments=payments, seed=seed, run=run)


def test_the_same_seed_makes_the_same_bytes_and_another_seed_others():
    first, again, other = a_world(), a_world(), a_world(seed=2)

    assert [(file.name, file.content) for file in first.files] == [(file.name, file.content) for file in again.files]
    assert make.truth_of(first) == make.truth_of(again)
    assert first.files[0].content != other.files[0].content


@pytest.mark.parametrize("seed", range(30))
def test_every_seed_plants_every_kind_of_error(seed):
    truth = make.truth_of(a_world(seed))

    assert {fault["kind"] for fault in truth["planted"]} == KINDS


@pytest.mark.parametrize("seed", range(5))
def test_no_exception_is_planted_twice_on_one_thing_and_no_deal_is_matched_by_chance(seed):
    world = a_world(seed, payments=2_000)
    truth = make.truth_of(world)

    subjects = Counter(fault["subject"] for fault in truth["planted"] if fault["subject"])
    settled = Counter(reference for _, reference in truth["matches"])
    split = {fault["subject"].removeprefix("deal ") for fault in truth["planted"] if fault["kind"] == "split"}
    assert max(subjects.values()) == 1
    assert {reference for reference, times in settled.items() if times > 1} == split


@pytest.mark.parametrize("seed", range(5))
def test_every_file_ties_when_the_product_reads_it(seed):
    for file in a_world(seed).files:
        if file.side == "report":
            assert summarise(open_report(io.BytesIO(file.content))).status == "balanced", file.name
        else:
            summary = statements.summarise(statements.open_statement(io.BytesIO(file.content)))
            assert summary.status in ("balanced", "unproven"), file.name
            assert summary.row_failures == ()


def test_one_row_in_ten_lacks_our_reference_and_some_payouts_show_as_sums_only():
    world = a_world(payments=5_000)
    rows = [row for row in world.rows if row.deal]

    silent = sum(not row.order for row in rows) / len(rows)
    assert 0.08 < silent < 0.12
    assert any(len(line.payouts) > 1 for line in world.bank_lines)
    assert {file.round for file in world.files} == {1, 2}


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"), [(5, 2, 3), (-5, 2, -3), (7, 3, 2), (-7, 3, -2), (0, 3, 0), (4, 2, 2)]
)
def test_halves_are_rounded_away_from_nothing(numerator, denominator, expected):
    assert half_up(numerator, denominator) == expected
