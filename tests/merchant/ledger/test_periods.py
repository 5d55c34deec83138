"""Closed days: late facts go on, PostgreSQL refuses the rest, two people open them again, and nobody waits."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from merchant.core.ids import new_id
from merchant.core.tenancy import acting_for
from merchant.ledger import periods, services
from merchant.ledger.models import Account, Journal, PeriodLock, Posting
from merchant.ledger.recipes import Leg
from tests.factories import a_merchant

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = date(2026, 11, 21)
PAIR = [Leg("cash_register", "1", 1250, "EUR"), Leg("receivable", "", -1250, "EUR")]
WHY = periods.Reopening("a fee was missing", "Ada", None)


@pytest.fixture
def books(db):
    merchant = a_merchant()
    with acting_for(merchant.id):
        yield merchant


def book(source="sale:1", day=DAY):
    journal = services.post(recipe="test", source=source, about="", legs=PAIR, business_date=day, now=NOW)
    return Journal.objects.get(id=journal).business_date


def write_past_the_service(day):
    """Insert a journal of `day` as a program would that knows nothing of locks."""
    journal = Journal(
        recipe="test", source=str(new_id()), business_date=day, booked_at=NOW, posting_count=2, about="", text=""
    )
    journal.save(force_insert=True)
    for leg in PAIR:
        account = Account.objects.get(kind=leg.kind)
        Posting(
            journal_id=journal.id, account_id=account.id, currency="EUR", amount_minor=leg.minor, base_minor=leg.minor
        ).save(force_insert=True)


def test_a_late_fact_moves_to_the_next_open_day(books):
    periods.lock_period(until=DAY, now=NOW)

    assert book() == DAY + timedelta(days=1)
    assert book("sale:2", DAY + timedelta(days=3)) == DAY + timedelta(days=3)


def test_postgresql_refuses_a_journal_of_a_closed_day(books):
    book()
    periods.lock_period(until=DAY, now=NOW)

    with pytest.raises(DatabaseError, match="the books are closed on 2026-11-21"), transaction.atomic():
        write_past_the_service(DAY)

    assert Journal.objects.count() == 1
    write_past_the_service(DAY + timedelta(days=1))
    other = a_merchant()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ledger_period_lock WHERE merchant_id = %s", [other.id])
        assert cursor.fetchone() == (0,)


def test_days_are_closed_further_and_never_twice(books):
    periods.lock_period(until=DAY, now=NOW)
    for until in (DAY, DAY - timedelta(days=1)):
        with pytest.raises(periods.PeriodAlreadyLocked):
            periods.lock_period(until=until, now=NOW)
    later = periods.lock_period(until=DAY + timedelta(days=1), now=NOW)

    assert (later.number, PeriodLock.objects.count()) == (2, 2)
    assert periods.closed_since(DAY).number == 1
    assert periods.closed_since(DAY + timedelta(days=1)).number == 2
    assert periods.closed_since(DAY + timedelta(days=2)) is None


def test_reopening_opens_the_day_and_all_later_ones(books):
    periods.lock_period(until=DAY, now=NOW)
    assert book("late") == DAY + timedelta(days=1)

    lock = periods.reopen_from(day=DAY, why=WHY, now=NOW)

    assert (lock.locked_until, lock.reason, lock.approved_by) == (DAY - timedelta(days=1), "a fee was missing", "Ada")
    assert periods.closed_since(DAY) is None
    assert periods.closed_since(DAY - timedelta(days=1)).number == 1
    assert book("sale:2") == DAY
    assert Journal.objects.get(source="late").business_date == DAY + timedelta(days=1), "what was moved stays"
    with pytest.raises(periods.PeriodNotLocked):
        periods.reopen_from(day=DAY, why=WHY, now=NOW)


@pytest.mark.parametrize(
    "statement", ["UPDATE ledger_period_lock SET locked_until = '2020-01-01'", "DELETE FROM ledger_period_lock"]
)
def test_the_history_of_closings_cannot_be_changed(books, statement):
    periods.lock_period(until=DAY, now=NOW)
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_a_sale_that_was_under_way_finishes_and_is_waited_for():
    merchant = a_merchant()
    booked, closed, waited = threading.Event(), threading.Event(), threading.Event()

    def sell():
        try:
            with acting_for(merchant.id), transaction.atomic():
                book()
                booked.set()
                assert closed.wait(5)
                assert not waited.wait(0.2), "the books must not count as settled while a sale is under way"
        finally:
            connection.close()

    till = threading.Thread(target=sell)
    till.start()
    assert booked.wait(5)
    with acting_for(merchant.id):
        periods.lock_period(until=DAY, now=NOW)
        closed.set()
        periods.wait_until_settled()
        waited.set()
        till.join()

        assert Journal.objects.get(source="sale:1").business_date == DAY
        assert book("sale:2") == DAY + timedelta(days=1)
