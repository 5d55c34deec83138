"""Write events, and hand them to their handlers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from merchant.core import db, notify
from merchant.core.clock import machine_now
from merchant.core.errors import in_words
from merchant.core.ids import new_id
from merchant.core.outbox.models import OutboxEvent
from merchant.core.tenancy import acting_for, current_merchant_id

logger = logging.getLogger(__name__)

# An event that a handler refuses is tried again after 1, 2, 4 … seconds, at most every 10 minutes, until somebody mends it.
_BACKOFF_SECONDS_MAX = 600
# 100: a batch stays well under a second, so a killed relay repeats little.
_BATCH = 100
# The relay's pump that hands events on.
PUMP = "outbox"
# 40 ms: nobody at a screen notices. A process with 180 sales a second woke the relay 150 times, which was a twentieth of each sale.
_WAKE_REST_SECONDS = 0.04


@dataclass(frozen=True, slots=True)
class Event:
    """An event as a handler sees it. `id` never changes between deliveries."""

    id: UUID
    merchant_id: UUID
    topic: str
    aggregate: str
    payload: dict[str, Any]


Handler = Callable[[Event], None]
BatchHandler = Callable[[Sequence[Event]], None]
_handlers: dict[str, list[Handler]] = {}
_batch_handlers: list[BatchHandler] = []


def on(topic: str, handler: Handler) -> None:
    """
    Register `handler` for `topic` (`*` for all). Called once per process from an app's `ready`.

    A handler runs inside `acting_for(event.merchant_id)` and one transaction with the event's mark, so its own writes happen exactly once. It must
    not talk to the network.
    """
    handlers = _handlers.setdefault(topic, [])
    if handler not in handlers:
        handlers.append(handler)


def on_batch(handler: BatchHandler) -> None:
    """
    Register `handler` for the events of all topics, several of one merchant at a time. Called once per process from an app's `ready`.

    For what would otherwise ask the database the same thing for each event. All that holds for `on` holds here; after a failure somewhere in the batch it is
    called again with each event alone.
    """
    if handler not in _batch_handlers:
        _batch_handlers.append(handler)


def publish(topic: str, aggregate: str, payload: dict[str, Any]) -> None:
    """Write one event in the caller's transaction. `aggregate` is `payment:<id>` and the like: its events stay in order."""
    publish_many([(topic, aggregate, payload)])


def publish_many(events: Iterable[tuple[str, str, dict[str, Any]]]) -> None:
    """Write several events with one statement in the caller's transaction, and wake the relay after its commit."""
    now = machine_now()
    merchant_id = current_merchant_id()
    records = [(new_id(), topic, aggregate, db.json_text(payload)) for topic, aggregate, payload in events]
    db.insert_prepared(_PUBLISH, [merchant_id, now, now, *db.columns(records, 4)])
    notify.after_commit(notify.RELAY, PUMP, rest_seconds=_WAKE_REST_SECONDS)


_PUBLISH = """
INSERT INTO core_outbox_event (merchant_id, created_at, next_at, attempts, last_error, id, topic, aggregate, payload)
SELECT %s, %s, %s, 0, '', id, topic, aggregate, payload::jsonb
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[]) WITH ORDINALITY e(id, topic, aggregate, payload, place) ORDER BY place
"""


# Oldest first, locked rows skipped, and never an event whose aggregate still has an earlier one.
_CLAIM = """
SELECT e.seq, e.attempts, e.id, e.merchant_id, e.topic, e.aggregate, e.payload FROM core_outbox_event e
WHERE e.done_at IS NULL AND e.next_at <= clock_timestamp()
  AND NOT EXISTS (SELECT 1 FROM core_outbox_event p WHERE p.aggregate = e.aggregate AND p.seq < e.seq AND p.done_at IS NULL)
ORDER BY e.seq LIMIT %s FOR UPDATE SKIP LOCKED
"""
_MARK = "UPDATE core_outbox_event SET done_at = %s WHERE seq = ANY(%s::bigint[])"


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A row of the outbox that this transaction holds."""

    seq: int
    attempts: int
    event: Event


def deliver_batch() -> int:
    """
    Hand up to a batch of due events to their handlers and return how many were looked at.

    Any number of relays may call this at once. A handler's failure rolls back what all handlers of that event did; the event is tried
    again later and holds back the later ones of its aggregate only.
    """
    with transaction.atomic():
        claimed = [
            _Claimed(seq, attempts, Event(event_id, merchant_id, topic, aggregate, db.json_value(payload)))
            for seq, attempts, event_id, merchant_id, topic, aggregate, payload in db.rows(_CLAIM, [_BATCH])
        ]
        if not claimed:
            return 0
        delivered = claimed if _deliver_together(claimed) else [one for one in claimed if _deliver_alone(one)]
        db.execute(_MARK, [machine_now(), [one.seq for one in delivered]])
    return len(claimed)


def _deliver_together(claimed: list[_Claimed]) -> bool:
    """Hand on the whole batch within one savepoint, or undo all of it when one handler refuses: then each event is delivered by itself."""
    try:
        with transaction.atomic():
            _hand_on([one.event for one in claimed])
    except Exception as error:
        logger.info("a batch of %d events is delivered one by one: %s", len(claimed), type(error).__name__)
        return False
    return True


def _deliver_alone(one: _Claimed) -> bool:
    try:
        with transaction.atomic():
            _hand_on([one.event])
    except Exception as error:
        logger.exception("event %s (%s) was refused by a handler", one.event.id, one.event.topic)
        wait = timedelta(seconds=min(2**one.attempts, _BACKOFF_SECONDS_MAX))
        OutboxEvent.objects.filter(seq=one.seq).update(
            attempts=min(one.attempts + 1, 30),
            next_at=machine_now() + wait,
            last_error=in_words(error, length_max=500),
        )
        return False
    return True


def _hand_on(events: list[Event]) -> None:
    by_merchant: dict[UUID, list[Event]] = {}
    for event in events:
        by_merchant.setdefault(event.merchant_id, []).append(event)
    for merchant_id, own in by_merchant.items():
        with acting_for(merchant_id):
            for event in own:
                for handler in (*_handlers.get(event.topic, ()), *_handlers.get("*", ())):
                    handler(event)
            for batch_handler in _batch_handlers:
                batch_handler(own)
