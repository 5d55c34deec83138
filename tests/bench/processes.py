"""CPU time and memory of a process and everything below it, from /proc."""

from __future__ import annotations

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """Return `pid` and all its living descendants."""
    members, waiting = [], [pid]
    while waiting:
        current = waiting.pop()
        members.append(current)
        for task in Path(f"/proc/{current}/task").glob("*/children"):
            try:
                waiting.extend(int(child) for child in task.read_text().split())
            except OSError:
                continue
    return members


def cpu_seconds(pid: int) -> float:
    """Return the CPU time used so far by `pid`, its descendants, and those of them that have ended."""
    return sum(_cpu_of(member) for member in family(pid))


def resident_bytes(pid: int) -> int:
    """Return the resident memory of `pid` and its descendants."""
    total = 0
    for member in family(pid):
        try:
            total += int(Path(f"/proc/{member}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except OSError:
            continue
    return total


def _cpu_of(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    # utime, stime, and the same of children that ended and were waited for.
    return sum(int(field) for field in fields[11:15]) / _TICKS
