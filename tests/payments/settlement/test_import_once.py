"""The same file from many hands at once, and an import that is broken off after any of its steps: one report, booked once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from merchant.core.clock import machine_now
from merchant.core.jobs import services as jobs
from merchant.core.jobs.models import Job
from merchant.core.jobs.services import JobRun
from merchant.core.tenancy import acting_for
from merchant.ledger import queries as ledger
from merchant.ledger.models import Journal
from payments.settlement import reading, services, staging
from payments.settlement.models import Payout, ReportFile, SettlementLine
from tests.factories.orders import a_gateway_account
from tests.payments.books import Books
from tests.payments.settlement.reports import Row, on_disk, report

ROWS = [Row(1000 + number, f"A{number}", fee=10) for number in range(25)]


def booked_once(account):
    assert ReportFile.objects.get().status == "posted"
    assert SettlementLine.objects.count() == len(ROWS) + 1
    assert Journal.objects.count() == 2
    assert Payout.objects.count() == 1
    assert ledger.balance("fees") == {"EUR": 10 * len(ROWS)}
    assert staged() == 0


def staged():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM settlement_staging")
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_the_same_file_five_times_at_once_is_one_report(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "files"
    books = Books(tmp_path)
    path = on_disk(tmp_path, report(ROWS))

    def take(number):
        try:
            with acting_for(books.merchant.id):
                return services.import_report(
                    path=path, account_id=books.account.id, name=f"{number}.csv", now=books.now
                )
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as hands:
        outcomes = list(hands.map(take, range(5)))

    with books.acting():
        booked_once(books.account)
    assert sum(outcome.duplicate_of is None for outcome in outcomes) == 1
    assert {outcome.report.id for outcome in outcomes} == {outcomes[0].report.id}
    assert all(outcome.report.status == "posted" for outcome in outcomes)


class Broken(RuntimeError):
    """The lights went out."""


@pytest.fixture
def breaks_at(monkeypatch):
    """Let the nth checkpoint of the next run fail, inside its transaction or right after it."""

    def arm(number, *, after):
        original, seen = JobRun.checkpoint, []

        def checkpoint(self, *args, **kwargs):
            seen.append(args)
            block = original(self, *args, **kwargs)
            return _Breaking(block, after=after) if len(seen) == number else block

        monkeypatch.setattr(JobRun, "checkpoint", checkpoint)

    yield arm
    monkeypatch.undo()


class _Breaking:
    def __init__(self, block, *, after):
        self.block, self.after = block, after

    def __enter__(self):
        return self.block.__enter__()

    def __exit__(self, kind, error, trace):
        if error is None and not self.after:
            inside = Broken("inside the step")
            self.block.__exit__(type(inside), inside, inside.__traceback__)
            raise inside
        handled = self.block.__exit__(kind, error, trace)
        if error is None:
            raise Broken("after the step")
        return handled


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("number", range(1, 10))
@pytest.mark.parametrize("at_once_bytes_max", [0, 1 << 20])
def test_an_import_broken_off_at_any_step_is_finished_by_the_next_worker(
    books, breaks_at, monkeypatch, at_once_bytes_max, number, after
):
    monkeypatch.setattr(reading, "AT_ONCE_BYTES_MAX", at_once_bytes_max)
    monkeypatch.setattr(staging, "CHUNK_ROWS", 10)
    monkeypatch.setattr(staging, "LINES_AT_ONCE", 100)
    outcome = services.receive_report(
        path=on_disk(books.folder, report(ROWS)), account_id=books.account.id, name="report.csv", now=books.now
    )
    breaks_at(number, after=after)
    first = jobs.run(outcome.report.job_id)
    monkeypatch.undo()
    Job.objects.filter(status="queued").update(run_at=machine_now())

    second = jobs.run(outcome.report.job_id)

    assert (first, second) in [("queued", "done"), ("done", "")]
    booked_once(books.account)


def test_staged_rows_that_a_crash_of_the_database_lost_are_read_again(books, breaks_at, monkeypatch):
    monkeypatch.setattr(reading, "AT_ONCE_BYTES_MAX", 0)
    outcome = services.receive_report(
        path=on_disk(books.folder, report(ROWS)), account_id=books.account.id, name="report.csv", now=books.now
    )
    breaks_at(3, after=True)
    jobs.run(outcome.report.job_id)
    assert staged() == len(ROWS) + 1
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM settlement_staging")

    for _ in range(3):
        Job.objects.filter(status="queued").update(run_at=machine_now())
        jobs.run(outcome.report.job_id)

    booked_once(books.account)


def test_sending_the_file_again_resumes_an_import_that_was_given_up(books, breaks_at):
    path = on_disk(books.folder, report(ROWS))
    outcome = services.receive_report(path=path, account_id=books.account.id, name="report.csv", now=books.now)
    Job.objects.update(attempts=jobs.ATTEMPTS_MAX - 1)
    breaks_at(1, after=False)
    assert jobs.run(outcome.report.job_id) == "dead"

    again = books.take_report(report(ROWS))

    assert again.duplicate_of == outcome.report.id
    booked_once(books.account)


@pytest.mark.django_db(transaction=True)
def test_a_booked_file_sent_with_another_account_is_the_same_file(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "files"
    books = Books(tmp_path)
    path = on_disk(tmp_path, report(ROWS))
    with books.acting():
        first = services.import_report(path=path, account_id=books.account.id, name="one.csv", now=books.now)
        other = a_gateway_account(books.merchant, name="Other")

        again = services.import_report(path=path, account_id=other.id, name="two.csv", now=books.now)

        assert again.duplicate_of == first.report.id
        booked_once(books.account)
