"""
What a web process starts and stops besides answering: listeners, hubs.

    @on_start
    async def start_listening() -> None: ...

Slices register at import time of `merchant.routing`; each web process runs every hook once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)

Hook = Callable[[], Awaitable[None]]

# All stop hooks together; the server itself gives up after 10 s.
STOP_SECONDS_MAX = 5.0

_starts: list[Hook] = []
_stops: list[Hook] = []


def on_start(hook: Hook) -> Hook:
    """Register `hook` to be awaited before the first request. It must return: long work goes into a task."""
    _starts.append(hook)
    return hook


def on_stop(hook: Hook) -> Hook:
    """Register `hook` to be awaited when the process ends, last registered first."""
    _stops.append(hook)
    return hook


async def run_starts() -> None:
    """Await every start hook in order. One that raises keeps the process from starting."""
    for hook in _starts:
        await hook()


async def run_stops() -> None:
    """Await every stop hook; one that fails or hangs does not keep the others from running."""
    for hook in reversed(_stops):
        try:
            await asyncio.wait_for(hook(), STOP_SECONDS_MAX)
        except Exception:
            logger.exception("a stop hook failed: %s", getattr(hook, "__qualname__", hook))
