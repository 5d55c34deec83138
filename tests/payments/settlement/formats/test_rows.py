"""What single rows become: kinds, signs, references, currencies, and which faults a row can have."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest

from payments.settlement.formats.base import ReportRow
from payments.settlement.formats.sniff import open_report
from tests.payments.settlement.formats.builders import ADYEN, PAYPAL, SANDBOX, STRIPE, Maker, Sale, a_report, summary_of

_TEN_EURO = Sale(1000, 20)


def _row(maker: Maker, sale: Sale = _TEN_EURO, **changes: str) -> ReportRow:
    """The normal form of one row, its cells changed by column name."""
    rows = maker.rows([sale])
    rows[0] |= changes
    return next(open_report(io.BytesIO(maker.write(maker.header, rows).encode())).rows())


def _codes(row: ReportRow) -> list[str]:
    return [failure.code for failure in row.failures]


def test_a_sandbox_row_keeps_references_times_and_its_text() -> None:
    row = _row(SANDBOX)

    assert row.kind == "sale"
    assert (row.processor_reference, row.operation_reference, row.merchant_reference) == ("pay_1", "op-1", "ORD-1")
    assert (row.account, row.batch, row.payout_reference, row.row_key) == ("bakery", "b-7", "po_7", "b-7/1")
    assert row.occurred_at is not None and datetime.fromisoformat(row.occurred_at) == datetime(
        2026, 11, 20, 8, 30, tzinfo=UTC
    )
    assert (row.booked_on, row.last4) == ("2026-11-20", "4242")
    assert row.raw["Gross"] == "10.00"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("10.005", "amount_precision"),
        ("1.0E+1", "amount_malformed"),
        ("1,000.00", "amount_malformed"),
        ("1_0.00", "amount_malformed"),
        ("EUR 10", "amount_malformed"),
        ("NaN", "amount_malformed"),
        ("１０.００", "amount_malformed"),
        ("99999999999999999999", "amount_malformed"),
        ("", "amount_missing"),
    ],
)
@pytest.mark.parametrize(("maker", "column"), [(SANDBOX, "Gross"), (STRIPE, "gross")])
def test_an_amount_that_is_none_fails_its_row(maker: Maker, column: str, text: str, code: str) -> None:
    row = _row(maker, **{column: text})

    assert [(failure.column, failure.code) for failure in row.failures] == [(column, code)]


@pytest.mark.parametrize(
    "text", ["10", "10.", "10.0", "10.00", "10.000", "+10.00", " 10.00 ", "10,00", "0" * 5000 + "10"]
)
def test_an_amount_may_be_written_in_many_ways(text: str) -> None:
    row = _row(STRIPE, gross=text)

    assert (row.gross_minor, row.failures) == (1000, ())


def test_an_amount_of_thousands_of_digits_fails_its_row() -> None:
    assert _codes(_row(STRIPE, gross="1" * 5000)) == ["amount_malformed"]


def test_a_comma_before_three_digits_is_not_guessed_at() -> None:
    assert _codes(_row(STRIPE, gross="1,230")) == ["amount_malformed"]


@pytest.mark.parametrize(
    ("maker", "column"),
    [(SANDBOX, "Currency"), (ADYEN, "Net Currency"), (STRIPE, "currency"), (PAYPAL, "Gross Transaction Currency")],
)
def test_an_unknown_currency_fails_its_row_and_counts_nowhere(maker: Maker, column: str) -> None:
    rows = maker.rows([Sale(1000, 20)])
    rows[0][column] = "XQQ"

    summary = summary_of(maker.write(maker.header, rows).encode())

    assert "currency_unknown" in [failure.code for failure in summary.row_failures]
    assert list(summary.totals) == ["EUR"]
    assert summary.status == "out_of_balance"


def test_an_unknown_type_is_kept_as_other_and_counted() -> None:
    row = _row(SANDBOX, Type="loyalty_bonus")

    assert (row.kind, row.type_text, row.net_minor, row.failures) == ("other", "loyalty_bonus", 980, ())


@pytest.mark.parametrize("maker", [SANDBOX, STRIPE], ids=lambda maker: maker.code)
def test_a_row_that_is_only_a_fee_has_no_gross(maker: Maker) -> None:
    column = "Type" if maker is SANDBOX else "reporting_category"

    row = _row(maker, Sale(-180, 0), **{column: "fee"})

    assert (row.kind, row.gross_minor, row.fee_minor, row.net_minor) == ("fee", 0, 180, -180)


def test_another_currency_is_kept_beside_what_was_settled() -> None:
    row = _row(SANDBOX, **{"Original Currency": "SEK", "Original Gross": "114.00", "Exchange Rate": "0.0877"})

    assert (row.original_currency, row.original_gross_minor, row.exchange_rate) == ("SEK", 11400, "0.0877")
    assert (row.currency, row.gross_minor) == ("EUR", 1000)


def test_adyen_fee_rows_of_a_batch_are_all_fee() -> None:
    empty = dict.fromkeys(
        ["Gross Currency", "Gross Credit (GC)", "Gross Debit (GC)", "Markup (NC)", "Net Credit (NC)"], ""
    )
    row = _row(ADYEN, **{**empty, "Type": "Fee", "Net Debit (NC)": "1.80"})

    assert (row.kind, row.gross_minor, row.fee_minor, row.net_minor) == ("fee", 0, 180, -180)


def test_adyen_takes_the_direction_from_the_net_and_not_from_a_misplaced_gross() -> None:
    row = _row(ADYEN, **{"Gross Credit (GC)": "", "Gross Debit (GC)": "10.00"})

    assert (row.gross_minor, row.net_minor, row.failures) == (1000, 980, ())


def test_adyen_exchange_rates_are_checked_after_rounding() -> None:
    abroad = {"Gross Currency": "SEK", "Gross Credit (GC)": "114.03", "Exchange Rate": "0.0877"}

    assert _row(ADYEN, **abroad).failures == ()
    assert _row(ADYEN, **abroad).original_gross_minor == 11403
    assert _codes(_row(ADYEN, **{**abroad, "Exchange Rate": "0.0878"})) == ["row_identity"]


def test_adyen_letters_of_a_zone_are_a_fixed_offset_also_in_summer() -> None:
    summer = _row(ADYEN, **{"Creation Date": "2026-07-01 12:00:00", "TimeZone": "CET"})
    unknown = _row(ADYEN, TimeZone="XYZ")

    assert summer.occurred_at == "2026-07-01T12:00:00+01:00"
    assert (unknown.occurred_at, unknown.failures) == (None, ())


def test_adyen_json_and_spoilt_numbers_in_cells_stay_text() -> None:
    row = _row(ADYEN, Reserved4='{"a": "b, c"}', Reserved5="1.2302025304E+022")

    assert (row.raw["Reserved4"], row.raw["Reserved5"]) == ('{"a": "b, c"}', "1.2302025304E+022")
    assert row.failures == ()


def test_adyen_batches_of_two_accounts_with_one_number_stay_apart() -> None:
    rows = [
        {**row, "Merchant Account": account} for account in ("North", "South") for row in ADYEN.rows([Sale(500, 5)])
    ]

    summary = summary_of(ADYEN.write(ADYEN.header, rows).encode())

    assert [(batch.reference, batch.net_minor, batch.status) for batch in summary.batches] == [
        ("7", 495, "balanced")
    ] * 2


def test_stripe_partial_capture_belongs_to_its_sale_and_a_reserve_follows_its_sign() -> None:
    partial = _row(STRIPE, Sale(-300, 0), reporting_category="partial_capture_reversal", charge_id="ch_9")
    assert (partial.kind, partial.gross_minor, partial.operation_reference) == ("sale", -300, "ch_9")
    assert _row(STRIPE, Sale(-300, 0), reporting_category="risk_reserved_funds").kind == "reserve_hold"
    assert _row(STRIPE, Sale(300, 0), reporting_category="risk_reserved_funds").kind == "reserve_release"


def test_stripe_local_times_without_a_zone_are_not_guessed() -> None:
    row = _row(STRIPE, created_utc="", created="2026-11-20 09:30:00")

    assert (row.occurred_at, row.failures) == (None, ())


def test_paypal_writes_hundredths_for_every_currency() -> None:
    yen = {"Gross Transaction Currency": "JPY", "Fee Currency": "JPY"}

    row = _row(PAYPAL, **yen, **{"Gross Transaction Amount": "15000", "Fee Amount": "4300"})
    odd = _row(PAYPAL, **yen, **{"Gross Transaction Amount": "15001", "Fee Amount": "0"})

    assert (row.gross_minor, row.fee_minor, row.net_minor) == (150, 43, 107)
    assert _codes(odd) == ["amount_precision"]


def test_paypal_refund_returns_its_fee_and_names_the_payment() -> None:
    row = _row(PAYPAL, Sale(-1000, -20), **{"PayPal Reference ID": "TX0", "PayPal Reference ID Type": "TXN"})

    assert (row.kind, row.gross_minor, row.fee_minor, row.net_minor) == ("refund", -1000, -20, -980)
    assert (row.processor_reference, row.operation_reference) == ("TX0", "TX1")


def test_paypal_count_lines_are_checked() -> None:
    content = a_report(PAYPAL).replace(b'"SC",3', b'"SC",4')

    summary = summary_of(content)

    assert [failure.code for failure in summary.row_failures] == ["record_count"]
    assert summary.status == "out_of_balance"


def test_a_row_cut_short_of_an_amount_is_told() -> None:
    content = a_report(SANDBOX, [Sale(1000, 20)])
    cut = content[: content.rindex(b"EUR")]

    assert [failure.code for failure in summary_of(cut).row_failures] == ["column_count"]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("2026-11-20T09:30:00+01:00", "2026-11-20T09:30:00+01:00"),
        ("2026-11-20T08:30:00.25Z", "2026-11-20T08:30:00.250000+00:00"),
        ("20261120T083000Z", "2026-11-20T08:30:00+00:00"),
        ("2026-W47-5T09:30:00+01:00", "2026-11-20T09:30:00+01:00"),
        ("2026-11-20x09:30:00+01:00", "2026-11-20T09:30:00+01:00"),
        ("2026-11-20T08:30:00", None),
    ],
)
def test_a_moment_is_kept_as_the_database_reads_it(written: str, kept: str | None) -> None:
    row = _row(SANDBOX, **{"Occurred At": written})

    assert (row.occurred_at, row.failures) == (kept, ())


@pytest.mark.parametrize(("written", "kept"), [("20261120", "2026-11-20"), ("2026-W47-5", "2026-11-20")])
def test_a_day_is_kept_as_the_database_reads_it(written: str, kept: str) -> None:
    assert _row(SANDBOX, **{"Booked On": written}).booked_on == kept
