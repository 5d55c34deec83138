"""Who decides while a run writes the same is told so in two seconds and changes nothing; a moment later the same press does it."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from uuid import uuid4

import pytest
from django.db import connections, transaction

from merchant.core import db
from merchant.core.audit.models import AuditEntry
from merchant.ledger.models import Journal
from payments.reconciliation.desk import bulk, closing, hand_matching, passing_on, services, undoing
from payments.reconciliation.desk.models import Decision
from payments.reconciliation.desk.services import Choice
from payments.reconciliation.desk.turns import RunGoesOn
from payments.reconciliation.matching import stages
from payments.reconciliation.models import Deviation, Match
from payments.settlement.models import ReportFile
from tests.clients import signed_in
from tests.factories import a_staff_member, an_authorised_payment
from tests.payments.books import Books
from tests.payments.settlement.reports import Row, report

pytestmark = pytest.mark.django_db(transaction=True)

# Two seconds for the lock, and what a page takes on a busy machine.
ANSWERED_SECONDS_MAX = 8


@pytest.fixture
def short(tmp_path, settings):
    """A sale of 10.00 that the processor settled 1.00 short, another it knows and we do not; each an open exception."""
    settings.MEDIA_ROOT = tmp_path / "files"
    books = Books(tmp_path)
    sale = an_authorised_payment(books.account, minor=1000)
    with books.acting():
        books.take_report(report([Row(900, sale.reference), Row(700, "NOBODYS")]))
        books.reconcile()
        books.amount, books.line = Deviation.objects.get(kind="amount"), Deviation.objects.get(kind="not_ours")
        yield books


@contextmanager
def a_pass_that_goes_on(books, holds):
    """Another connection is inside a pass of a run, and holds what `holds` takes, until the block ends."""
    begun, ended = threading.Event(), threading.Event()

    def work():
        try:
            with books.acting(), transaction.atomic():
                holds()
                begun.set()
                ended.wait(60)
        finally:
            begun.set()
            connections.close_all()

    running = threading.Thread(target=work)
    running.start()
    begun.wait(60)
    try:
        yield
    finally:
        ended.set()
        running.join()


def everything():
    """What a decision would write."""
    counts = [table.objects.count() for table in (Decision, Journal, AuditEntry, Match)]
    return counts, sorted(Deviation.objects.values_list("kind", "status", "owner_id", "snoozed_until"))


def the_runs_lock():
    stages.lock()


def every_row():
    """What a pass has written stays locked until it commits."""
    list(Deviation.objects.select_for_update().values_list("id"))
    list(ReportFile.objects.select_for_update().values_list("id"))


ACTS = {
    "decide": lambda books: services.decide(exception_id=books.amount.id, choice=Choice("write_off", "x"), role="owner", now=books.now),
    "decide beside": lambda books: services.decide(exception_id=books.line.id, choice=Choice("note", "x"), role="owner", now=books.now),
    "note": lambda books: passing_on.add_note(exception_id=books.line.id, text="x", now=books.now),
    "assign": lambda books: passing_on.assign(exception_id=books.line.id, owner_id=None, due_on=books.now.date(), now=books.now),
    "wait": lambda books: passing_on.wait_until(exception_id=books.line.id, day=books.now.date().replace(day=25), note="", now=books.now),
    "many": lambda books: bulk.decide_many(exception_ids=[books.amount.id], choice=Choice("write_off", "x"), role="owner", now=books.now),
    "close": lambda books: closing.close_batch(role="owner", now=books.now, report_id=ReportFile.objects.get().id),
}  # fmt: skip
BESIDE_RUNS = {
    "decide": ACTS["decide"],
    "decide beside": ACTS["decide beside"],
    "many": ACTS["many"],
    "match": lambda books: hand_matching.match_by_hand(
        sides=hand_matching.Sides(settlement_line_ids=[books.line.settlement_line_id], operation_ids=[uuid4()]), reason="", now=books.now
    ),
    "undo match": lambda books: undoing.undo_match(match_id=uuid4(), reason="", now=books.now),
}  # fmt: skip


@pytest.mark.parametrize(
    ("act", "holds"),
    [
        *(pytest.param(act, the_runs_lock, id=f"{name}, the run's lock") for name, act in BESIDE_RUNS.items()),
        *(pytest.param(act, every_row, id=f"{name}, rows") for name, act in ACTS.items()),
    ],
)
def test_nobody_waits_for_the_length_of_a_pass_and_nothing_moves(short, act, holds):
    before = everything()

    with a_pass_that_goes_on(short, holds):
        begun = time.monotonic()
        with pytest.raises(RunGoesOn):
            act(short)
        took = time.monotonic() - begun

    assert 1.9 < took < ANSWERED_SECONDS_MAX
    assert everything() == before


def test_a_selection_is_undone_or_refused_as_one_not_two_seconds_for_each(short):
    [answer] = bulk.decide_many(
        exception_ids=[short.amount.id], choice=Choice("write_off", "x"), role="owner", now=short.now
    )
    before = everything()

    with a_pass_that_goes_on(short, the_runs_lock), pytest.raises(RunGoesOn):
        bulk.undo_selection(selection_id=answer.selection_id, note="x", now=short.now)

    assert everything() == before
    assert [
        one.is_resolved for one in bulk.undo_selection(selection_id=answer.selection_id, note="x", now=short.now)
    ] == [True]


def test_page_and_rest_say_that_nothing_changed_and_the_same_press_does_it_a_moment_later(short):
    owner, found = signed_in(a_staff_member(short.merchant)), short.amount
    path, key = f"/api/v1/reconciliation/exceptions/{found.id}/resolve/", str(uuid4())
    page_key = str(uuid4())
    before = everything()

    def by_rest():
        return owner.post(
            path, {"way": "write_off", "note": "x"}, content_type="application/json", HTTP_IDEMPOTENCY_KEY=key
        )

    def by_page():
        return owner.post(
            f"/reconciliation/exceptions/{found.id}/undo/", {"idempotency_key": page_key, "note": "x"}, follow=True
        )

    with a_pass_that_goes_on(short, the_runs_lock):
        refused = by_rest()
    assert (refused.status_code, refused.json()["code"], refused["Retry-After"]) == (409, "reconciliation_busy", "5")
    assert refused.json()["money"] == "Nothing was changed and nothing was booked."
    assert everything() == before

    assert by_rest().status_code == 200
    decided = everything()
    with a_pass_that_goes_on(short, the_runs_lock):
        shown = by_page().content.decode()
    assert "is writing the same right now. Try again in a moment." in shown
    assert everything() == decided

    assert "is open again" in by_page().content.decode()


def test_what_follows_in_the_same_transaction_waits_as_before(short):
    with transaction.atomic():
        db.rows("SELECT set_config('lock_timeout', '7s', true)")
        passing_on.add_note(exception_id=short.line.id, text="x", now=short.now)

        assert db.rows("SELECT current_setting('lock_timeout')") == [("7s",)]
