"""
Wake Celery for due jobs, and do without it when nobody answers.

The relay calls `wake_due` in its loop. A broker that is down costs nothing: the rows stay due. A job nobody has taken for half a minute is run by the
relay itself.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from merchant.core.jobs import services

logger = logging.getLogger(__name__)

# 30 s: longer than a busy worker lets a job wait between two others, short enough that a stopped one is not noticed at the counter.
PATIENCE_SECONDS = 30.0
# After a refused connection the broker is left alone for a while, so that the relay's loop stays quick.
_BROKER_PAUSE_SECONDS = 5.0
# Two at a time leave the relay's other work its processor.
_HELPERS = 2


class Waker:
    """
    Publishes due jobs once, again after `PATIENCE_SECONDS`, and by then runs them here too; whoever claims the row first does the work.

    `publish` takes a job's id and raises if the broker does not take it.
    """

    def __init__(self, publish: Callable[[UUID], None]) -> None:
        self._publish = publish
        self._first_seen: dict[UUID, float] = {}
        self._published: dict[UUID, float] = {}
        self._broker_rests_until = 0.0
        self._helpers = ThreadPoolExecutor(_HELPERS, thread_name_prefix="job")
        self._helped: set[UUID] = set()
        self._lock = threading.Lock()

    def wake_due(self) -> int:
        """Wake somebody for each due job and return how many were published or started."""
        now = time.monotonic()
        due = services.due_job_ids()
        self._forget_others(set(due))
        return sum(self._wake(job_id, now) for job_id in due)

    def _wake(self, job_id: UUID, now: float) -> int:
        waited = now - self._first_seen.setdefault(job_id, now)
        if waited >= PATIENCE_SECONDS and self._help(job_id):
            return 1
        if now < self._broker_rests_until or now - self._published.get(job_id, -PATIENCE_SECONDS) < PATIENCE_SECONDS:
            return 0
        try:
            self._publish(job_id)
        except Exception as error:
            logger.warning("the broker took no job (%s); they stay due", type(error).__name__)
            self._broker_rests_until = now + _BROKER_PAUSE_SECONDS
            return 0
        self._published[job_id] = now
        return 1

    def _help(self, job_id: UUID) -> bool:
        with self._lock:
            if job_id in self._helped or len(self._helped) >= _HELPERS:
                return False
            self._helped.add(job_id)
        logger.warning("no worker took job %s for %d s; it runs in the relay", job_id, PATIENCE_SECONDS)
        self._helpers.submit(self._run, job_id)
        return True

    def _run(self, job_id: UUID) -> None:
        try:
            services.run(job_id)
        except Exception:
            logger.exception("job %s could not be run in the relay", job_id)
        finally:
            with self._lock:
                self._helped.discard(job_id)

    def _forget_others(self, due: set[UUID]) -> None:
        for memory in (self._first_seen, self._published):
            for job_id in memory.keys() - due:
                del memory[job_id]


def _publish(job_id: UUID) -> None:
    # Imported here: only the relay needs a broker, and importing Celery costs every other process its start.
    from merchant.core.jobs.tasks import run_job

    run_job.apply_async((str(job_id),), retry=False)


_waker = Waker(_publish)


def wake_due() -> int:
    """Wake somebody for each due job. The relay's pump."""
    return _waker.wake_due()
