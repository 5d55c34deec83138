"""What is particular to one processor's files: take-backs, scales, parts of a fee, lives of payments, balances kept."""

from __future__ import annotations

import io

import pytest

from payments.settlement.formats.base import NotAReport, ReportRow
from payments.settlement.formats.sniff import open_report
from tests.payments.settlement.formats.builders import (
    ACCOUNTING,
    ADYEN,
    BALANCE,
    BREAKDOWN,
    PAYOUTS,
    PAYPAL,
    STRIPE,
    TRANSACTIONS,
    Maker,
    Sale,
    a_report,
    summary_of,
    written,
)

_TEN_EURO = Sale(1000, 20)


def _rows(maker: Maker, sale: Sale = _TEN_EURO, **changes: str) -> list[ReportRow]:
    rows = maker.rows([sale])
    rows[0] |= changes
    return list(open_report(io.BytesIO(maker.write(maker.header, rows).encode())).rows())


def _codes(row: ReportRow) -> list[str]:
    return [failure.code for failure in row.failures]


@pytest.mark.parametrize("name", ["charge_failure", "refund_failure"])
def test_what_stripe_takes_back_is_an_adjustment_of_the_object_it_takes_back(name: str) -> None:
    row = _rows(BALANCE, Sale(-1000, 0), reporting_category=name, source_id="re_9")[0]

    assert (row.kind, row.operation_reference, row.net_minor) == ("adjustment", "re_9", -1000)


@pytest.mark.parametrize(
    ("currency", "text", "minor"),
    [
        ("isk", "1500.00", 1500),
        ("UGX", "1500,00", 1500),
        ("HUF", "1500.50", 150050),
        ("twd", "12,5", 1250),
        ("KWD", "1,250", 1250),
    ],
)
def test_stripe_writes_major_units_in_every_currency_with_point_or_comma(currency: str, text: str, minor: int) -> None:
    row = _rows(BALANCE, currency=currency, gross=text, fee="0,00" if "," in text else "0.00", net=text)[0]

    assert (row.currency, row.gross_minor, row.failures) == (currency.upper(), minor, ())


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_stripe_file_with_decimal_commas_adds_up(delimiter: str) -> None:
    rows = STRIPE.rows([Sale(125000, 3125), Sale(-500, 0)])
    for row in rows:
        row |= {name: row[name].replace(".", ",") for name in ("gross", "fee", "net")}

    summary = summary_of(written(STRIPE.header, rows, delimiter=delimiter).encode())

    assert (summary.status, summary.totals["EUR"]["net_minor"]) == ("balanced", 121375)


def test_a_stripe_report_without_the_utc_columns_is_read() -> None:
    header = [name.removesuffix("_utc") for name in BALANCE.header if name not in ("created", "available_on")]
    rows = [{name.removesuffix("_utc"): text for name, text in row.items()} for row in BALANCE.rows([_TEN_EURO])]

    assert summary_of(written(header, rows).encode()).status == "balanced"


def test_a_stripe_report_whose_rows_may_wait_for_a_payout_is_one_of_activity() -> None:
    rows = STRIPE.rows([_TEN_EURO, Sale(700, 9)])[:-1]
    rows[1]["automatic_payout_id"] = ""

    summary = summary_of(written(STRIPE.header, rows).encode())

    assert summary.format == "stripe-balance-change"
    assert [(batch.reference, batch.status) for batch in summary.batches] == [("po_7", "open"), (None, "open")]


def test_a_payout_in_a_stripe_report_of_activity_is_compared_with_nothing() -> None:
    payout = STRIPE.rows([Sale(99999, 0)])[-1]

    summary = summary_of(written(BALANCE.header, [*BALANCE.rows([_TEN_EURO]), payout]).encode())

    assert (summary.format, summary.status) == ("stripe-balance-change", "balanced")
    assert summary.totals["EUR"]["net_minor"] == 980


@pytest.mark.parametrize("status", ["P", "D"])
def test_what_is_pending_or_denied_at_paypal_moves_nothing_and_comes_again_under_its_own_key(status: str) -> None:
    waiting, done = (_rows(TRANSACTIONS, **{"Transactional Status": text})[0] for text in (status, "S"))

    assert (waiting.kind, waiting.net_minor, waiting.type_text) == ("other", 0, f"T0006 {status}")
    assert (done.kind, done.net_minor) == ("sale", 980)
    assert waiting.row_key != done.row_key == _rows(PAYPAL)[0].row_key


def test_a_fee_refund_and_a_reserve_of_paypal_follow_their_code_and_sign() -> None:
    assert _rows(TRANSACTIONS, Sale(180, 0), **{"Transaction Event Code": "T1108"})[0].kind == "fee_refund"
    assert _rows(TRANSACTIONS, Sale(-180, 0), **{"Transaction Event Code": "T1110"})[0].kind == "reserve_hold"
    assert _rows(TRANSACTIONS, Sale(180, 0), **{"Transaction Event Code": "T1111"})[0].kind == "reserve_release"


@pytest.mark.parametrize(("ending", "status"), [(1480, "balanced"), (1481, "out_of_balance")])
def test_money_left_at_paypal_is_proven_by_its_balances(ending: int, status: str) -> None:
    footer = f'"SF","EUR",1000,0,0,20,"CR",1000,"CR",{ending},"CR",0,"CR",0\r\n"SC",'
    content = a_report(PAYPAL, [_TEN_EURO], payout=500).decode().replace('"SC",', footer)

    summary = summary_of(content.encode())

    assert (summary.status, [batch.difference_minor for batch in summary.batches]) == (status, [480])
    assert [check.name for check in summary.checks] == (["balances"] if status == "balanced" else [])


def test_the_parts_of_a_checkout_deduction_must_make_it() -> None:
    row = _rows(BREAKDOWN, **{"Scheme Fee In Holding Currency": "-0.01"})[0]

    assert _codes(row) == ["row_identity"]
    assert "-0.01 EUR off" in row.failures[0].message


def test_the_price_of_a_checkout_payout_is_a_fee_without_parts_and_no_payout() -> None:
    price = {
        "Type": "Merchant Payout",
        "Gross In Holding Currency": "0",
        "Deduction In Holding Currency": "-2",
        "Net In Holding Currency": "-2",
        "Processing Fee In Holding Currency": "0",
    }

    row = _rows(BREAKDOWN, **price)[0]

    assert (row.kind, row.gross_minor, row.fee_minor, row.failures) == ("fee", 0, 200, ())


def test_a_checkout_reserve_is_money_held_and_not_a_cost() -> None:
    held = {
        "Deduction In Holding Currency": "-1.20",
        "Net In Holding Currency": "8.80",
        "Reserve In Holding Currency": "-1.00",
    }

    sale, reserve = _rows(BREAKDOWN, **held)

    assert (sale.kind, sale.gross_minor, sale.fee_minor, sale.net_minor, sale.failures) == ("sale", 1000, 20, 980, ())
    assert (reserve.kind, reserve.gross_minor, reserve.fee_minor, reserve.line) == ("reserve_hold", -100, 0, sale.line)
    assert reserve.row_key.endswith("/reserve")


@pytest.mark.parametrize(
    ("rate", "codes"),
    [("0.0877", []), ("0,0877", []), ("0.08770", []), ("0.088", ["row_identity"]), ("1", ["row_identity"])],
)
def test_a_checkout_sale_in_another_currency_keeps_both_and_checks_the_rate(rate: str, codes: list[str]) -> None:
    abroad = {"Processing Currency": "SEK", "Gross In Processing Currency": "114.03", "FX Rate Applied": rate}

    row = _rows(BREAKDOWN, **abroad)[0]

    assert _codes(row) == codes
    if not codes:
        assert (row.original_currency, row.original_gross_minor, row.gross_minor) == ("SEK", 11403, 1000)


def test_a_checkout_payout_without_an_id_is_not_booked() -> None:
    assert _codes(_rows(PAYOUTS, **{"Payout ID": ""})[0]) == ["reference_missing"]


def _life(*changes: dict[str, str]) -> bytes:
    rows = ACCOUNTING.rows([_TEN_EURO, Sale(700, 9)])
    for row, change in zip(rows, changes, strict=False):
        row |= change
    return written(ACCOUNTING.header, rows).encode()


def test_a_finished_adyen_life_that_leaves_money_behind_is_told_with_the_amount() -> None:
    summary = summary_of(_life({}, {}, {"Captured (PC)": "10.40"}))

    assert summary.status == "out_of_balance"
    assert [(failure.line, failure.code) for failure in summary.row_failures] == [(5, "life_identity")]
    assert "Captured (PC) 0.40 EUR" in summary.row_failures[0].message
    assert [check.passed for check in summary.checks] == [False]


def test_an_adyen_authorisation_that_is_captured_in_part_is_no_fault() -> None:
    summary = summary_of(_life({"Received (PC)": "15.00"}, {"Received (PC)": "-15.00", "Authorised (PC)": "15.00"}))

    assert (summary.status, summary.totals["EUR"]) == (
        "balanced",
        {"gross_minor": 1700, "fee_minor": 29, "net_minor": 1671},
    )


def test_a_part_of_an_adyen_life_proves_nothing_and_fails_nothing() -> None:
    rows = [row for row in ACCOUNTING.rows([_TEN_EURO]) if row["Record Type"] in ("Settled", "SentForSettle")]

    summary = summary_of(written(ACCOUNTING.header, rows[::-1]).encode())

    assert summary.status == "balanced"
    assert summary.checks[0].text == "payments whose whole life is here: 0, of them leaving money behind: 0; in part: 1"


@pytest.mark.parametrize(
    ("currency", "text", "minor"),
    [("CLP", "1500.00", 1500), ("IDR", "1500", 150000), ("CVE", "12.50", 1250), ("JPY", "1500", 1500)],
)
def test_adyen_files_have_the_decimals_of_the_currency_and_not_of_the_api(currency: str, text: str, minor: int) -> None:
    money = {"Gross Credit (GC)": text, "Net Credit (NC)": text, "Markup (NC)": ""}

    row = _rows(ADYEN, **money, **{"Gross Currency": currency, "Net Currency": currency})[0]

    assert (row.net_minor, row.failures) == (minor, ())


def test_adyen_with_an_empty_exchange_rate_is_read_as_one() -> None:
    assert _rows(ADYEN, **{"Exchange Rate": ""})[0].failures == ()


def test_what_adyen_says_others_settle_is_kept_and_moves_nothing() -> None:
    row = _rows(ADYEN, **{"Type": "SettledExternally", "Net Credit (NC)": "", "Markup (NC)": "", "Exchange Rate": ""})[
        0
    ]

    assert (row.kind, row.net_minor, row.failures) == ("other", 0, ())


def test_adyens_aggregate_report_is_refused_with_what_to_download() -> None:
    summary = "Company Account,Batch Number\nBakery,7\n"
    content = (
        summary
        + "Merchant Account,Store,Terminal,Payment Method,Journal Type,Creation Date,Credits\nBakeryPOS,,,visa,Settled,,1\n"
    )

    with pytest.raises(NotAReport) as refused:
        open_report(io.BytesIO(content.encode()), gateway="adyen")

    assert (refused.value.code, refused.value.line) == ("other_report", 3)
    assert "download the settlement details report instead" in refused.value.message


@pytest.mark.parametrize(
    ("maker", "column"),
    [
        (ADYEN, "Psp Reference"),
        (ADYEN, "Modification Reference"),
        (STRIPE, "balance_transaction_id"),
        (PAYPAL, "Transaction ID"),
    ],
)
@pytest.mark.parametrize("text", ["1.23E+22", "1,2302025304E+022", "5E+15"])
def test_a_key_a_spreadsheet_has_destroyed_is_kept_as_text_and_flagged(maker: Maker, column: str, text: str) -> None:
    row = _rows(maker, **{column: text})[0]

    assert [(failure.column, failure.code) for failure in row.failures] == [(column, "key_destroyed")]
    assert row.raw[column] == text


def test_a_destroyed_number_that_is_no_key_stays_text() -> None:
    row = _rows(ADYEN, **{"Merchant Reference": "1.23E+22"})[0]

    assert (row.merchant_reference, row.failures) == ("1.23E+22", ())
