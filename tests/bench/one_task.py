"""One Celery task for each row of the outbox, as small as it can be: what the relay is compared with."""

from __future__ import annotations

from celery import shared_task
from django.db import transaction

from merchant.core.clock import machine_now
from merchant.core.outbox import services
from merchant.core.outbox.models import OutboxEvent
from merchant.core.outbox.services import Event


@shared_task(name="tests.bench.hand_on", queue="bench")
def hand_on(seq: int) -> None:
    """Hand one event to its handlers and mark it, in one transaction."""
    with transaction.atomic():
        row = OutboxEvent.objects.select_for_update().get(seq=seq)
        services._hand_on([Event(row.id, row.merchant_id, row.topic, row.aggregate, row.payload)])
        OutboxEvent.objects.filter(seq=seq).update(done_at=machine_now())
