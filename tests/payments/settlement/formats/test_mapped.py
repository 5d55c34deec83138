"""Files in columns nobody wrote a format for: Klarna, Vipps, Zettle and Square shapes, read by a mapping and checked like any other."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payments.settlement.formats.base import ReportRow, ReportSummary
from payments.settlement.formats.mapped_cells import plain_number
from payments.settlement.formats.mapping import MappingSpec, SavedMapping, SpecInvalid, guessed_shape, signature_of
from payments.settlement.formats.sniff import summarise
from payments.settlement.opening import open_mapped

KLARNA = (
    "total_sale_amount;total_fee_amount;total_return_amount;total_settlement_amount;payment_reference;currency\n"
    "300,00;8,70;100,00;191,30;K-77;SEK\n\n"
    "short_order_id;order_id;capture_id;merchant_reference1;capture_date;type;amount;payment_reference\n"
    "AB1;o-1;c-1;R-1;2026-11-18T10:15:00+01:00;SALE;200,00;K-77\n"
    "AB2;o-2;c-2;R-2;2026-11-18T11:00:00+01:00;SALE;100,00;K-77\n"
    "AB1;o-1;c-1;R-1;2026-11-18T10:15:00+01:00;FEE;8,70;K-77\n"
    "AB2;o-2;;R-2;2026-11-19T09:00:00+01:00;RETURN;100,00;K-77\n"
    "AB9;;;;2026-11-20T00:00:00+01:00;PAYOUT;191,30;K-77\n"
)
KLARNA_SPEC: dict[str, Any] = {
    "side": "report", "delimiter": ";", "header_line": 4, "decimal": ",", "zone": "Europe/Stockholm", "currency": "SEK",
    "columns": {
        "occurred_at": "capture_date", "type": "type", "net": "amount", "processor_reference": "order_id",
        "operation_reference": "capture_id", "merchant_reference": "merchant_reference1", "payout_reference": "payment_reference",
    },
    "kinds": {"SALE": "sale", "RETURN": "refund", "FEE": "fee", "PAYOUT": "payout"},
    "outward": ["RETURN", "FEE", "PAYOUT"],
}  # fmt: skip
VIPPS = (
    "Salgsdato;Salgssted;Vippsnummer;Transaksjons-ID;Ordre-ID;Brutto;Gebyr;Netto;Transaksjonstype;Oppgjors-ID\n"
    "18.11.2026 10:15;Butikk;12345;5001;R-1;1.250,00;21,88;1.228,12;Salg;2000001\n"
    "19.11.2026 09:30;Butikk;12345;5002;R-2;-250,00;0,00;-250,00;Refusjon;2000001\n"
)
VIPPS_SPEC: dict[str, Any] = {
    "side": "report", "delimiter": ";", "decimal": ",", "thousands": ".", "date_order": "dmy", "zone": "Europe/Oslo", "currency": "NOK",
    "columns": {
        "occurred_at": "Salgsdato", "type": "Transaksjonstype", "gross": "Brutto", "fee": "Gebyr", "net": "Netto",
        "operation_reference": "Transaksjons-ID", "merchant_reference": "Ordre-ID", "payout_reference": "Oppgjors-ID",
    },
    "kinds": {"Salg": "sale", "Refusjon": "refund"},
}  # fmt: skip
ZETTLE = (
    "timestamp,amount,originatorTransactionType,originatingTransactionUuid\n"
    "2026-11-18T09:15:00.000+0000,12500,PAYMENT,u-1\n"
    "2026-11-18T09:15:00.000+0000,-219,PAYMENT_FEE,u-1\n"
    "2026-11-19T00:00:00.000+0000,-12281,PAYOUT,u-9\n"
)
ZETTLE_SPEC: dict[str, Any] = {
    "side": "report", "scale": "minor", "currency": "SEK",
    "columns": {
        "occurred_at": "timestamp", "net": "amount", "type": "originatorTransactionType", "processor_reference": "originatingTransactionUuid",
    },
    "kinds": {"PAYMENT": "sale", "PAYMENT_FEE": "fee", "PAYOUT": "payout"},
}  # fmt: skip
SQUARE = (
    "Date,Time,Gross Sales,Fees,Net Total,Transaction ID,Event Type,Currency\n"
    '11/18/26,09:15:00,"$1,234.50",-$32.10,"$1,202.40",sq-1,Payment,USD\n'
    "11/18/26,10:00:00,($10.00),$0.00,($10.00),sq-2,Refund,USD\n"
)
SQUARE_SPEC: dict[str, Any] = {
    "side": "report", "thousands": ",", "date_order": "mdy", "fee_sign": "cost_negative", "zone": "America/New_York",
    "columns": {
        "booked_on": "Date", "gross": "Gross Sales", "fee": "Fees", "net": "Net Total", "operation_reference": "Transaction ID",
        "type": "Event Type", "currency": "Currency",
    },
    "kinds": {"Payment": "sale", "Refund": "refund"},
}  # fmt: skip
SHAPES = {
    "klarna": (KLARNA, KLARNA_SPEC),
    "vipps": (VIPPS, VIPPS_SPEC),
    "zettle": (ZETTLE, ZETTLE_SPEC),
    "square": (SQUARE, SQUARE_SPEC),
}


def _saved(document: dict[str, Any]) -> SavedMapping:
    return SavedMapping("mapped:x", "Test, version 1", MappingSpec.from_json(document), "")


def _rows(text: str, document: dict[str, Any]) -> list[ReportRow]:
    report = open_mapped(io.BytesIO(text.encode()), _saved(document))
    assert report is not None
    return list(report.rows())


def _summary(text: str, document: dict[str, Any]) -> ReportSummary:
    report = open_mapped(io.BytesIO(text.encode()), _saved(document))
    assert report is not None
    return summarise(report)


@pytest.mark.parametrize(
    ("shape", "amounts"),
    [
        (
            "klarna",
            [
                ("sale", 20000, 0, 20000),
                ("sale", 10000, 0, 10000),
                ("fee", 0, 870, -870),
                ("refund", -10000, 0, -10000),
                ("payout", -19130, 0, -19130),
            ],
        ),
        ("vipps", [("sale", 125000, 2188, 122812), ("refund", -25000, 0, -25000)]),
        ("zettle", [("sale", 12500, 0, 12500), ("fee", 0, 219, -219), ("payout", -12281, 0, -12281)]),
        ("square", [("sale", 123450, 3210, 120240), ("refund", -1000, 0, -1000)]),
    ],
)
def test_each_shape_gives_its_kinds_and_amounts(shape: str, amounts: list[tuple[str, int, int, int]]) -> None:
    rows = _rows(*SHAPES[shape])

    assert [(row.kind, row.gross_minor, row.fee_minor, row.net_minor) for row in rows] == amounts
    assert not any(row.failures for row in rows)


def test_a_mapped_payout_proves_its_batch_or_is_off_by_exactly_what_is_missing() -> None:
    right, wrong = (
        _summary(KLARNA, KLARNA_SPEC),
        _summary(KLARNA.replace("191,30;K-77\n", "191,31;K-77\n"), KLARNA_SPEC),
    )

    assert (right.status, right.batches[0].reference, right.batches[0].payout_minor) == ("balanced", "K-77", 19130)
    assert (wrong.status, wrong.batches[0].difference_minor) == ("out_of_balance", -1)


def test_references_moments_and_days_are_where_the_mapping_puts_them() -> None:
    klarna, square = _rows(*SHAPES["klarna"])[0], _rows(*SHAPES["square"])[0]

    assert (klarna.processor_reference, klarna.operation_reference, klarna.merchant_reference) == ("o-1", "c-1", "R-1")
    assert (klarna.occurred_at, klarna.payout_reference) == ("2026-11-18T10:15:00+01:00", "K-77")
    assert (square.booked_on, square.currency) == ("2026-11-18", "USD")
    assert _rows(*SHAPES["vipps"])[0].occurred_at == "2026-11-18T10:15:00+01:00"


@pytest.mark.parametrize("shape", SHAPES)
def test_the_order_of_the_columns_does_not_matter(shape: str) -> None:
    text, document = SHAPES[shape]
    delimiter = document.get("delimiter", ",")
    if shape == "square":
        text = text.replace('"$1,234.50"', "$1234.50").replace('"$1,202.40"', "$1202.40")
    lines = [delimiter.join(reversed(line.split(delimiter))) for line in text.splitlines()]

    turned, straight = _rows("\n".join(lines), document), _rows(text, document)

    figures = [(row.kind, row.gross_minor, row.fee_minor, row.net_minor, row.merchant_reference) for row in straight]
    assert [
        (row.kind, row.gross_minor, row.fee_minor, row.net_minor, row.merchant_reference) for row in turned
    ] == figures


def test_a_row_that_does_not_add_up_a_strange_amount_and_a_strange_date_each_fail_their_row() -> None:
    text = (
        VIPPS.replace("1.228,12", "1.228,13").replace("-250,00;0,00", "2.50,00;0,00")
        + "31.02.2026;B;1;2;3;1,00;0,00;1,00;Salg;2\n"
    )

    rows = _rows(text, VIPPS_SPEC)

    assert [[failure.code for failure in row.failures] for row in rows] == [
        ["row_identity"],
        ["amount_malformed"],
        ["date_malformed", "date_missing"][:1],
    ]
    assert _summary(text, VIPPS_SPEC).status == "out_of_balance"


def test_an_unknown_type_is_counted_and_left_unclassified() -> None:
    row = _rows(VIPPS.replace("Salg;", "Korreksjon;"), VIPPS_SPEC)[0]

    assert (row.kind, row.type_text, row.net_minor) == ("other", "Korreksjon", 122812)


@pytest.mark.parametrize(
    ("text", "decimal", "thousands", "plain"),
    [
        ("1.234,50", ",", ".", "1234.50"),
        ("1 234,50", ",", " ", "1234.50"),
        ("1\u00a0234\u202f567,5", ",", " ", "1234567.5"),
        ("-$1,234.50", ".", ",", "-1234.50"),
        ("$-3.00", ".", "", "-3.00"),
        ("(12.00)", ".", "", "-12.00"),
        ("12,00-", ",", "", "-12.00"),
        ("kr 5,00", ",", "", "5.00"),
        ("\u22125,00 kr", ",", "", "-5.00"),
        ("1'234.50", ".", "'", "1234.50"),
        (".50", ".", "", "0.50"),
        ("1.23,50", ",", ".", None),
        ("1,234.50", ",", ".", None),
        ("--5", ".", "", None),
        ("(-5)", ".", "", None),
        ("1e5", ".", "", None),
        ("5,0,0", ",", "", None),
        ("", ".", "", None),
    ],
)
def test_amounts_are_of_the_style_the_mapping_names_or_none(
    text: str, decimal: str, thousands: str, plain: str | None
) -> None:
    assert plain_number(text, decimal, thousands) == plain


@given(minor=st.integers(-9_999_999_99, 9_999_999_99))
@settings(max_examples=100, deadline=None)
def test_every_amount_written_in_a_style_is_read_back(minor: int) -> None:
    whole, cents = divmod(abs(minor), 100)
    text = f"{'-' if minor < 0 else ''}{whole:,}".replace(",", ".") + f",{cents:02}"

    plain = plain_number(text, ",", ".")

    assert plain is not None
    assert round(float(plain) * 100) == minor


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"side": "other"}, "side"),
        ({"delimiter": "::"}, "delimiter"),
        ({"header_line": 0}, "header_line"),
        ({"header_line": True}, "header_line"),
        ({"decimal": ",", "thousands": ","}, "thousands"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"currency": "XYZ1"}, "currency"),
        ({"currency": ""}, "currency"),
        ({"columns": {"amount": "x"}}, "columns"),
        ({"columns": {"gross": "x"}}, "columns"),
        ({"columns": {"booked_on": "x"}}, "columns"),
        ({"columns": {"booked_on": "x", "gross": 5}}, "columns"),
        ({"sign": "debit_credit"}, "columns"),
        ({"kinds": {"A": "gift"}}, "kinds"),
        ({"outward": "FEE"}, "outward"),
        ({"payout_is_sum": "yes"}, "payout_is_sum"),
        ({"run": "this"}, "run"),
        ({"currency": ["EUR"]}, "currency"),
        ({"currency": {"is": "EUR"}}, "currency"),
        ({"kinds": {"A\0": "sale"}}, "kinds"),
        ({"outward": ["\ud800"]}, "outward"),
        ({"outward": ["A" * 201]}, "outward"),
    ],
)
def test_a_spec_that_cannot_be_used_says_which_part(change: dict[str, Any], part: str) -> None:
    with pytest.raises(SpecInvalid) as wrong:
        MappingSpec.from_json({**VIPPS_SPEC, **change})
    assert wrong.value.part == part


@pytest.mark.parametrize("shape", SHAPES)
def test_a_spec_survives_being_stored(shape: str) -> None:
    spec = MappingSpec.from_json(SHAPES[shape][1])

    assert MappingSpec.from_json(spec.as_json()) == spec


def test_a_header_is_known_whatever_its_order_case_and_spaces_and_by_nothing_less() -> None:
    assert signature_of(["Order ID", "amount"]) == signature_of(["\ufeffAMOUNT ", "order_id", ""])
    assert signature_of(["Order ID", "amount"]) != signature_of(["Order ID"])


@pytest.mark.parametrize(
    ("shape", "found"), [("klarna", (";", 4)), ("vipps", (";", 1)), ("zettle", (",", 1)), ("square", (",", 1))]
)
def test_delimiter_and_header_are_guessed(shape: str, found: tuple[str, int]) -> None:
    assert guessed_shape(SHAPES[shape][0]) == found
