"""A bank statement whose entries were known before takes none again, and says so."""

from __future__ import annotations

import re

import pytest

from merchant.core.audit.models import AuditEntry
from merchant.core.jobs.models import Job
from payments.reconciliation.imports import pages as import_pages
from payments.reconciliation.models import StatementLine
from payments.reconciliation.serializers import statement_output
from tests.payments.reconciliation.statements import Entry, statement

pytestmark = pytest.mark.django_db
ENTRIES = [Entry(5000, "A", reference="r1"), Entry(700, "B", reference="r2")]


def without_balances(content: bytes) -> bytes:
    """The same entries as a bank sends them that states no balances."""
    return re.sub(rb"<Bal>.*?</Bal>", b"", content)


@pytest.mark.parametrize("again", [without_balances(statement(ENTRIES)), statement(ENTRIES, number="2")])
def test_a_statement_of_known_entries_says_that_it_brings_nothing(books, again):
    books.take_statement(statement(ENTRIES))
    before = list(StatementLine.objects.order_by("id").values())

    file = books.take_statement(again, name="again.xml").file

    assert list(StatementLine.objects.order_by("id").values()) == before
    page = import_pages.import_page(file, None, locale="en_GB")
    assert page.notice.title == "Every line was known from an earlier file."
    assert (page.status, import_pages.import_row(file).status, import_pages.import_row(file).total) == (
        "repeated",
        "repeated",
        None,
    )
    assert [(stat.label, stat.value) for stat in page.stats] == [
        ("Lines", "2"), ("Refused", "0"), ("Known before", "2"),
    ]  # fmt: skip
    assert statement_output(file)["summary"]["lines"] == {"read": 2, "known": 2}
    act = AuditEntry.objects.get(action="statement.imported", subject=f"statement:{file.id}")
    assert (act.data["rows"], act.data["rows_known"]) == (2, 2)


def test_a_statement_with_something_new_says_how_much_was_known(books):
    books.take_statement(statement(ENTRIES))

    file = books.take_statement(
        statement([*ENTRIES, Entry(30, "C", reference="r3")], number="2"), name="longer.xml"
    ).file

    page = import_pages.import_page(file, None, locale="en_GB")
    assert (page.status, page.notice.title) == ("balanced", "Some lines were known from an earlier file.")
    assert page.notice.text == "2 of 3 lines; they were not taken again."
    assert StatementLine.objects.filter(statement=file).count() == 1


def test_the_progress_of_a_statement_that_was_read_counts_its_entries(books):
    file = books.take_statement(statement(ENTRIES)).file

    progress = statement_output(file, job=Job.objects.get(id=file.job_id))["progress"]
    assert (progress["status"], progress["done"], progress["total"]) == ("done", 2, 2)
    assert progress["message"] == "2 entries read"


def test_a_statement_of_which_nothing_was_known_says_nothing_of_it(books):
    file = books.take_statement(statement(ENTRIES)).file

    page = import_pages.import_page(file, None, locale="en_GB")
    assert (page.status, page.notice) == ("balanced", None)
    assert "Known before" not in [stat.label for stat in page.stats]
    assert not file.brings_nothing
