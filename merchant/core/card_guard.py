"""Refuse every request that carries a card number, before anything stores or logs it."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote_plus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, gettext_noop

from merchant.core.card_numbers import TooManyDigits, find_card_number
from merchant.core.errors import problem, problem_response
from merchant.core.telling import in_language_of

# Processors' webhooks are scrubbed where they are stored: refusing one would lose the event.
_LET_THROUGH = ("/webhooks/", "/static/")
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_HEADERS_NOT_READ = frozenset({"Cookie", "Authorization", "Content-Length", "X-Csrftoken"})
_WHAT = gettext_noop(
    "This request carries something that looks like a card number. It was refused and nothing of it was kept."
)
_TOO_MANY = gettext_noop(
    "This request carries more long sequences of digits than are looked at for card numbers. It was refused and nothing of it was kept."
)
_NEXT_TOO_MANY = gettext_noop("Send less at once.")
_NEXT = gettext_noop("Card data goes to the payment processor alone. Remove it and send the request again.")


class CardNumberGuard:
    """Middleware: 400 `card_number_refused` for a card number in path, query, headers or body. Uploaded files are checked by their readers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Refuse the request or serve it."""
        if request.path.startswith(_LET_THROUGH):
            return self.get_response(request)
        try:
            if carries_card_number(request):
                return _refuse(request, code="card_number_refused", what=_WHAT, next_step=_NEXT)
        except TooManyDigits:
            return _refuse(request, code="too_many_digits", what=_TOO_MANY, next_step=_NEXT_TOO_MANY)
        return self.get_response(request)


def carries_card_number(request: HttpRequest) -> bool:
    """
    Say whether anything of the request looks like a card number.

    :raises TooManyDigits: if there is more that could be one than is looked at.
    """
    headers = (value for name, value in request.headers.items() if name not in _HEADERS_NOT_READ)
    texts = [request.path, unquote_plus(request.META.get("QUERY_STRING", "")), *headers, _body_text(request)]
    return any(find_card_number(text) for text in texts)


def _body_text(request: HttpRequest) -> str:
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return ""
    if request.content_type in _FORMS:
        return "\n".join(text for name, values in request.POST.lists() for text in (name, *values))
    text = request.body.decode("utf-8", errors="replace")
    return _without_escapes(text) if "\\u" in text else text


def _without_escapes(text: str) -> str:
    """Digits and what may stand between them can be written as escapes of JSON; what reads it sees digits again."""
    for sign in "0123456789 .+-":
        code = f"\\u{ord(sign):04x}"
        text = text.replace(code, sign).replace(f"\\u{code[2:].upper()}", sign)
    return text


def _refuse(request: HttpRequest, *, code: str, what: str, next_step: str) -> HttpResponse:
    return in_language_of(request, lambda: _refusal(request, code, gettext(what), gettext(next_step)))


def _refusal(request: HttpRequest, code: str, what: str, next_step: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        return problem_response(problem(status=400, code=code, detail=what, next_step=next_step))
    return render(request, "card_number_refused.html", {"what": what, "next_step": next_step}, status=400)
