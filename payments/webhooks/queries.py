"""Reads of events that processors sent and nothing could be made of: parked, given up, put aside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from merchant.core.errors import NotFound
from merchant.core.filters import FilterReader, midnight
from merchant.core.tenancy import current_merchant_id
from merchant.merchants.queries import get_merchant
from payments.webhooks.models import ATTEMPTS_MAX, InboundWebhook

# What is still tried by itself, what is not any more, and what a person put aside.
STATES = ("trying", "given_up", "put_aside")
EVENT_FILTERS = ("state", "topic", "gateway_account", "date_from", "date_to")
HIDDEN = "•••"
# How the reason begins of an event about an operation that is not in the books.
NO_OPERATION = "no operation "
# Whoever sees people masked is shown words of these names alone, and every number and truth.
_SHOWN = frozenset(
    {"id", "type", "event", "topic", "object", "kind", "status", "state", "reference", "currency", "code", "decline_code", "created", "created_at", "landed_at", "at", "gateway_reference"}
)  # fmt: skip
# Nobody is shown these.
_SECRET = ("token", "secret", "signature", "password", "key")
_IN_STATE = {
    "trying": Q(put_aside_at=None, attempts__lt=ATTEMPTS_MAX),
    "given_up": Q(put_aside_at=None, attempts__gte=ATTEMPTS_MAX),
    "put_aside": Q(put_aside_at__isnull=False),
}


@dataclass(frozen=True, slots=True)
class EventFilters:
    """What a list of parked events is narrowed by. Empty fields do not narrow; they came from `came_from` on and before `came_before`."""

    states: tuple[str, ...] = ()
    topic: str = ""
    gateway_account_id: UUID | None = None
    came_from: datetime | None = None
    came_before: datetime | None = None


def read_filters(params: Mapping[str, str]) -> EventFilters:
    """
    Return the filters written in a query string; days are those of the merchant's zone, both inclusive.

    :raises FilterRefused: for a filter that is unknown or cannot be understood.
    """
    zone = get_merchant(current_merchant_id()).zone
    read = FilterReader(params, known=EVENT_FILTERS)
    return EventFilters(
        states=read.choices("state", STATES),
        topic=read.text("topic"),
        gateway_account_id=read.key("gateway_account"),
        came_from=midnight(read.day("date_from"), zone),
        came_before=midnight(read.day("date_to"), zone, days=1),
    )


def find_events(filters: EventFilters) -> QuerySet[InboundWebhook]:
    """Return the events of the merchant in scope that were tried in vain and the filters let through, in no order yet."""
    rows: QuerySet[InboundWebhook] = InboundWebhook.objects.filter(processed_at=None, attempts__gt=0)
    if filters.states:
        wanted = Q()
        for state in filters.states:
            wanted |= _IN_STATE[state]
        rows = rows.filter(wanted)
    if filters.topic:
        rows = rows.filter(topic=filters.topic)
    if filters.gateway_account_id:
        rows = rows.filter(gateway_account_id=filters.gateway_account_id)
    if filters.came_from:
        rows = rows.filter(received_at__gte=filters.came_from)
    if filters.came_before:
        rows = rows.filter(received_at__lt=filters.came_before)
    return rows.select_related("gateway_account")


def state_of(event: InboundWebhook) -> str:
    """Return what an event is, as a word: `used`, `put_aside`, `given_up` or `trying`."""
    if event.processed_at is not None:
        return "used"
    if event.put_aside_at is not None:
        return "put_aside"
    return "given_up" if event.attempts >= ATTEMPTS_MAX else "trying"


def get_event(event_id: UUID) -> InboundWebhook:
    """Return one event with its account, also one that was used meanwhile. :raises NotFound: if the merchant has none with this id."""
    event: InboundWebhook | None = InboundWebhook.objects.select_related("gateway_account").filter(id=event_id).first()
    if event is None:
        raise NotFound()
    return event


def get_event_for_update(event_id: UUID) -> InboundWebhook:
    """Return one event and lock it until the transaction ends. :raises NotFound: if the merchant has none with this id."""
    event: InboundWebhook | None = InboundWebhook.objects.select_for_update(no_key=True).filter(id=event_id).first()
    if event is None:
        raise NotFound()
    return event


def is_about_nothing_known(event: InboundWebhook) -> bool:
    """Say whether an event waits for an operation that is not in the books; otherwise it could not be used for another reason."""
    return event.last_error.startswith(NO_OPERATION)


def reason_of(event: InboundWebhook, *, is_masked: bool) -> str:
    """Return why nothing could be made of it; to whom people are masked, of a fault only its kind."""
    if is_masked and not is_about_nothing_known(event):
        return event.last_error.split(":")[0]
    return event.last_error


def payload_of(event: InboundWebhook, *, is_masked: bool) -> Any:
    """Return what the processor told, without secrets; to whom people are masked, without the words that could name one."""
    return _masked(event.body.get("event"), is_masked=is_masked, name="")


def _masked(value: Any, *, is_masked: bool, name: str) -> Any:
    if isinstance(value, dict):
        return {key: _masked(item, is_masked=is_masked, name=str(key).lower()) for key, item in value.items()}
    if isinstance(value, list):
        return [_masked(item, is_masked=is_masked, name=name) for item in value]
    if (
        isinstance(value, str)
        and value
        and (any(word in name for word in _SECRET) or (is_masked and name not in _SHOWN))
    ):
        return HIDDEN
    return value
