"""
One subscription a process for all its screens, and direct sends from it.

A message is made once and handed to every screen that follows its topic. A channel-layer group with a member for each socket costs ten times as much.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict, deque
from typing import Protocol
from uuid import UUID

import redis.asyncio
from django.conf import settings

from merchant.core.outbox import screens
from merchant.core.outbox.readers import Reader
from merchant.core.outbox.screens import Message
from terminals.live.threads import in_thread

logger = logging.getLogger(__name__)

# A screen that does not take a message for this long (its buffer of 64 kB is full) is closed, so that it holds up nobody; it reconnects and catches up.
SEND_SECONDS_MAX = 0.25
_RENEW_SECONDS = 0.05
_PAUSE_SECONDS = 1.0
# A Valkey that hangs keeps its connections open; it is asked for a sign of life, and given up when none comes.
PING_SECONDS = 3.0
SILENCE_SECONDS_MAX = 8.0
# Asks a screen to draw itself anew: what was sent meanwhile cannot be sent again.
RELOAD = '{"event":{"kind":"reload"}}'

# Pages call themselves stale after two missed beats.
BEAT_SECONDS = 5.0
BEAT = '{"event":{"kind":"beat"}}'


class Screen(Protocol):
    """An open screen as the hub knows it."""

    merchant_id: UUID
    topics: frozenset[str]

    @property
    def reader(self) -> Reader:
        """For whose eyes it is."""

    def wants(self, message: Message) -> bool:
        """Whether `message` is for it, its topic aside."""

    async def show(self, frame: str, seq: int) -> None:
        """Send `frame`."""

    async def drop(self) -> None:
        """Close it."""


class Hub:
    """The screens of this process by merchant."""

    def __init__(self) -> None:
        self.is_connected = False
        self._screens: dict[str, set[Screen]] = defaultdict(set)
        self._tasks: list[asyncio.Task[None]] = []
        self._closing: set[asyncio.Task[None]] = set()
        self._was_connected = False

    def start(self) -> None:
        """Begin to listen. Called once, on the event loop."""
        self._tasks = [
            asyncio.create_task(self._run(), name="screen-hub"),
            asyncio.create_task(self._beat(), name="screen-beat"),
        ]

    async def stop(self) -> None:
        """Stop listening."""
        for task in self._tasks:
            task.cancel()

    def add(self, screen: Screen) -> None:
        """Send `screen` what is for it from now on."""
        self._screens[screens.channel(screen.merchant_id)].add(screen)

    def remove(self, screen: Screen) -> None:
        """Forget `screen`."""
        channel = screens.channel(screen.merchant_id)
        self._screens[channel].discard(screen)
        if not self._screens[channel]:
            del self._screens[channel]

    async def _run(self) -> None:
        while True:
            try:
                await self._listen()
            except (redis.RedisError, OSError) as error:
                logger.warning("screens are not told of anything: %s", type(error).__name__)
            finally:
                self.is_connected = False
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _listen(self) -> None:
        client = redis.asyncio.Redis.from_url(settings.REDIS_URL, decode_responses=True, socket_connect_timeout=2)
        async with client, client.pubsub() as subscription:
            await subscription.psubscribe("screens:*")
            self.is_connected = True
            if self._was_connected:
                await self._send_all(RELOAD)
            self._was_connected = True
            heard_at = time.monotonic()
            while time.monotonic() - heard_at < SILENCE_SECONDS_MAX:
                published = await subscription.get_message(timeout=PING_SECONDS)
                if published is None:
                    await subscription.ping()
                    continue
                heard_at = time.monotonic()
                if published["type"] == "pmessage":
                    await self._fan_out(published["channel"], screens.read(published["data"]))

    async def _fan_out(self, channel: str, message: Message) -> None:
        followers = [
            screen
            for screen in self._screens.get(channel, ())
            if message.is_for(screen.topics) and screen.wants(message)
        ]
        if not message.frames:
            await self._send(followers, message.frame, message.seq)
            return
        alike: dict[str, list[Screen]] = defaultdict(list)
        for screen in followers:
            if (frame := message.frame_for(screen.reader)) is not None:
                alike[frame].append(screen)
        for frame, readers in alike.items():
            await self._send(readers, frame, message.seq)

    async def _beat(self) -> None:
        """Tell screens that they are current, as long as that is so."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            if self.is_connected:
                await self._send_all(BEAT)
                await in_thread(screens.mark_watched, self._list_watched())

    def _list_watched(self) -> set[tuple[UUID, Reader]]:
        """The merchants of whom somebody has a page with lists open, and for whose eyes."""
        open_screens = [screen for group in self._screens.values() for screen in group]
        return {
            (screen.merchant_id, screen.reader)
            for screen in open_screens
            if any(topic.startswith(screens.LISTS) for topic in screen.topics)
        }

    async def _send_all(self, frame: str) -> None:
        await self._send([screen for group in self._screens.values() for screen in group], frame, 0)

    async def _send(self, followers: list[Screen], frame: str, seq: int) -> None:
        """Send `frame` to each, one after the other; one that takes nothing is closed, and the rest go on."""
        waiting = deque(followers)
        while waiting:
            try:
                await self._send_until_stuck(waiting, frame, seq)
            except TimeoutError:
                stuck = waiting.popleft()
                self.remove(stuck)
                self._keep(asyncio.create_task(stuck.drop()))

    async def _send_until_stuck(self, waiting: deque[Screen], frame: str, seq: int) -> None:
        """
        Send to those who wait, taking each off; the first is the one that is stuck when this ends in TimeoutError.

        One timer serves many sends: set anew for each it would cost as much as the send.
        """
        clock = asyncio.get_running_loop().time
        async with asyncio.timeout(SEND_SECONDS_MAX) as limit:
            renewed_at = clock()
            while waiting:
                if (now := clock()) - renewed_at > _RENEW_SECONDS:
                    limit.reschedule(now + SEND_SECONDS_MAX)
                    renewed_at = now
                try:
                    await waiting[0].show(frame, seq)
                except Exception:
                    # Its socket went away between our look and our send.
                    self.remove(waiting[0])
                waiting.popleft()

    def _keep(self, task: asyncio.Task[None]) -> None:
        # The loop itself holds tasks weakly; one that nobody holds may end half-way.
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


hub = Hub()
