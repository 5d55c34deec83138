"""The door for processors' webhooks: read bytes, verify, store, answer."""

from __future__ import annotations

from uuid import UUID

from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from merchant.core.clock import machine_now
from merchant.core.crash_points import crash_point
from merchant.core.errors import AppError, database_unavailable, error_response, is_database_away
from payments.webhooks import services


@csrf_exempt
@require_POST
def receive(request: HttpRequest, gateway: str, account_id: UUID) -> HttpResponse:
    """Answer 200 once the events are stored; anything else asks the processor to send again."""
    try:
        services.receive(
            gateway=gateway,
            account_id=account_id,
            headers=dict(request.headers),
            body=request.body,
            now=machine_now(),
        )
    except AppError as refusal:
        return error_response(refusal)
    except DatabaseError as error:
        if not is_database_away(error):
            raise
        return database_unavailable()
    crash_point("W1")
    return JsonResponse({"received": True})
