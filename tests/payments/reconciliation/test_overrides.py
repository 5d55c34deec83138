"""What two people said of an outcome is an expectation: what contradicts it, or never proves it, is an exception of its own kind."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from merchant.core.ids import new_id
from merchant.ledger import queries as ledger
from orders.order import queries as orders
from payments.gateways.base import Outcome
from payments.reconciliation import services
from payments.reconciliation.desk.queries import standing_of
from payments.reconciliation.desk.services import WayNotOffered
from payments.reconciliation.matching.override_rows import DUE_DAYS
from payments.reconciliation.models import Deviation
from payments.reconciliation.workbench.options import options_of
from payments.records.models import Operation, PaymentOverride
from payments.records.services import apply_result
from tests.factories import an_authorised_payment
from tests.payments.books import Books
from tests.payments.reconciliation.deciding import decide
from tests.payments.reconciliation.test_matching import clearing_proves_itself, exceptions
from tests.payments.settlement.reports import Row, report


def said(books: Books, operation: Operation, *, is_paid: bool) -> Operation:
    """Have two people say how an operation ended that nobody could find out, as `overriding.override` does."""
    outcome = (
        Outcome("succeeded", is_captured=True, landed_at=operation.requested_at)
        if is_paid
        else Outcome("failed", decline_code="said")
    )
    apply_result(operation_id=operation.id, outcome=outcome, source="person", now=books.now)
    PaymentOverride.objects.create(
        operation=operation, is_paid=is_paid, reason="receipt seen", said_by="Mara", approved_by="Nils",
        approval_id=new_id(), said_at=books.now,
    )  # fmt: skip
    operation.refresh_from_db()
    return operation


def unanswered(books: Books, minor: int) -> Operation:
    """A card payment that was sent and never answered."""
    return an_authorised_payment(books.account, minor=minor, answer={"status": "unknown"})


def row_of(operation: Operation) -> Deviation:
    return Deviation.objects.get(operation_id=operation.id, status="open")


def proposals(found: Deviation) -> list[tuple[str, bool]]:
    return [
        (option.value, option.is_suggested)
        for option in options_of(found, standing_of(found), today=found.business_date)
    ]


def run_on(books: Books, day: date) -> None:
    services.reconcile(now=books.now + timedelta(days=(day - books.now.date()).days))


def test_what_was_treated_as_paid_and_the_report_does_not_contain_is_contradicted(books: Books) -> None:
    paid = said(books, unanswered(books, 700), is_paid=True)
    other = an_authorised_payment(books.account, minor=10_000)

    books.take_report(report([Row(10_000, other.reference)]))
    books.reconcile()
    again = books.reconcile()

    assert exceptions() == [("override_contradicted", paid.reference, -700)]
    assert PaymentOverride.objects.get().status == "broken"
    assert again.exceptions_changed == 0
    assert "treated this as paid" in row_of(paid).cause
    clearing_proves_itself(books)


def test_written_off_it_leaves_clearing(books: Books) -> None:
    paid = said(books, unanswered(books, 700), is_paid=True)
    other = an_authorised_payment(books.account, minor=10_000)
    books.take_report(report([Row(10_000, other.reference)]))
    books.reconcile()

    assert proposals(row_of(paid))[0][0] == "write_off"
    decide(books, row_of(paid), "write_off")
    books.reconcile()

    assert exceptions() == []
    assert ledger.balance("write_off") == {"EUR": 700}
    clearing_proves_itself(books)


def test_what_was_treated_as_not_paid_and_settled_is_booked_and_contradicted(books: Books) -> None:
    unpaid = said(books, unanswered(books, 700), is_paid=False)

    books.take_report(report([Row(700, unpaid.reference)]))
    books.reconcile()

    found = row_of(unpaid)
    assert exceptions() == [("override_contradicted", unpaid.reference, 700)]
    assert orders.get_order(unpaid.order_id).captured_minor == 700
    assert proposals(found) == [("note", True), ("wait", False)]
    with pytest.raises(WayNotOffered) as refused:
        decide(books, found, "write_off")
    assert refused.value.next_step == "Choose one of: note."
    decide(books, found, "note")
    books.reconcile()
    assert exceptions() == []
    clearing_proves_itself(books)


def test_what_the_processor_denies_later_is_taken_back_and_contradicted(books: Books) -> None:
    paid = said(books, unanswered(books, 700), is_paid=True)

    apply_result(operation_id=paid.id, outcome=Outcome("declined"), source="webhook", now=books.now)
    books.reconcile()

    found = row_of(paid)
    assert exceptions() == [("override_contradicted", paid.reference, -700)]
    assert proposals(found) == [("note", True), ("wait", False)]
    assert ledger.balance("clearing") == {}


@pytest.mark.parametrize("is_paid", [True, False])
def test_what_no_report_shows_by_its_due_date_is_unproven_until_one_does(books: Books, is_paid: bool) -> None:
    operation = said(books, unanswered(books, 700), is_paid=is_paid)
    due = books.now.date() + timedelta(days=DUE_DAYS)

    run_on(books, due)
    before = exceptions()
    run_on(books, due + timedelta(days=1))

    assert before == []
    assert exceptions() == [("override_unproven", operation.reference, -700 if is_paid else 0)]
    assert PaymentOverride.objects.get().status == "open"
    books.take_report(report([Row(700, operation.reference)], paid=False))
    run_on(books, due + timedelta(days=1))
    expected: Any = [] if is_paid else [("override_contradicted", operation.reference, 700)]
    assert exceptions() == expected
    assert PaymentOverride.objects.get().status == ("met" if is_paid else "broken")
    clearing_proves_itself(books)


def test_what_is_proven_in_time_is_no_exception(books: Books) -> None:
    paid = said(books, unanswered(books, 700), is_paid=True)

    books.take_report(report([Row(700, paid.reference)]))
    books.reconcile()

    assert exceptions() == []
    assert PaymentOverride.objects.get().status == "met"
