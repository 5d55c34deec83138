"""Events of processors that nothing could be made of, as staff see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from merchant.core.pages.parts import Action, Fact, ListFrame, Notice
from payments.webhooks import queries
from payments.webhooks.models import InboundWebhook

EVENTS = "/gateway-events/"


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event. `status` is a value of the family `gateway_event`."""

    id: str
    url: str
    topic: str
    account: str
    reference: str
    received_at: datetime
    status: str
    attempts: int
    reason: str


@dataclass(frozen=True, slots=True)
class EventListPage:
    """The list of parked events."""

    list: ListFrame
    rows: tuple[EventRow, ...]


@dataclass(frozen=True, slots=True)
class EventPage:
    """One event: what was told, why nothing could be made of it, and what a person may do. `put_aside_url` is empty where there is nothing to put aside."""

    row: EventRow
    facts: tuple[Fact, ...]
    payload: str
    notice: Notice
    try_again: Action | None = None
    put_aside_url: str = ""
    idempotency_key: str = ""
    entered_reason: str = ""
    errors: tuple[str, ...] = ()


def event_row(event: InboundWebhook, *, is_masked: bool) -> EventRow:
    """Return an event as a row."""
    return EventRow(
        id=str(event.id),
        url=f"{EVENTS}{event.id}/",
        topic=event.topic,
        account=event.gateway_account.name,
        reference=str(event.body.get("reference") or ""),
        received_at=event.received_at,
        status=queries.state_of(event),
        attempts=event.attempts,
        reason=_reason_words(event, is_masked=is_masked),
    )


def _reason_words(event: InboundWebhook, *, is_masked: bool) -> str:
    if queries.is_about_nothing_known(event):
        return _("No payment {reference} is in the books").format(reference=event.body.get("reference") or "—")
    return _("It was not understood: {fault}").format(fault=queries.reason_of(event, is_masked=is_masked))
