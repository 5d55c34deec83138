"""Every event becomes a delivery for each endpoint that asked for it, in the event's own transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from merchant.core import notify
from merchant.core.clock import machine_now
from merchant.core.outbox.services import Event
from merchant.core.tenancy import current_merchant_id
from merchant.merchants.queries import is_put_away
from merchant.messages.models import WebhookDelivery, WebhookEndpoint


def queue_webhooks(events: Sequence[Event]) -> None:
    """Store one delivery of each event for each active endpoint that hears of its topic. A repeated event adds nothing, and a merchant that was put away tells nobody."""
    if is_put_away(current_merchant_id()):
        return
    endpoints = list(WebhookEndpoint.objects.filter(is_active=True))
    now = machine_now()
    deliveries = [
        WebhookDelivery(
            endpoint=endpoint,
            event_id=event.id,
            topic=event.topic,
            body=_body_of(event, now),
            next_at=now,
            created_at=now,
        )
        for event in events
        for endpoint in endpoints
        if hears(endpoint.topics, event.topic)
    ]
    if deliveries:
        WebhookDelivery.objects.bulk_create(deliveries, ignore_conflicts=True)
        notify.after_commit(notify.RELAY, "webhooks")


def _body_of(event: Event, now: datetime) -> str:
    document = {"id": str(event.id), "type": event.topic, "timestamp": now.isoformat(), "data": event.payload}
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False, default=str)


def hears(topics: list[str], topic: str) -> bool:
    """Say whether a list of topics covers `topic`; `payment.*` covers all that happens to payments."""
    return "*" in topics or topic in topics or f"{topic.partition('.')[0]}.*" in topics
