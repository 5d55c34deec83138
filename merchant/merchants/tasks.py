"""For whom the timetable runs; and what is done for everybody: the audit log is sealed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from merchant.core.audit import services as audit
from merchant.core.clock import machine_now
from merchant.core.jobs import schedule
from merchant.core.jobs.schedule import Place
from merchant.core.jobs.services import JobRun, kind
from merchant.merchants.models import Merchant

SEAL_JOB = "audit.seal"
# 5 minutes: what nobody could change unseen is never older, and a quiet merchant costs 288 small rows a day.
SEAL_EVERY_SECONDS = 300


@kind(SEAL_JOB)
def seal_audit(run: JobRun) -> dict[str, Any]:
    """Seal everything that was written so far, batch by batch."""
    sealed = 0
    while True:
        with run.checkpoint("sealed", done=sealed):
            count = audit.seal(now=machine_now())
        sealed += count
        if not count:
            return {"sealed": sealed}


def every_merchant() -> Iterator[Place]:
    """Yield each merchant once, but for those that were put away."""
    for merchant in Merchant.objects.filter(archived_at=None).order_by("id"):
        yield Place(merchant.id, "merchant", merchant.zone, merchant.created_at.date())


def every_merchant_ever() -> Iterator[Place]:
    """Yield each merchant once, those that were put away too: what proves their past and what removes old data never ends."""
    for merchant in Merchant.objects.order_by("id"):
        yield Place(merchant.id, "merchant", merchant.zone, merchant.created_at.date())


schedule.register(schedule.Every(SEAL_JOB, SEAL_EVERY_SECONDS, every_merchant_ever))
