"""REST: events of processors that nothing could be made of. Read alone; a person decides on the page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from merchant.core.callers import Caller
from merchant.core.pagination import PAGE_SIZE, page
from merchant.core.rest import MerchantView
from payments.webhooks import queries
from payments.webhooks.models import InboundWebhook
from payments.webhooks.serializers import GatewayEventDetailOutput, GatewayEventListOutput, GatewayEventOutput


class GatewayEventListView(MerchantView):
    """Events that were tried in vain, newest first; `state`, `topic`, `gateway_account`, `date_from` and `date_to` narrow them."""

    right = "webhook.read"

    @extend_schema(responses=GatewayEventListOutput)
    def get(self, request: Request) -> Response:
        """List parked events."""
        rows = queries.find_events(queries.read_filters(request.query_params.dict()))
        found = page(
            rows, after=request.query_params.get("after"), before=request.query_params.get("before"), size=PAGE_SIZE
        )
        told = [_told(event, request) for event in found.rows]
        return Response(
            {"results": GatewayEventOutput(told, many=True).data, "older": found.older, "newer": found.newer}
        )


class GatewayEventView(MerchantView):
    """One event with what the processor told, also one that was used meanwhile."""

    right = "webhook.read"

    @extend_schema(responses=GatewayEventDetailOutput)
    def get(self, request: Request, event_id: UUID) -> Response:
        """Show one event."""
        event = queries.get_event(event_id)
        payload = queries.payload_of(event, is_masked=_is_masked(request))
        return Response(GatewayEventDetailOutput({**_told(event, request), "payload": payload}).data)


def _told(event: InboundWebhook, request: Request) -> dict[str, Any]:
    return {
        "id": event.id,
        "gateway_account_id": event.gateway_account_id,
        "external_id": event.external_id,
        "topic": event.topic,
        "reference": event.body.get("reference") or "",
        "status": queries.state_of(event),
        "attempts": event.attempts,
        "reason": queries.reason_of(event, is_masked=_is_masked(request)),
        "received_at": event.received_at,
        "put_aside_at": event.put_aside_at,
        "put_aside_reason": event.put_aside_reason,
    }


def _is_masked(request: Request) -> bool:
    return isinstance(request.auth, Caller) and request.auth.is_masked
