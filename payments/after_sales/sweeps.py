"""The relay's round through pick-ups nobody came for: each becomes a job, once."""

from __future__ import annotations

from django.db import transaction

from merchant.core.clock import business_now
from merchant.core.jobs import services as jobs
from merchant.core.tenancy import acting_for
from merchant.merchants.models import Merchant
from orders.fulfilment import queries
from payments.after_sales.tasks import RETURN_JOB

# Goods that were kept for a week may wait another half minute.
ROUND_SECONDS = 30.0
_BATCH = 100


def return_overdue() -> int:
    """Ask for the return of every overdue pick-up of every merchant, by that merchant's own clock; return how many. Any number of relays may call this."""
    asked = 0
    for merchant_id in Merchant.objects.values_list("id", flat=True):
        now = business_now(merchant_id)
        with acting_for(merchant_id), transaction.atomic():
            for pickup in queries.list_overdue(now=now, limit=_BATCH):
                key = f"{RETURN_JOB}:{pickup.id}:{pickup.collect_until:%Y%m%d%H%M%S}"
                jobs.enqueue(RETURN_JOB, dedup_key=key, payload={"pickup_id": str(pickup.id)})
                asked += 1
    return asked
