"""Reports, payouts, the bank's statements: they tie, whole and damaged."""

from __future__ import annotations

import csv
import os
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path

import mt940
import pytest
from lxml import etree

HEADER = (
    "Account,Batch,Line,Type,Payment ID,Operation Reference,Order Reference,Store,Terminal,Method,Card Brand,"
    "Card Last 4,Auth Code,Occurred At,Booked On,Currency,Gross,Fee,Net,Original Currency,Original Gross,"
    "Exchange Rate,Payout Reference"
)
NS = {"c": "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"}
SHARED = Path(os.environ.get("TILLSYN_SHARED", Path(__file__).resolve().parents[5] / "shared"))


def report_rows(merchant, closed):
    text = merchant.ask("GET", closed["report"]["url"]).text
    assert text.splitlines()[0] == HEADER
    rows = list(csv.DictReader(StringIO(text)))
    for row in rows:
        assert Decimal(row["Gross"]) - Decimal(row["Fee"]) == Decimal(row["Net"])
    assert sum(Decimal(row["Net"]) for row in rows) == 0
    assert [int(row["Line"]) for row in rows] == list(range(1, len(rows) + 1))
    return rows


def bank_movements(merchant, date="2026-11-21"):
    """Read the day in both forms, check both tie and agree, and return the camt amounts with their end-to-end ids."""
    root = etree.parse(BytesIO(merchant.ask("GET", f"/v1/bank/statements/{date}?format=camt053").content))
    balances = {
        balance.findtext("c:Tp/c:CdOrPrtry/c:Cd", namespaces=NS): signed(balance)
        for balance in root.iterfind(".//c:Bal", NS)
    }
    entries = [
        (signed(entry), entry.findtext(".//c:EndToEndId", namespaces=NS)) for entry in root.iterfind(".//c:Ntry", NS)
    ]
    assert balances["OPBD"] + sum(amount for amount, _ in entries) == balances["CLBD"]

    text = merchant.ask("GET", f"/v1/bank/statements/{date}?format=mt940").text
    transactions = mt940.parse(text)
    assert transactions.data["final_opening_balance"].amount.amount == balances["OPBD"]
    assert transactions.data["final_closing_balance"].amount.amount == balances["CLBD"]
    assert [transaction.data["amount"].amount for transaction in transactions] == [amount for amount, _ in entries]
    return entries


def signed(element):
    amount = Decimal(element.findtext("c:Amt", namespaces=NS))
    return amount if element.findtext("c:CdtDbtInd", namespaces=NS) == "CRDT" else -amount


def test_report_payout_and_bank_agree(merchant):
    paid = merchant.pay(1250, terminal="T-1")
    held = merchant.pay(10_000, "tok_mc_ok", capture="manual")
    capture = merchant.follow_up("captures", held["id"], 8000).json()
    refund = merchant.follow_up("refunds", paid["id"], 250).json()
    merchant.pay(700, "tok_decline_lost")

    closed = merchant.close_day()
    rows = report_rows(merchant, closed)

    assert [(row["Type"], row["Operation Reference"], row["Gross"], row["Fee"], row["Net"]) for row in rows] == [
        ("sale", paid["reference"], "12.50", "0.29", "12.21"),
        ("sale", capture["reference"], "80.00", "1.30", "78.70"),
        ("refund", refund["reference"], "-2.50", "0.00", "-2.50"),
        ("payout", "", "-88.41", "0.00", "-88.41"),
    ]
    first = rows[0]
    assert (first["Terminal"], first["Store"], first["Card Last 4"]) == ("T-1", "berlin", "1111")
    assert (first["Occurred At"], first["Booked On"]) == ("2026-11-20T12:00:00+01:00", "2026-11-20")
    assert {row["Payout Reference"] for row in rows} == {closed["payout"]["id"]}
    assert closed["payout"]["amount_minor"] == 8841
    assert bank_movements(merchant) == [(Decimal("88.41"), closed["payout"]["id"])]
    assert merchant.get("/v1/payouts")["data"] == [closed["payout"]]
    assert merchant.get("/v1/reports")["data"] == [closed["report"]]


def test_closing_a_day_twice_changes_nothing(merchant):
    merchant.pay()
    first = merchant.close_day()
    merchant.pay()

    assert merchant.close_day() == first
    assert len(merchant.get("/v1/reports")["data"]) == 1
    assert len(bank_movements(merchant)) == 1


def test_day_ends_at_the_cut_off_of_the_account_s_zone(open_account):
    merchant = open_account(cutoff="04:00")
    merchant.set_clock("2026-11-21T02:59:00+00:00")
    before = merchant.pay()
    merchant.set_clock("2026-11-21T03:00:00+00:00")
    after = merchant.pay()

    assert (before["business_date"], after["business_date"]) == ("2026-11-20", "2026-11-21")
    rows = report_rows(merchant, merchant.close_day("2026-11-20"))
    assert [row["Operation Reference"] for row in rows if row["Type"] == "sale"] == [before["reference"]]


def test_empty_day_has_a_report_and_no_payout(merchant):
    closed = merchant.close_day()

    assert (closed["payout"], closed["report"]["rows"]) == (None, 0)
    assert report_rows(merchant, closed) == []
    assert bank_movements(merchant) == []


def test_more_refunds_than_sales_are_taken_from_the_bank(merchant):
    paid = merchant.pay(5000)
    merchant.close_day("2026-11-20")
    merchant.set_clock("2026-11-21T12:00:00+01:00")
    merchant.follow_up("refunds", paid["id"], 5000)

    closed = merchant.close_day("2026-11-21")

    assert closed["payout"]["amount_minor"] == -5000
    assert bank_movements(merchant, "2026-11-22") == [(Decimal("-50.00"), closed["payout"]["id"])]


def test_other_currencies_settle_at_the_fixed_rate(merchant):
    merchant.pay(10_800, currency="USD")
    merchant.pay(1600, currency="JPY")

    rows = report_rows(merchant, merchant.close_day())

    sales = [(row["Original Currency"], row["Original Gross"], row["Gross"], row["Currency"]) for row in rows[:2]]
    assert sales == [("USD", "108.00", "100.00", "EUR"), ("JPY", "1600", "10.00", "EUR")]


def test_result_taken_back_after_its_report_is_adjusted_in_the_next(merchant, wait):
    merchant.break_("capture_fails_late", seconds=0.5)
    paid = merchant.pay(1000)
    merchant.close_day("2026-11-20")
    wait(lambda: merchant.get(f"/v1/operations/{paid['reference']}")["status"] == "failed")

    rows = report_rows(merchant, merchant.close_day("2026-11-21"))

    assert [(row["Type"], row["Operation Reference"], row["Gross"]) for row in rows[:1]] == [
        ("adjustment", paid["reference"], "-10.00")
    ]


def test_disputes_fees_and_reserves_are_rows_of_the_report(merchant):
    paid = merchant.pay(5000)
    dispute = merchant.control("POST", "/disputes", {"payment_id": paid["id"], "amount_minor": 5000}, status=201)
    merchant.control("POST", f"/disputes/{dispute['id']}/close", {"outcome": "won"})
    merchant.control("POST", "/adjustments", {"type": "fee", "amount_minor": -990}, status=201)
    merchant.control("POST", "/adjustments", {"type": "reserve_hold", "amount_minor": -500}, status=201)

    rows = report_rows(merchant, merchant.close_day())

    assert [(row["Type"], row["Gross"], row["Fee"]) for row in rows[1:-1]] == [
        ("chargeback", "-50.00", "15.00"),
        ("chargeback_reversal", "50.00", "0.00"),
        ("fee", "0.00", "9.90"),
        ("reserve_hold", "-5.00", "0.00"),
    ]


def test_row_faults_damage_the_report_and_it_still_ties(merchant):
    short, missing, twice, clean = (merchant.pay(amount) for amount in (1000, 2000, 3000, 4000))
    merchant.break_("settle_short", amount_minor=150, match={"reference": short["reference"]})
    merchant.break_("leave_out", match={"reference": missing["reference"]})
    merchant.break_("settle_twice", match={"reference": twice["reference"]})
    merchant.break_("not_ours", amount_minor=777)

    closed = merchant.close_day()
    rows = report_rows(merchant, closed)

    sales = [(row["Operation Reference"], row["Gross"]) for row in rows if row["Type"] == "sale"]
    assert sales[:4] == [
        (short["reference"], "8.50"),
        (twice["reference"], "30.00"),
        (twice["reference"], "30.00"),
        (clean["reference"], "40.00"),
    ]
    assert (sales[4][0].startswith("foreign-"), sales[4][1]) == (True, "7.77")
    assert [amount for amount, _ in bank_movements(merchant)] == [Decimal(closed["payout"]["amount_minor"]) / 100]
    applied = {fault["kind"]: [hit["amount_minor"] for hit in fault["applied"]] for fault in merchant.faults()}
    assert applied == {"settle_short": [150], "leave_out": [2000], "settle_twice": [3000], "not_ours": [777]}


def test_changed_fees_are_listed_with_their_difference(merchant):
    merchant.pay(1000)
    merchant.pay(2000)
    merchant.break_("fee_change", basis_points=250, fixed_minor=10)

    rows = report_rows(merchant, merchant.close_day())

    assert [row["Fee"] for row in rows[:2]] == ["0.35", "0.60"]
    hits = [(hit["amount_minor"], hit["detail"]) for hit in merchant.faults()[0]["applied"]]
    assert hits == [(10, "fee 0.35 instead of 0.25"), (20, "fee 0.60 instead of 0.40")]


@pytest.mark.parametrize(
    ("kind", "params", "received"), [("payout_short", {"amount_minor": 42}, ["12.09"]), ("payout_missing", {}, [])]
)
def test_payout_faults_show_at_the_bank_only(merchant, kind, params, received):
    merchant.pay(1280)
    merchant.break_(kind, **params)

    closed = merchant.close_day()

    report_rows(merchant, closed)
    assert closed["payout"]["amount_minor"] == 1251
    assert [str(amount) for amount, _ in bank_movements(merchant)] == received


def test_other_bank_movements_run_through_the_balances(merchant):
    entry = {
        "date": "2026-11-21",
        "amount_minor": -1234,
        "text": "RENT " + "NOVEMBER " * 20,
        "end_to_end_id": "RENT-11",
    }
    merchant.control("POST", "/bank-entries", entry, status=201)
    merchant.control("POST", "/bank-entries", {"date": "2026-11-23", "amount_minor": 500, "text": "GIFT"}, status=201)

    assert bank_movements(merchant, "2026-11-21") == [(Decimal("-12.34"), "RENT-11")]
    assert bank_movements(merchant, "2026-11-23") == [(Decimal("5.00"), "NOTPROVIDED")]
    listed = merchant.get("/v1/bank/statements")["data"]
    assert [(day["date"], day["opening_minor"], day["closing_minor"]) for day in listed] == [
        ("2026-11-21", 100_000, 98_766),
        ("2026-11-23", 98_766, 99_266),
    ]


def test_statement_is_valid_camt_053_001_08(merchant):
    schema = SHARED / "data/bank/camt-xsd/camt.053.001.08.xsd"
    if not schema.exists():
        pytest.skip("the public schema is not beside the project")
    merchant.pay()
    merchant.close_day()

    statement = etree.parse(BytesIO(merchant.ask("GET", "/v1/bank/statements/2026-11-21").content))

    etree.XMLSchema(etree.parse(str(schema))).assertValid(statement)
