"""The cases, and the scoreboard they make."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.crash.world import World

ROOT = Path(__file__).resolve().parents[2]
GROUPS = {
    "S": "card sale × gateway",
    "C": "capture, void, refund",
    "W": "webhook",
    "T": "terminal",
    "O": "offline queue",
    "J": "jobs",
    "R": "settlement and reconciliation",
    "E": "journal files and their delivery",
    "B": "broker",
    "D": "database",
    "F": "files",
    "M": "clock, migration, backup, keys",
}


@dataclass(frozen=True)
class Case:
    """One named case. `run` plays it in a world of its own; the invariants are checked afterwards by whoever calls."""

    group: str
    name: str
    run: Callable[[World], None]


CASES: list[Case] = []
# What GUARANTEES names and this design (or machine) has no place for, and why. Never counted.
LEFT_OUT: dict[str, str] = {}


def case(group: str, name: str) -> Callable[[Callable[[World], None]], Callable[[World], None]]:
    """Register a function as a case."""

    def register(function: Callable[[World], None]) -> Callable[[World], None]:
        add(group, name, function)
        return function

    return register


def add(group: str, name: str, function: Callable[[World], None]) -> None:
    """Register a case whose function was made."""
    CASES.append(Case(group, name, function))


@dataclass
class Result:
    """How one case ended."""

    group: str
    name: str
    seconds: float
    kills: int
    sales: int
    fault: str = ""

    @property
    def is_green(self) -> bool:
        return not self.fault


def scoreboard(results: list[Result]) -> str:
    """Return the results as a table, the broken cases below."""
    lines = [f"{'group':<36} {'cases':>6} {'green':>6} {'kills':>6} {'seconds':>8}", "-" * 66]
    for group, title in GROUPS.items():
        mine = [result for result in results if result.group == group]
        if mine:
            lines.append(_row(f"{group}  {title}", mine))
    lines += ["-" * 66, _row("all", results)]
    lines += [f"left out: {name}: {reason}" for name, reason in sorted(LEFT_OUT.items())]
    lines += [f"\nBROKEN {result.group} {result.name}\n{result.fault}" for result in results if not result.is_green]
    return "\n".join(lines)


def _row(title: str, mine: list[Result]) -> str:
    green = sum(result.is_green for result in mine)
    kills, seconds = sum(result.kills for result in mine), sum(result.seconds for result in mine)
    return f"{title:<36} {len(mine):>6} {green:>6} {kills:>6} {seconds:>8.1f}"


def write(path: Path, results: list[Result], **more: Any) -> None:
    """Write the scoreboard with the commit it ran on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "cases": len(results),
        "green": sum(result.is_green for result in results),
        "kills": sum(result.kills for result in results),
        "sales": sum(result.sales for result in results),
        "seconds": round(sum(result.seconds for result in results), 1),
        "groups": dict(Counter(result.group for result in results)),
        "left_out": LEFT_OUT,
        **more,
        "results": [asdict(result) for result in results],
    }
    path.write_text(json.dumps(document, indent=1))


def commit() -> str:
    """Return the commit the files belong to, marked where they differ from it."""
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return told.stdout.strip() or "unknown"
