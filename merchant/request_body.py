"""
Read a request's whole body before a thread is taken for it.

A thread that waits for bytes of a slow or idle sender is a till that waits. So the event loop collects the body,
on disk once it is large, within a size and a time; only then does Django see it, with its Content-Length.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

# Larger bodies go to disk: 16 senders of 10 MB would otherwise be 160 MB of memory.
IN_MEMORY_BYTES_MAX = 1024 * 1024
CHUNK_BYTES = 256 * 1024


class SenderLeft(Exception):
    """The connection ended before the body was complete. Nobody is there to be answered."""


@dataclass
class BodyRefused(Exception):
    """The body is too large or came too slowly."""

    status: HTTPStatus
    code: str
    detail: str


class Body:
    """A complete body that can be handed out once."""

    def __init__(self) -> None:
        self.size = 0
        self.file = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES_MAX)  # noqa: SIM115  (closed by close)

    def add(self, chunk: bytes) -> None:
        """Append what came."""
        self.size += len(chunk)
        self.file.write(chunk)

    def rewind(self) -> None:
        """Go to the beginning, to be handed out."""
        self.file.seek(0)

    async def receive(self) -> MutableMapping[str, Any]:
        """Hand out the next part, as the server would."""
        chunk = self.file.read(IN_MEMORY_BYTES_MAX if self.size <= IN_MEMORY_BYTES_MAX else CHUNK_BYTES)
        return {"type": "http.request", "body": chunk, "more_body": self.file.tell() < self.size}

    def close(self) -> None:
        """Give memory or disk back."""
        self.file.close()


async def read_body(*, scope: Scope, receive: Receive, bytes_max: int, seconds_max: float) -> Body:
    """
    Collect the whole body.

    :raises BodyRefused: if it is or says it is larger than `bytes_max`, or takes longer than `seconds_max`.
    :raises SenderLeft: if the connection ends first.
    """
    announced = dict(scope["headers"]).get(b"content-length", b"0")
    if announced.isdigit() and int(announced) > bytes_max:
        raise _too_large(bytes_max)
    body = Body()
    try:
        async with asyncio.timeout(seconds_max):
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise SenderLeft
                body.add(message.get("body", b""))
                if body.size > bytes_max:
                    raise _too_large(bytes_max)
                more = message.get("more_body", False)
    except TimeoutError:
        body.close()
        detail = f"The request's body was not complete after {seconds_max:g} seconds."
        raise BodyRefused(HTTPStatus.REQUEST_TIMEOUT, "request_timeout", detail) from None
    except (BodyRefused, SenderLeft):
        body.close()
        raise
    body.rewind()
    return body


def with_length(scope: Scope, size: int) -> Scope:
    """Return a scope that says the body's length, as WSGI needs it also for chunked requests."""
    headers = [
        (name, value)
        for name, value in scope["headers"]
        # A name with an underscore would reach Django as the same variable as the real header behind it.
        if name not in (b"content-length", b"transfer-encoding") and b"_" not in name
    ]
    return {**scope, "headers": [*headers, (b"content-length", str(size).encode())]}


async def refuse(refusal: BodyRefused, send: Send) -> None:
    """Answer with a problem document, then close: the rest of the body may still be coming."""
    document = {
        "type": f"https://tillsyn.org/problems/{refusal.code}",
        "title": refusal.status.phrase,
        "status": int(refusal.status),
        "code": refusal.code,
        "detail": refusal.detail,
        "money": "No money was moved.",
        "next_step": "Send the request again, complete and within the limit, with the same Idempotency-Key.",
    }
    body = json.dumps(document).encode()
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"no-store"),
        (b"referrer-policy", b"same-origin"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": int(refusal.status), "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _too_large(bytes_max: int) -> BodyRefused:
    detail = f"The request's body is larger than {bytes_max} bytes."
    return BodyRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body_too_large", detail)
