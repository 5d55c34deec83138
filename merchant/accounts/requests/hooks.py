"""What a web process does for the request log when it starts and stops."""

from __future__ import annotations

import asyncio

from merchant.accounts.requests import recording
from merchant.lifespan import on_start, on_stop


@on_start
async def begin_log() -> None:
    """Store what gathers, from the first request on."""
    recording.begin()


@on_stop
async def store_rest() -> None:
    """Store what the thread has not come to."""
    await asyncio.to_thread(recording.store)
