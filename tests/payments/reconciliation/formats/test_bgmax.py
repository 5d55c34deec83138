"""BgMax: every payment reachable by its reference, every deposit proven by sum and count."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payments.reconciliation.formats.base import NotAStatement
from payments.reconciliation.statements.reading import line_key
from tests.payments.reconciliation.formats.builders import (
    a_bgmax,
    bg_deposit,
    bg_payment,
    entries_in,
    statement_summary_of,
)

_DEPOSITS = st.lists(st.lists(st.integers(1, 900_000_00), min_size=1, max_size=5), min_size=1, max_size=4)


@given(deposits=_DEPOSITS, off=st.sampled_from([0, 1, -1, 500]))
@settings(max_examples=60, deadline=None)
def test_deposits_tie_or_are_off_by_exactly_what_they_are_off(deposits: list[list[int]], off: int) -> None:
    off = off if all(sum(deposit) + off >= 0 for deposit in deposits) else 0

    summary = statement_summary_of(a_bgmax(deposits, off=off))

    (statement,) = summary.statements
    assert summary.status == ("out_of_balance" if off else "balanced")
    assert statement.difference_minor == -off * len(deposits)
    assert statement.entry_count == sum(len(deposit) for deposit in deposits)
    assert [failure.code for failure in summary.row_failures] == (["deposit_sum"] * len(deposits) if off else [])


def test_a_payment_keeps_its_reference_its_payer_and_the_deposit_that_brings_it() -> None:
    content = a_bgmax([[12_300], [50]])
    name = "26Bageri Nord".ljust(80).encode()
    named = content.replace(b"\r\n15", b"\r\n" + name + b"\r\n15", 1)

    first, second = entries_in(named)

    assert (first.reference, first.amount_minor, first.booked_on) == ("100", 12_300, date(2026, 11, 20))
    assert (first.counterparty_name, second.counterparty_name) == ("Bageri Nord", "")
    assert (first.carried_by, second.carried_by) == ("bankgiro 50001234 2026-11-20/1", "bankgiro 50001234 2026-11-20/2")
    assert statement_summary_of(named).statements[0].account == "58398257466"


def test_several_references_of_one_payment_are_all_kept_once() -> None:
    more = "\r\n".join([bg_payment(0, "8013575", kind="22"), bg_payment(0, "8014573", kind="22")])
    content = a_bgmax([[100]]).decode("latin-1")
    content = content.replace(bg_payment(100, "100"), bg_payment(100, "8012577,8013575") + "\r\n" + more)
    content = content.replace("70000000010000000000000000", "70000000010000000000000002")

    (entry,) = entries_in(content.encode("latin-1"))

    assert entry.reference == "8012577 8013575 8014573"
    assert statement_summary_of(content.encode("latin-1")).status == "balanced"


def test_a_deduction_lowers_its_deposit() -> None:
    content = a_bgmax([[500, 200]]).decode("latin-1")
    content = content.replace(bg_payment(200, "200", serial=2), bg_payment(200, "200", serial=2, kind="21"))
    content = content.replace(bg_deposit(700, 2, serial=1), bg_deposit(300, 2, serial=1))
    content = content.replace("700000000200000000", "700000000100000001")

    summary = statement_summary_of(content.encode("latin-1"))

    assert (summary.status, summary.statements[0].sum_minor) == ("balanced", 300)


def test_currencies_stay_apart_in_sections_of_their_own() -> None:
    content = a_bgmax([[500]]).decode("latin-1")
    kronor = f"05{'50001234':0>10}{'':10}SEK".ljust(80)
    second = "\r\n".join([kronor, bg_payment(900, "77", serial=9), bg_deposit(900, 1, serial=2, currency="SEK")])
    trailer = content[content.rindex("70000") :]
    content = content.replace(trailer, second + "\r\n" + trailer.replace("7000000001", "7000000002", 1))
    content = content.replace("0000000000000001" + " " * 46, "0000000000000002" + " " * 46)

    summary = statement_summary_of(content.encode("latin-1"))

    assert [(part.currency, part.sum_minor, part.status) for part in summary.statements] == [
        ("EUR", 500, "balanced"),
        ("SEK", 900, "balanced"),
    ]


def test_a_payment_without_its_deposit_is_told_and_blocks_the_file() -> None:
    content = a_bgmax([[500, 600]])
    lines = [line for line in content.split(b"\r\n") if not line.startswith(b"15")]

    summary = statement_summary_of(b"\r\n".join(lines))

    assert summary.status == "out_of_balance"
    assert {failure.code for failure in summary.row_failures} == {"date_missing", "deposit_missing", "trailer_mismatch"}


def test_a_lost_payment_shows_in_sum_count_and_trailer() -> None:
    lines = a_bgmax([[500, 600]]).split(b"\r\n")

    summary = statement_summary_of(b"\r\n".join(lines[:2] + lines[3:]))

    assert [failure.code for failure in summary.row_failures] == ["deposit_count", "deposit_sum", "trailer_mismatch"]
    assert summary.statements[0].difference_minor == -500


def test_a_file_without_its_last_record_is_unproven_and_never_balanced() -> None:
    content = a_bgmax([[500]])

    assert statement_summary_of(content[: content.rindex(b"\r\n70")]).status == "unproven"


def test_equal_payments_stay_two_and_a_second_reading_finds_the_same_keys() -> None:
    keys = [line_key(entry) for entry in entries_in(a_bgmax([[500, 500]]))]

    assert len(set(keys)) == 2
    assert keys == [line_key(entry) for entry in entries_in(a_bgmax([[500, 500]]))]


@pytest.mark.parametrize("line", ["99nonsense", "26Nobody"])
def test_records_that_belong_nowhere_are_told(line: str) -> None:
    lines = a_bgmax([[500]]).split(b"\r\n")

    summary = statement_summary_of(b"\r\n".join([*lines[:2], line.ljust(80).encode(), *lines[2:]]))

    assert [failure.code for failure in summary.row_failures] == ["record_unknown"]
    assert summary.status == "out_of_balance"


def test_a_test_file_and_one_without_payments_are_refused_with_what_they_are() -> None:
    marked = a_bgmax([[300]]).replace(b"173035010331P", b"173035010331T")

    for content, told in (
        (marked, "a test file of Bankgirot"),
        (a_bgmax([])[:82] + b"70".ljust(34, b"0"), "no payment"),
    ):
        with pytest.raises(NotAStatement, match=told):
            statement_summary_of(content)
