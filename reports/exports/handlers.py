"""The event that calls for scheduled files: a period was closed."""

from __future__ import annotations

from merchant.core.jobs import services as jobs
from merchant.core.outbox import services as outbox
from merchant.core.outbox.services import Event
from reports.exports.tasks import CLOSED_JOB


def make_closed_files(event: Event) -> None:
    """Ask for the files of what was closed. The event's id names the job, so a repeated delivery asks for the same one."""
    jobs.enqueue(CLOSED_JOB, dedup_key=f"{CLOSED_JOB}:{event.id}", payload={})


def register() -> None:
    """Called once a process by the app."""
    outbox.on("period.closed", make_closed_files)
