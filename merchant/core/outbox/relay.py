"""
The relay: one thread listens, N work, a poll stands behind the listening. Any number of relays may run.

Each *pump* is a function that claims a little work, does it and says how much it did. A pump that did something is called again at once.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
from django.db import close_old_connections

from merchant.core import db, notify, outbound
from merchant.core.outbox import services

logger = logging.getLogger(__name__)

# The poll behind the listening: what a lost notification can cost.
_POLL_SECONDS = 1.0
_RECONNECT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Pump:
    """A named source of work and how many threads serve it."""

    name: str
    work: Callable[[], int]
    threads: int = 1
    is_outbound: bool = False


_pumps: dict[str, Pump] = {}


def pump(name: str, work: Callable[[], int], *, threads: int = 1, is_outbound: bool = False) -> None:
    """
    Register a source of work. Called once per process from an app's `ready`.

    `is_outbound`: it acts on the world outside, and rests while that is paused (`merchant.core.outbound`).
    """
    _pumps[name] = Pump(name, work, threads, is_outbound)


class Relay:
    """All pumps of this process, until `stop`."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._bells: list[threading.Event] = []
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start the listener and every pump's threads."""
        for one in (Pump("outbox", services.deliver_batch, threads=2), *_pumps.values()):
            for number in range(one.threads):
                bell = threading.Event()
                self._bells.append(bell)
                self._threads.append(
                    threading.Thread(target=self._work, args=(one, bell), name=f"{one.name}-{number}", daemon=True)
                )
        self._threads.append(threading.Thread(target=self._listen, name="listener", daemon=True))
        for thread in self._threads:
            thread.start()

    def stop(self, *, timeout_seconds: float = 8.0) -> None:
        """Let every thread finish what it holds and end."""
        self._stopping.set()
        self._ring()
        for thread in self._threads:
            thread.join(timeout=timeout_seconds)

    def _ring(self) -> None:
        for bell in self._bells:
            bell.set()

    def _work(self, one: Pump, bell: threading.Event) -> None:
        while not self._stopping.is_set():
            try:
                done = 0 if one.is_outbound and outbound.is_paused() else one.work()
            except Exception:
                logger.exception("pump %s failed", one.name)
                done = 0
                self._stopping.wait(_RECONNECT_SECONDS)
            if not done:
                close_old_connections()
                bell.wait(_POLL_SECONDS)
                bell.clear()

    def _listen(self) -> None:
        while not self._stopping.is_set():
            try:
                with db.open_session() as session:
                    session.execute(f"LISTEN {notify.RELAY}")
                    while not self._stopping.is_set():
                        for _notice in session.notifies(timeout=_POLL_SECONDS, stop_after=1):
                            self._ring()
            except psycopg.Error:
                logger.warning("the relay's listener lost the database; polling goes on")
                self._stopping.wait(_RECONNECT_SECONDS)
