"""
How often somebody may try. Two kinds, for two fears.

`consume` counts guesses (passwords, pairing codes) in the shared cache; without it nothing may be tried: closed. `CallerThrottle` stops a client that runs
wild, in the process's own memory, without a network call; losing it stops no sale: open.
"""

from __future__ import annotations

import logging
import time
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from merchant.core.callers import Caller
from merchant.core.errors import AppError

# A client that was silent may send this many seconds' worth of requests at once: a till's offline queue.
_BURST_SECONDS = 4
_BUCKETS_MAX = 10_000
logger = logging.getLogger(__name__)


class TooManyTries(AppError):
    """There were too many tries in a span of time."""

    code = "too_many_tries"
    status = 429
    detail = "There were too many tries. The next is possible in {seconds} seconds."
    next_step = "Wait, then try again."

    def __init__(self, *, seconds: int) -> None:
        super().__init__(seconds=seconds)
        self.retry_after_seconds = seconds  # type: ignore[misc]


class LimitUnavailable(AppError):
    """The tries cannot be counted, so none is allowed."""

    code = "limit_unavailable"
    status = 503
    detail = "This is not possible for the moment."
    next_step = "Try again in a minute."
    retry_after_seconds = 60


def consume(*, what: str, key: str, most: int, seconds: int) -> None:
    """
    Count one try of `what` by `key`; at most `most` in each span of `seconds`.

    :raises TooManyTries: if it was one too many.
    :raises LimitUnavailable: if the cache does not answer.
    """
    now = time.time()
    span = int(now // seconds)
    name = f"limit:{what}:{key}:{span}"
    try:
        cache.add(name, 0, timeout=seconds)
        used = cache.incr(name)
    except (
        Exception
    ) as error:  # Whatever the cache's client raises, and ValueError for a count that expired in between.
        raise LimitUnavailable() from error
    if used > most:
        raise TooManyTries(seconds=max(1, int((span + 1) * seconds - now)))


def require_left(*, what: str, key: str, most: int, seconds: int) -> None:
    """
    Refuse somebody whose tries of `what` are used up in this span, counting nothing. Without the cache it lets through: what is guarded so has to count its misses.

    :raises TooManyTries: if there were `most` tries.
    """
    now = time.time()
    span = int(now // seconds)
    try:
        used = cache.get(f"limit:{what}:{key}:{span}", 0)
    except Exception:  # Whatever the cache's client raises.
        logger.warning("The tries of %s cannot be counted.", what)
        return
    if used >= most:
        raise TooManyTries(seconds=max(1, int((span + 1) * seconds - now)))


class CallerThrottle(BaseThrottle):
    """At most `CALLER_REQUESTS_PER_SECOND` of one caller in one process, with a burst; then 429 with Retry-After."""

    _buckets: dict[UUID, tuple[float, float]] = {}

    def allow_request(self, request: Request, view: Any) -> bool:
        """Take one request out of the caller's bucket."""
        caller = request.auth
        if not isinstance(caller, Caller):
            return True
        rate = settings.CALLER_REQUESTS_PER_SECOND
        now = time.monotonic()
        left, before = self._buckets.get(caller.id, (rate * _BURST_SECONDS, now))
        left = min(left + (now - before) * rate, rate * _BURST_SECONDS)
        if len(self._buckets) >= _BUCKETS_MAX:
            self._buckets.clear()
        self._buckets[caller.id] = (left - 1 if left >= 1 else left, now)
        return left >= 1

    def wait(self) -> float:
        """Return after how many seconds a request is let through again."""
        return 1.0
