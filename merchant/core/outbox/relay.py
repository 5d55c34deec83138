"""
The relay: one thread listens, N work, a poll stands behind the listening. Any number of relays may run.

Each *pump* is a function that claims a little work, does it and says how much it did. A pump that did something is called again at once. A notification names the
pump it is for, so that news for one does not make all the others ask the database.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg
from django.db import close_old_connections

from merchant.core import db, notify, outbound
from merchant.core.outbox import services

logger = logging.getLogger(__name__)

# The poll behind the listening: what a lost notification can cost.
_POLL_SECONDS = 1.0
# A pump's other threads are rung by the first when it finds something; this is what is left if even that is lost.
_HELPERS_POLL_SECONDS = 15.0
_RECONNECT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Pump:
    """A named source of work and how many threads serve it."""

    name: str
    work: Callable[[], int]
    threads: int = 1
    is_outbound: bool = False
    after: str = ""
    every_seconds: float = 0.0


_pumps: dict[str, Pump] = {}


def pump(
    name: str,
    work: Callable[[], int],
    *,
    threads: int = 1,
    is_outbound: bool = False,
    after: str = "",
    every_seconds: float = 0.0,
) -> None:
    """
    Register a source of work. Called once per process from an app's `ready`.

    `notify.after_commit(notify.RELAY, name)` wakes it at once; otherwise it looks every second. `is_outbound`: it acts on the world outside, and rests while that
    is paused (`merchant.core.outbound`). `after`: it is also woken each time the pump of that name has done something. `every_seconds`: it looks at most that often,
    whoever wakes it: a round over all merchants for what is not urgent.
    """
    _pumps[name] = Pump(name, work, threads, is_outbound, after, every_seconds)


@dataclass(slots=True)
class _Crew:
    """The threads of one pump, each with its bell. The first one polls."""

    pump: Pump
    bells: list[threading.Event] = field(default_factory=list)
    next_at: float = 0.0

    def ring(self) -> None:
        for bell in self.bells:
            bell.set()

    def begin_round(self) -> bool:
        """Whether the pause since the last round is over; the next one begins with this."""
        now = time.monotonic()
        if now < self.next_at:
            return False
        self.next_at = now + self.pump.every_seconds
        return True


class Relay:
    """All pumps of this process, until `stop`."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._crews: dict[str, _Crew] = {}
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start the listener and every pump's threads."""
        for one in (Pump(services.PUMP, services.deliver_batch, threads=2), *_pumps.values()):
            crew = self._crews[one.name] = _Crew(one, [threading.Event() for _ in range(one.threads)])
            for number, bell in enumerate(crew.bells):
                self._threads.append(
                    threading.Thread(target=self._work, args=(crew, bell), name=f"{one.name}-{number}", daemon=True)
                )
        self._threads.append(threading.Thread(target=self._listen, name="listener", daemon=True))
        for thread in self._threads:
            thread.start()

    def stop(self, *, timeout_seconds: float = 8.0) -> None:
        """Let every thread finish what it holds and end."""
        self._stopping.set()
        self._ring("")
        for thread in self._threads:
            thread.join(timeout=timeout_seconds)

    def _ring(self, name: str) -> None:
        """Wake the pump called `name`; all of them for a name that nobody has."""
        for crew in (self._crews[name],) if name in self._crews else self._crews.values():
            crew.ring()

    def _work(self, crew: _Crew, bell: threading.Event) -> None:
        wait_seconds = _POLL_SECONDS if bell is crew.bells[0] else _HELPERS_POLL_SECONDS
        followers = [other for other in self._crews.values() if other.pump.after == crew.pump.name]
        while not self._stopping.is_set():
            was_rung = bell.is_set()
            bell.clear()
            done = self._once(crew.pump) if crew.begin_round() else 0
            if done:
                for other in followers if was_rung else (crew, *followers):
                    other.ring()
            else:
                bell.wait(wait_seconds)

    def _once(self, one: Pump) -> int:
        # A session whose socket is quiet is there; to ask it each time would be half of all statements.
        db.trust_quiet_sessions()
        try:
            return 0 if one.is_outbound and outbound.is_paused() else one.work()
        except Exception:
            logger.exception("pump %s failed", one.name)
            self._stopping.wait(_RECONNECT_SECONDS)
            return 0
        finally:
            close_old_connections()

    def _listen(self) -> None:
        while not self._stopping.is_set():
            try:
                with db.open_session() as session:
                    session.execute(f"LISTEN {notify.RELAY}")
                    # What was said while nobody listened.
                    self._ring("")
                    while not self._stopping.is_set():
                        for notice in session.notifies(timeout=_POLL_SECONDS, stop_after=1):
                            self._ring(notice.payload)
            except psycopg.Error:
                logger.warning("the relay's listener lost the database; polling goes on")
                self._stopping.wait(_RECONNECT_SECONDS)
