"""A session ends when nobody used it for a while, and at the latest after a working day."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse

STARTED = "session_started"
SEEN = "session_seen"
# Use is noted at most once a minute: a page that refreshes itself would otherwise write with each answer.
SEEN_EVERY_SECONDS = 60


class SessionLimitsMiddleware:
    """Flush sessions of signed-in people that were idle too long or are too old. The machine's clock counts."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Look at the session before anything else does."""
        if settings.SESSION_COOKIE_NAME in request.COOKIES and "_auth_user_id" in request.session:
            limit_session(request, now_seconds=int(time.time()))
        return self.get_response(request)


def limit_session(request: HttpRequest, *, now_seconds: int) -> None:
    """End the session if it is over, otherwise note that it is in use."""
    session = request.session
    session.setdefault(STARTED, now_seconds)
    seen = session.setdefault(SEEN, now_seconds)
    if is_over(session, now_seconds=now_seconds):
        session.flush()
    elif now_seconds - seen >= SEEN_EVERY_SECONDS:
        session[SEEN] = now_seconds


def is_over(session: SessionBase, *, now_seconds: float) -> bool:
    """Say whether nobody used the session for too long, or it is too old. One that no request has seen yet is neither."""
    is_idle = now_seconds - session.get(SEEN, now_seconds) > settings.SESSION_IDLE_SECONDS
    is_old = now_seconds - session.get(STARTED, now_seconds) > settings.SESSION_ABSOLUTE_SECONDS
    return is_idle or is_old
