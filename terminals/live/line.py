"""
The terminals whose sockets this process holds, and the thread that tells them to look at their rows.

One database session a process listens on the process's own channel; a look at all held lines once a second stands behind it. The session also holds a lock
named like the channel: when the process dies PostgreSQL lets go of it, and anybody can see that its lines are gone.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from typing import Any, Protocol
from uuid import UUID, uuid4

import psycopg

from merchant.core import db
from terminals.live.services import Line

logger = logging.getLogger(__name__)

# 1 s: what a revoked token may still be open for, and the delay of a message whose NOTIFY was lost.
LOOK_SECONDS = 1.0
_PAUSE_SECONDS = 1.0

_LOOK = """
SELECT t.id, t.connection_epoch, t.token_hash IS NULL OR m.archived_at IS NOT NULL AS is_revoked, t.connection_channel,
       EXISTS (SELECT FROM terminal_message m WHERE m.terminal_id = t.id AND m.sent_at IS NULL AND m.answered_at IS NULL) AS has_unsent
FROM terminal_terminal t JOIN merchant_merchant m ON m.id = t.merchant_id WHERE t.id = ANY(%s)
"""
# After the session broke, the sweep may have taken the lines for lost; they are held as long as no newer epoch came.
_HOLD_AGAIN = """
UPDATE terminal_terminal t SET connection_channel = %s FROM unnest(%s::uuid[], %s::bigint[]) AS mine (id, epoch)
WHERE t.id = mine.id AND t.connection_epoch = mine.epoch AND t.connection_channel <> %s
"""
LOCK = "SELECT pg_try_advisory_lock(hashtextextended(%s, 7))"


class Holder(Protocol):
    """A socket as the switchboard knows it."""

    line: Line

    def wake(self) -> None:
        """Look at the rows. Called on the event loop; never blocks."""


class Switchboard:
    """All held lines of this process. Everything but the thread runs on the event loop."""

    def __init__(self) -> None:
        self.channel = f"terminal_line_{uuid4().hex[:16]}"
        self._holders: dict[UUID, Holder] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._is_stopped = threading.Event()

    def start(self) -> None:
        """Begin to listen. Called once, on the event loop."""
        self._loop = asyncio.get_running_loop()
        self._is_stopped.clear()
        self._thread = threading.Thread(target=self._run, name="terminal-line", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening within a second."""
        self._is_stopped.set()

    def add(self, holder: Holder) -> None:
        """Take `holder`'s line in. An older holder of this process is woken, so that it lets go."""
        older = self._holders.get(holder.line.terminal_id)
        self._holders[holder.line.terminal_id] = holder
        if older is not None:
            older.wake()
        holder.wake()

    def remove(self, holder: Holder) -> None:
        """Forget `holder` unless a newer one of the same terminal has its place."""
        if self._holders.get(holder.line.terminal_id) is holder:
            del self._holders[holder.line.terminal_id]

    def _run(self) -> None:
        while not self._is_stopped.is_set():
            try:
                with db.open_session() as session:
                    self._listen(session)
            except psycopg.Error as error:
                logger.warning("terminal messages cannot be listened for: %s", type(error).__name__)
                time.sleep(_PAUSE_SECONDS)

    def _listen(self, session: psycopg.Connection[dict[str, Any]]) -> None:
        session.execute(f"LISTEN {self.channel}")
        session.execute(LOCK, [self.channel])
        lines = self._lines()
        session.execute(
            _HOLD_AGAIN,
            [self.channel, [line.terminal_id for line in lines], [line.epoch for line in lines], self.channel],
        )
        while not self._is_stopped.is_set():
            for note in session.notifies(timeout=LOOK_SECONDS):
                self._wake(UUID(note.payload))
            self._look(session)

    def _look(self, session: psycopg.Connection[dict[str, Any]]) -> None:
        epochs = {line.terminal_id: line.epoch for line in self._lines()}
        if not epochs:
            return
        for row in session.execute(_LOOK, [list(epochs)]):
            if row["has_unsent"] or row["is_revoked"] or row["connection_epoch"] != epochs[row["id"]]:
                self._wake(row["id"])

    def _lines(self) -> list[Line]:
        return [holder.line for holder in tuple(self._holders.values())]

    def _wake(self, terminal_id: UUID) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake_on_loop, terminal_id)

    def _wake_on_loop(self, terminal_id: UUID) -> None:
        holder = self._holders.get(terminal_id)
        if holder is not None:
            holder.wake()


switchboard = Switchboard()
