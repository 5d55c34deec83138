"""Look at the audit chain every night, and when somebody asks: is every entry as it was when it was sealed?"""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from uuid import UUID

from merchant.core.audit import services as audit
from merchant.core.audit.models import AuditCheck, AuditHead
from merchant.core.clock import machine_now
from merchant.core.jobs import schedule
from merchant.core.jobs.schedule import Daily
from merchant.core.jobs.services import JobRun, enqueue, kind
from merchant.merchants.tasks import every_merchant_ever

CHECK_JOB = "audit.check"
# After the day was closed and exported, before anybody works.
CHECKED_AT = time(4, 10)


@kind(CHECK_JOB)
def check_audit(run: JobRun) -> dict[str, Any]:
    """Recompute the chain and write down what was found. Changes nothing of it."""
    with run.checkpoint("checked"):
        check = check_chain(now=machine_now())
    return {"position": check.position, "fault": check.fault}


def check_chain(*, now: datetime) -> AuditCheck:
    """Recompute the chain of the merchant in scope, write down what was found and return it."""
    head = AuditHead.objects.order_by("-position").first()
    fault = audit.verify_chain()
    made: AuditCheck = AuditCheck.objects.create(
        position=head.position if head else 0,
        fault_position=fault.position if fault else None,
        fault=fault.what[:120] if fault else "",
        checked_at=now,
    )
    return made


def ask_for_check(*, now: datetime) -> UUID:
    """Put a look at the chain into the queue, at most one a minute, and return its job."""
    return UUID(str(enqueue(CHECK_JOB, dedup_key=f"{CHECK_JOB}:asked:{now:%Y%m%d%H%M}").id))


schedule.register(Daily(CHECK_JOB, CHECKED_AT, every_merchant_ever))
