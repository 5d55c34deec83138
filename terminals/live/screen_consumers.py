"""The sockets of screens: `/ws/staff/` for pages, `/ws/v1/` for tablets and programs. What they are sent comes from the hub."""

from __future__ import annotations

import json
import time
from uuid import UUID

import redis
from channels.generic.websocket import AsyncWebsocketConsumer

from merchant.accounts import sockets
from merchant.accounts.sockets import Opener
from merchant.core.callers import SIGNED_IN, Caller
from merchant.core.outbox import screens
from merchant.core.outbox.readers import Reader
from merchant.core.outbox.screens import Message, Missed
from terminals.live.doorkeeper import doorkeeper
from terminals.live.frames import sendable
from terminals.live.hub import RELOAD, hub
from terminals.live.threads import in_thread

CLOSE_TOO_FAST = 4429
# A page subscribes once when it connects; a till with each order.
REQUESTS_PER_SECOND_MAX = 5
TOPICS_MAX = 200
_TOPIC_LENGTH_MAX = 120
# "zh-Hant-TW" and longer ones are none of ours.
_LANGUAGE_LENGTH_MAX = 10

# A word in a topic -> the right to follow it. Topics without such a word are for everybody who works for the merchant.
TOPIC_RIGHTS = {
    "terminals": "terminal.read",
    "terminal": "terminal.read",
    "payments": "payment.read",
    "payment": "payment.read",
    "orders": "order.read",
    "order": "order.read",
    "stock": "stock.read",
    "reconciliation": "reconciliation.read",
    "settlement": "settlement.read",
    "payouts": "settlement.read",
    "takings": "report.read",
    "webhooks": "webhook.read",
    "shifts": "shift.read",
}


class ScreenConsumer(AsyncWebsocketConsumer):
    """
    One screen. It says `{"subscribe": [topic, …], "last_seq": n, "language": "de"}` and gets what is sent to these topics, after what it missed since number n.

    What is drawn is in the language it named, else in the merchant's, and shows no more than its person may see. Only the caller's own merchant and stores are heard; whether the caller may still listen is asked every second.
    """

    merchant_id: UUID
    topics: frozenset[str] = frozenset()
    asked: frozenset[str] = frozenset()
    language = ""
    caller: Caller
    opener: Opener
    # Whether a page whose person is signed out is told so.
    tells_pages = False

    async def connect(self) -> None:
        """Let in who may listen."""
        self._is_listening = False
        opener = await in_thread(sockets.find_opener_now, self.scope)
        if opener is None or not self.may_open(opener.caller):
            if opener is None and self.tells_pages and sockets.is_own_page(self.scope):
                # Refused at the door a page learns nothing; so it hears that its person is signed out, and says so.
                await self.accept()
            await self.close(sockets.CLOSE_UNKNOWN)
            return
        self.opener, self.merchant_id = opener, opener.caller.merchant_id
        self.meet(opener.caller)
        self._held: list[tuple[int, str]] | None = None
        self._second_began, self._asked_in_second = time.monotonic(), 0
        await self.accept()
        self._is_listening = True
        hub.add(self)
        doorkeeper.add(self)

    async def disconnect(self, code: int) -> None:
        """Stop listening."""
        if self._is_listening:
            self._is_listening = False
            hub.remove(self)
            doorkeeper.remove(self)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Take a subscription."""
        if self._is_too_fast():
            await self.close(CLOSE_TOO_FAST)
            return
        asked, last_seq, language = _read(text_data or "")
        self.language = language or self.language
        self.asked = frozenset(asked)
        self.meet(self.caller)
        if last_seq > 0:
            await self._catch_up(last_seq)

    def meet(self, caller: Caller) -> None:
        """Follow, of what was asked for, what `caller` may: a right that is gone takes its topics with it, one that is given brings them."""
        self.caller = caller
        self.topics = self.own_topics(caller) | frozenset(topic for topic in self.asked if self._may_follow(topic))

    def may_open(self, caller: Caller) -> bool:
        """Say whether `caller` may have this kind of socket."""
        return True

    def own_topics(self, caller: Caller) -> frozenset[str]:
        """Return what is followed without asking."""
        return frozenset()

    @property
    def reader(self) -> Reader:
        """For whose eyes what is drawn is meant; the role may have changed since the socket was opened."""
        return Reader.of(self.language or self.caller.merchant.locale, is_masked=self.caller.is_masked)

    def wants(self, message: Message) -> bool:
        """Say whether `message` is for the caller's stores."""
        return self.caller.stores is None or message.store_id is None or message.store_id in self.caller.stores

    async def show(self, frame: str, seq: int) -> None:
        """Send `frame`, or hold it while earlier ones are being fetched."""
        if self._held is not None:
            self._held.append((seq, frame))
        else:
            # What `send` does, without its two layers and with a frame made once: a thousand screens are sent this.
            await self.base_send(sendable(frame))

    async def drop(self) -> None:
        """Close: it may no longer listen, or takes nothing."""
        await self.disconnect(sockets.CLOSE_REFUSED)
        await self.close(sockets.CLOSE_REFUSED)

    async def _catch_up(self, last_seq: int) -> None:
        self._held = []
        try:
            missed = await in_thread(screens.catch_up, self.merchant_id, last_seq)
        except redis.RedisError:
            # Nobody can say what was missed. The page shows its age, and is asked to reload when the hub is back.
            missed = Missed((), is_gone=False)
        frames = [
            message.frame_for(self.reader)
            for message in missed.messages
            if message.is_for(self.topics) and self.wants(message)
        ]
        # What was drawn while nobody with these eyes watched cannot be shown to them; the page draws itself anew.
        if missed.is_gone or None in frames:
            await self.send(text_data=RELOAD)
        for frame in frames:
            if frame is not None:
                await self.send(text_data=frame)
        newest = missed.messages[-1].seq if missed.messages else 0
        while self._held:
            seq, frame = self._held.pop(0)
            if seq > newest or seq == 0:
                await self.send(text_data=frame)
        self._held = None

    def _may_follow(self, topic: str) -> bool:
        rights = [TOPIC_RIGHTS[word] for word in topic.split(":") if word in TOPIC_RIGHTS]
        return all(self.caller.has_right(right) for right in rights or [SIGNED_IN])

    def _is_too_fast(self) -> bool:
        now = time.monotonic()
        if now - self._second_began >= 1:
            self._second_began, self._asked_in_second = now, 0
        self._asked_in_second += 1
        return self._asked_in_second > REQUESTS_PER_SECOND_MAX


class StaffConsumer(ScreenConsumer):
    """A page of the back office: fragments and events."""

    tells_pages = True

    def may_open(self, caller: Caller) -> bool:
        """Only people in the back office."""
        return caller.kind == "staff"


class TabletConsumer(ScreenConsumer):
    """A tablet or a program: events only. A tablet follows its register and its store's stock and terminals without asking."""

    def own_topics(self, caller: Caller) -> frozenset[str]:
        """Return the tablet's register and store."""
        if caller.register_id is None:
            return frozenset()
        return frozenset(
            {f"register:{caller.register_id}", f"store:{caller.store_id}:stock", f"store:{caller.store_id}:terminals"}
        )

    def wants(self, message: Message) -> bool:
        """Say whether `message` is an event for the caller's stores."""
        return message.is_event and super().wants(message)


def _read(text: str) -> tuple[list[str], int, str]:
    """Return topics, the last number seen and the page's language; nothing of what is not a subscription."""
    try:
        asked = json.loads(text)
    except (ValueError, RecursionError):
        return [], 0, ""
    if not isinstance(asked, dict) or not isinstance(asked.get("subscribe"), list):
        return [], 0, ""
    topics = [
        topic for topic in asked["subscribe"][:TOPICS_MAX] if isinstance(topic, str) and len(topic) <= _TOPIC_LENGTH_MAX
    ]
    last_seq = asked.get("last_seq")
    number = last_seq if isinstance(last_seq, int) and not isinstance(last_seq, bool) else 0
    language = asked.get("language")
    is_language = isinstance(language, str) and len(language) <= _LANGUAGE_LENGTH_MAX
    return topics, number, str(language) if is_language else ""
