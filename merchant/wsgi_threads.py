"""Run the WSGI application in threads that end when their reader leaves or the process stops."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from a2wsgi.wsgi import WSGIResponder

from merchant.request_body import Body, Receive, Scope, Send

# How soon a thread that waits for its reader notices that nobody reads any more.
NOTICE_SECONDS = 0.5


class ReaderLeft(Exception):
    """The connection ended while the answer was being made."""


class Responder(WSGIResponder):
    """One answer. `gone` tells its thread to stop; a thread waiting for a lost reader would keep the process alive."""

    gone = False

    def send(self, message: Any) -> None:
        """Hand one part to the event loop; called in the thread. Where any number of parts may wait, the thread does not: waiting cost a tenth of a sale."""
        if not self.send_queue.maxsize:
            if self.gone:
                raise ReaderLeft
            self.loop.call_soon_threadsafe(self.send_queue.put_nowait, message)
            return
        waiting = asyncio.run_coroutine_threadsafe(self.send_queue.put(message), loop=self.loop)
        while True:
            if self.gone:
                waiting.cancel()
                raise ReaderLeft
            try:
                waiting.result(timeout=NOTICE_SECONDS)
            except concurrent.futures.TimeoutError:
                continue
            return


class Threads:
    """A few threads for the WSGI application `app`. `parts_max` parts of an answer wait for a slow reader; 0 is all."""

    def __init__(self, app: Callable[..., Any], *, count: int, parts_max: int) -> None:
        self.app = app
        self.parts_max = parts_max
        self.executor = ThreadPoolExecutor(thread_name_prefix="web", max_workers=count)

    async def answer(self, *, scope: Scope, body: Body, receive: Receive, send: Send) -> None:
        """Answer one request whose whole `body` is here; `receive` then only tells that the reader left."""
        responder: Any = Responder(self.app, self.executor, self.parts_max)
        watch = asyncio.ensure_future(_mark_when_gone(receive(), responder))
        try:
            await responder(scope, body.receive, send)
        except ReaderLeft:
            return
        finally:
            responder.gone = True
            watch.cancel()


async def _mark_when_gone(disconnect: Awaitable[Any], responder: Any) -> None:
    await disconnect
    responder.gone = True
