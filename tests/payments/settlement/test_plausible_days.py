"""A file that speaks of days that cannot be is kept, blocked, and says why."""

from __future__ import annotations

from datetime import date

import pytest

from merchant.ledger.models import Journal
from payments.reconciliation.models import StatementFile, StatementLine
from payments.settlement.models import ReportFile, SettlementLine
from tests.factories import an_authorised_payment
from tests.payments.books import Books
from tests.payments.reconciliation.statements import Entry, statement
from tests.payments.settlement.reports import Row, report


@pytest.mark.parametrize("day", [date(9999, 12, 30), date(1970, 1, 1)])
def test_a_report_of_another_age_is_blocked_with_its_reason(books: Books, day: date) -> None:
    sale = an_authorised_payment(books.account, minor=10_000)
    journals = Journal.objects.count()

    books.take_report(report([Row(10_000, sale.reference)], day=day))

    file = ReportFile.objects.get()
    assert file.status == "out_of_balance"
    assert file.summary["row_failures"][0]["code"] == "day_implausible"
    assert str(day) in file.summary["row_failures"][0]["message"]
    assert (SettlementLine.objects.count(), Journal.objects.count()) == (0, journals)


def test_a_statement_of_another_age_is_blocked_with_its_reason(books: Books) -> None:
    books.take_statement(statement([Entry(100, "hello")], day=date(9999, 12, 30)))

    file = StatementFile.objects.get()
    assert file.status == "out_of_balance"
    assert [failure["code"] for failure in file.summary["row_failures"]] == ["day_implausible"]
    assert StatementLine.objects.count() == 0
