"""Many hands on the night's work: one exception is decided once, a closed batch stays as it is, and the same file and the same run twice are one."""

from __future__ import annotations

import threading
import time
from collections import Counter
from uuid import uuid4

import pytest
from django.db import connections, transaction

from merchant.core import db
from merchant.core.errors import AppError
from merchant.core.tenancy import Actor, acting_for
from merchant.ledger import queries as ledger
from payments.reconciliation import queries
from payments.reconciliation.desk import bulk, closing, services, undoing
from payments.reconciliation.desk.models import BatchClosing, Decision
from payments.reconciliation.desk.services import Choice
from payments.reconciliation.matching import differences
from payments.reconciliation.models import Deviation, Match, StatementFile, StatementLine
from payments.records.models import Stage
from payments.settlement.models import ReportFile, SettlementLine
from reports.verify import services as verify
from tests.factories import a_refund, an_authorised_payment
from tests.payments.books import Books
from tests.payments.reconciliation.statements import Entry, balance_xml, statement
from tests.payments.reconciliation.test_statement_pages import page, without_balances
from tests.payments.settlement.reports import DAY, Row, report

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


def _waits(deadline_seconds: float = 20) -> bool:
    """Whether another connection waits for a lock before long."""
    deadline = time.monotonic() + deadline_seconds
    while time.monotonic() < deadline:
        # Within a transaction what was seen once is shown again.
        db.rows("SELECT pg_stat_clear_snapshot()")
        if db.rows(
            "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()"
        ):
            return True
        time.sleep(0.02)
    return False


def beside(act) -> tuple[threading.Thread, list[str]]:
    """Let `act` run in a thread of its own; its answer is laid into the list."""
    said: list[str] = []

    def begin() -> None:
        try:
            said.append(act())
        except Exception as error:
            said.append(type(error).__name__)
        finally:
            connections.close_all()

    other = threading.Thread(target=begin)
    other.start()
    return other, said


def test_who_decides_while_a_run_tells_of_the_same_payment_waits_for_it(books, deadlocks, monkeypatch):
    with books.acting():
        sale = an_authorised_payment(books.account, minor=2500)
        books.take_report(report([Row(2250, sale.reference)]))
        books.reconcile()
        found = Deviation.objects.get(kind="amount")
        books.take_report(report([Row(250, sale.reference)], batch="2", payout="po_2"), name="rest.csv")
    before, hands, name = deadlocks(), [], differences.name_line_differences

    def after_the_hand_came(**known):
        # The run has told of the payment and has not come to its exception.
        hands.append(beside(lambda: attempt(books, lambda: decide(found))))
        assert _waits()
        return name(**known)

    def decide(one: Deviation) -> None:
        services.decide(exception_id=one.id, choice=Choice("write_off"), role="owner", now=books.now)

    monkeypatch.setattr(differences, "name_line_differences", after_the_hand_came)
    with books.acting():
        books.reconcile()
    [(hand, said)] = hands
    hand.join()

    assert (said, deadlocks()) == (["exception_not_open"], before)
    with books.acting():
        assert ledger.balance("write_off") == {}
        assert Stage.objects.get().unsettled_minor == 0
    proven(books)


def test_two_people_who_decide_about_one_payment_at_once_leave_nothing_owed(books):
    with books.acting():
        earlier, sale = (
            an_authorised_payment(books.account, minor=5000),
            an_authorised_payment(books.account, minor=2500),
        )
        refund = a_refund(sale, minor=1000)
        rows = [Row(4000, earlier.reference), Row(2250, sale.reference), Row(-1010, refund.reference, type="refund")]
        books.take_report(report(rows))
        books.reconcile()
        written_off, first, second = Deviation.objects.filter(kind="amount").order_by("amount_minor")
        # The account that is written to is there: who opens one makes others wait.
        services.decide(exception_id=written_off.id, choice=Choice("write_off"), role="owner", now=books.now)
        assert Stage.objects.get(payment_id=sale.payment_id).unsettled_minor == 260

    def write_off(found: Deviation, who: str) -> None:
        with acting_for(books.merchant.id, Actor("staff", uuid4(), who)):
            services.decide(exception_id=found.id, choice=Choice("write_off"), role="owner", now=books.now)

    with transaction.atomic():
        write_off(first, "Ann")
        other, said = beside(lambda: attempt(books, lambda: write_off(second, "Bo")))
        assert _waits()
    other.join()

    assert said == ["done"]
    with books.acting():
        assert not Stage.objects.filter(unsettled_minor__gt=0).exists()
    proven(books)


def test_who_takes_a_match_back_while_another_page_of_its_statement_is_read_is_not_broken_off(
    books, deadlocks, monkeypatch
):
    with books.acting():
        sale = an_authorised_payment(books.account, minor=10_000)
        books.take_report(report([Row(10_000, sale.reference)]))
        # The bank told the sum before the pages came, the second of which lists its payments.
        books.take_statement(statement([Entry(300, "Sum", reference="R1")]), "sum.xml")
        books.take_statement(a_page(1, [Entry(10_000, "PAYOUT po_20261120")], opening=1000), "1.xml")
        books.reconcile()
        match = Match.objects.get(payout_id__isnull=False)
    before, hands, lock = deadlocks(), [], undoing._demand_open_batches
    second = listed(a_page(2, [Entry(300, "Sum", reference="R1")], opening=11_000))

    def after_the_page_came(found) -> None:
        hands.append(beside(lambda: attempt(books, lambda: books.take_statement(second, "2.xml"))))
        assert _waits()
        lock(found)

    monkeypatch.setattr(undoing, "_demand_open_batches", after_the_page_came)
    with books.acting():
        undoing.undo_match(match_id=match.id, reason="not ours", now=books.now)
    [(hand, said)] = hands
    hand.join()

    assert (said, deadlocks()) == (["done"], before)
    with books.acting():
        assert set(StatementFile.objects.values_list("status", flat=True)) == {"balanced", "unproven"}
        assert sorted(StatementLine.objects.values_list("amount_minor", flat=True)) == [100, 200, 10_000]


def a_page(number: int, entries: list[Entry], *, opening: int) -> bytes:
    """A page of two whose own balances prove it."""
    body = without_balances(page(number, of=2, identifier="S", entries=entries))
    closing = opening + sum(entry.minor for entry in entries)
    balances = balance_xml("OPBD", opening, DAY) + balance_xml("CLBD", closing, DAY)
    return body.replace(b"<Ntry>", balances.encode() + b"<Ntry>", 1)


def listed(body: bytes) -> bytes:
    """The page with the payments of its entry, of 1.00 and 2.00."""
    parts = "".join(
        f"<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><Amt Ccy='EUR'>{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>"
        f"<RmtInf><Strd><CdtrRefInf><Ref>{ocr}</Ref></CdtrRefInf></Strd></RmtInf></TxDtls>"
        for amount, ocr in (("1.00", "1234566"), ("2.00", "7654321"))
    )
    before, rest = body.split(b"<TxDtls>", 1)
    return before + parts.encode() + rest.split(b"</TxDtls>", 1)[1]
