"""A job resumes at its stored step, gives up in the end, and can be asked again; the waker works with or without a broker."""

from __future__ import annotations

from datetime import timedelta

import pytest

from merchant.core.clock import machine_now
from merchant.core.errors import Invalid
from merchant.core.jobs import services
from merchant.core.jobs.models import Job
from merchant.core.jobs.services import LeaseLost
from merchant.core.jobs.waking import PATIENCE_SECONDS, Waker
from merchant.core.tenancy import acting_for
from tests.factories import a_merchant


@pytest.fixture
def kinds(monkeypatch):
    known: dict = {}
    monkeypatch.setattr(services, "_kinds", known)
    return known


@pytest.fixture
def merchant(db):
    merchant = a_merchant()
    with acting_for(merchant.id):
        yield merchant


def ask(kind="count"):
    return services.enqueue(kind, dedup_key=kind)


def again(job):
    Job.objects.filter(id=job.id, status="queued").update(run_at=machine_now())
    return services.run(job.id)


def test_a_job_that_breaks_off_goes_on_at_its_stored_step(merchant, kinds):
    seen = []

    def count(run):
        for number in range(run.cursor.get("next", 0), 4):
            with run.checkpoint("counting", cursor={"next": number + 1}, done=number + 1, total=4):
                seen.append(number)
            if number == 1 and seen.count(1) == 1:
                raise RuntimeError("the lights went out")
        return {"counted": 4}

    kinds["count"] = count
    job = ask()

    assert services.run(job.id) == "queued"
    assert again(job) == "done"
    job.refresh_from_db()
    assert seen == [0, 1, 2, 3]
    assert (job.result, job.progress_done, job.attempts) == ({"counted": 4}, 4, 2)


def test_what_a_failing_step_wrote_is_rolled_back_with_its_note(merchant, kinds):
    def fail(run):
        with run.checkpoint("first"):
            pass
        with run.checkpoint("second"):
            Job.objects.filter(id=run.id).update(message="half done")
            raise RuntimeError("no")

    kinds["count"] = fail
    job = ask()
    services.run(job.id)

    job.refresh_from_db()
    assert (job.step, job.message) == ("first", "")


def test_a_refusal_ends_the_job_and_it_can_be_asked_again(merchant, kinds):
    answers = [Invalid(reason="there is no rate"), None]

    def refuse(run):
        if error := answers.pop(0):
            raise error

    kinds["count"] = refuse
    job = ask()
    assert services.run(job.id) == "refused"

    services.retry(job)

    assert services.run(job.id) == "done"


def test_an_old_owner_that_wakes_late_writes_nothing(merchant, kinds):
    def taken_over(run):
        Job.objects.filter(id=run.id).update(owner=run.merchant_id)
        with pytest.raises(LeaseLost), run.checkpoint("late"):
            Job.objects.filter(id=run.id).update(message="written by nobody")
        raise LeaseLost

    kinds["count"] = taken_over
    job = ask()

    assert services.run(job.id) == ""
    job.refresh_from_db()
    assert (job.status, job.step, job.message) == ("running", "", "")


def test_a_job_that_always_fails_is_dead_after_its_last_attempt(merchant, kinds):
    def fail(run):
        raise RuntimeError("poison")

    kinds["count"] = fail
    job = ask()

    outcomes = [services.run(job.id)] + [again(job) for _ in range(services.ATTEMPTS_MAX - 1)]

    assert outcomes == ["queued"] * (services.ATTEMPTS_MAX - 1) + ["dead"]


class Broker:
    """Counts what it is given, or refuses."""

    def __init__(self, up=True):
        self.up, self.got = up, []

    def publish(self, job_id):
        if not self.up:
            raise ConnectionError("no broker")
        self.got.append(job_id)


class TestTheWaker:
    @pytest.fixture(autouse=True)
    def known(self, kinds):
        kinds["count"] = lambda run: None

    def test_jobs_of_a_kind_nobody_knows_hide_no_others(self, merchant):
        for number in range(3):
            services.enqueue("from.tomorrow", dedup_key=f"tomorrow:{number}")
        job = ask()

        assert services.due_job_ids(limit=3) == [job.id]

    def test_a_due_job_is_published_once(self, merchant):
        job, broker = ask(), Broker()
        waker = Waker(broker.publish)

        assert [waker.wake_due(), waker.wake_due()] == [1, 0]
        assert broker.got == [job.id]

    def test_a_job_for_later_wakes_nobody(self, merchant):
        services.enqueue("count", dedup_key="later", run_at=machine_now() + timedelta(hours=1))
        broker = Broker()

        assert Waker(broker.publish).wake_due() == 0

    def test_a_broker_that_is_down_is_left_alone_and_costs_nothing(self, merchant):
        ask()
        broker = Broker(up=False)
        waker = Waker(broker.publish)

        assert [waker.wake_due() for _ in range(3)] == [0, 0, 0]

    def test_a_job_nobody_takes_is_run_by_the_relay_itself(self, merchant, monkeypatch):
        job, ran = ask(), []
        waker = Waker(Broker(up=False).publish)
        waker.wake_due()
        waker._first_seen[job.id] -= PATIENCE_SECONDS
        monkeypatch.setattr(services, "run", ran.append)

        assert waker.wake_due() == 1
        waker._helpers.shutdown(wait=True)
        assert ran == [job.id]
