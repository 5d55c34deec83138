"""A short day against an installation of its own: started, traded, closed, proven, stopped."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from merchant.embedded import Places
from tests import databases
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS_MAX = 240
DAY_SECONDS_MAX = 400
SALES = 40
LEFT_OUT = ("var", ".venv", ".git", ".*_cache", "__pycache__", "node_modules", "shots", "staticfiles")

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def installation(
    tmp_path_factory: pytest.TempPathFactory, database_places: Places, database_template: str, django_db_blocker: Any
) -> Iterator[Path]:
    """A copy of the project with an empty `var` and a database of its own, running with its demo."""
    home = tmp_path_factory.mktemp("installation") / "tillsyn"
    shutil.copytree(ROOT, home, symlinks=True, ignore=shutil.ignore_patterns(*LEFT_OUT))
    up = [sys.executable, "manage.py", "up", "--demo", "--port", str(free_port())]
    log = home.parent / "up.log"
    clone = databases.cloned(database_places, template=database_template, name=f"day_{os.getpid()}")
    with django_db_blocker.unblock(), clone, log.open("w") as output:
        process = subprocess.Popen(up, cwd=home, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            _wait_until_ready(process, log)
            yield home
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=120)


def test_a_day_ends_with_exactly_the_planted_differences_and_is_proven(installation: Path):
    day = _manage(installation, "day", "--seed", "7", "--sales", str(SALES))

    assert day.returncode == 0, day.stdout + day.stderr
    found = dict(re.findall(r"^(amount|fee|missing_in_report|short_payout)\s+\S+\s+(\S+)$", day.stdout, re.MULTILINE))
    assert set(found) == {"amount", "fee", "missing_in_report", "short_payout"}
    assert (found["amount"], found["short_payout"]) == ("-2.50", "-12.00")
    assert " trouble " not in day.stdout

    merchant = re.fullmatch(r"merchant=(\S+)", day.stdout.splitlines()[-1])
    assert merchant is not None
    verified = _manage(installation, "verify", "--merchant", merchant[1])
    assert verified.returncode == 0, verified.stdout + verified.stderr


def _manage(installation: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=installation,
        capture_output=True,
        text=True,
        timeout=DAY_SECONDS_MAX,
        check=False,
    )


def _wait_until_ready(process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    while "Tillsyn is ready" not in log.read_text():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.2)
