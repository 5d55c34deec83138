"""A tablet's websocket: it hears what became of payments before anybody asks."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import websockets
from websockets.asyncio.client import connect

RECONNECT_SECONDS = 1.0
# Beyond this the oldest are forgotten: nobody waits for them any more.
_HEARD_MAX = 5000


class TabletLine:
    """
    Listens for one store's payments. What is missed while the line is down is found by asking, so nothing depends on it but speed.

    `heard` counts the results that came by it.
    """

    def __init__(self, *, base_url: str, token: str, store_id: str) -> None:
        self._url = base_url.replace("http", "ws", 1).rstrip("/") + "/ws/v1/"
        self._headers = {"Authorization": f"Device {token}"}
        self._topics = [f"store:{store_id}:payments"]
        self._news: dict[str, asyncio.Event] = {}
        self.heard = 0

    async def run(self) -> None:
        """Listen until cancelled, through every break."""
        while True:
            try:
                async with connect(
                    self._url, additional_headers=self._headers, open_timeout=5, close_timeout=1, proxy=None
                ) as line:
                    await line.send(json.dumps({"subscribe": self._topics}))
                    async for text in line:
                        self._take(json.loads(text))
            except (OSError, TimeoutError, ValueError, websockets.WebSocketException):
                pass
            await asyncio.sleep(RECONNECT_SECONDS)

    async def hear(self, operation_id: str, *, seconds: float) -> None:
        """Wait until there is news of an operation, at most `seconds`."""
        news = self._news.setdefault(operation_id, asyncio.Event())
        try:
            await asyncio.wait_for(news.wait(), seconds)
            news.clear()
        except TimeoutError:
            pass

    def _take(self, message: dict[str, Any]) -> None:
        event = message.get("event")
        if not isinstance(event, dict) or event.get("kind") != "operation":
            return
        self.heard += 1
        while len(self._news) > _HEARD_MAX:
            del self._news[next(iter(self._news))]
        self._news.setdefault(str(event.get("operation_id")), asyncio.Event()).set()
