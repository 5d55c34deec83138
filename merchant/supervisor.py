"""
Keep a table of processes running: start them, tell when one stops, start it again, and stop them all.

Each process has a session of its own, so that Ctrl-C reaches only us, and a log of its own, `var/log/<name>.log`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

# A process that lived a minute was well; the next stop counts as the first again.
HEALTHY_SECONDS = 60.0
BACK_OFF_SECONDS_MAX = 60.0
# Everything is gone 10 s after Ctrl-C: 8 s for the processes, the rest for the servers.
STOP_SECONDS_MAX = 8.0
# Until ports and files of ended processes are free again.
LEFT_BEHIND_SECONDS_MAX = 5.0
LOG_BYTES_MAX = 20 * 1024 * 1024
LAST_WORDS_LINES = 6


@dataclass(frozen=True)
class Spec:
    """One row of the table: a name and what to type. One that `is_once` may end; it is not started again."""

    name: str
    argv: list[str]
    is_once: bool = False


@dataclass
class Running:
    """One process as the supervisor sees it."""

    spec: Spec
    child: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    log_began_at: int = 0
    stops_in_a_row: int = 0
    start_again_at: float = 0.0
    has_ended: bool = False


@dataclass
class Supervisor:
    """Holds the table. `tell` gets one line for everything an operator should know."""

    specs: list[Spec]
    log_folder: Path
    cwd: Path
    environment: dict[str, str]
    tell: Callable[[str], None]
    running: list[Running] = field(default_factory=list)

    def start(self, *names: str) -> None:
        """Start the named processes of the table; without names all that were not started yet."""
        started = {process.spec.name for process in self.running}
        for spec in self.specs:
            if spec.name not in started and (not names or spec.name in names):
                process = Running(spec)
                self.running.append(process)
                self._spawn(process)

    def look(self) -> bool:
        """Look after every process once. Returns whether something was started or stopped."""
        changes = [self._look_after(process) for process in self.running]
        return True in changes

    def has_ended(self, name: str) -> bool:
        """Whether a process that runs once has come to its end."""
        return any(process.spec.name == name and process.has_ended for process in self.running)

    def stop(self) -> None:
        """Ask all to stop, wait, insist; what they left behind in their process groups goes too."""
        alive = [process.child for process in self.running if process.child is not None]
        for child in alive:
            _signal(child.pid, signal.SIGTERM, group=False)
        deadline = time.monotonic() + STOP_SECONDS_MAX
        for child in alive:
            try:
                child.wait(timeout=max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.tell(f"{self._name(child)} did not stop in time and was ended.")
            _signal(child.pid, signal.SIGKILL, group=True)
            child.wait()
        self.running = []

    def pids(self) -> dict[str, int]:
        """Return the process ids by name, for who comes after us if we are killed."""
        return {process.spec.name: process.child.pid for process in self.running if process.child is not None}

    def log_path(self, name: str) -> Path:
        """Return the log of a process."""
        return self.log_folder / f"{name}.log"

    def _look_after(self, process: Running) -> bool:
        if process.has_ended:
            return False
        if process.child is None:
            if time.monotonic() < process.start_again_at:
                return False
            self._spawn(process)
            return True
        code = process.child.poll()
        if code is None:
            return False
        _signal(process.child.pid, signal.SIGKILL, group=True)
        if process.spec.is_once:
            self._end(process, code)
            return True
        lived = time.monotonic() - process.started_at
        process.stops_in_a_row = 1 if lived > HEALTHY_SECONDS else process.stops_in_a_row + 1
        wait = min(2.0 ** (process.stops_in_a_row - 1), BACK_OFF_SECONDS_MAX)
        process.child = None
        process.start_again_at = time.monotonic() + wait
        log = self.log_path(process.spec.name)
        self.tell(
            f"{process.spec.name} stopped ({_exit_words(code)}); starting it again in {wait:.0f} s."
            f" Its log: {log}\n{last_words(log, since=process.log_began_at)}"
        )
        return True

    def _end(self, process: Running, code: int) -> None:
        process.child, process.has_ended = None, True
        if code:
            log = self.log_path(process.spec.name)
            self.tell(
                f"{process.spec.name} failed ({_exit_words(code)}). Its log: {log}\n{last_words(log, since=process.log_began_at)}"
            )

    def _spawn(self, process: Running) -> None:
        log = self.log_path(process.spec.name)
        if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
            log.replace(log.with_suffix(".log.1"))
        with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as output:
            process.log_began_at = output.tell()
            process.child = subprocess.Popen(
                process.spec.argv,
                cwd=self.cwd,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        process.started_at = time.monotonic()

    def _name(self, child: subprocess.Popen[bytes]) -> str:
        return next(process.spec.name for process in self.running if process.child is child)


def last_words(log: Path, *, since: int = 0) -> str:
    """Return the end of a log, indented; nothing that was written before byte `since`."""
    with log.open("rb") as file:
        file.seek(max(since, log.stat().st_size - 4096))
        lines = file.read().decode(errors="replace").splitlines()[-LAST_WORDS_LINES:]
    return "\n".join(f"    {line}" for line in lines)


def end_left_behind(pids: dict[str, int], *, argv_of: dict[str, list[str]]) -> list[str]:
    """
    End processes that a killed supervisor left behind, and return their names.

    A number alone proves nothing after a reboot, so only a process that still runs what the table says is ended.
    """
    import psutil

    ended, ending = [], []
    for name, pid in pids.items():
        try:
            process = psutil.Process(pid)
            is_ours = name in argv_of and process.cmdline()[1:3] == argv_of[name][1:3]
            family = [process, *process.children(recursive=True)] if is_ours else []
        except psutil.Error:
            continue
        if family:
            _signal(pid, signal.SIGKILL, group=True)
            ended.append(name)
            ending += family
    psutil.wait_procs(ending, timeout=LEFT_BEHIND_SECONDS_MAX)
    return ended


def _exit_words(code: int) -> str:
    return f"ended by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _signal(pid: int, how: signal.Signals, *, group: bool) -> None:
    try:
        if group:
            os.killpg(pid, how)
        else:
            os.kill(pid, how)
    except (ProcessLookupError, PermissionError):
        # It is gone already; on macOS an empty group is refused instead.
        return
