"""gateway_events.csv: one row an event of a processor that nothing could be made of, without what it told."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from payments.webhooks.models import ATTEMPTS_MAX
from payments.webhooks.queries import EVENT_FILTERS, find_events, read_filters
from reports.exports.formats.base import ExportFormat, Narrowed, Rows, local_time, narrowed_table, plain, text

_COLUMNS = (
    "id",
    "merchant_id",
    "gateway_account_id",
    "external_id",
    "topic",
    "attempts",
    "last_error",
    "received_at",
    "put_aside_at",
    "put_aside_reason",
)


def build(narrowed: Narrowed) -> Rows:
    """Return the events a list with these filters shows."""
    rows = find_events(read_filters(narrowed.params)).select_related(None)
    sql, parameters = narrowed_table(rows, _COLUMNS)
    return Rows(
        columns=[
            plain("event_id", "e.id"),
            text("gateway_account", "g.name"),
            text("number", "e.external_id"),
            text("topic", "e.topic"),
            text("reference", "(w.body ->> 'reference')"),
            plain("state", _STATE),
            plain("attempts", "e.attempts"),
            text("reason", "e.last_error"),
            local_time("received_at", "e.received_at", "m.zone"),
            local_time("put_aside_at", "e.put_aside_at", "m.zone"),
            plain("time_zone", "m.zone"),
            text("put_aside_reason", "e.put_aside_reason"),
        ],
        source=f"FROM ({sql}) e JOIN webhook_inbound w ON w.id = e.id JOIN gateway_account g ON g.id = e.gateway_account_id JOIN merchant_merchant m ON m.id = e.merchant_id",
        parameters=parameters,
        order="e.id",
        currency="m.base_currency",
        sums={},
    )


# The same words as `queries.state_of`.
_STATE = f"CASE WHEN e.put_aside_at IS NOT NULL THEN 'put_aside' WHEN e.attempts >= {ATTEMPTS_MAX} THEN 'given_up' ELSE 'trying' END"
GATEWAY_EVENTS = ExportFormat("gateway_events", _("Events of processors"), "webhook.read", EVENT_FILTERS, build)
