"""Refuse every request that carries a card number, before anything stores or logs it."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import unquote_plus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from merchant.core.card_numbers import find_card_number
from merchant.core.errors import problem, problem_response

# Processors' webhooks are scrubbed where they are stored: refusing one would lose the event.
_LET_THROUGH = ("/webhooks/", "/static/")
_HEADERS_NOT_READ = frozenset({"Cookie", "Authorization", "Content-Length", "X-Csrftoken"})
_WHAT = "This request carries something that looks like a card number. It was refused and nothing of it was kept."
_NEXT = "Card data goes to the payment processor alone. Remove it and send the request again."


class CardNumberGuard:
    """Middleware: 400 `card_number_refused` for a card number in path, query, headers or body. Uploaded files are checked by their readers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Refuse the request or serve it."""
        if not request.path.startswith(_LET_THROUGH) and carries_card_number(request):
            return _refuse(request)
        return self.get_response(request)


def carries_card_number(request: HttpRequest) -> bool:
    """Say whether anything of the request looks like a card number."""
    headers = (value for name, value in request.headers.items() if name not in _HEADERS_NOT_READ)
    texts = [request.path, unquote_plus(request.META.get("QUERY_STRING", "")), *headers, _body_text(request)]
    return any(find_card_number(text) for text in texts)


def _body_text(request: HttpRequest) -> str:
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return ""
    if request.content_type == "multipart/form-data":
        return "\n".join(value for values in request.POST.lists() for value in values[1])
    text = request.body.decode("utf-8", errors="replace")
    if request.content_type == "application/x-www-form-urlencoded":
        return unquote_plus(text)
    if "\\u" in text:
        # Digits may be written as escapes; read as JSON they are digits again.
        try:
            return json.dumps(json.loads(text), ensure_ascii=False)
        except ValueError:
            return text
    return text


def _refuse(request: HttpRequest) -> HttpResponse:
    if request.path.startswith("/api/"):
        return problem_response(problem(status=400, code="card_number_refused", detail=_WHAT, next_step=_NEXT))
    return render(request, "card_number_refused.html", {"what": _WHAT, "next_step": _NEXT}, status=400)
