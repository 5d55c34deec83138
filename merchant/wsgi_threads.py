"""Run the WSGI application in threads: pages made whole and then sent, downloads part by part until their reader leaves or the process stops."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from a2wsgi.wsgi import WSGIResponder, build_environ

from merchant.request_body import Body, Receive, Scope, Send

# How soon a thread that waits for its reader notices that nobody reads any more.
NOTICE_SECONDS = 0.5


class ReaderLeft(Exception):
    """The connection ended while the answer was being made."""


class PageThreads:
    """
    A few threads for answers that fit in memory. Each is made whole in its thread and then sent by the event loop, so no slow reader holds a thread.

    Request and answer cross between thread and loop once each: part by part, as a2wsgi does it, cost a seventh of a sale.
    """

    def __init__(self, app: Callable[..., Any], *, count: int) -> None:
        self.app = app
        self.executor = ThreadPoolExecutor(thread_name_prefix="web", max_workers=count)

    async def answer(self, *, scope: Scope, body: Body, receive: Receive, send: Send) -> None:
        """Answer one request whose whole `body` is here."""
        environ: dict[str, Any] = dict(build_environ(scope, body.file))  # type: ignore[arg-type]
        make = contextvars.copy_context().run
        start, content = await asyncio.get_running_loop().run_in_executor(self.executor, make, self._make, environ)
        await send(start)
        await send({"type": "http.response.body", "body": content})

    def _make(self, environ: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        begun: dict[str, Any] = {"type": "http.response.start"}
        parts: list[bytes] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], exc_info: Any = None
        ) -> Callable[[bytes], None]:
            begun["status"] = int(status.split(" ", 1)[0])
            begun["headers"] = [(name.lower().encode("latin1"), value.encode("latin1")) for name, value in headers]
            return parts.append

        answer = self.app(environ, start_response)
        try:
            parts.extend(answer)
        finally:
            getattr(answer, "close", lambda: None)()
        return begun, b"".join(parts)


class Responder(WSGIResponder):
    """One download. `gone` tells its thread to stop; a thread waiting for a lost reader would keep the process alive."""

    gone = False

    def send(self, message: Any) -> None:
        """Hand one part to the event loop when its reader has taken earlier ones; called in the thread."""
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


class DownloadThreads:
    """A few threads for answers that stream. At most `parts_max` parts of one wait for a slow reader."""

    def __init__(self, app: Callable[..., Any], *, count: int, parts_max: int) -> None:
        self.app = app
        self.parts_max = parts_max
        self.executor = ThreadPoolExecutor(thread_name_prefix="download", max_workers=count)

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
