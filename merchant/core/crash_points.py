"""
Named places at which a test may have the process killed outright. `docs/crash-matrix.md` says what stands where.

Unless `CRASH_POINT` was set when the process started, a point is a call of an empty function. A production installation refuses to start with it.
"""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path

# `CRASH_POINT=S4` kills at S4; any other word makes the points live, and `arm` chooses one later (a forked test process).
VARIABLE = "CRASH_POINT"
# The file that a killed process leaves behind, so that a test knows its point was reached. While it exists nobody is killed again.
MARK_VARIABLE = "CRASH_MARK"


@dataclass
class _Trigger:
    name: str = ""
    passes_left: int = 1
    mark: Path | None = None
    how: signal.Signals = signal.SIGKILL


_trigger = _Trigger()


def arm(name: str, *, mark: Path, nth: int = 1, how: signal.Signals = signal.SIGKILL) -> None:
    """Have this process killed (or stopped) when it passes point `name` for the `nth` time. Nothing happens unless the points are live."""
    _trigger.name, _trigger.passes_left, _trigger.mark, _trigger.how = name, nth, mark, how


def _pass(name: str) -> None:
    """Nothing: a process whose points are not live."""


def _strike(name: str) -> None:
    if name != _trigger.name:
        return
    _trigger.passes_left -= 1
    if _trigger.passes_left or _trigger.mark is None:
        return
    try:
        mark = os.open(_trigger.mark, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return
    os.write(mark, name.encode())
    os.close(mark)
    os.kill(os.getpid(), _trigger.how)


if os.environ.get(VARIABLE):
    if MARK_VARIABLE in os.environ:
        arm(os.environ[VARIABLE], mark=Path(os.environ[MARK_VARIABLE]))
    crash_point = _strike
else:
    crash_point = _pass
