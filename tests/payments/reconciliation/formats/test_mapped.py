"""A bank's CSV read by a column mapping: signs, styles, and a running balance that proves each row."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payments.reconciliation.formats.base import NotAStatement, StatementEntry, StatementSummary
from payments.reconciliation.formats.registry import OpenStatementFile, summarise
from payments.reconciliation.statements.opening import open_mapped
from payments.settlement.formats.mapping import MappingSpec, SavedMapping
from tests.payments.reconciliation.formats.builders import entries_of

SPEC: dict[str, Any] = {
    "side": "statement", "delimiter": ";", "decimal": ",", "thousands": " ", "zone": "Europe/Stockholm", "currency": "SEK",
    "columns": {"booked_on": "Bokföringsdag", "amount": "Belopp", "text": "Text", "balance": "Saldo", "reference": "Referens"},
}  # fmt: skip


def _file(content: bytes, changes: dict[str, Any] | None = None) -> OpenStatementFile:
    spec = MappingSpec.from_json({**SPEC, **(changes or {})})
    return open_mapped(io.BytesIO(content), SavedMapping("mapped:x", "Bank", spec, ""))


def _summary(content: bytes, changes: dict[str, Any] | None = None) -> StatementSummary:
    return summarise(_file(content, changes))


def _entries(content: bytes, changes: dict[str, Any] | None = None) -> list[StatementEntry]:
    return entries_of(_file(content, changes).items())


def _amount(minor: int) -> str:
    return f"{'-' if minor < 0 else ''}{abs(minor) // 100:,}".replace(",", " ") + f",{abs(minor) % 100:02}"


def _csv(amounts: list[int], *, opening: int = 10_000, upwards: bool = False, encoding: str = "utf-8-sig") -> bytes:
    rows, balance = [], opening
    for minor in amounts:
        balance += minor
        rows.append(f"2026-11-20;{_amount(minor)};Bankgirobetalning;{_amount(balance)};1234566")
    head = "Bokföringsdag;Belopp;Text;Saldo;Referens"
    return "\r\n".join([head, *(reversed(rows) if upwards else rows), ""]).encode(encoding)


@pytest.mark.parametrize("upwards", [False, True])
@given(amounts=st.lists(st.integers(-900_000_00, 900_000_00).filter(bool), min_size=2, max_size=10, unique_by=abs))
@settings(max_examples=50, deadline=None)
def test_a_running_balance_proves_every_row_in_either_order(upwards: bool, amounts: list[int]) -> None:
    summary = _summary(_csv(amounts, upwards=upwards))

    (statement,) = summary.statements
    assert (summary.status, statement.sum_minor) == ("balanced", sum(amounts))
    assert (statement.opening_minor, statement.closing_minor) == (10_000, 10_000 + sum(amounts))


def test_a_row_that_is_missing_or_off_by_one_breaks_the_balance_on_its_line() -> None:
    lines = _csv([100, 200, 300, 400]).split(b"\r\n")
    missing, off = b"\r\n".join(lines[:2] + lines[3:]), _csv([100, 200, 300, 400]).replace(b"3,00;Bank", b"3,01;Bank")

    for content, line in ((missing, 3), (off, 4)):
        summary = _summary(content)

        assert summary.status == "out_of_balance"
        assert [(failure.line, failure.code) for failure in summary.row_failures] == [(line, "running_balance")]


def test_without_a_balance_nothing_is_proven_and_nothing_is_claimed() -> None:
    columns = {name: column for name, column in SPEC["columns"].items() if name != "balance"}

    assert _summary(_csv([100]), {"columns": columns}).status == "unproven"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_encodings_are_found_by_looking(encoding: str) -> None:
    assert _summary(_csv([100, 250], encoding=encoding)).status == "balanced"


def test_what_the_bank_says_of_an_entry_is_kept() -> None:
    (entry,) = _entries(_csv([123_456]))

    assert (entry.amount_minor, entry.currency, entry.booked_on) == (123_456, "SEK", date(2026, 11, 20))
    assert (entry.text, entry.reference) == ("Bankgirobetalning", "1234566")


def test_debit_and_credit_columns_and_the_inverse_sign_of_cards() -> None:
    both = b"Date,Out,In\n20/11/2026,5.00,\n21/11/2026,,7.50\n"
    columns = {"booked_on": "Date", "debit": "Out", "credit": "In"}
    style = {"delimiter": ",", "decimal": ".", "thousands": "", "date_order": "dmy", "columns": columns}
    card = {**style, "sign": "inverse", "columns": {"booked_on": "Date", "amount": "Out"}}

    assert [entry.amount_minor for entry in _entries(both, {**style, "sign": "debit_credit"})] == [-500, 750]
    assert _entries(both, card)[0].amount_minor == -500


def test_equal_entries_stay_two() -> None:
    assert [
        entry.occurrence
        for entry in _entries(b"Bokf\xf6ringsdag;Belopp;Text;Saldo;Referens\n" + b"2026-11-20;5,00;a;;\n" * 2)
    ] == [1, 2]


def test_rows_that_cannot_be_read_are_told_and_block_the_file() -> None:
    content = _csv([100]) + b"2026-13-01;1,00;x;;\r\n2026-11-20;;x;;\r\n2026-11-20;1.00;x;;\r\n;1,00;x;;\r\n"

    summary = _summary(content)

    assert [failure.code for failure in summary.row_failures] == [
        "date_malformed", "amount_missing", "amount_malformed", "date_missing",
    ]  # fmt: skip
    assert summary.status == "out_of_balance"


def test_a_file_without_the_columns_is_refused() -> None:
    with pytest.raises(NotAStatement) as caught:
        _summary(b"Date;Amount;Text\n2026-11-20;1,00;x\n")
    assert caught.value.code == "column_missing"


def test_balances_totals_and_reservations_around_the_entries_are_no_entries() -> None:
    lines = _csv([100, -250]).decode("utf-8-sig").split("\r\n")
    lines[1:1] = ["Reserverat;-99,00;Kortköp;;", "Solde en fin de période;;;655,25;"]
    lines[-1:] = ["Ingående saldo;500,00;;;", ""]

    summary = _summary("\r\n".join(lines).encode())

    assert (summary.status, summary.statements[0].sum_minor, summary.statements[0].entry_count) == ("balanced", -150, 2)


def test_a_file_whose_every_day_is_words_was_given_the_wrong_column() -> None:
    columns = {**SPEC["columns"], "booked_on": "Text", "text": "Bokföringsdag"}

    summary = _summary(_csv([100, 250]), {"columns": columns})

    assert summary.status == "out_of_balance"
    assert summary.row_failures[0].message == "'Bankgirobetalning' is not a date"


def _with_balances(content: bytes, kept: set[int]) -> bytes:
    """Leave the balance on the rows of these numbers alone."""
    head, *rows = content.decode("utf-8-sig").rstrip("\r\n").split("\r\n")
    for number, row in enumerate(rows):
        cells = row.split(";")
        rows[number] = ";".join([*cells[:3], cells[3] if number in kept else "", *cells[4:]])
    return "\r\n".join([head, *rows, ""]).encode()


@pytest.mark.parametrize("upwards", [False, True])
def test_a_balance_on_some_rows_proves_those_between(upwards: bool) -> None:
    amounts = [100, -250, 4000, 75, 8000]
    content = _with_balances(_csv(amounts, upwards=upwards), {1, 3})

    [statement] = _summary(content).statements
    [off] = _summary(content.replace(b";40,00;", b";41,00;")).row_failures

    assert (statement.status, statement.opening_minor, statement.closing_minor) == ("balanced", 10_000, 21_925)
    assert (off.code, off.line) == ("running_balance", 5)


def test_one_balance_among_other_rows_proves_nothing() -> None:
    summary = _summary(_with_balances(_csv([100, -250, 4000]), {1}))

    assert (summary.status, summary.statements[0].opening_minor) == ("unproven", None)
