"""Enqueue jobs, run them, resume them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import DatabaseError, close_old_connections, connection, transaction
from django.db.models import Q

from merchant.core import notify
from merchant.core.clock import machine_now
from merchant.core.crash_points import crash_point
from merchant.core.errors import AppError, in_words, plain
from merchant.core.ids import new_id
from merchant.core.jobs.models import Job
from merchant.core.tenancy import acting_for

logger = logging.getLogger(__name__)

# 20 s: the job of a killed worker goes on within half a minute. A thread beside the job renews it, so a step may take as long as it needs.
LEASE = timedelta(seconds=20)
_HEARTBEAT_SECONDS = 5.0
# 8 attempts spread over about 20 minutes; after that a person must look, and the job is `dead`.
ATTEMPTS_MAX = 8
# How often somebody who waits for a job looks at it.
_LOOK_SECONDS = 0.1


class LeaseLost(RuntimeError):
    """Another worker has taken the job over; this one must stop without writing."""


@dataclass(slots=True)
class Note:
    """What a step leaves behind besides its effects: where to go on, and how far it is."""

    cursor: dict[str, Any] | None = None
    done: int | None = None
    total: int | None = None
    message: str = ""


@dataclass(slots=True)
class JobRun:
    """A running job as its function sees it. A long step may leave a `counter` of what it has done; it is shown with each renewal of the lease."""

    id: UUID
    merchant_id: UUID
    owner: UUID
    payload: dict[str, Any]
    step: str
    cursor: dict[str, Any]
    counter: Callable[[], int] | None = None

    @contextmanager
    def checkpoint(
        self,
        step: str,
        *,
        cursor: dict[str, Any] | None = None,
        done: int | None = None,
        total: int | None = None,
        message: str = "",
    ) -> Iterator[Note]:
        """
        One step: the effects written inside the block and the note that they happened commit together.

        Renews the lease. `done` and `total` are the progress that screens show; what is known only at the block's end is written on the note it gets.

        :raises LeaseLost: if another worker owns the job by now; the block's effects are rolled back.
        """
        note = Note(cursor=cursor, done=done, total=total, message=message)
        with transaction.atomic():
            yield note
            crash_point("J2")
            changes: dict[str, Any] = {
                "step": step,
                "lease_until": machine_now() + LEASE,
                "message": note.message[:300],
            }
            if note.cursor is not None:
                changes["cursor"] = note.cursor
            if note.done is not None:
                changes["progress_done"] = note.done
            if note.total is not None:
                changes["progress_total"] = note.total
            if not _mine(self).update(**changes):
                raise LeaseLost(str(self.id))
        crash_point("J3")
        self.step, self.cursor = step, note.cursor if note.cursor is not None else self.cursor


JobFunction = Callable[[JobRun], dict[str, Any] | None]
_kinds: dict[str, JobFunction] = {}


def kind(name: str) -> Callable[[JobFunction], JobFunction]:
    """
    Register the function that runs jobs of this kind. It gets a `JobRun`, works in `checkpoint` blocks and returns the result to show.

    An `AppError` it raises ends the job as `refused` with the sentence for the user; any other exception is tried again later.
    """

    def register(function: JobFunction) -> JobFunction:
        _kinds[name] = function
        return function

    return register


def enqueue(kind: str, *, dedup_key: str, payload: dict[str, Any] | None = None, run_at: datetime | None = None) -> Job:
    """
    Store a job for the merchant in scope in the caller's transaction and return it.

    A repeat with the same `dedup_key` returns the job that is there, whatever its state.
    """
    now = machine_now()
    values = {"kind": kind, "payload": payload or {}, "run_at": run_at or now, "created_at": now}
    job, _created = Job.objects.get_or_create(dedup_key=dedup_key, defaults=values)
    notify.after_commit(notify.RELAY, "jobs")
    return job


def retry(job: Job) -> None:
    """Put a dead or refused job back in the queue, at the step where it stood. Any other stays as it is."""
    Job.objects.filter(pk=job.pk, status__in=["dead", "refused"]).update(
        status="queued", attempts=0, run_at=machine_now(), last_error=""
    )
    notify.after_commit(notify.RELAY, "jobs")


def due_job_ids(*, limit: int = 100) -> list[UUID]:
    """Return jobs of all merchants that nobody is running and whose time has come. Kinds this release does not know wait without hiding others."""
    now = machine_now()
    free = Q(status="queued", run_at__lte=now) | Q(status="running", lease_until__lt=now)
    return list(
        Job.across_merchants.filter(free, kind__in=list(_kinds)).order_by("run_at").values_list("id", flat=True)[:limit]
    )


def run(job_id: UUID) -> str:
    """
    Run one job to its end and return its status afterwards, or `""` if it was not free.

    Any number of workers may call this for the same id at once: the claim is one guarded update. A lease that ran out is taken over at the stored step.
    """
    run_ = _claim(job_id)
    if run_ is None:
        return ""
    crash_point("J1")
    try:
        with acting_for(run_.merchant_id), _heartbeat(run_.run):
            result = _kinds[run_.job_kind](run_.run) or {}
    except LeaseLost:
        logger.warning("job %s was taken over by another worker", job_id)
        return ""
    except AppError as refusal:
        return _finish(
            run_.run,
            "refused",
            last_error=in_words(refusal, length_max=2000),
            result={"code": refusal.code, "data": plain(refusal.data)},
        )
    except Exception as error:
        logger.exception("job %s (%s) failed", job_id, run_.job_kind)
        return _fail(run_.run, attempts=run_.attempts, error=error)
    finally:
        if not connection.in_atomic_block:
            close_old_connections()
    crash_point("J4")
    return _finish(run_.run, "done", result=result)


@dataclass(slots=True)
class _Claim:
    run: JobRun
    job_kind: str
    attempts: int

    @property
    def merchant_id(self) -> UUID:
        return self.run.merchant_id


def _claim(job_id: UUID) -> _Claim | None:
    now, owner = machine_now(), new_id()
    free = Q(status="queued", run_at__lte=now) | Q(status="running", lease_until__lt=now)
    with transaction.atomic():
        job = Job.across_merchants.select_for_update(skip_locked=True).filter(free, id=job_id).first()
        if job is None or job.kind not in _kinds:
            return None
        attempts = job.attempts + 1
        changes: dict[str, Any] = {
            "status": "running",
            "owner": owner,
            "lease_until": now + LEASE,
            "attempts": attempts,
        }
        if attempts > ATTEMPTS_MAX:
            changes |= {"status": "dead" if job.status == "running" else "running"}
        Job.across_merchants.filter(id=job_id).update(**changes)
    if changes["status"] == "dead":
        return None
    return _Claim(JobRun(job.id, job.merchant_id, owner, job.payload, job.step, job.cursor), job.kind, attempts)


@contextmanager
def _heartbeat(run_: JobRun) -> Iterator[None]:
    """Renew the lease while the block runs. It starts after the first five seconds, so a short job costs nothing."""
    stopped = threading.Event()

    def beat() -> None:
        is_ours = True
        while is_ours and not stopped.wait(_HEARTBEAT_SECONDS):
            try:
                shown = {"progress_done": run_.counter()} if run_.counter else {}
                is_ours = bool(_mine(run_).update(lease_until=machine_now() + LEASE, **shown))
            except DatabaseError:
                logger.warning("the lease of job %s could not be renewed", run_.id)
            finally:
                connection.close()

    thread = threading.Thread(target=beat, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()


def _mine(run_: JobRun) -> Any:
    return Job.across_merchants.filter(id=run_.id, owner=run_.owner, status="running")


def _finish(run_: JobRun, status: str, **changes: Any) -> str:
    updated = _mine(run_).update(status=status, finished_at=machine_now(), lease_until=None, **changes)
    return status if updated else ""


def _fail(run_: JobRun, *, attempts: int, error: Exception) -> str:
    text = in_words(error, length_max=2000)
    if attempts >= ATTEMPTS_MAX:
        return _finish(run_, "dead", last_error=text)
    wait = timedelta(seconds=min(2**attempts, 600))
    _mine(run_).update(status="queued", owner=None, lease_until=None, run_at=machine_now() + wait, last_error=text)
    return "queued"


def see_through(job_id: UUID | None, *, seconds_max: float) -> Job:
    """Run a job here, or wait for whoever runs it; return it as it is when it ended or `seconds_max` are over. Not to be called inside a transaction. :raises Job.DoesNotExist: without one."""
    job = Job.objects.get(id=job_id)
    deadline = time.monotonic() + seconds_max
    while job.status in ("queued", "running") and time.monotonic() < deadline:
        if not run(job.id):
            time.sleep(_LOOK_SECONDS)
        job.refresh_from_db()
    return job
