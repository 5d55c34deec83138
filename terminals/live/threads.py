"""Database work of the sockets: a few threads of the process, so that the event loop never waits and the tills' threads stay theirs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import close_old_connections

P = ParamSpec("P")
R = TypeVar("R")

# 3: one may wait for an order's lock while the others go on with heartbeats.
_THREADS = 3
_pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="sockets")


async def in_thread(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run `function` in one of the threads and return what it returns."""
    return await asyncio.get_running_loop().run_in_executor(_pool, lambda: _run(function, *args, **kwargs))


def _run(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    close_old_connections()
    try:
        return function(*args, **kwargs)
    finally:
        close_old_connections()
