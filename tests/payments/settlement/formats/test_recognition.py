"""A file is known by what is in it: any spelling of the same text is the same report, and nothing else is one."""

from __future__ import annotations

import io

import pytest

from payments.settlement.formats.base import NotAReport
from payments.settlement.formats.records import FIELD_CHARS_MAX
from payments.settlement.formats.registry import FORMATS
from payments.settlement.formats.sniff import open_report, summarise
from tests.payments.settlement.formats.builders import (
    ADYEN,
    ADYEN_HEADER,
    MAKERS,
    PAYPAL,
    SANDBOX,
    STRIPE,
    TRANSACTIONS,
    Maker,
    Sale,
    a_report,
    summary_of,
    written,
)


def _refusal(content: bytes) -> NotAReport:
    with pytest.raises(NotAReport) as caught:
        summary_of(content)
    return caught.value


def test_every_registered_format_has_a_maker_here() -> None:
    assert [entry.code for entry in FORMATS] == [maker.code for maker in MAKERS]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"])
@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.code)
def test_the_encoding_does_not_matter(maker: Maker, encoding: str) -> None:
    content = a_report(maker).decode().replace("ORD-1", "ORD-1 Malmö").encode(encoding)

    assert summary_of(content).as_json() == summary_of(a_report(maker)).as_json()


@pytest.mark.parametrize(("delimiter", "end"), [(";", "\r\n"), ("\t", "\n"), (",", "\n"), (",", "\r"), ("|", "\r\n")])
def test_delimiter_and_line_ends_do_not_matter(delimiter: str, end: str) -> None:
    rows = ADYEN.rows([Sale(1250, 31)])

    content = written(ADYEN_HEADER, rows, delimiter=delimiter, end=end).encode()

    assert summary_of(content).status == "balanced"


def test_case_spaces_and_blank_lines_do_not_matter() -> None:
    text = a_report(ADYEN).decode().replace("Psp Reference", "  PSPREFERENCE ").replace("\r\n", "\r\n\r\n,,,\r\n")

    assert summary_of(text.encode()).status == "balanced"
    assert summary_of(text.encode()).rows == 3


@pytest.mark.parametrize(
    "preamble", ["Settlement report\r\n", "Account,Period\r\nBakery,2026-11\r\n\r\n", "a,b\r\n" * 9]
)
@pytest.mark.parametrize("maker", [SANDBOX, ADYEN, STRIPE], ids=lambda maker: maker.code)
def test_the_columns_may_stand_below_a_title_or_another_header(maker: Maker, preamble: str) -> None:
    content = preamble.encode() + a_report(maker)

    assert summary_of(content).as_json() == summary_of(a_report(maker)).as_json()
    first = next(open_report(io.BytesIO(content)).rows())
    assert first.line == preamble.count("\n") + 2


@pytest.mark.parametrize("maker", [SANDBOX, ADYEN, STRIPE], ids=lambda maker: maker.code)
def test_a_header_that_stands_there_again_is_no_row(maker: Maker) -> None:
    head, *rows = a_report(maker).decode().splitlines()

    content = "\r\n".join([head, *rows[:1], head + ",", head, *rows[1:], ""]).encode()

    assert summary_of(content).as_json() == summary_of(a_report(maker)).as_json()


def test_a_trailing_delimiter_on_every_row_is_no_fault() -> None:
    head, *rows = a_report(SANDBOX).decode().splitlines()

    content = "\r\n".join([head, *(row + "," for row in rows)]).encode()

    assert summary_of(content).status == "balanced"


def test_a_repeated_column_name_keeps_both_cells() -> None:
    rows = [{**row, "Gross Currency": "EUR"} for row in ADYEN.rows([Sale(100, 1)])]
    content = written([*ADYEN_HEADER, "Net Currency"], rows).encode()

    first = next(open_report(io.BytesIO(content)).rows())

    assert (first.raw["Net Currency"], first.raw["Net Currency (2)"]) == ("EUR", "EUR")


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.code)
def test_each_required_column_is_missed_by_name_and_line(maker: Maker) -> None:
    entry = next(entry for entry in FORMATS if entry.code == maker.code)
    by_normal_name = {"".join(name.split()): name for name in maker.header}

    # Without its status column a transaction report is a settlement report.
    for column in (column for column in entry.required if column != "Transactional Status"):
        header = [name for name in maker.header if name != by_normal_name["".join(column.split())]]
        refusal = _refusal(maker.write(header, maker.rows([Sale(100, 1)])).encode())
        assert (refusal.code, refusal.column) == ("column_missing", column)
        assert refusal.line == (4 if maker in (PAYPAL, TRANSACTIONS) else 1)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        # No matter of a line.
        (b"", None),
        (b"   \r\n\r\n", None),
        (b"PK\x03\x04" + bytes(200), None),
        (b"\x1f\x8b\x08" + bytes(200), None),
        (b"%PDF-1.7\n%\xe2\xe3", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", 1),
        (b"name,age\r\nEve,41\r\n", 1),
        (b"\xff" * 4096, 1),
        (b'"' + b"x" * 5000, 1),
    ],
)
def test_what_is_no_report_is_refused(content: bytes, line: int | None) -> None:
    assert _refusal(content).line == line


def test_a_report_of_another_gateway_is_refused_when_one_is_named() -> None:
    assert summary_of(a_report(STRIPE), gateway="stripe").status == "balanced"
    with pytest.raises(NotAReport):
        summary_of(a_report(STRIPE), gateway="adyen")


def test_an_unclosed_quote_fails_its_row_and_is_told_by_line() -> None:
    content = a_report(SANDBOX).decode().replace("ORD-2", '"ORD-2').encode()

    summary = summary_of(content)

    assert summary.status == "out_of_balance"
    assert [(failure.line, failure.code) for failure in summary.row_failures] == [(3, "quote_unclosed")]


@pytest.mark.parametrize("cell", ['"{""a"": ""b, c""}"', r'"{\"a\": \"b, c\"}"'])
def test_json_in_a_cell_is_read_however_its_quotes_are_written(cell: str) -> None:
    head, *rows = a_report(ADYEN).decode().splitlines()
    content = "\r\n".join([head + ",Metadata", *(f"{row},{cell}" for row in rows), ""]).encode()

    first = next(open_report(io.BytesIO(content)).rows())

    assert (first.raw["Metadata"], first.failures) == ('{"a": "b, c"}', ())
    assert summary_of(content).as_json() == summary_of(a_report(ADYEN)).as_json()


def test_json_that_is_not_quoted_fails_its_row_and_moves_no_column() -> None:
    head, *rows = a_report(ADYEN).decode().splitlines()
    content = "\r\n".join([head + ",Metadata", *(row + ',{"a": "b", "c": 1}' for row in rows), ""]).encode()

    assert [failure.code for failure in summary_of(content).row_failures] == ["column_count"] * 3


def test_adyens_newest_columns_change_nothing_even_where_one_stands_twice() -> None:
    newer = [
        "Booking Date", "Booking Date TimeZone", "Metadata", "Balance Currency", "Net Debit (BC)", "Net Credit (BC)",
        "Payment Fees (NC)", "DCC Markup (NC)", "Funds Destination", "Balance Platform Debit", "Balance Platform Credit",
        "Shopper Country", "Clearing Network", "Merchant Order Reference", "Dispute Reference", "ARN", "Settlement Flow",
        "Settlement Currency", "Settlement Currency", "Authorisation Code", "Gross Fees (NC)",
    ]  # fmt: skip
    rows = [
        {**row, "Payment Fees (NC)": "0.31", "Gross Fees (NC)": "0.31", "ARN": "1.23E+22"}
        for row in ADYEN.rows([Sale(1250, 31)])
    ]

    content = written([*ADYEN_HEADER, *newer], rows).encode()

    assert summary_of(content).as_json() == summary_of(a_report(ADYEN, [Sale(1250, 31)])).as_json()


def test_a_cell_beyond_its_bound_fails_its_row_and_the_next_rows_are_read() -> None:
    content = a_report(SANDBOX).decode().replace("ORD-1", '"' + "x" * (FIELD_CHARS_MAX + 1) + '"').encode()

    summary = summary_of(content)

    assert [(failure.line, failure.code) for failure in summary.row_failures] == [(2, "cell_too_long")]
    assert summary.rows == 3


def test_a_nul_character_fails_its_row_and_never_reaches_the_database() -> None:
    content = a_report(SANDBOX).replace(b"ORD-1", b"ORD\0-1")

    first = next(open_report(io.BytesIO(content)).rows())

    assert [failure.code for failure in first.failures] == ["nul_character"]
    assert "\0" not in "".join(first.raw.values())


def test_lines_are_physical_also_behind_a_cell_with_line_breaks() -> None:
    content = a_report(SANDBOX).decode().replace("ORD-1", '"ORD\n-\n1"').encode()

    assert [row.line for row in open_report(io.BytesIO(content)).rows()] == [2, 5, 6]


def test_the_stream_stays_open_and_can_be_read_again() -> None:
    stream = io.BytesIO(a_report(SANDBOX))
    report = open_report(stream)

    assert summarise(report) == summarise(report)
    assert not stream.closed
