"""What is due when, and who hears of it when it does not come."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from merchant.core import db
from merchant.core.outbox.models import OutboxEvent
from payments.reconciliation import services
from payments.reconciliation.desk import services as desk
from payments.reconciliation.explanation import payout_queries
from payments.reconciliation.explanation.due_views import span_of
from payments.reconciliation.explanation.payout_pages import payout_row
from payments.reconciliation.matching.payout_watch import list_due_payouts
from payments.reconciliation.models import Deviation
from payments.settlement.models import Payout
from reports.exports.formats.base import Narrowed
from reports.exports.formats.payouts import DUE_PAYOUTS
from tests.clients import signed_in
from tests.factories import a_staff_member, an_authorised_payment
from tests.payments.books import NOW, Books
from tests.payments.reconciliation.deciding import decide
from tests.payments.reconciliation.statements import Entry, statement
from tests.payments.reconciliation.test_matching import exceptions
from tests.payments.settlement.reports import Row, report


def due(today=date(2026, 11, 21)):
    rows = list_due_payouts(from_day=date(2026, 11, 1), until_day=date(2026, 11, 30), today=today)
    return [(row.due_on.day, row.announced_minor, row.arrived_minor, row.unreported_minor, row.state) for row in rows]


def alarms():
    told = OutboxEvent.objects.filter(topic__startswith="payout.").order_by("seq")
    return list(told.values_list("topic", flat=True))


def test_each_day_says_what_was_announced_and_what_is_in_no_report_yet(books):
    sale = an_authorised_payment(books.account, minor=10000)
    an_authorised_payment(books.account, minor=2500, day=date(2026, 11, 21))

    books.take_report(report([Row(10000, sale.reference)]))
    books.reconcile()

    assert due() == [(21, 10000, 0, 0, "announced"), (22, 0, 0, 2500, "expected")]
    assert [row[4] for row in due(today=date(2026, 11, 25))] == ["late", "late"]


def test_a_missing_and_a_short_payout_are_told_once(books):
    sale = an_authorised_payment(books.account, minor=10000)
    books.take_report(report([Row(10000, sale.reference)]))
    books.take_statement(statement([]))
    books.reconcile()
    books.reconcile()
    assert alarms() == ["payout.missing"]

    books.take_statement(statement([Entry(9000, "po_20261120")]), "grown.xml")
    books.reconcile()
    books.reconcile()

    assert alarms() == ["payout.missing", "payout.short"]


def test_an_account_whose_reports_stopped_is_missed(books):
    sale = an_authorised_payment(books.account, minor=10000)
    books.take_report(report([Row(10000, sale.reference)], paid=False))
    an_authorised_payment(books.account, minor=2500, day=date(2026, 11, 21))
    books.reconcile()
    assert exceptions() == []

    services.reconcile(now=NOW.replace(month=12))

    assert [(kind, minor) for kind, _, minor in exceptions()] == [("missing_in_report", -2500)]


def test_the_page_of_what_is_due_and_its_file_say_the_same_and_can_be_narrowed(books):
    sale = an_authorised_payment(books.account, minor=10000)
    books.take_report(report([Row(10000, sale.reference)]))
    books.take_statement(statement([]))
    books.reconcile()
    client = signed_in(a_staff_member(books.merchant, role="accountant"))
    days = "date_from=2026-11-01&date_to=2026-11-30"

    page = client.get(f"/payouts/due/?{days}&status=missing,short,late")
    others = client.get(f"/payouts/due/?{days}&status=announced")
    file = DUE_PAYOUTS.build(Narrowed({"date_from": "2026-11-01", "date_to": "2026-11-30", "status": "missing"}))

    [payout] = Payout.objects.all()
    assert f"/payouts/{payout.id}/" in page.content.decode()
    assert "Missing" in page.content.decode()
    assert f"/payouts/{payout.id}/" not in others.content.decode()
    [row] = db.rows(file.select, file.parameters)
    assert (row[0], *row[2:]) == (date(2026, 11, 21), "missing", "EUR", 0, "0.00", 10_000, "100.00", 0, "0.00")


@pytest.mark.parametrize(
    ("first", "last", "span"),
    [
        ("", "", (date(2026, 11, 8), date(2026, 12, 6))),
        ("2026-11-01", "2026-11-03", (date(2026, 11, 1), date(2026, 11, 3))),
        ("2026-11-03", "2026-11-01", (date(2026, 11, 3), date(2027, 2, 3))),
        ("9999-12-30", "", (date(9999, 12, 30), date(9999, 12, 31))),
        ("no day", "0001-01-05", (date(1, 1, 1), date(1, 1, 5))),
    ],
)
def test_the_days_shown_are_bounded(first, last, span):
    assert span_of(first, last, today=date(2026, 11, 22)) == span


def stands(books: Books) -> tuple[list[str], str, str]:
    """In which states the list of payouts has the one there is the day after it was due, what its row says, and how its day stands."""
    [payout] = Payout.objects.all()
    today = payout.expected_on + timedelta(days=1)
    listed = [state for state in payout_queries.STATES if payout in payout_queries.list_payouts([state], today=today)]
    decided = payout_queries.decided_among([payout])
    row = payout_row(payout, today=today, is_decided=payout.id in decided)
    [due] = list_due_payouts(from_day=payout.expected_on, until_day=payout.expected_on, today=today)
    return listed, row.status, due.state


def test_a_payout_that_was_decided_about_is_not_late_any_more_wherever_it_is_listed(books):
    sale = an_authorised_payment(books.account, minor=10000)
    books.take_report(report([Row(10000, sale.reference)]))
    before_statements = stands(books)
    books.take_statement(statement([]))
    books.reconcile()
    found, [payout] = Deviation.objects.get(kind="missing_payout"), Payout.objects.all()
    client = signed_in(a_staff_member(books.merchant, role="accountant"))

    seen = [before_statements, stands(books)]
    decide(books, found, "note")
    seen.append(stands(books))
    desk.undo(exception_id=found.id, note="", now=NOW)
    decide(books, found, "write_off")
    seen.append(stands(books))
    pages = [client.get(path).content.decode() for path in ("/payouts/?status=decided", f"/payouts/{payout.id}/")]
    file = DUE_PAYOUTS.build(Narrowed({"date_from": "2026-11-01", "date_to": "2026-11-30", "status": "decided"}))
    [row] = db.rows(file.select, file.parameters)
    desk.undo(exception_id=found.id, note="", now=NOW)
    seen.append(stands(books))

    late, missing = (["late"], "late", "late"), (["late"], "late", "missing")
    noted = (["late"], "late", "late")
    assert seen == [late, missing, noted, (["decided"], "decided", "decided"), missing]
    assert all(payout.reference in page and "Decided by hand</span>" in page for page in pages)
    assert row[2] == "decided"


def test_the_list_of_payouts_has_those_of_all_states_that_are_asked_for(books):
    sales = [an_authorised_payment(books.account, minor=minor) for minor in (10000, 2500)]
    books.take_report(report([Row(10000, sales[0].reference)]))
    books.take_report(
        report([Row(2500, sales[1].reference)], batch="2", payout="po_20261121", day=date(2026, 11, 21)), "second.csv"
    )
    books.take_statement(statement([Entry(10000, "po_20261120")]))
    books.reconcile()
    today = date(2026, 12, 24)

    assert {payout.status for payout in Payout.objects.all()} == {"in_bank", "in_transit"}
    assert len(payout_queries.list_payouts(["late", "in_bank"], today=today)) == 2
    assert len(payout_queries.list_payouts([], today=today)) == len(payout_queries.list_payouts(["nonsense"], today=today)) == 2  # fmt: skip
    assert [len(payout_queries.list_payouts([state], today=today)) for state in ("late", "in_transit", "short")] == [1, 0, 0]  # fmt: skip
