"""The request log and the pages for developers drawn for staff."""

from __future__ import annotations

import json

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from merchant.accounts.requests.models import RequestLine
from merchant.accounts.requests.pages import EventRow, RequestRow, Tab
from merchant.core.callers import Caller
from merchant.core.outbox.models import OutboxEvent
from merchant.core.pages.parts import Link

CALLER_WORDS = {
    "api_key": gettext_lazy("API key"), "register": gettext_lazy("Tablet"), "staff": gettext_lazy("Staff"), "terminal": gettext_lazy("Terminal"),
}  # fmt: skip
_BODY_LENGTH_MAX = 600


def tabs_of(caller: Caller, current: str) -> tuple[Tab, ...]:
    """Return the pages for developers that the caller may open."""
    pages = (
        ("overview", _("Overview"), "/developers/", "webhook.read"),
        ("keys", _("API keys"), "/api-keys/", "key.manage"),
        ("webhooks", _("Webhooks"), "/webhook-log/", "webhook.read"),
        ("requests", _("Requests"), "/developers/requests/", "request.read"),
        ("events", _("Events"), "/developers/events/", "request.read"),
    )
    return tuple(
        Tab(Link(str(words), url), key == current) for key, words, url, right in pages if caller.has_right(right)
    )


def request_row(line: RequestLine) -> RequestRow:
    """Return one request as the log shows it."""
    tone, icon = "good", "circle-check"
    if line.http_status >= 500:
        tone, icon = "bad", "octagon-x"
    elif line.http_status >= 400:
        tone, icon = "warn", "triangle-alert"
    return RequestRow(
        id=str(line.id),
        at=line.at,
        method=line.method,
        path=line.path,
        status=line.http_status,
        tone=tone,
        icon=icon,
        code=line.code,
        duration_ms=line.duration_ms,
        caller=line.caller_name,
        kind=str(CALLER_WORDS.get(line.caller_kind, line.caller_kind)),
        correlation_id=line.correlation_id,
    )


def event_row(event: OutboxEvent) -> EventRow:
    """Return one event with its beginning; the whole of it is in the deliveries."""
    body = json.dumps(event.payload, ensure_ascii=False)
    kind, _colon, key = event.aggregate.partition(":")
    return EventRow(
        id=str(event.id),
        at=event.created_at,
        topic=event.topic,
        subject=f"{kind} …{key[-8:]}" if key else kind,
        body=body if len(body) <= _BODY_LENGTH_MAX else f"{body[: _BODY_LENGTH_MAX - 1]}…",
        deliveries_url=f"/webhook-log/?topic={event.topic}",
    )
