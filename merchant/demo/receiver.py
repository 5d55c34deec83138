"""Where the demo's webshop hears its webhooks: counts what is signed rightly, once for each event."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections import Counter
from dataclasses import dataclass, field

_BODY_BYTES_MAX = 1_000_000
_REMEMBERED_MAX = 100_000


@dataclass(slots=True)
class Receiver:
    """Listens on 127.0.0.1. `seen` counts events by their type; `refused` what was not signed with our secret."""

    secret: str = ""
    seen: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    repeated: int = 0
    _ids: set[str] = field(default_factory=set)

    async def listen(self, port: int = 0) -> asyncio.Server:
        """Begin to listen and return the server; port 0 takes a free one."""
        return await asyncio.start_server(self._answer, "127.0.0.1", port)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                headers, body = await _read(reader)
                is_ours = self._take(headers, body)
                status = "204 No Content" if is_ours else "401 Unauthorized"
                writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, ValueError):
            pass
        finally:
            writer.close()

    def _take(self, headers: dict[str, str], body: bytes) -> bool:
        event_id = headers.get("webhook-id", "")
        if not _is_signed(headers, body, self.secret):
            self.refused += 1
            return False
        if event_id in self._ids:
            self.repeated += 1
            return True
        if len(self._ids) > _REMEMBERED_MAX:
            self._ids.clear()
        self._ids.add(event_id)
        self.seen[str(json.loads(body).get("type", ""))] += 1
        return True


async def _read(reader: asyncio.StreamReader) -> tuple[dict[str, str], bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin1").split("\r\n")
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:]) if name
    }
    length = int(headers.get("content-length", "0"))
    if length > _BODY_BYTES_MAX:
        raise ValueError("too long")
    return headers, await reader.readexactly(length)


def _is_signed(headers: dict[str, str], body: bytes, secret: str) -> bool:
    """Say whether one of the signatures (Standard Webhooks) is ours."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers.get('webhook-id', '')}.{headers.get('webhook-timestamp', '')}.".encode() + body
    right = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    given = [part.partition(",")[2] for part in headers.get("webhook-signature", "").split()]
    return any(hmac.compare_digest(right, one) for one in given)
