"""The REST edge of idempotency: a view that acts once per key."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.views import APIView

from merchant.core.idempotency import services
from merchant.core.idempotency.services import Answer


class ActOnceView(APIView):
    """
    A POST that changes money, stock or orders. Subclasses write `act`.

    Needs `Idempotency-Key`: same key and body replays the stored bytes with `Idempotency-Replayed: true`, another body is 422, in flight 409.
    """

    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Validate outside, then act and store the answer in one transaction."""
        key = request.headers.get("Idempotency-Key", "")
        print_ = services.fingerprint("POST", request.path, request.data)
        match = request.resolver_match
        answer = services.answer_once(
            route=match.view_name if match else request.path,
            key=key,
            request_print=print_,
            act=lambda: self.act(request, **kwargs),
        )
        response = HttpResponse(answer.body, status=answer.status, content_type="application/json")
        if answer.is_replayed:
            response["Idempotency-Replayed"] = "true"
        return response

    @abstractmethod
    def act(self, request: Request, **kwargs: Any) -> Answer:
        """Mandatory: do the one thing and return its answer. Runs inside the transaction."""
