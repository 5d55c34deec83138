"""
Tell open screens, best effort: a number, a line in a short log for those who were away, and one publish to every web process.

Valkey carries screens only. Without it nothing is lost and nothing waits: screens show their age and reload when it is back. What could not be sent is made good
by this process's next word to Valkey: it asks that merchant's screens to reload.
"""

from __future__ import annotations

import json
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import redis
from django.conf import settings
from django.db import transaction

from merchant.core.outbox.readers import Drawings, Reader

logger = logging.getLogger(__name__)

# 1,000 messages are some minutes of a busy merchant; who was away longer reloads the page.
LOG_LENGTH_MAX = 1000
# A local Valkey answers in a tenth of a millisecond; a hung one may not hold a till.
TIMEOUT_SECONDS = 0.25
# After a failure nobody tries again for this long, so an outage costs one time-out, not one a sale.
PAUSE_SECONDS = 2.0
# A page's socket says every 5 seconds that it is open.
WATCHED_SECONDS = 30.0
_WATCHED = "screens-readers"
# Every screen of the merchant follows this topic.
EVERY_SCREEN = "*"
_RELOAD = f'|{EVERY_SCREEN}|e|{{"topic":"{EVERY_SCREEN}","event":{{"kind":"reload"}}}}'

# The store of what belongs to no store (online, or the whole merchant): only people of all stores get it.
ALL_STORES = UUID(int=0)

# Numbers start at the clock's milliseconds, so that they go on growing when Valkey was emptied.
_PUSH = """
local seq = redis.call('INCR', KEYS[1])
if seq == 1 then
  local now = redis.call('TIME')
  seq = tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000)
  redis.call('SET', KEYS[1], string.format('%.0f', seq))
end
local number = string.format('%.0f', seq)
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[1], number .. '-0', 'm', ARGV[2])
redis.call('PUBLISH', KEYS[3], number .. '|' .. ARGV[2])
return seq
"""


@dataclass(frozen=True, slots=True)
class Message:
    """One message as a hub hands it on: `frame` is the text every screen gets, made once, or `frames` those of each kind of reader."""

    seq: int
    topic: str
    store_id: UUID | None
    is_event: bool
    frame: str
    frames: Mapping[str, str] = field(default_factory=dict)

    def frame_for(self, reader: Reader) -> str | None:
        """
        Return what `reader` gets.

        None if nothing was drawn for such eyes: nobody of them watched, so who came since has read the change with the page itself.
        """
        if not self.frames:
            return self.frame
        return self.frames.get(reader.key) or self.frames.get(reader.language)

    def is_for(self, topics: frozenset[str]) -> bool:
        """Whether a screen that follows `topics` gets it."""
        return self.topic == EVERY_SCREEN or self.topic in topics


@dataclass(frozen=True, slots=True)
class Missed:
    """What a screen missed since its last number. `is_gone`: more than the log holds, so it must reload."""

    messages: tuple[Message, ...]
    is_gone: bool


class _Valkey:
    """The process's connection pool, the pause after a failure, and the merchants whose screens missed something because of it."""

    def __init__(self) -> None:
        self._url = ""
        self._client: redis.Redis | None = None
        self._silent_until = 0.0
        self._out_of_date: set[UUID] = set()

    def client(self) -> redis.Redis:
        if self._client is None or self._url != settings.REDIS_URL:
            self._url = settings.REDIS_URL
            self._client = redis.Redis.from_url(
                self._url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS, decode_responses=True
            )
            self._silent_until = 0.0
        return self._client

    def publish(self, merchant_id: UUID, body: str) -> None:
        if self.ask(lambda client: _push(client, merchant_id, body)) is None:
            self._out_of_date.add(merchant_id)

    def ask(self, question: Callable[[redis.Redis], Any]) -> Any:
        """Return the answer, or None if Valkey does not answer or did not a moment ago."""
        client = self.client()
        if time.monotonic() < self._silent_until:
            return None
        try:
            self._reload_out_of_date(client)
            return question(client)
        except redis.RedisError as error:
            self._silent_until = time.monotonic() + PAUSE_SECONDS
            logger.warning("screens cannot be reached: %s", type(error).__name__)
            return None

    def _reload_out_of_date(self, client: redis.Redis) -> None:
        for merchant_id in tuple(self._out_of_date):
            _push(client, merchant_id, _RELOAD)
            self._out_of_date.discard(merchant_id)


_valkey = _Valkey()


def push(
    merchant_id: UUID,
    topic: str,
    *,
    drawings: Drawings | None = None,
    event: dict[str, Any] | None = None,
    store_id: UUID | None = None,
    is_only_news: bool = False,
) -> None:
    """
    Send a fragment or an event to the screens that follow `topic`, once the caller's transaction has committed.

    `drawings` are a fragment for each kind of reader, and each screen is sent its own. Best effort: never raises for Valkey, never waits longer than a quarter
    of a second. With `store_id` only people of that store get it. With `is_only_news` it is sent at once: how far long work is, which no transaction has to
    hold.
    """
    if drawings is not None:
        text = _json({one.key: _json({"topic": topic, "html": html}) for one, html in drawings.items()})
    else:
        text = _json({"topic": topic, "event": event})
    body = f"{store_id or ''}|{topic}|{'e' if drawings is None else 'd'}|{text}"
    if is_only_news:
        _valkey.publish(merchant_id, body)
    else:
        transaction.on_commit(lambda: _valkey.publish(merchant_id, body))


def _json(content: object) -> str:
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False, default=str)


def _push(client: Any, merchant_id: UUID, body: str) -> Any:
    keys = [_seq_key(merchant_id), _log_key(merchant_id), channel(merchant_id)]
    return client.eval(_PUSH, len(keys), *keys, str(LOG_LENGTH_MAX), body)


def catch_up(merchant_id: UUID, last_seq: int) -> Missed:
    """
    Return what was sent after `last_seq`, oldest first.

    :raises redis.RedisError: if Valkey does not answer.
    """
    # The client answers in text (`decode_responses`), which its types cannot tell.
    client: Any = _valkey.client()
    newest = int(client.get(_seq_key(merchant_id)) or 0)
    if last_seq == newest:
        return Missed((), is_gone=False)
    oldest = client.xrange(_log_key(merchant_id), count=1)
    if last_seq > newest or not oldest or _number(oldest[0][0]) > last_seq + 1:
        return Missed((), is_gone=True)
    found = client.xrange(_log_key(merchant_id), min=f"({last_seq}-0")
    return Missed(tuple(read(f"{_number(entry)}|{fields['m']}") for entry, fields in found), is_gone=False)


def current_seq(merchant_id: UUID, reader: Reader) -> int:
    """
    Return the newest number and note that `reader` watches. A page asks before it reads its rows, so that it misses nothing until its socket opens.

    0 without Valkey.
    """
    return int(_valkey.ask(lambda client: _seq_when_watched(client, merchant_id, reader)) or 0)


def _seq_when_watched(client: Any, merchant_id: UUID, reader: Reader) -> Any:
    _mark(client, {(merchant_id, reader)})
    return client.get(_seq_key(merchant_id))


def mark_watched(watchers: Collection[tuple[UUID, Reader]]) -> None:
    """Note what kinds of readers have a page of these merchants open. Fragments are drawn for these alone."""
    if watchers:
        _valkey.ask(lambda client: _mark(client, watchers))


def list_readers() -> dict[UUID, frozenset[Reader]]:
    """Return the merchants of which somebody has, or just had, a page open, and for whose eyes that is. Nobody without Valkey."""
    found = _valkey.ask(lambda client: client.zrangebyscore(_WATCHED, time.time() - WATCHED_SECONDS, "+inf"))
    readers: dict[UUID, set[Reader]] = defaultdict(set)
    for text in found or ():
        merchant_id, language, eyes = text.split("|")
        readers[UUID(merchant_id)].add(Reader(language, eyes == "masked"))
    return {merchant_id: frozenset(found) for merchant_id, found in readers.items()}


def _mark(client: redis.Redis, watchers: Collection[tuple[UUID, Reader]]) -> None:
    now = time.time()
    names = [
        f"{merchant_id}|{reader.language}|{'masked' if reader.is_masked else 'open'}"
        for merchant_id, reader in watchers
    ]
    client.zadd(_WATCHED, dict.fromkeys(names, now))


def read(published: str) -> Message:
    """Return the message in a published text."""
    number, store_id, topic, kind, content = published.split("|", 4)
    store = UUID(store_id) if store_id else None
    if kind == "d":
        frames = {key: _numbered(number, text) for key, text in json.loads(content).items()}
        return Message(int(number), topic, store, is_event=False, frame="", frames=frames)
    return Message(int(number), topic, store, is_event=kind == "e", frame=_numbered(number, content))


def _numbered(number: str, content: str) -> str:
    return f'{{"seq":{number},{content[1:]}'


# Topics of pages that show the rows of all stores together begin so.
LISTS = "merchant:"


def merchant_topic(what: str) -> str:
    """Return the topic of a merchant's list of `what` (payments, orders, takings), all stores together."""
    return f"{LISTS}{what}"


def channel(merchant_id: UUID) -> str:
    """Return the channel on which a merchant's messages are published."""
    return f"screens:{merchant_id}"


def _number(entry_id: str) -> int:
    return int(entry_id.split("-")[0])


def _log_key(merchant_id: UUID) -> str:
    return f"screens-log:{merchant_id}"


def _seq_key(merchant_id: UUID) -> str:
    return f"screens-seq:{merchant_id}"
