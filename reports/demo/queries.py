"""What of a demo merchant's work is not finished."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from merchant.core.clock import business_now
from merchant.core.jobs.models import Job
from merchant.core.outbox.models import OutboxEvent
from merchant.core.tenancy import acting_for
from merchant.messages.models import WebhookDelivery
from payments.records.models import Operation
from payments.records.states import OPEN_OPERATION


@dataclass(frozen=True, slots=True)
class Unfinished:
    """How many things of each sort are still on their way. All zero when the merchant is quiet."""

    operations: int
    events: int
    jobs: int
    deliveries: int


def state_of(merchant_id: UUID) -> dict[str, Any]:
    """Return the merchant's business time and what is unfinished."""
    with acting_for(merchant_id):
        unfinished = Unfinished(
            operations=Operation.objects.filter(status__in=OPEN_OPERATION).count(),
            events=OutboxEvent.objects.filter(merchant_id=merchant_id, done_at=None).count(),
            jobs=Job.objects.filter(status__in=["queued", "running"]).count(),
            deliveries=WebhookDelivery.objects.filter(status="pending").count(),
        )
    return {"now": business_now(merchant_id).isoformat(), "unfinished": asdict(unfinished)}


def job_output(job: Job) -> dict[str, Any]:
    """Return a job as its asker sees it."""
    return {
        "id": str(job.id),
        "kind": job.kind,
        "status": job.status,
        "step": job.step,
        "result": job.result,
        "last_error": job.last_error,
    }
