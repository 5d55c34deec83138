"""Journal files, proven by programs and readers that know nothing of their writers."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from merchant.core.errors import AppError
from payments.accounting.charts import CHARTS, MAPPED_KINDS, TYPES, ChartLine
from reports.exports.formats import beancount, datev, fec, hledger, journal_csv, sie
from reports.exports.formats.books import BookLeg, Head, NumberUnsuitable, Voucher, decimal_text
from reports.exports.formats.registry import BOOK_FORMATS
from tests.reports.exports import datev_reader, sie_reader
from tests.reports.exports.sample_books import FIRST, SampleBooks, a_head, written

SHARED = Path(os.environ.get("TILLSYN_SHARED", Path(__file__).resolve().parents[4] / "shared")) / "data" / "accounting"


def minor(amounts: dict[str, Decimal]) -> dict[str, int]:
    return {str(account): int(amount * 100) for account, amount in amounts.items() if amount}


@pytest.mark.parametrize("chart", CHARTS)
def test_every_chart_has_a_number_for_every_kind_of_account(chart):
    lines = CHARTS[chart].lines
    assert {line.kind for line in lines} == set(MAPPED_KINDS) == set(TYPES)
    assert len({(line.kind, line.subject) for line in lines}) == len(lines)
    datev.check(a_head(chart))
    sie.check(a_head(chart))


# SIE


def test_sie_4i_holds_every_voucher_and_its_checksum():
    head = a_head()
    books = SampleBooks(head)

    found = sie_reader.read(written(sie.SIE_4I, head, books), year_ties=False)

    moved = defaultdict(Decimal)
    for voucher in found.vouchers:
        for account, amount in voucher.rows:
            moved[account] += amount
    assert minor(moved) == books.per_number()
    assert len(found.vouchers) == 200
    assert found.checksum is not None
    assert found.labels["#SIETYP"] == [["4"]]
    assert found.labels["#RAR"] == [["0", "20260101", "20261231"]]
    assert found.labels["#FNAMN"] == [["Räksmörgås & Söner AB"]]
    assert found.labels["#KPTYP"] == [["BAS2014"]]
    assert "Europe/Stockholm" in found.labels["#PROSA"][0][0]
    assert not found.accounts


def test_sie_4e_ties_for_every_account_and_carries_earlier_years_over():
    head = a_head(date_from=date(2026, 1, 1))
    before = {("cash_register", "till"): 5_000, ("sales", "2500"): -4_000, ("vat_payable", "2500"): -1_000}
    books = SampleBooks(head, before=before)

    found = sie_reader.read(written(sie.SIE_4E, head, books))

    assert found.balances[("#IB", 0, "1910")] == 50
    assert found.balances[("#IB", 0, "2098")] == -40, "what earlier years sold is earned, not sold again"
    assert ("#IB", 0, "3001") not in found.balances
    assert sum(amount for key, amount in found.balances.items() if key[0] == "#IB") == 0
    assert found.types["3001"] == "I"
    assert found.types["1910"] == "T"


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        ((b"#TRANS 1580", b"#TRANS 1581"), "KSUMMA"),
        ((b"#FNAMN", b"#FNAMM"), "KSUMMA"),
        ((b"{}", b""), "objects"),
    ],
)
def test_the_reader_refuses_a_damaged_file(damage, why):
    head = a_head()
    raw = written(sie.SIE_4I, head, SampleBooks(head))

    with pytest.raises(sie_reader.Refused, match=why):
        sie_reader.read(raw.replace(*damage, 1), year_ties=False)


def test_the_reader_refuses_a_voucher_off_by_a_cent():
    raw = written(sie.SIE_4I, a_head(), SampleBooks(a_head(), count=1)).replace(b"#KSUMMA", b"#XSUMMA")
    amount = re.search(rb"#TRANS \d+ \{\} (-?\d+\.\d\d)", raw).group(1)
    off = f"{Decimal(amount.decode()) + Decimal('0.01')}".encode()

    with pytest.raises(sie_reader.Refused, match=r"off by 0.01"):
        sie_reader.read(raw.replace(amount, off, 1), year_ties=False)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the public samples are not beside the project")
def test_the_reader_agrees_with_the_public_files():
    assert sie_reader.read((SHARED / "sie4/Sie1.se").read_bytes(), year_ties=False).checksum == 909685525
    good = sie_reader.read((SHARED / "sie4/transaktioner_ovnbolag.se").read_bytes())
    assert len(good.vouchers) > 100
    with pytest.raises(sie_reader.Refused, match=r"voucher|account"):
        sie_reader.read((SHARED / "sie4/transaktioner_ovnbolag-bad-balance.se").read_bytes())
    datev_reader.read((SHARED / "datev/EXTF_Buchungsstapel.csv").read_bytes(), automatic={})


# DATEV


@pytest.mark.parametrize("chart", ["skr03", "skr04"])
def test_datev_books_what_the_ledger_booked_down_to_the_cent_of_tax(chart):
    head = a_head(chart)
    books = SampleBooks(head, count=500)

    found = datev_reader.read(written(datev.DATEV, head, books))

    rounding = next(line.number for line in head.lines if line.kind == "tax_rounding")
    moved = minor(found.balances)
    expected = {str(int(number)): amount for number, amount in books.per_number().items()}
    sales = {str(int(line.number)) for line in head.lines if line.kind in ("sales", "sales_returns")}
    assert sum(moved.pop(number, 0) for number in {*sales, rounding}) == sum(expected.pop(n, 0) for n in sales)
    assert moved == expected
    # The column of amounts ties with the debits by what is noted of it.
    debit = sum(leg.base_minor for voucher in books.made for leg in voucher.legs if leg.base_minor > 0)
    column = sum(int(row[0].replace(",", "")) for row in found.rows)
    of_rounding = [row for row in found.rows if str(int(rounding)) in (row[6], row[7])]
    assert books.noted["amount_column_minor"] == column
    assert books.noted["tax_rounding_minor"] == sum(int(row[0].replace(",", "")) for row in of_rounding) > 0
    assert column - books.noted["tax_rounding_minor"] - books.noted["passed_through_minor"] == debit
    assert found.header[10:16] == ["1001", "1", "20260101", "4", "20261101", "20261130"]
    assert found.header[26] == {"skr03": "03", "skr04": "04"}[chart]


def test_datev_writes_a_taxed_sale_as_one_gross_row_without_a_key():
    head = a_head("skr03")
    find = SampleBooks(head, count=0).find.find
    legs = [("cash_register", "till", 11_900), ("sales", "1900", -10_000), ("vat_payable", "1900", -1_900)]
    voucher = Voucher(
        1, "r", FIRST, FIRST, "Sale", tuple(BookLeg(find(k, s), k, s, "EUR", minor, minor) for k, s, minor in legs)
    )
    books = SampleBooks(head, count=0)
    books.made = [voucher]

    rows = datev_reader.read(written(datev.DATEV, head, books)).rows

    assert [row[:2] + row[6:10] for row in rows] == [["119,00", "S", "1000", "8400", "", "0111"]]


@pytest.mark.parametrize(
    ("number", "reason"), [("84-00", "digits"), ("84000", "4 digits long"), ("840", "4 digits long")]
)
def test_a_number_datev_cannot_hold_is_refused_by_name(number, reason):
    head = a_head("skr03")
    lines = (*head.lines[:-1], ChartLine("sales", "500", number, "Erlöse 5 %"))

    with pytest.raises(NumberUnsuitable) as refused:
        datev.check(replace(head, lines=lines))

    assert "Erlöse 5 %" in refused.value.message


# Plain text, proven by other programs


def program(name: str) -> str:
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def verdict(name: str, path: Path) -> subprocess.CompletedProcess:
    command = [program(name), "-f", str(path), "check"] if name == "hledger" else [program(name), str(path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env={**os.environ, "LANG": "C.UTF-8"})


@pytest.mark.parametrize(
    ("name", "format_"),
    [("hledger", hledger.HLEDGER), ("bean-check", beancount.BEANCOUNT)],
    ids=["hledger", "beancount"],
)
def test_other_programs_accept_the_books_and_refuse_a_cent(tmp_path, name, format_):
    head = a_head("skr03")
    raw = written(format_, head, SampleBooks(head))
    path = tmp_path / f"books.{format_.extension}"
    path.write_bytes(raw)

    accepted = verdict(name, path)
    amount = re.search(rb"1000[^\n]*  (-?\d+\.\d\d) EUR\n", raw).group(1)
    off = f"{Decimal(amount.decode()) + Decimal('0.01')}".encode()
    path.write_bytes(raw.replace(amount + b" EUR\n", off + b" EUR\n", 1))
    refused = verdict(name, path)

    assert (accepted.returncode, accepted.stderr) == (0, "")
    assert refused.returncode != 0
    assert "balance" in refused.stdout + refused.stderr


def test_hledger_comes_to_the_same_balances(tmp_path):
    head = a_head("plain")
    books = SampleBooks(head)
    path = tmp_path / "books.journal"
    path.write_bytes(written(hledger.HLEDGER, head, books))

    command = [program("hledger"), "-f", str(path), "balance", "--cost", "--flat", "--no-total", "-O", "csv"]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=60, env={**os.environ, "LANG": "C.UTF-8"})

    rows = list(csv.reader(io.StringIO(answer.stdout)))[1:]
    found = {name.split(":")[1].split(" ")[0]: Decimal(amount.split(" ")[0]) for name, amount in rows}
    assert minor(found) == books.per_number()


def test_worth_that_rounding_turned_round_is_written_apart():
    line = CHARTS["plain"].lines[0]
    leg = BookLeg(line, "fees", "", "JPY", 1, -1)

    assert hledger.amounts_of(leg, a_head()) == ["1 JPY @@ 0.00 EUR", "-0.01 EUR"]


# CSV and FEC


@pytest.mark.parametrize("layout", journal_csv.LAYOUTS)
def test_csv_layouts_balance_and_begin_no_formula(layout):
    head = a_head("plain", layout=layout)
    books = SampleBooks(head)

    rows = list(csv.DictReader(io.StringIO(written(journal_csv.JOURNAL_CSV, head, books).decode(), newline="")))

    if layout == "full":
        assert rows[0]["business_date [Europe/Stockholm]"]
        totals = rows.pop()
        assert (totals["voucher"], totals["amount"]) == ("total", "0")
        assert Decimal(totals["debit"]) == sum(Decimal(row["debit"] or 0) for row in rows)
    signed = {"xero": "*Amount", "full": "amount"}.get(layout)
    debit, credit = {"quickbooks": ("Debits", "Credits"), "fortnox": ("Debet", "Kredit")}.get(layout, ("", ""))
    amounts = [Decimal(row[signed]) if signed else Decimal(row[debit] or 0) - Decimal(row[credit] or 0) for row in rows]
    assert sum(amounts) == 0
    assert len(rows) == sum(bool(leg.base_minor) for voucher in books.made for leg in voucher.legs)
    for row in rows:
        for cell in row.values():
            assert not cell.startswith(("=", "+", "@", "\t", "\r")), cell


def test_own_columns_are_written_as_asked_and_others_refused():
    settings = replace(a_head().settings, csv_columns=("=Konto = account", "Betrag=amount"))
    head = a_head("plain", layout="own", settings=settings)

    first = written(journal_csv.JOURNAL_CSV, head, SampleBooks(head)).decode().splitlines()[0]

    assert first == "'=Konto,Betrag"
    with pytest.raises(AppError, match="no column"):
        journal_csv.columns_of(("Colour = blue",))


def test_fec_has_eighteen_columns_and_balances():
    head = a_head("plain")
    rows = [line.split("\t") for line in written(fec.FEC, head, SampleBooks(head)).decode().split("\r\n")[:-1]]

    assert rows[0] == list(fec.COLUMNS)
    assert {len(row) for row in rows} == {18}
    french = replace(head.settings, organisation_number="732 829 320 00074")
    assert fec.legal_name(replace(head, settings=french)) == "732829320FEC20261231.txt"
    assert fec.legal_name(replace(head, settings=replace(french, organisation_number="12"))) == ""
    sums = [sum(Decimal(row[place].replace(",", ".")) for row in rows[1:]) for place in (11, 12)]
    assert sums[0] == sums[1] > 0


def test_the_same_head_and_books_are_the_same_bytes_also_after_storing():
    for format_ in BOOK_FORMATS.values():
        head = a_head("skr03", closing=3)
        again = Head.from_json(head.to_json())
        assert again == head
        assert written(format_, head, SampleBooks(head)) == written(format_, again, SampleBooks(again))


def test_minor_units_are_written_exactly():
    assert [decimal_text(-5, 2), decimal_text(1250, 2, ","), decimal_text(-7, 0), decimal_text(1, 3)] == [
        "-0.05",
        "12,50",
        "-7",
        "0.001",
    ]
