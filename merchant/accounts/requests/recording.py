"""
Write the request log behind the answers.

A request costs one line in this process's memory; a thread stores what has gathered, with one statement a second at most. So no sale waits for its own line, and a
database that is away costs the log some lines and nobody anything. Bodies, query strings and headers are never looked at.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse

from merchant.core import db
from merchant.core.callers import Caller
from merchant.core.ids import new_id, readable_code

logger = logging.getLogger(__name__)

# What others' programs send along to find their own request again.
HEADER = "X-Request-Id"
_PREFIX = "/api/v1/"
# 1 s: somebody who tries a key sees the line when they look.
_EVERY_SECONDS = 1.0
# Two seconds of the busiest process; beyond it the oldest lines are lost, never a request.
_WAITING_MAX = 2_000
_PATH_LENGTH_MAX = 200
_ID_LENGTH_MAX = 40

Line = tuple[object, ...]
_waiting: deque[Line] = deque(maxlen=_WAITING_MAX)
_has_begun = threading.Event()


class RequestLogMiddleware:
    """Middleware: gives each REST answer its correlation id, and notes the request of a known caller."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request and note what became of it."""
        if not request.path.startswith(_PREFIX):
            return self.get_response(request)
        began = time.perf_counter()
        correlation_id = _sane(request.headers.get(HEADER, "")) or readable_code(12)
        response = self.get_response(request)
        response[HEADER] = correlation_id
        caller = getattr(request, "auth", None)
        if _has_begun.is_set() and isinstance(caller, Caller):
            note(request, response, caller, seconds=time.perf_counter() - began, correlation_id=correlation_id)
        return response


def note(request: HttpRequest, response: HttpResponse, caller: Caller, *, seconds: float, correlation_id: str) -> None:
    """Remember one request until the thread stores it."""
    _waiting.append(
        (
            new_id(), caller.merchant_id, datetime.now(UTC), request.method or "", request.path[:_PATH_LENGTH_MAX], response.status_code,
            _code_of(response), int(seconds * 1000), caller.kind, caller.id, caller.name[:120], correlation_id,
        )
    )  # fmt: skip


def begin() -> None:
    """Store what gathers from now on, in a thread of its own. Once a web process; nothing where the log is switched off."""
    if settings.REQUEST_LOG and not _has_begun.is_set():
        _has_begun.set()
        threading.Thread(target=_store_for_ever, name="request-log", daemon=True).start()


def store() -> int:
    """Store what has gathered with one statement and return how many lines that were."""
    lines = [_waiting.popleft() for _ in range(len(_waiting))]
    if lines:
        db.execute(_STORE, db.columns(lines, 12))
    return len(lines)


_STORE = """
INSERT INTO merchant_request_line (id, merchant_id, at, method, path, http_status, code, duration_ms, caller_kind, caller_id, caller_name, correlation_id)
SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::timestamptz[], %s::text[], %s::text[], %s::smallint[], %s::text[], %s::int[], %s::text[], %s::uuid[], %s::text[], %s::text[])
"""


def _store_for_ever() -> None:
    while True:
        time.sleep(_EVERY_SECONDS)
        try:
            store()
        except Error:
            # What was taken out is lost; the next second asks for a new session.
            logger.warning("some lines of the request log could not be stored", exc_info=True)
            connection.close()


def _code_of(response: HttpResponse) -> str:
    """Return the code of a refusal, "" for everything else."""
    if response.status_code < 400 or response.streaming or "problem+json" not in response.get("Content-Type", ""):
        return ""
    try:
        return str(json.loads(response.content).get("code", ""))[:60]
    except ValueError:
        return ""


def _sane(text: str) -> str:
    """Return an id a caller gave, "" for what is too long or could break a log."""
    is_sane = len(text) <= _ID_LENGTH_MAX and all(letter.isalnum() or letter in "-_." for letter in text)
    return text if is_sane and text.isascii() else ""
