"""A real Celery worker is killed in the middle of a job, and a flushed broker forgets it: the row does not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import redis
from django.conf import settings

from merchant.celery import broker_url
from merchant.core.jobs import services
from merchant.core.jobs.models import Job
from merchant.core.tenancy import acting_for
from tests.factories import a_merchant

pytestmark = pytest.mark.django_db(transaction=True)
# The worker under test knows one more kind: it counts slowly and leaves a mark for each number.
_APP = """
import os, time
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "merchant.settings")
import django
django.setup()
from merchant.celery import app
from merchant.core.jobs.services import kind

@kind("slow")
def slow(run):
    for number in range(run.cursor.get("next", 0), 10):
        with run.checkpoint("counting", cursor={"next": number + 1}, done=number + 1, total=10):
            with open(os.environ["MARKS"], "a") as marks:
                marks.write(f"{number}\\n")
        time.sleep(0.3)
    return {"counted": 10}
"""


@pytest.fixture
def worker(tmp_path, valkey_url):
    (tmp_path / "slow_app.py").write_text(_APP)
    environment = {
        **os.environ, "PYTHONPATH": f"{tmp_path}:{settings.BASE_DIR}", "REDIS_URL": valkey_url, "MARKS": str(tmp_path / "marks"),
    }  # fmt: skip
    started = []

    def start():
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "slow_app:app", "worker", "-P", "solo", "--without-mingle", "--without-gossip", "-Q", "tillsyn"],
            cwd=settings.BASE_DIR, env=environment, stdout=(tmp_path / "worker.log").open("ab"), stderr=subprocess.STDOUT,
        )  # fmt: skip
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def publish(valkey_url):
    from celery import Celery

    app = Celery(broker=broker_url(valkey_url))
    app.conf.task_default_queue = "tillsyn"
    return lambda job_id: app.send_task("merchant.core.jobs.run_job", (str(job_id),))


def wait_until(condition, seconds=60.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError("it did not happen in time")


def test_a_killed_workers_job_goes_on_at_its_step_elsewhere(worker, publish, tmp_path):
    merchant = a_merchant()
    with acting_for(merchant.id):
        job = services.enqueue("slow", dedup_key="slow")
    first = worker()
    publish(job.id)
    wait_until(lambda: Job.across_merchants.get(id=job.id).progress_done >= 3)

    first.send_signal(signal.SIGKILL)
    first.wait()
    Job.across_merchants.filter(id=job.id).update(lease_until="2026-01-01T00:00:00Z")
    worker()
    publish(job.id)
    wait_until(lambda: Job.across_merchants.get(id=job.id).status == "done")

    job = Job.across_merchants.get(id=job.id)
    assert (job.result, job.attempts) == ({"counted": 10}, 2)
    marks = [int(line) for line in Path(tmp_path / "marks").read_text().split()]
    assert sorted(set(marks)) == list(range(10))
    # A step killed before its commit may leave a second mark on disk; a step that committed is never repeated.
    assert len(marks) <= 11


def test_a_flushed_broker_loses_no_job(worker, publish, valkey_url):
    merchant = a_merchant()
    with acting_for(merchant.id):
        job = services.enqueue("slow", dedup_key="slow")
    publish(job.id)
    client = redis.Redis.from_url(valkey_url)
    client.flushall()

    worker()
    publish(job.id)

    wait_until(lambda: Job.across_merchants.get(id=job.id).status == "done")
