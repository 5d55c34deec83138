"""What staff read about a file that was not taken or does not add up."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from merchant.core.money import Money
from merchant.core.pages import display
from merchant.merchants.models import Merchant
from payments.reconciliation.imports import pages as import_pages
from payments.reconciliation.models import StatementFile
from payments.reconciliation.statements import services as statement_services
from payments.settlement import services as settlement
from payments.settlement.models import ReportFile
from tests.clients import signed_in
from tests.factories import a_staff_member
from tests.payments.reconciliation.statements import Entry, statement
from tests.payments.reconciliation.test_bank_formats import a_zip
from tests.payments.settlement.reports import Row, report


def test_a_refusal_without_a_column_names_none(books):
    with pytest.raises(settlement.ReportRefused) as report_refused:
        books.take_report(b"Name,Price\nMug,12.50\n")
    with pytest.raises(statement_services.StatementRefused) as statement_refused:
        books.take_statement(b"Name,Price\nMug,12.50\n")

    assert report_refused.value.message.endswith("(line 1).")
    assert statement_refused.value.message.endswith("(line 1).")


PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
AGAIN = "Download it again: a download that broke off leaves such a file."


@pytest.mark.parametrize(
    ("content", "reason", "next_step"),
    [
        (b"", "the file is empty.", AGAIN),
        (b" \r\n", "the file is empty.", AGAIN),
        (PNG, "this is no bank statement we know.", "Send the statement as camt, MT940, OFX, BgMax or CSV, as the bank writes it."),
        (b"%PDF-1.7\n1 0 obj", "this is a PDF; download the statement as camt.053, MT940 or CSV.", "Send that file instead."),
        (a_zip({}), "the zip holds no file.", AGAIN),
        (a_zip({"a.xml": b"x", "b.zip": a_zip({"c.xml": b"x"})}), "the zip holds another zip; unpack it first.", "Unpack it and send its files."),
        (a_zip({"[Content_Types].xml": b"x"}), "this is a spreadsheet; save it as CSV and send that.", "Send that file instead."),
    ],
    ids=["empty", "blank", "picture", "pdf", "empty zip", "nested zip", "spreadsheet"],
)  # fmt: skip
def test_a_file_that_has_no_lines_is_refused_without_one_and_says_what_to_do(books, content, reason, next_step):
    with pytest.raises(statement_services.StatementRefused) as refused:
        books.take_statement(content)

    assert refused.value.message == f"This file was not taken: {reason}"
    assert (refused.value.next_step, refused.value.data["line"], refused.value.data["place"]) == (next_step, None, "")
    assert not StatementFile.objects.exists()


@pytest.mark.parametrize("content", [b"", PNG, b"%PDF-1.7\n1 0 obj"], ids=["empty", "picture", "pdf"])
def test_a_report_that_has_no_lines_is_refused_without_one_too(books, content):
    with pytest.raises(settlement.ReportRefused) as refused:
        books.take_report(content)

    assert "line" not in refused.value.message and refused.value.message.endswith(".")
    assert refused.value.next_step
    assert not ReportFile.objects.exists()


def test_a_place_that_the_reason_names_is_not_named_twice():
    reason = "the field on line 7 does not end"

    refusal = statement_services.StatementRefused(reason=reason, line=7, column=None, problem="not_a_statement")
    other = statement_services.StatementRefused(reason="It ends.", line=7, column="Net", problem="?")

    assert refusal.message == "This file was not taken: the field on line 7 does not end."
    assert other.message == "This file was not taken: It ends (line 7, column Net)."
    assert other.next_step == "Download the statement from the bank again and send it unchanged."


def test_what_is_said_of_a_refused_file_tells_the_next_step_on_the_page_and_over_rest(books):
    owner = signed_in(a_staff_member(Merchant.objects.get(id=books.account.merchant_id)))
    fields = {"account": f"bank:{books.bank.id}"}

    page = owner.post("/imports/", {"file": SimpleUploadedFile("blank.xml", b" \n"), **fields}).content.decode()
    body = {"file": SimpleUploadedFile("blank.xml", b" \n"), "bank_account_id": str(books.bank.id)}
    answer = owner.post("/api/v1/bank-statements/", body)

    assert f"This file was not taken: the file is empty. Nothing was stored and nothing was booked. {AGAIN}" in page
    assert answer.status_code == 422
    assert (answer.json()["detail"], answer.json()["next_step"], answer.json()["data"]["line"]) == (
        "This file was not taken: the file is empty.", AGAIN, None,
    )  # fmt: skip


def test_a_statement_that_breaks_off_says_where_once_and_what_to_do(books):
    file = books.take_statement(statement([Entry(700, "cut")])[:-200], "cut.xml").file

    page = import_pages.import_page(file, None, locale="en_GB")

    assert page.notice.text.startswith("The XML breaks off or is wrong at line 1, column ")
    assert page.notice.text.endswith(f". {AGAIN}") and page.notice.text.count("line 1") == 1


def test_a_line_that_does_not_add_up_shows_its_cell_and_amounts_as_people_write_them(books):
    file = books.take_report(report([Row(10000, "A1", fee=165, net=9845), Row(500, "A2")], payout_minor=10345)).report

    page = import_pages.import_page(file, None, locale="en_GB")

    [line] = page.refused
    assert (line.line, line.column, line.content) == (2, "Net", "98.45")
    assert line.message == "gross 100.00 less fee 1.65 is 98.35, not 98.45: -0.10 EUR off"


def test_a_row_that_cannot_be_split_is_shown_whole(books):
    data = report([Row(10000, "A1", fee=165)]) + b"loose,row\n"
    file = books.take_report(data).report

    page = import_pages.import_page(file, None, locale="en_GB")

    assert [line.content.startswith("loose, row") for line in page.refused] == [True]


def test_a_batch_does_not_add_up_beside_a_file_that_does_not(books):
    file = books.take_report(report([Row(10000, "A1", fee=165, net=9845)], payout_minor=9845)).report

    page = import_pages.import_page(file, None, locale="en_GB")

    assert file.status == "out_of_balance"
    [batch] = [fact for fact in page.facts if fact.label == "Batch 1"]
    assert (batch.value, batch.note) == (Money(9845, "EUR"), "its sum agrees, lines of the file do not")


def test_a_day_of_an_earlier_year_says_which():
    moment = datetime(2025, 11, 20, 11, 20, tzinfo=UTC)

    assert display.day_text(date(2025, 11, 20), shape="dated", locale="en_GB") == "Thu 20 Nov 2025"
    assert display.moment_text(moment, shape="dated", zone="UTC", locale="en_GB") == "Thu 20 Nov 2025, 11:20"


def test_a_statement_of_an_earlier_year_is_named_with_it(books):
    from payments.reconciliation.models import StatementFile

    now = datetime(2026, 11, 20, tzinfo=UTC)
    file = StatementFile(name="2025-11-20", bank_account=books.bank, received_at=now, status="received")

    assert import_pages.import_row(file).file_name == "Statement of Thu 20 Nov 2025"
