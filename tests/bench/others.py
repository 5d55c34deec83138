"""`python -m tests.bench.others bare|groups PORT`: two other ways to send one message to many sockets, as small as they can be."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

CHANNEL = "bench"
GROUP = "bench"


async def bare(port: int) -> None:
    """Run `websockets` with one subscription and its own broadcast."""
    import redis.asyncio
    from websockets.asyncio.server import ServerConnection, broadcast, serve

    sockets: set[ServerConnection] = set()

    async def hold(connection: ServerConnection) -> None:
        sockets.add(connection)
        try:
            await connection.wait_closed()
        finally:
            sockets.discard(connection)

    client = redis.asyncio.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
    async with client.pubsub() as subscription, serve(hold, "127.0.0.1", port, compression=None, ping_interval=None):
        await subscription.subscribe(CHANNEL)
        async for message in subscription.listen():
            if message["type"] == "message":
                broadcast(sockets, message["data"])


def groups(port: int) -> None:
    """Run Channels under uvicorn with one group and every socket in it."""
    import uvicorn
    from channels.generic.websocket import AsyncWebsocketConsumer
    from django.conf import settings

    layer = {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [os.environ["REDIS_URL"]]}}
    settings.configure(CHANNEL_LAYERS={"default": layer})

    class Member(AsyncWebsocketConsumer):
        """One socket in the group."""

        groups = [GROUP]

        async def show(self, event: dict[str, Any]) -> None:
            """Send what the group was sent."""
            await self.send(text_data=event["text"])

    uvicorn.run(
        Member.as_asgi(), host="127.0.0.1", port=port, log_level="warning", lifespan="off", ws_per_message_deflate=False
    )


if __name__ == "__main__":
    if sys.argv[1] == "bare":
        asyncio.run(bare(int(sys.argv[2])))
    else:
        groups(int(sys.argv[2]))
