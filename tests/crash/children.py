"""
Processes of a case: forked from a warm parent, killed where the case says, replaced by fresh ones.

The parent holds no database session and no thread, so a child is what a newly started server, relay or worker is, a hundred times sooner.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from merchant.core import crash_points

# A child that takes longer hangs.
SECONDS_MAX = 300


_kills = 0


def counted_kills() -> int:
    """Return how many children were killed at their points so far."""
    return _kills


def count_kills(number: int) -> None:
    """Count processes that were killed by other hands, or in a child's own children."""
    global _kills
    _kills += number


class ChildFailed(Exception):
    """A child ended in another way than it should."""


@dataclass
class Child:
    """A running child. `wait` returns what its function returned."""

    pid: int
    answer: int
    mark: Path
    point: str = ""
    _status: int | None = field(default=None, init=False)

    def wait(self) -> Any:
        """Return the child's result. :raises ChildFailed: if it was killed or raised."""
        told = self._read()
        if self.status() != 0:
            raise ChildFailed(f"ended with {self._status}: {told!r}"[:4000])
        result, trace = pickle.loads(told)
        if trace:
            raise ChildFailed(trace)
        return result

    def wait_killed(self) -> None:
        """Wait until the child is dead by SIGKILL at its point. :raises ChildFailed: if it never got there."""
        told = self._read()
        status = self.status()
        if not (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL):
            trace = pickle.loads(told)[1] if told else ""
            raise ChildFailed(f"point {self.point} was not reached (status {status}) {trace}"[:4000])
        if not self.mark.exists() or self.mark.read_text() != self.point:
            raise ChildFailed(f"killed, but not at {self.point}")
        count_kills(1)

    def wait_stopped(self) -> None:
        """Wait until the child stands still at its point."""
        deadline = time.monotonic() + SECONDS_MAX
        while time.monotonic() < deadline:
            pid, status = os.waitpid(self.pid, os.WUNTRACED | os.WNOHANG)
            if pid and os.WIFSTOPPED(status):
                return
            if pid:
                self._status = status
                raise ChildFailed(f"ended before {self.point}")
            time.sleep(0.01)
        raise ChildFailed(f"point {self.point} was not reached in time")

    def go_on(self) -> None:
        """Let a child that stands still go on."""
        os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """Kill it wherever it is."""
        os.kill(self.pid, signal.SIGKILL)
        os.close(self.answer)
        self.status()

    def status(self) -> int:
        """Bury the child and return how it ended."""
        if self._status is None:
            _, self._status = os.waitpid(self.pid, 0)
        return self._status

    def _read(self) -> bytes:
        parts = []
        while part := os.read(self.answer, 1 << 16):
            parts.append(part)
        os.close(self.answer)
        return b"".join(parts)


def begin(
    act: Callable[..., Any], *arguments: Any, point: str = "", nth: int = 1, how: signal.Signals = signal.SIGKILL
) -> Child:
    """Fork a child that runs `act(*arguments)`; with `point` it dies (or stops) there."""
    mark = Path(tempfile.mkdtemp(prefix="mark-", dir=os.environ["CRASH_FOLDER"])) / "reached"
    reader, writer = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writer)
        return Child(pid, reader, mark, point)
    os.close(reader)
    _run(act, arguments, writer, mark, point, nth, how)
    raise AssertionError("a child ends in _run")


def _run(
    act: Callable[..., Any],
    arguments: tuple[Any, ...],
    writer: int,
    mark: Path,
    point: str,
    nth: int,
    how: signal.Signals,
) -> None:
    signal.alarm(SECONDS_MAX)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if log := os.environ.get("CRASH_LOG"):
        output = os.open(log, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        os.dup2(output, 1)
        os.dup2(output, 2)
    result: tuple[Any, str]
    try:
        if point:
            crash_points.arm(point, mark=mark, nth=nth, how=how)
        result = (act(*arguments), "")
    except BaseException:
        result = (None, traceback.format_exc())
    sys.stdout.flush()
    sys.stderr.flush()
    with os.fdopen(writer, "wb") as answer:
        pickle.dump(result, answer)
    os._exit(0)


def run(act: Callable[..., Any], *arguments: Any) -> Any:
    """Run `act` in a child of its own and return its result."""
    return begin(act, *arguments).wait()


def killed_at(point: str, act: Callable[..., Any], *arguments: Any, nth: int = 1) -> None:
    """Run `act` in a child that must be killed at `point`."""
    begin(act, *arguments, point=point, nth=nth).wait_killed()
