"""What was booked about money that did not come does not stay in the books beside the money: it is taken back when the money comes after all."""

from __future__ import annotations

from datetime import date

import pytest

from merchant.ledger import queries as ledger
from merchant.ledger.models import Journal
from payments.reconciliation.desk import closing, queries, services
from payments.reconciliation.desk.models import Decision
from payments.reconciliation.models import Deviation
from payments.settlement.models import Payout, ReportFile
from tests.factories import an_authorised_payment
from tests.payments.books import Books
from tests.payments.reconciliation.deciding import decide
from tests.payments.reconciliation.statements import Entry, statement
from tests.payments.reconciliation.test_matching import clearing_proves_itself, exceptions, stage
from tests.payments.settlement.reports import Row, report

NEXT_DAY = date(2026, 11, 22)
WAYS = (("write_off", ""), ("book", "fx"), ("claim", ""))
DECIDED = ("write_off", "fx", "claims")


@pytest.fixture
def paid_out(books: Books) -> Books:
    """A sale of 100.00 whose payout the bank's statement does not have."""
    books.sale = an_authorised_payment(books.account, minor=10_000)
    books.take_report(report([Row(10_000, books.sale.reference)]))
    return books


def comes_to_nothing() -> bool:
    return all(ledger.balance(account) == {} for account in DECIDED)


def taken_back(found: Deviation) -> None:
    """The decision is undone with its reversal, the exception cleared, and the history says why."""
    found.refresh_from_db()
    decision = Decision.objects.get(deviation=found)
    assert (found.status, found.resolution) == (
        "cleared",
        "It came after all, or was corrected; what was booked about it was taken back.",
    )
    assert decision.undone_at is not None
    assert decision.reversal_id is not None
    assert [act.action for act in queries.list_history(found)][:2] == ["exception.overtaken", "exception.resolved"]
    assert comes_to_nothing()


@pytest.mark.parametrize(("way", "account"), WAYS)
def test_a_missing_payout_that_comes_whole_takes_back_what_was_booked_about_it_once(
    paid_out: Books, way: str, account: str
) -> None:
    paid_out.take_statement(statement([]))
    paid_out.reconcile()
    found = Deviation.objects.get(kind="missing_payout")
    decide(paid_out, found, way, account=account)
    assert not comes_to_nothing()

    paid_out.take_statement(statement([Entry(10_000, "po_20261120")], day=NEXT_DAY, number="2"), "next.xml")
    first = paid_out.reconcile()
    journals = Journal.objects.count()
    again = paid_out.reconcile()

    assert (first.decisions_taken_back, again.decisions_taken_back, Journal.objects.count()) == (1, 0, journals)
    taken_back(found)
    assert (exceptions(), stage(paid_out.sale)) == ([], "reconciled")
    assert (ledger.balance("payouts_in_transit"), ledger.balance("bank")) == ({}, {"EUR": 10_000})
    clearing_proves_itself(paid_out)


def test_a_missing_payout_that_comes_in_part_is_short_by_its_rest_and_nothing_more(paid_out: Books) -> None:
    paid_out.take_statement(statement([]))
    paid_out.reconcile()
    found = Deviation.objects.get(kind="missing_payout")
    decide(paid_out, found, "write_off")

    paid_out.take_statement(statement([Entry(9_950, "po_20261120")], day=NEXT_DAY, number="2"), "next.xml")
    paid_out.reconcile()

    taken_back(found)
    assert exceptions() == [("short_payout", "po_20261120", -50)]
    assert ledger.balance("payouts_in_transit") == {"EUR": 50}


@pytest.mark.parametrize(("way", "account"), WAYS)
def test_the_rest_of_a_short_payout_takes_back_what_was_booked_about_it(
    paid_out: Books, way: str, account: str
) -> None:
    paid_out.take_statement(statement([Entry(9_950, "po_20261120")]))
    paid_out.reconcile()
    found = Deviation.objects.get(kind="short_payout")
    decide(paid_out, found, way, account=account)

    paid_out.take_statement(
        statement([Entry(50, "REST po_20261120")], day=NEXT_DAY, opening=9_950, number="2"), "next.xml"
    )
    paid_out.reconcile()

    taken_back(found)
    assert (exceptions(), Payout.objects.get().status, stage(paid_out.sale)) == ([], "in_bank", "reconciled")
    assert ledger.balance("payouts_in_transit") == {}


def test_a_payout_that_still_lacks_something_leaves_what_was_booked_about_it(paid_out: Books) -> None:
    paid_out.take_statement(statement([Entry(9_950, "po_20261120")]))
    paid_out.reconcile()
    decide(paid_out, Deviation.objects.get(kind="short_payout"), "write_off")

    paid_out.take_statement(statement([Entry(700, "Rent")], day=NEXT_DAY, opening=9_950, number="2"), "next.xml")
    assert paid_out.reconcile().decisions_taken_back == 0

    assert ledger.balance("write_off") == {"EUR": 50}


@pytest.mark.parametrize(("way", "account"), WAYS)
def test_a_payment_that_a_later_report_brings_takes_back_what_was_booked_about_its_absence(
    books: Books, way: str, account: str
) -> None:
    early, late = an_authorised_payment(books.account, minor=7_000), an_authorised_payment(books.account, minor=3_000)
    books.take_report(report([Row(7_000, early.reference)]))
    books.reconcile()
    found = Deviation.objects.get(kind="missing_in_report")
    decide(books, found, way, account=account)

    books.take_report(report([Row(3_000, late.reference)], batch="2", payout="po_20261121"), "late.csv")
    books.reconcile()

    taken_back(found)
    assert stage(late) == "paid_out"
    clearing_proves_itself(books)


@pytest.mark.parametrize(("way", "account"), WAYS)
def test_the_rest_of_a_payment_in_a_later_row_takes_back_what_was_booked_about_it(
    books: Books, way: str, account: str
) -> None:
    sale = an_authorised_payment(books.account, minor=10_000)
    books.take_report(report([Row(9_900, sale.reference)]))
    books.reconcile()
    found = Deviation.objects.get(kind="amount")
    decide(books, found, way, account=account)

    books.take_report(report([Row(100, sale.reference)], batch="2", payout="po_20261121"), "rest.csv")
    books.reconcile()

    taken_back(found)
    assert (exceptions(), stage(sale)) == ([("split", sale.reference, 0)], "paid_out")
    clearing_proves_itself(books)


def test_a_row_whose_sale_is_learned_later_takes_back_what_was_booked_about_it(books: Books) -> None:
    books.take_report(report([Row(3_000, "OPLEARNED1")]))
    books.reconcile()
    found = Deviation.objects.get(kind="not_ours")
    decide(books, found, "write_off")

    an_authorised_payment(books.account, minor=3_000, reference="OPLEARNED1")
    books.reconcile()

    taken_back(found)
    assert exceptions() == []
    clearing_proves_itself(books)


def test_it_is_taken_back_in_a_closed_batch_too_and_the_first_journal_stays(paid_out: Books) -> None:
    paid_out.take_statement(statement([]))
    paid_out.reconcile()
    found = Deviation.objects.get(kind="missing_payout")
    first = decide(paid_out, found, "write_off")
    closing.close_batch(role="owner", report_id=ReportFile.objects.get().id, now=paid_out.now)

    paid_out.take_statement(statement([Entry(10_000, "po_20261120")], day=NEXT_DAY, number="2"), "next.xml")
    paid_out.reconcile()

    taken_back(found)
    assert Journal.objects.filter(id=first.journal_id).exists()
    with pytest.raises(services.DecisionNotStanding):
        services.undo(exception_id=found.id, note="", now=paid_out.now)


def test_a_note_booked_nothing_and_stays(paid_out: Books) -> None:
    paid_out.take_statement(statement([]))
    paid_out.reconcile()
    found = Deviation.objects.get(kind="missing_payout")
    decide(paid_out, found, "note")

    paid_out.take_statement(statement([Entry(10_000, "po_20261120")], day=NEXT_DAY, number="2"), "next.xml")
    assert paid_out.reconcile().decisions_taken_back == 0

    found.refresh_from_db()
    assert found.status == "resolved"
    assert ledger.balance("payouts_in_transit") == {}
