"""Statements of both families: they prove themselves, pages are joined, and nothing hostile is opened."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from datetime import date

import mt940 as other_reader
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payments.reconciliation.formats.base import NotAStatement
from payments.reconciliation.formats.registry import open_statement, summarise
from tests.payments.reconciliation.formats.builders import (
    VERSIONS,
    a_camt,
    an_mt940,
    camt_balance,
    camt_document,
    camt_entry,
    camt_statement,
    entries_in,
    mt_balance,
    mt_entry,
    mt_message,
    statement_summary_of,
)

_ENTRIES = st.lists(st.integers(-900_000_00, 900_000_00), max_size=12)
_BOTH = pytest.mark.parametrize("build", [a_camt, an_mt940])


def _refusal(content: bytes) -> NotAStatement:
    with pytest.raises(NotAStatement) as caught:
        statement_summary_of(content)
    return caught.value


@_BOTH
@given(entries=_ENTRIES, opening=st.integers(-1_000_00, 1_000_00), off=st.sampled_from([0, 1, -1, 250]))
@settings(max_examples=60, deadline=None)
def test_a_statement_is_balanced_or_off_by_exactly_what_it_is_off(
    build: Callable[..., bytes], entries: list[int], opening: int, off: int
) -> None:
    content = build(entries, opening=opening, closing=opening + sum(entries) - off)

    summary = statement_summary_of(content)

    (statement,) = summary.statements
    assert summary.status == ("out_of_balance" if off else "balanced")
    assert (statement.entry_count, statement.sum_minor, statement.difference_minor) == (len(entries), sum(entries), off)
    assert (statement.currency, statement.number) == ("EUR", "17")


@_BOTH
def test_an_entry_keeps_what_the_bank_says_of_it(build: Callable[..., bytes]) -> None:
    (entry,) = entries_in(build([12_345]))

    assert (entry.amount_minor, entry.currency, entry.booked_on) == (12_345, "EUR", date(2026, 11, 20))
    assert (entry.text, entry.bank_reference) == ("SANDBOX PAYOUT po_7 bakery", "BANK-1")
    assert not entry.is_pending


@_BOTH
def test_two_equal_entries_stay_two(build: Callable[..., bytes]) -> None:
    assert [entry.occurrence for entry in entries_in(build([500, 700, 500]))] == [1, 1, 2]


@_BOTH
def test_three_hundred_mutations_never_escape_as_another_exception(build: Callable[..., bytes]) -> None:
    original, dice = build([500, -200, 700]), random.Random(20261122)

    for _ in range(300):
        wounded = bytearray(original)
        for _ in range(dice.randint(1, 4)):
            at, length = dice.randrange(len(wounded)), dice.randint(1, 40)
            wounded[at : at + length] = dice.choice(
                [dice.randbytes(length), b"", b"\0", b"\xff", b"<", b":61:", b"9" * 99]
            )
        try:
            summarise(open_statement(io.BytesIO(bytes(wounded))))
        except NotAStatement as refusal:
            assert refusal.line is None or refusal.line >= 1


@pytest.mark.parametrize(
    ("content", "line"),
    [
        # No matter of a line.
        (b"", None),
        (b"  ", None),
        (b"PK\x03\x04", None),
        (b"%PDF-1.7\n", None),
        (b"<html><body/></html>", 1),
        (b"Date;Amount\r\n", 1),
        (b"<Document xmlns='urn:x'/>", 1),
    ],
)
def test_what_is_no_statement_is_refused(content: bytes, line: int | None) -> None:
    assert _refusal(content).line == line


@pytest.mark.parametrize("version", VERSIONS)
def test_camt_of_every_version_is_read_under_its_own_name(version: str) -> None:
    summary = statement_summary_of(a_camt([500], version=version))

    assert (summary.format, summary.status) == (version, "balanced")


def test_camt_entry_names_the_counterparty_and_the_payments_own_reference() -> None:
    (entry,) = entries_in(a_camt([500]))

    assert (entry.counterparty_name, entry.counterparty_iban, entry.end_to_end_id) == ("Sandbox AB", "SE45", "po_7")


@pytest.mark.parametrize("status", ["<Sts>PDNG</Sts>", "<Sts><Cd>PDNG</Cd></Sts>", "<Sts><Cd>INFO</Cd></Sts>"])
def test_camt_pending_entries_are_told_and_not_counted(status: str) -> None:
    inside = camt_balance("OPBD", 0) + camt_balance("CLBD", 100) + camt_entry(100) + camt_entry(999, status=status)

    content = camt_document(camt_statement(inside))

    assert [entry.is_pending for entry in entries_in(content)] == [False, True]
    assert statement_summary_of(content).status == "balanced"
    assert statement_summary_of(content).statements[0].entry_count == 1


def test_camt_previous_closing_stands_in_for_opening_and_available_balances_do_not() -> None:
    inside = camt_balance("CLAV", 9) + camt_balance("PRCD", 50) + camt_balance("OPAV", 7) + camt_balance("CLBD", 150)

    assert statement_summary_of(camt_document(camt_statement(inside + camt_entry(100)))).status == "balanced"


def test_camt_without_a_balance_is_unproven() -> None:
    summary = statement_summary_of(camt_document(camt_statement(camt_balance("OPBD", 0) + camt_entry(100))))

    assert (summary.status, summary.statements[0].closing_minor) == ("unproven", None)


@pytest.mark.parametrize("second", ["S-1", "S-2"])
def test_camt_pages_are_one_statement(second: str) -> None:
    first = camt_balance("OPBD", 0) + camt_balance("CLBD", 100) + camt_entry(100)
    last = camt_balance("OPBD", 100) + camt_balance("CLBD", 130) + camt_entry(30)
    content = camt_document(
        camt_statement(first, pages="<StmtPgntn><PgNb>1</PgNb><LastPgInd>false</LastPgInd></StmtPgntn>")
        + camt_statement(
            last, identifier=second, pages="<StmtPgntn><PgNb>2</PgNb><LastPgInd>true</LastPgInd></StmtPgntn>"
        )
    )

    (statement,) = statement_summary_of(content).statements

    assert (statement.opening_minor, statement.sum_minor, statement.closing_minor) == (0, 130, 130)
    assert statement.status == "balanced"


def test_camt_with_a_page_missing_is_unproven_even_if_it_ties() -> None:
    pages = "<StmtPgntn><PgNb>1</PgNb><LastPgInd>false</LastPgInd></StmtPgntn>"
    inside = camt_balance("OPBD", 0) + camt_balance("CLBD", 100) + camt_entry(100)

    assert statement_summary_of(camt_document(camt_statement(inside, pages=pages))).status == "unproven"


def test_camt_digits_beyond_the_currency_fail_the_entry_and_zeros_do_not() -> None:
    content = a_camt([885]).replace(b">8.85<", b">8.8500<")
    wrong = a_camt([885]).replace(b">8.85<", b">8.855<")

    assert statement_summary_of(content).status == "balanced"
    assert [failure.code for failure in statement_summary_of(wrong).row_failures] == ["amount_precision"]
    assert statement_summary_of(wrong).status == "out_of_balance"


def test_camt_balance_in_another_currency_is_a_failure_and_no_difference_is_made_up() -> None:
    inside = camt_balance("OPBD", 0) + camt_balance("CLBD", 100, "SEK") + camt_entry(100)

    summary = statement_summary_of(camt_document(camt_statement(inside)))

    assert [failure.code for failure in summary.row_failures] == ["currency_mismatch"]
    assert (summary.status, summary.statements[0].difference_minor) == ("out_of_balance", None)


_BODY = b"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.08'><BkToCstmrStmt><Stmt><Id>&x;</Id></Stmt></BkToCstmrStmt></Document>"


@pytest.mark.parametrize(
    "doctype",
    [
        b'<!DOCTYPE Document [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE Document [<!ENTITY x SYSTEM "http://127.0.0.1:1/x">]>',
        b'<!DOCTYPE Document [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x.dtd"> %p; <!ENTITY x "1">]>',
        b'<!DOCTYPE Document [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY x "&b;&b;&b;&b;">]>',
        b'<!DOCTYPE Document SYSTEM "file:///dev/zero">',
        b"<!-- " + b"x" * 200_000 + b' --><!DOCTYPE Document [<!ENTITY x "1">]>',
    ],
)
def test_camt_with_a_doctype_is_refused_before_anything_is_expanded(doctype: bytes) -> None:
    assert _refusal(doctype + _BODY).code == "xml_doctype"


def test_camt_that_breaks_off_is_refused_with_its_line() -> None:
    content = a_camt([500])

    assert _refusal(content[: len(content) // 2]).code == "xml_malformed"


@given(entries=st.lists(st.integers(-900_000_00, 900_000_00).filter(bool), min_size=1, max_size=8))
@settings(max_examples=30, deadline=None)
def test_mt940_agrees_with_an_independent_reader(entries: list[int]) -> None:
    content = an_mt940(entries)

    theirs = [int(entry.data["amount"].amount * 100) for entry in other_reader.parse(content.decode())]

    assert [entry.amount_minor for entry in entries_in(content)] == theirs


def test_mt940_pages_are_one_statement() -> None:
    first = mt_message([mt_balance("60F", 0), mt_entry(100), mt_balance("62M", 100)])
    last = mt_message([mt_balance("60M", 100), mt_entry(-30), mt_balance("62F", 70)], number="17/2")

    (statement,) = statement_summary_of((first + last).encode()).statements

    assert (statement.opening_minor, statement.sum_minor, statement.closing_minor) == (0, 70, 70)
    assert (statement.entry_count, statement.status) == (2, "balanced")


def test_mt940_pages_whose_balances_do_not_meet_are_out_of_balance() -> None:
    first = mt_message([mt_balance("60F", 0), mt_entry(100), mt_balance("62M", 100)])
    last = mt_message([mt_balance("60M", 101), mt_entry(-30), mt_balance("62F", 70)], number="17/2")

    summary = statement_summary_of((first + last).encode())

    assert [failure.code for failure in summary.row_failures] == ["page_chain"]
    assert summary.status == "out_of_balance"


def test_mt940_with_its_last_page_missing_is_unproven() -> None:
    content = mt_message([mt_balance("60F", 0), mt_entry(100), mt_balance("62M", 100)]).encode()

    assert statement_summary_of(content).status == "unproven"


def test_mt940_several_statements_of_several_accounts_stay_apart() -> None:
    one = mt_message([mt_balance("60F", 0), mt_entry(100), mt_balance("62F", 100)], account="NORTH")
    two = mt_message([mt_balance("60F", 5), mt_entry(-5), mt_balance("62F", 1)], account="SOUTH")

    statements = statement_summary_of((one + two).encode()).statements

    assert [(item.account, item.difference_minor) for item in statements] == [("NORTH", 0), ("SOUTH", -1)]


@pytest.mark.parametrize(
    ("line", "minor"),
    [
        (":61:2611201120C11,8NTRFNONREF", 1180),
        (":61:2611201120D107,NTRFNONREF", -10700),
        (":61:261120    DD212,39NMSCNONREF//", -21239),
        (":61:2611201120RC5,00NTRFNONREF", -500),
        (":61:2611201120RD5,00NTRFNONREF", 500),
        (":61:261120CR50990,05NTRFREF-1//BANK", 5099005),
    ],
)
def test_mt940_amounts_as_banks_write_them(line: str, minor: int) -> None:
    content = mt_message([mt_balance("60F", 0), line, mt_balance("62F", minor)]).encode()

    assert statement_summary_of(content).status == "balanced"
    assert entries_in(content)[0].amount_minor == minor


def test_mt940_days_that_do_not_exist_and_years_that_are_not_written() -> None:
    lines = [":61:2302300301D1,00NTRFNONREF", ":61:2701021231D1,00NTRFNONREF"]
    content = mt_message([mt_balance("60F", 200), *lines, mt_balance("62F", 0)]).encode()

    days = [(entry.value_on, entry.booked_on) for entry in entries_in(content)]

    assert days == [(date(2023, 2, 28), date(2023, 3, 1)), (date(2027, 1, 2), date(2026, 12, 31))]


def test_mt940_line_that_cannot_be_read_fails_that_entry_alone() -> None:
    lines = [mt_balance("60F", 0), ":61:nonsense", mt_entry(100), mt_balance("62F", 100)]

    summary = statement_summary_of(mt_message(lines).encode())

    assert [(failure.line, failure.code) for failure in summary.row_failures] == [(5, "line_malformed")]
    assert (summary.statements[0].sum_minor, summary.status) == (100, "out_of_balance")


def test_mt940_german_fields_give_purpose_name_account_and_reference() -> None:
    text = "166?00GUTSCHRIFT?20EREF+po_7?21SVWZ+SANDBOX PAYOUT ?22po_7 bakery\r\n?30BANKDEFF?31DE02?32Sandbox?33 AB"
    content = mt_message([mt_balance("60F", 0), mt_entry(100, text=text), mt_balance("62F", 100)]).encode()

    (entry,) = entries_in(content)

    assert (entry.text, entry.end_to_end_id) == ("SANDBOX PAYOUT po_7 bakery", "po_7")
    assert (entry.counterparty_name, entry.counterparty_iban) == ("Sandbox AB", "DE02")


def test_mt940_dutch_fields_give_purpose_name_account_and_reference() -> None:
    text = "/TRTP/SEPA/IBAN/NL02/NAME/Sandbox AB/EREF/po_7/REMI/SANDBOX PAYOUT po_7"
    content = mt_message([mt_balance("60F", 0), mt_entry(100, text=text), mt_balance("62F", 100)]).encode()

    (entry,) = entries_in(content)

    assert (entry.text, entry.end_to_end_id) == ("SANDBOX PAYOUT po_7", "po_7")
    assert (entry.counterparty_name, entry.counterparty_iban) == ("Sandbox AB", "NL02")


def test_mt940_free_text_is_joined_where_it_was_wrapped_and_a_reference_line_is_told_apart() -> None:
    text = "SANDBOX PAYOUT FOR THE BAKERY AT THE OLD MARKET SQUARE NUMBER po_\r\n7 AND MORE\r\nEREF+po_7"
    content = mt_message([mt_balance("60F", 0), mt_entry(100, text=text), mt_balance("62F", 100)]).encode()

    (entry,) = entries_in(content)

    assert entry.text == "SANDBOX PAYOUT FOR THE BAKERY AT THE OLD MARKET SQUARE NUMBER po_7 AND MORE"
    assert entry.end_to_end_id == "po_7"


def test_mt942_is_unproven_and_its_trailer_is_checked() -> None:
    right = mt_message([":34F:EUR0,00", mt_entry(100), mt_entry(-30), ":90D:1EUR0,30", ":90C:1EUR1,00"]).encode()
    wrong = right.replace(b":90C:1EUR1,00", b":90C:2EUR1,00")

    assert (statement_summary_of(right).format, statement_summary_of(right).status) == ("mt942", "unproven")
    assert [failure.code for failure in statement_summary_of(wrong).row_failures] == ["trailer_mismatch"]


def test_camt_payment_taken_back_names_whom_it_had_gone_to() -> None:
    """Its sides are those of the payment it takes back: we were the debtor of it."""
    sides = "<RltdPties><Dbtr><Nm>Bageri Nord</Nm></Dbtr><Cdtr><Nm>Mill AB</Nm></Cdtr></RltdPties>"
    entry = camt_entry(450).replace("</CdtDbtInd>", "</CdtDbtInd><RvslInd>true</RvslInd>", 1)
    entry = entry[: entry.index("<RltdPties>")] + sides + entry[entry.index("</RltdPties>") + len("</RltdPties>") :]

    [taken_back] = entries_in(camt_document(camt_statement(entry)))

    assert (taken_back.amount_minor, taken_back.counterparty_name) == (450, "Mill AB")


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        (
            "<FrToDt><FrDtTm>2026-11-20T00:00:00</FrDtTm><ToDtTm>2026-11-20T23:59:59</ToDtTm></FrToDt>",
            date(2026, 11, 20),
        ),
        ("<FrToDt><FrDtTm>2026-11-01T00:00:00</FrDtTm><ToDtTm>2026-11-20T23:59:59</ToDtTm></FrToDt>", None),
        ("", None),
    ],
    ids=["of one day", "of several days", "of no day"],
)
def test_camt_entry_without_a_day_is_of_its_statements_day_or_is_told(period: str, expected: date | None) -> None:
    entry = camt_entry(450)
    entry = entry[: entry.index("<BookgDt>")] + entry[entry.index("</ValDt>") + len("</ValDt>") :]
    content = camt_document(camt_statement(entry, pages=period))

    [found] = entries_in(content)

    assert found.booked_on == expected
    assert [failure.message for failure in found.failures] == ([] if expected else ["there is no date"])
    assert statement_summary_of(content).status == ("unproven" if expected else "out_of_balance")


def test_camt_amount_without_a_direction_is_told_in_words() -> None:
    content = a_camt([450]).replace(b"<CdtDbtInd>CRDT</CdtDbtInd><Sts>", b"<Sts>")

    [failure] = statement_summary_of(content).row_failures

    assert failure.message == "it is not said whether the amount is a credit or a debit"


def _summary(paid_in: str, paid_out: str, net: str, direction: str) -> str:
    return (
        f"<TxsSummry><TtlNtries><NbOfNtries>9</NbOfNtries><TtlNetNtry><Amt>{net}</Amt><CdtDbtInd>{direction}</CdtDbtInd></TtlNetNtry></TtlNtries>"
        f"<TtlCdtNtries><Sum>{paid_in}</Sum></TtlCdtNtries><TtlDbtNtries><Sum>{paid_out}</Sum></TtlDbtNtries></TxsSummry>"
    )


@pytest.mark.parametrize(
    ("summary", "status", "told"),
    [
        (_summary("10.5", "20", "9.50", "DBIT"), "balanced", []),
        (_summary("11.50", "20", "8.50", "DBIT"), "unproven", []),
        (_summary("", "20", "", ""), "unproven", []),
        (_summary("X", "20", "9.50", "DBIT"), "unproven", []),
        (
            _summary("10.50", "30", "19.50", "DBIT"),
            "out_of_balance",
            [
                "the summary says the debits come to 30.00, 20.00 are there",
                "the summary says the entries come to -19.50, -9.50 are there",
            ],
        ),
    ],
    ids=["ties", "ties with what is pending", "says one side", "says nothing that can be read", "is off"],
)
def test_camt_without_balances_is_proven_by_the_banks_own_summary(summary: str, status: str, told: list[str]) -> None:
    entries = camt_entry(1050) + camt_entry(-2000) + camt_entry(100, status="<Sts><Cd>PDNG</Cd></Sts>")

    found = statement_summary_of(camt_document(camt_statement(summary + entries)))

    assert (found.status, [failure.message for failure in found.row_failures]) == (status, told)


def test_camt_balances_are_proof_enough_whatever_the_summary_says() -> None:
    content = a_camt([1050]).replace(b"<Ntry>", _summary("99", "99", "0", "CRDT").encode() + b"<Ntry>")

    assert statement_summary_of(content).status == "balanced"


@pytest.mark.parametrize(
    ("own", "of_the_payment", "expected"),
    [("NONREF", "", ""), ("", "TX-9", "TX-9"), ("NOTPROVIDED", "NONREF", ""), ("B-7", "TX-9", "B-7")],
)
def test_camt_entry_without_a_reference_of_the_bank_takes_no_number_for_one(
    own: str, of_the_payment: str, expected: str
) -> None:
    entry = camt_entry(450).replace("<Ntry>", "<Ntry><NtryRef>1</NtryRef>", 1)
    entry = entry.replace("<AcctSvcrRef>BANK-1</AcctSvcrRef>", f"<AcctSvcrRef>{own}</AcctSvcrRef>")
    entry = entry.replace("<Refs>", f"<Refs><AcctSvcrRef>{of_the_payment}</AcctSvcrRef>")
    content = camt_document(camt_statement(entry))

    [found] = entries_in(content)
    [renumbered] = entries_in(content.replace(b"<NtryRef>1<", b"<NtryRef>5<"))

    assert found.bank_reference == expected
    assert found.identity == renumbered.identity


@pytest.mark.parametrize(
    ("opening", "closing", "status"),
    [
        ("10.0000000000005", "20.4999999999999", "balanced"),
        ("10.0000000000005", "20.5100000000001", "out_of_balance"),
        ("10.0012345", "20.50", "out_of_balance"),
    ],
)
def test_camt_balance_that_was_a_float_at_the_bank_is_read_and_still_has_to_tie(
    opening: str, closing: str, status: str
) -> None:
    content = a_camt([1050]).replace(b">10.00</Amt>", f">{opening}</Amt>".encode(), 1)

    assert statement_summary_of(content.replace(b">20.50</Amt>", f">{closing}</Amt>".encode(), 1)).status == status


def test_camt_entry_that_was_a_float_is_told() -> None:
    [failure] = statement_summary_of(a_camt([1050]).replace(b">10.50</Amt>", b">10.5000000000001</Amt>")).row_failures

    assert failure.code == "amount_precision"
