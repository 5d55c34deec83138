"""
Wake sleepers in other processes after a commit.

NOTIFY inside the sale's transaction would serialise commits (10,700 → 3,700 tps measured), so a thread of this process sends it afterwards, once for many.
Losing one is harmless: every listener also polls.
"""

from __future__ import annotations

import logging
import os
import threading
import time

import psycopg
from django.db import transaction

from merchant.core import db

logger = logging.getLogger(__name__)

_Session = psycopg.Connection[dict[str, object]]

RELAY = "tillsyn_relay"
# 5 ms: what the relay cannot notice, and enough to fold the sales of one instant into one message.
_FOLD_SECONDS = 0.005

# The database, the channel and the payload.
_News = tuple[str, str, str]


class _Notifier:
    """One thread and one session a process; both made on first use, anew after a fork. Channels belong to a database, so news is sent in the one it is of."""

    def __init__(self) -> None:
        self._pid = 0
        self._lock = threading.Lock()
        # How long each rests once it is told.
        self._wanted: dict[_News, float] = {}
        self._rests_until: dict[_News, float] = {}
        self._signal = threading.Event()

    def send(self, channel: str, payload: str, rest_seconds: float) -> None:
        news = (db.database_name(), channel, payload)
        with self._lock:
            if self._pid != os.getpid():
                self._pid = os.getpid()
                # What the process before a fork still wants to tell is told there.
                self._wanted, self._rests_until = {}, {}
                self._signal = threading.Event()
                threading.Thread(target=self._run, args=(self._signal,), name="notifier", daemon=True).start()
            if news in self._wanted:
                return
            self._wanted[news] = rest_seconds
        self._signal.set()

    def _run(self, signal: threading.Event) -> None:
        session: _Session | None = None
        while True:
            signal.wait(self._seconds_to_rest())
            time.sleep(_FOLD_SECONDS)
            signal.clear()
            wanted = self._take_rested()
            try:
                session = _told(wanted, session)
            except psycopg.Error:
                # A session from before a restart of PostgreSQL is dead and does not know it.
                try:
                    session = _told(wanted, None)
                except psycopg.Error:
                    logger.warning("could not notify %s; listeners will poll", sorted(wanted))
                    session = None

    def _seconds_to_rest(self) -> float | None:
        """Return how long until something that is wanted may be told, None if nothing is."""
        with self._lock:
            rests = [self._rests_until.get(news, 0.0) for news in self._wanted]
        return max(0.0, min(rests) - time.monotonic()) if rests else None

    def _take_rested(self) -> set[_News]:
        now = time.monotonic()
        with self._lock:
            rested = {news for news in self._wanted if self._rests_until.get(news, 0.0) <= now}
            for news in rested:
                if rest_seconds := self._wanted.pop(news):
                    self._rests_until[news] = now + rest_seconds
        return rested


def _told(wanted: set[_News], session: _Session | None) -> _Session | None:
    """Send what is `wanted`, over `session` where it is of the right database, and return the session that is now open."""
    for name, channel, payload in sorted(wanted):
        if session is not None and session.info.dbname != name:
            session.close()
            session = None
        session = session or db.open_session(name=name)
        session.execute("SELECT pg_notify(%s, %s)", [channel, payload])
    return session


_notifier = _Notifier()


def after_commit(channel: str, payload: str = "", *, rest_seconds: float = 0.0) -> None:
    """
    Tell the listeners of `channel` once the caller's transaction has committed. Repeats within 5 ms are folded.

    With `rest_seconds` the same is told again so much later at the soonest, and then once for all that came meanwhile: for what many requests a second bring.
    """
    transaction.on_commit(lambda: _notifier.send(channel, payload, rest_seconds))
