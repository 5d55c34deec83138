"""How long the request log is kept: a week, and never more than a fixed number of lines of a merchant."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings

from merchant.accounts.requests.models import RequestLine
from merchant.core.clock import machine_now
from merchant.core.jobs import schedule
from merchant.core.jobs.schedule import Daily
from merchant.core.jobs.services import JobRun, kind
from merchant.merchants.tasks import every_merchant_ever

REMOVAL_JOB = "requests.remove_old"
REMOVED_AT = time(3, 20)
# About 100 MB of a merchant whose tills never rest.
LINES_MAX = 500_000
_BATCH = 5_000


@kind(REMOVAL_JOB)
def remove_old_lines(run: JobRun) -> dict[str, Any]:
    """Remove what is older than the log is kept, batch by batch."""
    removed = 0
    while True:
        with run.checkpoint("removed", done=removed):
            count = remove_old(now=machine_now())
        removed += count
        if not count:
            return {"removed": removed}


def remove_old(*, now: datetime, lines_max: int = LINES_MAX) -> int:
    """Remove one batch of lines of the merchant in scope that are too old or too many, and return how many."""
    until = now - timedelta(days=settings.REQUEST_LOG_DAYS)
    surplus = RequestLine.objects.order_by("-id").values_list("id", flat=True)[lines_max : lines_max + 1]
    oldest = RequestLine.objects.order_by("id")
    ids = [row.id for row in oldest.filter(at__lt=until).only("id")[:_BATCH]]
    if not ids and (last := next(iter(surplus), None)) is not None:
        ids = list(oldest.filter(id__lte=last).values_list("id", flat=True)[:_BATCH])
    return RequestLine.objects.filter(id__in=ids).delete()[0] if ids else 0


schedule.register(Daily(REMOVAL_JOB, REMOVED_AT, every_merchant_ever))
