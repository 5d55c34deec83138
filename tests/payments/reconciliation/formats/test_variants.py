"""Statements as banks and programs spell them: every legal spelling of one statement says the same."""

from __future__ import annotations

import pytest

from payments.reconciliation.formats.base import NotAStatement
from tests.payments.reconciliation.formats.builders import (
    a_camt,
    an_mt940,
    an_ofx,
    entries_in,
    mt_balance,
    mt_message,
    statement_summary_of,
)

MT940 = an_mt940([1050, -50])
HEADER = b"{1:F01COBADEFFXXXX0000000000}{2:I940COBADEFFXXXXN}"
APPLICATION = '<AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.02"><BizMsgIdr>X</BizMsgIdr></AppHdr>'


def _wrapped(head: bytes, tail: bytes) -> bytes:
    return head + MT940.rstrip(b"\r\n-") + b"\r\n" + tail


@pytest.mark.parametrize(
    "content",
    [
        MT940,
        MT940.replace(b"\r\n-\r\n", b"\r\n"),
        MT940.replace(b"\r\n", b"\n"),
        MT940.replace(b"\r\n", b"\r"),
        MT940.decode().encode("utf-16"),
        b"ABNANL2A\r\n940\r\nABNANL2A\r\n" + MT940,
        _wrapped(HEADER + b"{4:\r\n", b"-}"),
        _wrapped(HEADER + b"{3:{108:ABC}}{4:\r\n", b"-}{5:{MAC:00000000}{CHK:19DA346889CC}}{S:{COP:S}}"),
        _wrapped(HEADER + b"{4:", b"-}"),
        MT940.replace(b":28C:17/1", b":28:17/1"),
        MT940.replace(b":25:SE4550000000058398257466", b":25P:SE4550000000058398257466\r\nESSESESS"),
        MT940.replace(b"C10,50N", b"CR10,50N"),
        MT940.replace(b"C10,50N", b"C 10,5N"),
        MT940.replace(b"C10,50N", b"C10.50N"),
    ],
)
def test_a_swift_statement_says_the_same_with_or_without_blocks_and_however_its_fields_are_spelt(
    content: bytes,
) -> None:
    summary = statement_summary_of(content)

    [statement] = summary.statements
    assert (summary.format, summary.status, statement.account) == ("mt940", "balanced", "SE4550000000058398257466")
    assert [entry.amount_minor for entry in entries_in(content)] == [1050, -50]


def test_two_messages_that_follow_each_other_on_one_line_are_two_statements() -> None:
    second = an_mt940([7], opening=2000).rstrip(b"\r\n-")
    content = _wrapped(HEADER + b"{4:\r\n", b"-}" + HEADER + b"{4:\r\n" + second + b"\r\n-}")

    assert [statement.entry_count for statement in statement_summary_of(content).statements] == [2, 1]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (
            "166?00GUTSCHRIFT?109310?20EREF+E1?21SVWZ+Rechnung 4711 Danke ?22sehr?30COBADEFF?31DE02120300000000202051?32Ada?33 Berg",
            ("Rechnung 4711 Danke sehr", "E1", "Ada Berg", "DE02120300000000202051"),
        ),
        (
            "?00GUTSCHRIFT?20EREF+E1?21SVWZ+Rechnung 4711?30COBADEFF?31DE02120300000000202051?32Ada Berg",
            ("Rechnung 4711", "E1", "Ada Berg", "DE02120300000000202051"),
        ),
        (
            "EREF+ABC-1 SVWZ+Invoice 5 IBAN+DE02120300000000202051 ABWA+Ada Berg",
            ("Invoice 5", "ABC-1", "Ada Berg", "DE02120300000000202051"),
        ),
        (
            "/EREF/EV1//CNTP/NL32INGB0000012345/INGBNL2A/ADA BERG///REMI/USTD//EV10001/",
            ("EV10001", "EV1", "ADA BERG", "NL32INGB0000012345"),
        ),
        (
            "/TRTP/SEPA OVERBOEKING/IBAN/NL47INGB9999999999/BIC/INGBNL2A/NAME/A BERG/REMI/Factuur 4711/EREF/NOTPROVIDED",
            ("Factuur 4711", "", "A BERG", "NL47INGB9999999999"),
        ),
        ("/EREF/E-9/ORDP//NAME/A Berg/ADDR/Street 1 AMSTERDAM/REMI/Order 12", ("Order 12", "E-9", "A Berg", "")),
        ("/PREF/M1//REMI/USTD//TOTAAL 1 VZ/", ("TOTAAL 1 VZ", "", "", "")),
    ],
)
def test_what_german_and_dutch_banks_tell_of_a_payment_is_told_apart(told: str, expected: tuple[str, ...]) -> None:
    entry = f":61:2611201120C10,50NTRF{'PREF' if told.startswith('/PREF') else 'NONREF'}//B1\r\n:86:{told}"
    lines = [mt_balance("60F", 0), entry, mt_balance("62F", 1050)]

    [read] = entries_in(mt_message(lines).encode())

    assert (read.text, read.end_to_end_id, read.counterparty_name, read.counterparty_iban) == expected


@pytest.mark.parametrize("number", [f"{number:02}" for number in range(2, 14)])
def test_every_version_of_camt_is_read(number: str) -> None:
    summary = statement_summary_of(a_camt([1050, -50], version=f"camt.053.001.{number}"))

    assert (summary.format, summary.status) == (f"camt.053.001.{number}", "balanced")


@pytest.mark.parametrize(
    "envelope",
    [
        '<BizMsgEnvlp xmlns="urn:iso:std:iso:20022:tech:xsd:nvlp.001.001.01"><Hdr>{head}</Hdr><Doc>{document}</Doc></BizMsgEnvlp>',
        "<RequestPayload>{head}{document}</RequestPayload>",
        '<b:Files xmlns:b="urn:bank:files"><b:File>{document}</b:File></b:Files>',
    ],
)
def test_a_camt_document_is_found_in_its_envelope(envelope: str) -> None:
    document = a_camt([1050, -50]).decode().partition("?>")[2]

    summary = statement_summary_of(envelope.format(head=APPLICATION, document=document).encode())

    assert (summary.format, summary.status) == ("camt.053.001.08", "balanced")
    assert [statement.entry_count for statement in summary.statements] == [2]


def test_an_envelope_without_a_camt_document_is_no_statement() -> None:
    inside = '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.03"><CstmrPmtStsRpt/></Document>'

    with pytest.raises(NotAStatement, match="no bank statement we know"):
        statement_summary_of(f"<RequestPayload>{APPLICATION}{inside}</RequestPayload>".encode())


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data,
        lambda data: data.replace(b"\r\n", b""),
        lambda data: data.decode("cp1252").encode("utf-16"),
        lambda data: data.replace(b"<OFX>", b'<OFX xmlns="http://ofx.net/types/2003/04">'),
        lambda data: data.replace(b"<OFX>", b'<o:OFX xmlns:o="http://ofx.net/types/2003/04">').replace(
            b"</OFX>", b"</o:OFX>"
        ),
    ],
)
@pytest.mark.parametrize("version", [1, 2])
def test_both_versions_of_ofx_are_read_however_they_are_spelt(version: int, change) -> None:
    content = change(an_ofx([1050, -50], version=version))

    assert [entry.amount_minor for entry in entries_in(content)] == [1050, -50]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            b"01,0004,12345,060321,0829,001,80,1,2/\n02,12345,0004,1,060317,,CAD,/\n",
            "a BAI2 balance report; ask the bank for camt.053",
        ),
        (b"0000" + b"0110112725" + b"05" + b"X".ljust(111) + b"2\r\n", "a CODA statement; ask the bank for camt.053"),
    ],
)
def test_a_statement_that_is_known_and_not_read_says_what_to_ask_for(content: bytes, words: str) -> None:
    with pytest.raises(NotAStatement, match=words):
        statement_summary_of(content)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("urn:iso:std:iso:20022:tech:xsd:camt.053.001.08", "urn:bank:statements"),
        lambda text: text.replace(' xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"', ""),
        lambda text: text.replace("</Document>", "").replace(
            '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">', ""
        ),
    ],
    ids=["a namespace of the bank's own", "no namespace", "no document around it"],
)
def test_a_camt_message_is_known_by_its_root_where_its_namespace_says_nothing(change) -> None:
    summary = statement_summary_of(change(a_camt([1050, -50]).decode()).encode())

    assert (summary.format, summary.status) == ("camt.053.001", "balanced")
    assert [statement.entry_count for statement in summary.statements] == [2]


def test_a_statement_line_that_the_bank_wrapped_is_one_line() -> None:
    behind_the_mark = MT940.replace(b"C10,50NTRFNONREF//BANK-1", b"CR\r\n10,50NTRFNONREF//BANK-1\r\n:")
    before_the_reference = MT940.replace(b"NONREF//BANK-1", b"NONREF\r\n//BANK-1")

    for content in (behind_the_mark, before_the_reference):
        first, _ = entries_in(content)

        assert statement_summary_of(content).status == "balanced"
        assert (first.amount_minor, first.bank_reference, first.text) == (1050, "BANK-1", "SANDBOX PAYOUT po_7 bakery")


def test_a_line_without_its_kind_has_no_reference_where_it_says_so() -> None:
    assert [entry.end_to_end_id for entry in entries_in(MT940.replace(b"NTRFNONREF", b"NONREF"))] == ["", ""]


def test_what_a_bank_tells_in_fields_of_its_own_is_kept_where_there_is_no_information_field() -> None:
    content = MT940.replace(b":86:SANDBOX PAYOUT po_7 bakery", b":NS:01526715\r\n15Sandbox AB\r\n16PAYOUT po_7", 1)

    assert entries_in(content)[0].text == "526715 Sandbox AB PAYOUT po_7"


def test_amounts_in_what_is_wrong_with_pages_and_trailers_are_written_like_amounts() -> None:
    pages = mt_message([mt_balance("60F", 1000), mt_balance("62M", 1000)]) + mt_message(
        [mt_balance("60M", 2000), mt_balance("62F", 2000)], number="17/2"
    )
    notice = mt_message([":34F:EUR0,", ":61:2611201120C10,50NTRFNONREF", ":90C:1EUR9,50"])

    [chain] = statement_summary_of(pages.encode()).row_failures
    [trailer] = statement_summary_of(notice.encode()).row_failures

    assert chain.message == "the page opens with 20.00, the one before closed with 10.00"
    assert trailer.message == "the trailer says 1 entries of 9.50, 1 of 10.50 are there"


def test_a_blank_behind_the_amount_and_a_bank_reference_that_is_none_are_nothing() -> None:
    first, _ = entries_in(MT940.replace(b"C10,50NTRFNONREF//BANK-1", b"C10,50 NTRFNONREF//NONREF"))

    assert (first.amount_minor, first.end_to_end_id, first.bank_reference) == (1050, "", "")


def _laid_out(order: str) -> bytes:
    """A page whose entries (E, of 1.00, 2.00 …) and details (D, a, b …) stand in this order."""
    lines, number, letter = [], 0, 0
    for sign in order:
        if sign == "E":
            number += 1
            lines.append(f":61:2611201120C{number},00NTRFNONREF//B{number}")
        else:
            lines.append(f":86:{'abcdef'[letter]}")
            letter += 1
    total = 100 * number * (number + 1) // 2
    return mt_message([mt_balance("60F", 0), *lines, mt_balance("62F", total), ":86:said of the page"]).encode()


@pytest.mark.parametrize(
    ("order", "texts"),
    [
        ("EDED", ["a", "b"]),
        ("EEDE", ["", "a", ""]),
        ("DEDE", ["a", "b"]),
        ("DE", ["a"]),
        ("DEDEDE", ["a", "b", "c"]),
        # One before the first of them, and one behind the last: the first is said of the page.
        ("DEDED", ["b", "c"]),
        ("DEED", ["", "b"]),
        ("DEE", ["", ""]),
    ],
)
def test_details_before_their_entries_are_theirs_where_the_page_says_so(order: str, texts: list[str]) -> None:
    content = _laid_out(order)

    assert [entry.text for entry in entries_in(content)] == texts
    assert statement_summary_of(content).status == "balanced"


@pytest.mark.parametrize("order", ["DEDEE", "DEEDE", "DDEDE"])
def test_details_that_may_be_of_either_entry_block_the_file(order: str) -> None:
    summary = statement_summary_of(_laid_out(order))

    assert (summary.status, [failure.code for failure in summary.row_failures]) == (
        "out_of_balance",
        ["details_unclear"],
    )


def test_each_page_has_its_own_way_of_details() -> None:
    content = _laid_out("DEDE") + _laid_out("EDED").replace(b"17/1", b"18/1")

    assert [entry.text for entry in entries_in(content)] == ["a", "b", "a", "b"]
