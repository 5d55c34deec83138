"""Jobs of after-sales: an order nobody came for goes back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from merchant.core.clock import business_now
from merchant.core.jobs.services import JobRun, kind
from orders.fulfilment.models import Pickup
from payments.after_sales import cancellations

RETURN_JOB = "pickups.return"


@kind(RETURN_JOB)
def return_uncollected(run: JobRun) -> dict[str, Any]:
    """Put the goods of a pick-up back on sale, then its money on the way back: one step, so that a killed worker has done both or nothing."""
    pickup = Pickup.objects.get(id=UUID(run.payload["pickup_id"]))
    now = business_now(run.merchant_id)
    with run.checkpoint("returned"):
        pickup.refresh_from_db()
        if pickup.status != "ready" or pickup.collect_until is None or pickup.collect_until > now:
            return {"status": pickup.status}
        done = cancellations.cancel_order(
            order_id=pickup.order_id, reason="not_collected", now=now, pickup_status="returned"
        )
    return {"status": "returned", "operations": [operation.reference for operation in done.operations]}
