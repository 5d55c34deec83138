"""A report whose rows came before books nothing, covers no more than its own days, and says so."""

from __future__ import annotations

import pytest

from merchant.ledger.models import Journal
from payments.reconciliation.imports import pages as import_pages
from payments.reconciliation.models import Deviation
from payments.settlement.models import Payout, SettlementLine
from payments.settlement.serializers import report_output
from tests.factories import an_authorised_payment
from tests.payments.settlement.reports import DAY, Row, report

ROWS = [Row(10000, "A1", fee=165), Row(2500, "A2", fee=60)]


def counts():
    return SettlementLine.objects.count(), Journal.objects.exclude(recipe="money_in").count(), Payout.objects.count()


@pytest.mark.parametrize("same", [report(ROWS) + b"\n", report(ROWS).replace(b"\n", b"\r\n")])
def test_a_report_of_known_rows_covers_its_own_days_and_says_that_nothing_is_new(books, same):
    books.take_report(report(ROWS))
    before = counts()

    again = books.take_report(same, name="again.csv").report

    assert counts() == before
    assert (again.status, again.covers_until, again.rows_known, again.brings_nothing) == ("posted", DAY, 3, True)
    row = import_pages.import_row(again)
    page = import_pages.import_page(again, None, locale="en_GB")
    assert (row.status, row.total, page.status) == ("repeated", None, "repeated")
    assert page.notice.title == "Every row was known from an earlier report."
    assert [stat.label for stat in page.stats if stat.label == "Net"] == []
    assert report_output(again)["rows_known"] == 3


def test_payments_after_a_report_of_known_rows_are_not_missing_in_it(books):
    books.take_report(report(ROWS))
    an_authorised_payment(books.account, minor=4000, day=books.now.date())
    books.take_report(report(ROWS) + b"\n", name="again.csv")

    books.reconcile()

    assert not Deviation.objects.filter(kind="missing_in_report").exists()


def test_a_report_with_some_new_rows_says_how_many_were_known(books):
    books.take_report(report(ROWS, paid=False))

    longer = books.take_report(report([*ROWS, Row(700, "A3")], paid=False), name="longer.csv").report

    assert (longer.rows_known, longer.brings_nothing, longer.covers_until) == (2, False, DAY)
    assert import_pages.import_row(longer).status == "posted"


def test_a_report_without_rows_covers_no_day(books):
    empty = books.take_report(report([], paid=False)).report

    assert (empty.status, empty.covers_until) == ("posted", None)


@pytest.mark.parametrize("blank", [b"", b"\n" * 3000])
def test_a_report_without_rows_says_that_nothing_was_booked_and_is_no_alarm(books, blank):
    before = counts()

    empty = books.take_report(report([], paid=False) + blank).report

    assert counts() == before
    page = import_pages.import_page(empty, None, locale="en_GB")
    assert (import_pages.import_row(empty).status, page.status) == ("empty", "empty")
    assert (page.notice.tone, page.notice.title) == ("info", "This report has no rows.")
    assert "Booked" not in [fact.label for fact in page.facts]
