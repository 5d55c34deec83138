"""Jobs of disputes: send an answer; remind, and end what is overdue."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from merchant.core.clock import business_now
from merchant.core.jobs import schedule
from merchant.core.jobs.schedule import Place
from merchant.core.jobs.services import JobRun, kind
from merchant.merchants.models import Merchant
from payments.disputes import queries, reminders, replies, services
from payments.disputes.models import Dispute

DEADLINES_JOB = "disputes.deadlines"
# A reminder may come a quarter of an hour late, a deadline that passed be seen as late.
_EVERY_SECONDS = 900


@kind(replies.SEND_JOB)
def send_reply(run: JobRun) -> dict[str, Any]:
    """Hand an answer to the processor. One that cannot be reached is asked again later."""
    status = replies.deliver(reply_id=UUID(run.payload["reply_id"]), now=business_now(run.merchant_id))
    return {"status": status}


@kind(DEADLINES_JOB)
def deadlines(run: JobRun) -> dict[str, Any]:
    """Remind of what is due soon, and mark what is overdue."""
    now = business_now(run.merchant_id)
    with run.checkpoint("reminders"):
        told = reminders.send_due(now=now)
    with run.checkpoint("overdue"):
        expired = sum(services.expire(dispute_id=dispute.id, now=now) for dispute in queries.list_due(until=now))
    return {"reminders": told, "expired": expired}


def waiting_places() -> Iterator[Place]:
    """Yield every merchant with a dispute that waits for an answer."""
    waiting = Dispute.across_merchants.filter(status="evidence_due").values_list("merchant_id", flat=True).distinct()
    for merchant in Merchant.objects.filter(id__in=list(waiting)).order_by("id"):
        yield Place(merchant.id, "merchant", merchant.zone, merchant.created_at.date())


schedule.register(schedule.Every(DEADLINES_JOB, _EVERY_SECONDS, waiting_places))
