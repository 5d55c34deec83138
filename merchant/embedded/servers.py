"""
Both servers together, shared by every process of one installation: the last one out switches them off.

`var/run/servers.lock` is held while something starts or stops. Who uses the servers holds `var/run/users.lock`
shared; whoever leaves and then gets it alone was the last, and stops them. The kernel releases a dead process's
locks, so a killed process never keeps the servers running for ever nor makes another stop them too early.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from merchant.embedded import postgres, processes, valkey
from merchant.embedded.places import CannotStart, Places

VAR = Path(__file__).resolve().parent.parent.parent / "var"
# How long sessions of a killed server may take to notice, and how often that is asked: tills wait meanwhile.
RESTART_SECONDS_MAX = 5.0
RESTART_PAUSE_SECONDS = 0.2


def addresses(places: Places | None = None) -> dict[str, str]:
    """Return the four settings that name the embedded servers, whether they run or not."""
    places = places or Places(VAR)
    return {
        "DATABASE_URL": postgres.url(places=places, role=postgres.APP),
        "DATABASE_DIRECT_URL": postgres.url(places=places, role=postgres.APP),
        "DATABASE_OWNER_URL": postgres.url(places=places, role=postgres.OWNER),
        "REDIS_URL": valkey.url(places=places),
    }


class Servers:
    """The embedded servers as one process sees them. Enter `in_use()` to have them running."""

    def __init__(
        self,
        places: Places | None = None,
        *,
        with_postgres: bool = True,
        with_valkey: bool = True,
        options: dict[str, str] | None = None,
        durable: bool = True,
    ) -> None:
        self.places = places or Places(VAR)
        self.with_postgres = with_postgres
        self.with_valkey = with_valkey
        self.options = options
        self.durable = durable
        self._children: dict[str, subprocess.Popen[bytes] | None] = {}

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """
        Run the servers for as long as this is entered, and leave them to others who still use them.

        :raises CannotStart: with the reason in plain words.
        """
        self.places.make()
        using = os.open(self.places.run / "users.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            with self._starting_or_stopping():
                fcntl.flock(using, fcntl.LOCK_SH)
                self.places.make_sockets_folder()
                self.ensure_running()
            yield
        finally:
            with self._starting_or_stopping():
                if _is_last(using):
                    self.stop()
            os.close(using)

    def ensure_running(self) -> None:
        """Start what does not run. Repeating it changes nothing."""
        for child in self._children.values():
            if child is not None:
                # Buries a dead child: its number would look alive to PostgreSQL.
                child.poll()
        if self.with_postgres:
            self._children["postgres"] = postgres.start(places=self.places, options=self.options) or self._children.get(
                "postgres"
            )
            postgres.ensure_database(places=self.places)
        if self.with_valkey:
            self._children["valkey"] = valkey.start(places=self.places, appendonly=self.durable) or self._children.get(
                "valkey"
            )

    def restart(self) -> None:
        """
        Start again what has died while we use it. Call it from the process that looks after the servers.

        Sessions of a killed PostgreSQL may need a moment to notice; until then a new one does not start.

        :raises CannotStart: if it does not start within some seconds.
        """
        deadline = time.monotonic() + RESTART_SECONDS_MAX
        while True:
            try:
                with self._starting_or_stopping():
                    self.ensure_running()
                return
            except CannotStart:
                if time.monotonic() > deadline:
                    raise
                time.sleep(RESTART_PAUSE_SECONDS)

    def stop(self) -> None:
        """Stop both, PostgreSQL last, whoever started them."""
        for name, server in (("valkey", valkey), ("postgres", postgres)):
            pid = server.find_pid(places=self.places)
            if pid is not None:
                processes.stop_pid(pid=pid, process=self._children.get(name))
        self._remove_short_sockets()

    def died(self) -> list[str]:
        """Return the names of the servers that should run and do not answer the process table."""
        wanted = [("postgres", self.with_postgres, postgres), ("valkey", self.with_valkey, valkey)]
        return [name for name, wants, server in wanted if wants and server.find_pid(places=self.places) is None]

    @contextmanager
    def _starting_or_stopping(self) -> Iterator[None]:
        held = os.open(self.places.run / "servers.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield
        finally:
            os.close(held)

    def _remove_short_sockets(self) -> None:
        link = self.places.run / "sockets"
        if not link.is_symlink():
            return
        folder = link.resolve()
        for left in folder.glob(".s.PGSQL.*"):
            left.unlink(missing_ok=True)
        (folder / "valkey.sock").unlink(missing_ok=True)
        folder.rmdir()
        link.unlink()


def _is_last(using: int) -> bool:
    try:
        fcntl.flock(using, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
