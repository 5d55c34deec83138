"""
Refuse a body that is larger than its address needs, or whose character set would hide what is in it, before anything reads it.

Each family of addresses has its own limit (`BODY_LIMITS` and `UPLOAD_PATHS` in the settings), because what a stranger sends is looked at before anybody is known.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from merchant.core.errors import AppError, error_response
from merchant.core.telling import in_language_of

# In these a digit is the byte it is in ASCII. Python knows others, among them compressions, which a parser would follow.
_CHARSETS = frozenset({"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1"})


class BodyTooLarge(AppError):
    """The body is larger than any that this address is for."""

    code = "body_too_large"
    status = 413
    detail = "The request's body may have at most {largest} bytes here."
    next_step = "Send less at once."


class CharsetUnsupported(AppError):
    """The body claims to be written in a character set that is not read here."""

    code = "charset_unsupported"
    status = 415
    detail = "The request's body has to be UTF-8."
    next_step = "Send the request again in UTF-8, without another charset in Content-Type."


class BodyGuard:
    """Middleware: 413 for a body over the limit of its address, 415 for a charset other than UTF-8 and its subsets."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Refuse the request or serve it."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        largest = bytes_max(request.path)
        if not length.isdigit() or int(length) > largest:
            return in_language_of(request, lambda: error_response(BodyTooLarge(largest=largest)))
        charset = (request.content_params or {}).get("charset", "utf-8")
        if charset.lower() not in _CHARSETS:
            return in_language_of(request, lambda: error_response(CharsetUnsupported()))
        return self.get_response(request)


def bytes_max(path: str) -> int:
    """Return how many bytes the body of a request to `path` may have."""
    if path.startswith(settings.UPLOAD_PATHS):
        return int(settings.UPLOAD_BYTES_MAX)
    limits = (limit for prefix, limit in settings.BODY_LIMITS if path.startswith(prefix))
    return int(next(limits, settings.BODY_BYTES_MAX))
