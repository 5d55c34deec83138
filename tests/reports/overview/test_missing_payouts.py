"""A payout that is not in the bank asks on Home until its money is decided about: booked whole, or waited for; not by a note, which books nothing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from merchant.accounts.access import ROLES
from payments.reconciliation.desk import passing_on, services
from payments.reconciliation.models import Deviation
from payments.settlement.models import Payout
from reports.overview import need_queries
from reports.overview.queries import Narrowed
from tests.factories import an_authorised_payment
from tests.payments.books import Books
from tests.payments.reconciliation.deciding import decide
from tests.payments.reconciliation.statements import Entry, statement
from tests.payments.settlement.reports import Row, report

NEXT_DAY = date(2026, 11, 22)


@pytest.fixture
def missing(db, tmp_path, settings):
    """A payout of 100.00 whose day has passed and that the bank's statement does not have."""
    settings.MEDIA_ROOT = tmp_path / "files"
    books = Books(tmp_path)
    with books.acting():
        sale = an_authorised_payment(books.account, minor=10_000)
        books.take_report(report([Row(10_000, sale.reference)]))
        books.take_statement(statement([]))
        books.reconcile()
        yield books


def asks(books: Books, *, days: int = 1) -> list[tuple[str, int]]:
    """The payouts that Home lists this many days after they were due, and with how much."""
    today = Payout.objects.get().expected_on + timedelta(days=days)
    rows = need_queries.list_needs(Narrowed(), rights=frozenset(ROLES["owner"]), today=today, now=books.now)
    return [(row["subject"], row["minor"]) for row in rows if row["kind"] == "late_payout"]


ASKS = [("po_20261120", 10_000)]


@pytest.mark.parametrize(("way", "account"), [("write_off", ""), ("book", "fx"), ("claim", "")])
def test_a_payout_that_was_booked_whole_asks_nobody_until_that_is_taken_back(
    missing: Books, way: str, account: str
) -> None:
    found = Deviation.objects.get(kind="missing_payout")
    assert asks(missing) == ASKS

    decide(missing, found, way, account=account)

    assert asks(missing) == []
    services.undo(exception_id=found.id, note="too early", now=missing.now)
    assert asks(missing) == ASKS


def test_a_payout_that_was_only_noted_goes_on_asking(missing: Books) -> None:
    decide(missing, Deviation.objects.get(kind="missing_payout"), "note")

    assert asks(missing) == ASKS


def test_a_payout_that_is_waited_for_asks_again_on_its_day(missing: Books) -> None:
    found = Deviation.objects.get(kind="missing_payout")
    due, day = Payout.objects.get().expected_on, missing.now.date() + timedelta(days=5)

    passing_on.wait_until(exception_id=found.id, day=day, note="called them", now=missing.now)

    waited = (day - due).days
    assert (asks(missing, days=waited - 1), asks(missing, days=waited)) == ([], ASKS)


def test_a_payout_that_is_another_amount_than_was_decided_asks(missing: Books) -> None:
    decide(missing, Deviation.objects.get(kind="missing_payout"), "write_off")

    Payout.objects.update(amount_minor=12_000)

    assert asks(missing) == [("po_20261120", 12_000)]


def test_a_payout_that_was_written_off_and_comes_is_in_the_bank_and_asks_nobody(missing: Books) -> None:
    found = Deviation.objects.get(kind="missing_payout")
    decide(missing, found, "write_off")

    missing.take_statement(statement([Entry(10_000, "po_20261120")], day=NEXT_DAY, number="2"), "next.xml")
    missing.reconcile()

    found.refresh_from_db()
    assert (found.status, Payout.objects.get().status, asks(missing)) == ("cleared", "in_bank", [])
