"""Refuse every request with a NUL in its address or form: no column of PostgreSQL holds one, so it can only be an attack or a fault."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse

from merchant.core.errors import bad_request
from merchant.core.telling import in_language_of

# A webhook is read as the bytes that were signed; a form read before them would take them away.
_READ_AS_BYTES = "/webhooks/"
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class NulRefused(SuspiciousOperation):
    """The request holds a NUL character."""


class NulGuard:
    """Middleware: 400 for a NUL in path, query or form. JSON is checked field by field by its serializers, files by their readers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request, or answer 400 if it holds a NUL: one line in the log, for anybody can send as many as they like."""
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", "") or _has_nul_in_form(request):
            return in_language_of(request, lambda: bad_request(request, NulRefused("a NUL character")))
        return self.get_response(request)


def _has_nul_in_form(request: HttpRequest) -> bool:
    if request.method in ("GET", "HEAD", "OPTIONS") or request.content_type not in _FORMS:
        return False
    if request.path.startswith(_READ_AS_BYTES):
        return False
    return any("\0" in value for name, values in request.POST.lists() for value in (name, *values))
