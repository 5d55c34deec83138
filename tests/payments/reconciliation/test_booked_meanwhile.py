"""A report that is booked while a reconciliation runs belongs to the next run, whole."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connections

from payments.reconciliation.matching import report_lines as matching
from payments.reconciliation.models import Deviation
from payments.settlement.models import ReportFile
from tests.factories import an_authorised_payment
from tests.payments.books import Books
from tests.payments.settlement.reports import Row, report

pytestmark = pytest.mark.django_db(transaction=True)


def test_rows_booked_during_a_run_are_looked_at_by_the_next(tmp_path: Any, settings: Any, monkeypatch: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    books = Books(tmp_path)
    sale = an_authorised_payment(books.account, minor=1000)
    search, late = matching._search_all, report([Row(700, "NOBODYS"), Row(1000, sale.reference)])

    def book_late() -> None:
        try:
            with books.acting():
                books.take_report(late, "late.csv")
        finally:
            connections.close_all()

    def search_while_another_books(*args: Any, **options: Any) -> int:
        monkeypatch.setattr(matching, "_search_all", search)
        other = threading.Thread(target=book_late)
        other.start()
        other.join()
        return search(*args, **options)

    with books.acting():
        monkeypatch.setattr(matching, "_search_all", search_while_another_books)
        books.reconcile()
        assert ReportFile.objects.get().lines_open is None
        assert list(Deviation.objects.values_list("kind", flat=True)) == []

        books.reconcile()

        assert list(Deviation.objects.values_list("kind", "reference", "amount_minor")) == [
            ("not_ours", "NOBODYS", 700)
        ]
        assert ReportFile.objects.get().lines_open == 1
