"""The jobs that make files and remove old ones."""

from __future__ import annotations

from datetime import time
from typing import Any

from merchant.core.clock import business_now
from merchant.core.jobs import schedule
from merchant.core.jobs.services import JobRun, kind
from merchant.merchants.tasks import every_merchant
from reports.exports import services


@kind(services.JOB)
def make_file(run: JobRun) -> dict[str, Any]:
    """Write the file; see the service."""
    return services.make_file(run)


@kind(services.REMOVAL_JOB)
def remove_old_files(run: JobRun) -> dict[str, Any]:
    """Remove files nobody needs any more; see the service."""
    removed = 0
    while count := services.remove_old(now=business_now(run.merchant_id)):
        removed += count
    return {"removed": removed}


schedule.register(schedule.Daily(services.REMOVAL_JOB, time(4, 0), every_merchant))
