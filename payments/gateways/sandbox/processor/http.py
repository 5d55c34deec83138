"""Requests, answers and refusals of the processor's HTTP edge, and the connection that can be cut without an answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# 1 MB: the largest request (an account with its secrets, a list of faults) is a few kilobytes.
BODY_BYTES_MAX = 1_000_000

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class ApiError(Exception):
    """A refusal with a stable code: nothing was recorded."""

    def __init__(self, status: int, code: str, message: str, **extra: object) -> None:
        super().__init__(code)
        self.status = status
        self.body = {"code": code, "message": message, **extra}


@dataclass(frozen=True, slots=True)
class Response:
    """An answer that is complete."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Request:
    """A request whose body is read; `account` is set once its key is known."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    params: dict[str, str] = field(default_factory=dict)
    account: str = ""

    def json(self) -> dict[str, Any]:
        """Return the body as an object. An empty body is an empty object.

        :raises ApiError: 400 if the body is not a JSON object.
        """
        if not self.body:
            return {}
        try:
            value = json.loads(self.body)
        except ValueError as error:
            raise ApiError(400, "json_invalid", "The body is not JSON.") from error
        if not isinstance(value, dict):
            raise ApiError(400, "json_invalid", "The body must be a JSON object.")
        return value


def as_json(value: object, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Response:
    """Return `value` as a compact JSON answer."""
    return Response(status, json.dumps(value, separators=(",", ":")).encode(), headers=headers)


async def read_body(receive: Receive) -> bytes:
    """Return the whole body.

    :raises ApiError: 413 past `BODY_BYTES_MAX`; 400 if the caller hangs up half-way.
    """
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ApiError(400, "body_incomplete", "The connection ended inside the body.")
        part = message.get("body", b"")
        size += len(part)
        if size > BODY_BYTES_MAX:
            raise ApiError(413, "body_too_large", f"The body is larger than {BODY_BYTES_MAX} bytes.")
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


async def send_response(send: Send, response: Response) -> None:
    """Send the whole answer."""
    headers = [
        (b"content-type", response.content_type.encode()),
        (b"content-length", str(len(response.body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    headers += [(name.encode(), value.encode()) for name, value in response.headers]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})


class SeverableProtocol(HttpToolsProtocol):
    """Uvicorn's protocol, with the transport in the scope so that a request can end without an answer."""

    def on_message_begin(self) -> None:
        """Begin a request and lend it the transport."""
        super().on_message_begin()
        self.scope["extensions"] = {"sandbox.transport": self.transport}  # type: ignore[dict-item]


async def hold_and_sever(scope: Scope, receive: Receive, seconds: float) -> None:
    """Say nothing for `seconds` (or until the caller hangs up), then cut the connection."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        scope["extensions"]["sandbox.transport"].abort()
        await receive()
