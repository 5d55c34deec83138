"""Points kill when told to, once, and are nothing otherwise; and every one of them is where the page says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from merchant.core import crash_points

ROOT = Path(__file__).resolve().parents[3]
APPS = ("merchant", "inventory", "orders", "payments", "terminals", "reports")
# Stand in the cases themselves: the tablet is no part of the product, and Django migrates.
IN_CASES = {"T3", "M5"}
_PASS = "from merchant.core.crash_points import crash_point\nfor name in ('S3', 'S4', 'S4'): crash_point(name)\nprint('alive')"


def passing(**environment: str) -> subprocess.CompletedProcess[str]:
    """Pass three points in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", _PASS], cwd=ROOT, env={"PATH": os.environ["PATH"], **environment}, capture_output=True, text=True, check=False
    )  # fmt: skip


def test_without_the_variable_a_point_is_an_empty_function() -> None:
    assert crash_points.crash_point is crash_points._pass
    assert passing().stdout == "alive\n"


def test_a_process_is_killed_at_its_point_and_leaves_its_mark(tmp_path: Path) -> None:
    mark = tmp_path / "reached"
    dead = passing(CRASH_POINT="S4", CRASH_MARK=str(mark))

    assert (dead.returncode, dead.stdout) == (-9, "")
    assert mark.read_text() == "S4"


def test_whoever_comes_after_the_dead_is_not_killed_again(tmp_path: Path) -> None:
    mark = tmp_path / "reached"
    runs = [passing(CRASH_POINT="S4", CRASH_MARK=str(mark)).returncode for _ in range(2)]

    assert runs == [-9, 0]


def test_every_place_is_in_the_code_once_and_on_the_page() -> None:
    found = [
        name
        for app in APPS
        for path in sorted((ROOT / app).rglob("*.py"))
        for name in re.findall(r'crash_point\("(\w+)"\)', path.read_text())
    ]
    page = (ROOT / "docs" / "crash-matrix.md").read_text()

    assert len(found) == len(set(found))
    assert [name for name in found if not re.search(rf"\b{name}\b", page)] == []
    used = {
        name
        for path in (ROOT / "tests" / "crash").glob("*.py")
        for name in re.findall(r'"([STCWJRMOE]\d+)"', path.read_text())
    }
    assert set(found) - used - {f"S{number}" for number in range(1, 11)} == set()
    assert (
        used
        - set(found)
        - IN_CASES
        - {f"C{number}" for number in range(1, 6)}
        - {f"S{number}" for number in range(1, 11)}
        == set()
    )
