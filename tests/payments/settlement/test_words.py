"""What staff read about a file that was not taken or does not add up."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from merchant.core.money import Money
from merchant.core.pages import display
from payments.reconciliation.imports import pages as import_pages
from payments.reconciliation.statements import services as statement_services
from payments.settlement import services as settlement
from tests.payments.settlement.reports import Row, report


def test_a_refusal_without_a_column_names_none(books):
    with pytest.raises(settlement.ReportRefused) as report_refused:
        books.take_report(b"Name,Price\nMug,12.50\n")
    with pytest.raises(statement_services.StatementRefused) as statement_refused:
        books.take_statement(b"Name,Price\nMug,12.50\n")

    assert report_refused.value.message.endswith("(line 1)")
    assert statement_refused.value.message.endswith("(line 1)")


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
