"""Start, find and stop one server process. A server outlives nobody's patience: every wait here is bounded."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from merchant.embedded.places import CannotStart, Places

# Replaying a long write-ahead log after a power cut may take a while; it is told in the log meanwhile.
READY_SECONDS_MAX = 120.0
STOP_SECONDS_MAX = 10.0


def spawn(*, argv: list[str], places: Places, cwd: Path, log: Path) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own, so that Ctrl-C reaches us and not it; its words go to `log`."""
    with log.open("ab") as output:
        return subprocess.Popen(
            argv,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            **places.user.spawn_options,
        )


def wait_until_ready(*, process: subprocess.Popen[bytes], answers: Callable[[], bool], name: str, log: Path) -> None:
    """
    Wait until `answers()` holds.

    :raises CannotStart: if the process ends first or the time is over; the text ends with its last words.
    """
    deadline = time.monotonic() + READY_SECONDS_MAX
    while not answers():
        if process.poll() is not None:
            raise CannotStart(f"{name} did not start (exit code {process.returncode}).{explain(log)}")
        if time.monotonic() > deadline:
            process.terminate()
            raise CannotStart(f"{name} was not ready within {READY_SECONDS_MAX:.0f} seconds.{explain(log)}")
        time.sleep(0.02)


def stop_pid(*, pid: int, process: subprocess.Popen[bytes] | None) -> None:
    """Ask for a fast and clean stop, wait, and only then insist."""
    for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        try:
            os.kill(pid, how)
        except ProcessLookupError:
            break
        if _gone(pid, process):
            break


def is_alive(pid: int, *, program: str) -> bool:
    """Whether `pid` lives and runs `program`; a number left in a file by a dead process may now be anybody's."""
    import psutil

    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and program in process.name()
    except psutil.NoSuchProcess:
        return False


def explain(log: Path, *, lines: int = 8) -> str:
    """Return the last lines of a log, indented, and what to do when the disk is full."""
    try:
        tail = log.read_text(errors="replace").splitlines()[-lines:]
    except OSError:
        return ""
    text = "\n".join(f"    {line}" for line in tail)
    advice = "\nThe disk is full: make room and start again." if "No space left on device" in text else ""
    return f"\nIts last words, from {log}:\n{text}{advice}"


def _gone(pid: int, process: subprocess.Popen[bytes] | None) -> bool:
    deadline = time.monotonic() + STOP_SECONDS_MAX
    while time.monotonic() < deadline:
        if process is not None and process.pid == pid:
            if process.poll() is not None:
                return True
        elif not _exists(pid):
            return True
        time.sleep(0.02)
    return False


def _exists(pid: int) -> bool:
    """Whether `pid` still runs. One that ended and whose parent, another of our processes, has not looked yet is gone."""
    import psutil

    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True
