"""Every event becomes a delivery for each endpoint that asked for it, in the event's own transaction."""

from __future__ import annotations

import json

from merchant.core import notify
from merchant.core.clock import machine_now
from merchant.core.outbox.services import Event
from merchant.messages.models import WebhookDelivery, WebhookEndpoint


def queue_webhooks(event: Event) -> None:
    """Store one delivery for each active endpoint that hears of this topic. A repeated event adds nothing."""
    endpoints = [row for row in WebhookEndpoint.objects.filter(is_active=True) if hears(row.topics, event.topic)]
    if not endpoints:
        return
    now = machine_now()
    document = {"id": str(event.id), "type": event.topic, "timestamp": now.isoformat(), "data": event.payload}
    body = json.dumps(document, separators=(",", ":"), ensure_ascii=False, default=str)
    WebhookDelivery.objects.bulk_create(
        [
            WebhookDelivery(
                endpoint=endpoint, event_id=event.id, topic=event.topic, body=body, next_at=now, created_at=now
            )
            for endpoint in endpoints
        ],
        ignore_conflicts=True,
    )
    notify.after_commit(notify.RELAY)


def hears(topics: list[str], topic: str) -> bool:
    """Say whether a list of topics covers `topic`; `payment.*` covers all that happens to payments."""
    return "*" in topics or topic in topics or f"{topic.partition('.')[0]}.*" in topics
