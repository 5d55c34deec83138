"""Many hands on the night's work: one exception is decided once, a closed batch stays as it is, and the same file and the same run twice are one."""

from __future__ import annotations

from collections import Counter

import pytest

from merchant.core.errors import AppError
from merchant.core.tenancy import acting_for
from merchant.ledger import queries as ledger
from payments.reconciliation import queries
from payments.reconciliation.desk import bulk, closing, services
from payments.reconciliation.desk.models import BatchClosing, Decision
from payments.reconciliation.desk.services import Choice
from payments.reconciliation.models import Deviation, Match, StatementLine
from payments.settlement.models import ReportFile, SettlementLine
from reports.verify import services as verify
from tests.factories import an_authorised_payment
from tests.payments.books import Books
from tests.payments.reconciliation.statements import Entry, statement
from tests.payments.settlement.reports import Row, report

pytestmark = pytest.mark.django_db(transaction=True)
HANDS = 6
# What `verify` proves of books and settling. The orders here have no lines, and no processor stands behind them.
PROVEN = ("books.", "money.", "settling.", "disputes.", "machinery.audit")


@pytest.fixture
def books(tmp_path, settings) -> Books:
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.AUDIT_ANCHOR_DIR = str(tmp_path / "audit")
    return Books(tmp_path)


def short_by(books: Books, *minors: int) -> list[Deviation]:
    """Sales that were settled for less than they were."""
    with books.acting():
        sales = [an_authorised_payment(books.account, minor=10_000) for _ in minors]
        books.take_report(
            report([Row(10_000 - minor, sale.reference) for sale, minor in zip(sales, minors, strict=True)])
        )
        books.reconcile()
        return list(Deviation.objects.filter(kind="amount").order_by("id"))


def attempt(books: Books, act) -> str:
    """Return `done` or the code of the refusal."""
    try:
        with acting_for(books.merchant.id):
            act()
    except AppError as refusal:
        return refusal.code
    return "done"


def proven(books: Books) -> None:
    """The accounts stand at what is listed for them, and `verify` finds nothing."""
    account = str(books.account.id)
    with books.acting():
        items = queries.list_clearing_items(account)
        assert sum(item.amount_minor for item in items) == ledger.balance("clearing", subject=account).get("EUR", 0)
    broken = [line.check.name for line in verify.verify(merchant_id=books.merchant.id) if not line.holds]
    assert [name for name in broken if name.startswith(PROVEN)] == []


def test_an_exception_that_many_decide_at_once_is_decided_and_booked_once(books, at_once, deadlocks):
    first, second = short_by(books, 100, 200)
    before = deadlocks()

    def hand(number: int) -> str:
        if number % 2:
            ids = [second.id, first.id]
            return attempt(
                books,
                lambda: bulk.decide_many(exception_ids=ids, choice=Choice("write_off"), role="owner", now=books.now),
            )
        return attempt(
            books,
            lambda: services.decide(
                exception_id=(first, second)[number // 2 % 2].id,
                choice=Choice("write_off"),
                role="owner",
                now=books.now,
            ),
        )

    said = at_once(HANDS, hand)

    assert set(said) <= {"done", "exception_not_open"}
    with books.acting():
        assert Counter(Decision.objects.values_list("deviation_id", flat=True)) == {first.id: 1, second.id: 1}
        assert ledger.balance("write_off") == {"EUR": 300}
    assert deadlocks() == before
    proven(books)


def test_a_batch_that_is_closed_while_somebody_takes_back_is_either_closed_whole_or_open(books, at_once):
    [found] = short_by(books, 100)
    with books.acting():
        file = ReportFile.objects.get()
        [answer] = bulk.decide_many(exception_ids=[found.id], choice=Choice("write_off"), role="owner", now=books.now)
    assert answer.selection_id is not None
    acts = (
        lambda: closing.close_batch(role="owner", report_id=file.id, now=books.now),
        lambda: services.undo(exception_id=found.id, note="", now=books.now),
        lambda: bulk.undo_selection(selection_id=answer.selection_id, note="", now=books.now),
    )

    at_once(HANDS, lambda number: attempt(books, acts[number % len(acts)]))

    with books.acting():
        is_closed, stands = BatchClosing.objects.exists(), Decision.objects.filter(undone_at=None).exists()
        assert is_closed == stands
        assert ledger.balance("write_off") == ({"EUR": 100} if stands else {})
    proven(books)


def test_the_same_files_and_runs_at_once_are_taken_once(books, at_once):
    with books.acting():
        sales = [an_authorised_payment(books.account, minor=10_000 + number) for number in range(20)]
    rows = report([Row(10_000 + number, sale.reference) for number, sale in enumerate(sales)])
    total = sum(10_000 + number for number in range(20))
    lines = statement([Entry(total, "po_20261120"), Entry(77, "nobody")])

    def hand(number: int) -> str:
        acts = (
            lambda: books.take_report(rows, f"{number}.csv"),
            lambda: books.take_statement(lines, f"{number}.xml"),
            books.reconcile,
        )
        return attempt(books, acts[number % len(acts)])

    said = at_once(HANDS, hand)
    with books.acting():
        books.reconcile()
        again = books.reconcile()

        assert set(said) == {"done"}
        assert (SettlementLine.objects.count(), StatementLine.objects.count()) == (21, 2)
        assert Match.objects.filter(settlement_line_id__isnull=False).count() == 20
        assert Match.objects.filter(payout_id__isnull=False).count() == 1
        assert [row.kind for row in Deviation.objects.filter(status="open")] == ["unexplained_bank_line"]
        assert (again.lines_matched, again.payouts_matched) == (0, 0)
    proven(books)
