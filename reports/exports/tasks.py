"""The jobs that make files and remove old ones."""

from __future__ import annotations

from datetime import date, time
from typing import Any
from uuid import UUID

from merchant.core.clock import business_now
from merchant.core.jobs import schedule
from merchant.core.jobs.services import JobRun, kind
from merchant.merchants.tasks import every_merchant, every_merchant_ever
from reports.exports import delivery, schedules, services

SCHEDULED_JOB = "reports.scheduled_exports"
CLOSED_JOB = "reports.exports_of_closed_periods"
# 05:30: the night's day closes, reports and reconciliation are through by then.
MADE_AT = time(5, 30)


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


@kind(SCHEDULED_JOB)
def make_scheduled_files(run: JobRun) -> dict[str, Any]:
    """Ask for the files of all schedules whose period has ended; see the service."""
    with run.checkpoint("asked"):
        made = schedules.make_due(day=date.fromisoformat(run.payload["date"]), now=business_now(run.merchant_id))
    return {"asked": len(made)}


@kind(CLOSED_JOB)
def make_closed_files(run: JobRun) -> dict[str, Any]:
    """Ask for the files of schedules that wait for a closing; see the service."""
    with run.checkpoint("asked"):
        made = schedules.make_closed(now=business_now(run.merchant_id))
    return {"asked": len(made)}


@kind(services.DELIVERY_JOB)
def deliver_file(run: JobRun) -> dict[str, Any]:
    """Bring a file where its schedule sends it; see the service."""
    export = delivery.deliver(export_id=UUID(run.payload["export_id"]), now=business_now(run.merchant_id))
    return {"export_id": str(export.id)}


schedule.register(schedule.Daily(SCHEDULED_JOB, MADE_AT, every_merchant))
schedule.register(schedule.Daily(services.REMOVAL_JOB, time(4, 0), every_merchant_ever))
