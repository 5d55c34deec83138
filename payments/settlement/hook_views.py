"""The door for notices that a report is ready."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from merchant.core.errors import AppError, error_response
from payments.settlement import report_hooks


@csrf_exempt
@require_POST
def receive(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Answer as Adyen wants it once the fetching is in the queue; anything else asks for the notice again."""
    try:
        report_hooks.receive_notice(account_id=account_id, body=request.body)
    except AppError as refusal:
        return error_response(refusal)
    return HttpResponse("[accepted]", content_type="text/plain")
