"""OFX and QFX: values open or closed, whatever the bank does to the order, and keys that some banks use twice."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payments.reconciliation.formats.base import NotAStatement
from payments.reconciliation.statements.reading import line_key
from tests.payments.reconciliation.formats.builders import an_ofx, entries_in, statement_summary_of

_VERSIONS = pytest.mark.parametrize("version", [1, 2])


@_VERSIONS
def test_entries_and_balance_are_read_with_values_open_or_closed(version: int) -> None:
    content = an_ofx([12_345, -200], closing=99_00, version=version)

    summary = statement_summary_of(content)
    first, second = entries_in(content)

    (statement,) = summary.statements
    assert (summary.format, summary.status) == (f"ofx{version}", "unproven")
    assert (statement.account, statement.currency, statement.closing_minor) == ("58398257466", "EUR", 99_00)
    assert (statement.opened_on, statement.closed_on) == (date(2026, 11, 20), date(2026, 11, 20))
    assert (first.amount_minor, second.amount_minor) == (12_345, -200)
    assert (first.bank_reference, first.counterparty_name) == ("F-1", "Sandbox AB")
    assert first.text == "Sandbox AB SANDBOX PAYOUT po_7 bakery"


@_VERSIONS
@given(entries=st.lists(st.integers(-900_000_00, 900_000_00), max_size=12))
@settings(max_examples=40, deadline=None)
def test_every_entry_is_there_once_with_its_amount(version: int, entries: list[int]) -> None:
    assert [entry.amount_minor for entry in entries_in(an_ofx(entries, version=version))] == entries


def test_the_day_is_the_banks_own_whatever_offset_stands_behind_it() -> None:
    assert entries_in(an_ofx([1]))[0].booked_on == date(2026, 11, 20)


def test_a_key_used_twice_keeps_both_entries_and_a_changed_text_adds_none() -> None:
    twice = an_ofx([100, 250]).replace(b"F-2", b"F-1")
    reworded = an_ofx([100]).replace(b"bakery", b"BAKERY, MAIN STREET")

    assert len({line_key(entry) for entry in entries_in(twice)}) == 2
    assert line_key(entries_in(reworded)[0]) == line_key(entries_in(an_ofx([100]))[0])


def test_equal_entries_under_one_key_stay_two() -> None:
    twice = an_ofx([100, 100]).replace(b"F-2", b"F-1")

    assert [entry.occurrence for entry in entries_in(twice)] == [1, 2]


def test_empty_values_entities_cdata_and_parts_do_not_disturb_each_other() -> None:
    content = an_ofx([100]).replace(
        b"<NAME>Sandbox AB", b"<CHECKNUM>\r\n<PAYEE><NAME>Nord &amp; S\xf6n</PAYEE><MEMO2>\r\n"
    )
    wrapped = an_ofx([100], version=2).replace(b"SANDBOX PAYOUT po_7 bakery", b"<![CDATA[a < b]]>")

    assert entries_in(content)[0].counterparty_name == "Nord & Sön"
    assert entries_in(content)[0].amount_minor == 100
    assert entries_in(wrapped)[0].text == "Sandbox AB a < b"


def test_entries_that_are_not_ended_end_where_the_next_begins() -> None:
    content = an_ofx([100, -200, 300]).replace(b"</STMTTRN>", b"")

    assert [entry.amount_minor for entry in entries_in(content)] == [100, -200, 300]


def test_a_reference_with_check_digits_is_kept_apart() -> None:
    content = an_ofx([100]).replace(b"SANDBOX PAYOUT po_7 bakery", b"Invoice RF18 5390 0754 7034 thanks")
    ocr = an_ofx([100]).replace(b"SANDBOX PAYOUT po_7 bakery", b"1234566")

    assert entries_in(content)[0].reference == "RF18539007547034"
    assert entries_in(ocr)[0].reference == "1234566"
    assert entries_in(an_ofx([100]))[0].reference == ""


@pytest.mark.parametrize("at", [b"</STMTRS>", b"<LEDGERBAL>", b"<FITID>F-2"])
def test_a_file_cut_anywhere_in_its_statement_is_refused(at: bytes) -> None:
    content = an_ofx([100, 200])

    with pytest.raises(NotAStatement) as caught:
        statement_summary_of(content[: content.index(at)])
    assert caught.value.code == "file_broken_off"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"1,00", b"1.00,00", "amount_malformed"),
        (b"20261120233000", b"20261320233000", "date_malformed"),
        (b"<CURDEF>EUR", b"<CURDEF>ZZZ", "currency_unknown"),
    ],
)
def test_an_entry_that_cannot_be_trusted_is_told_and_the_file_blocked(old: bytes, new: bytes, code: str) -> None:
    summary = statement_summary_of(an_ofx([100]).replace(old, new, 1))

    assert summary.status == "out_of_balance"
    assert code in {failure.code for failure in summary.row_failures}


def test_entries_name_the_currency_where_the_statement_leaves_it_empty() -> None:
    content = an_ofx([100], version=2).replace(b"<CURDEF>EUR</CURDEF>", b"<CURDEF></CURDEF>")
    named = content.replace(b"</STMTTRN>", b"<CURRENCY><CURRATE>1.0</CURRATE><CURSYM>EUR</CURSYM></CURRENCY></STMTTRN>")

    assert [(item.currency, item.sum_minor) for item in statement_summary_of(named).statements] == [("EUR", 100)]
    assert statement_summary_of(content).status == "out_of_balance"
    assert {failure.message for failure in statement_summary_of(content).row_failures} == {
        "the statement does not name its currency"
    }


@pytest.mark.parametrize(
    ("inside", "told"),
    [
        ("<INVSTMTMSGSRSV1><INVSTMTRS><CURDEF>EUR</INVSTMTRS></INVSTMTMSGSRSV1>", "an investment account"),
        (
            "<SIGNONMSGSRSV1><SONRS><STATUS><CODE>15500<SEVERITY>ERROR<MESSAGE>Signon invalid</STATUS></SONRS></SIGNONMSGSRSV1>",
            "why the bank sent no statement: 'Signon invalid'",
        ),
        ("<BANKMSGSRSV1></BANKMSGSRSV1>", "the file holds no statement"),
    ],
)
def test_a_file_without_a_statement_says_what_it_is_instead(inside: str, told: str) -> None:
    with pytest.raises(NotAStatement, match=told):
        statement_summary_of(f"OFXHEADER:100\r\nDATA:OFXSGML\r\n\r\n<OFX>{inside}</OFX>".encode())


@pytest.mark.parametrize(
    ("written", "minor"),
    [
        ("+1 006,60", 100_660),
        ("-1 234 567.8", -123_456_780),
        ("1.234,56", 123_456),
        ("-1.234.567,8", -123_456_780),
        ("+1,234.56", 123_456),
        ("1.234.567", 123_456_700),
        ("1,234,567", 123_456_700),
        ("0.500", 50),
        ("1234.500", 123_450),
        ("12.5000", 1_250),
    ],
)
def test_thousands_are_read_where_they_can_be_nothing_else(written: str, minor: int) -> None:
    [entry] = entries_in(an_ofx([100]).replace(b"<TRNAMT>1,00", f"<TRNAMT>{written}".encode()))

    assert (entry.amount_minor, entry.failures) == (minor, ())


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("1.234", "amount_ambiguous"),
        ("-1.000", "amount_ambiguous"),
        ("1,230", "amount_ambiguous"),
        ("1 23,45", "amount_malformed"),
        ("12 3456,00", "amount_malformed"),
        ("1.23,45", "amount_malformed"),
        ("1.234,56.7", "amount_malformed"),
        ("1.2345,67", "amount_malformed"),
        ("1,234.567,89", "amount_malformed"),
    ],
)
def test_an_amount_that_may_be_another_one_blocks_the_file(written: str, code: str) -> None:
    content = an_ofx([100]).replace(b"<TRNAMT>1,00", f"<TRNAMT>{written}".encode())
    [entry] = entries_in(content)

    assert (entry.amount_minor, [failure.code for failure in entry.failures]) == (0, [code])
    assert statement_summary_of(content).status == "out_of_balance"
