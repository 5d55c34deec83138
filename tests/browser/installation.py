"""A whole installation with its demo merchant, as `make run` starts it: the one of this checkout if it runs, else a copy's own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import shutil
import signal
import struct
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
# The first start makes a database and trades a day; on two busy processors that takes three minutes.
READY_SECONDS_MAX = 300
_STEP_SECONDS = 30


@dataclass(frozen=True)
class Installation:
    """Where it answers, who signs in, and what makes its terminals misbehave."""

    root: Path
    url: str

    @property
    def sign_ins(self) -> dict[str, dict[str, str]]:
        """The demo's people by role."""
        demo = json.loads((self.root / "var" / "demo.json").read_text())
        return {person["role"]: person for person in demo["sign_ins"]}

    @property
    def terminals_url(self) -> str:
        """The control of the simulated terminals."""
        argv = json.loads((self.root / "var" / "run" / "up.json").read_text())["argv"]["terminals"]
        return f"http://127.0.0.1:{argv[argv.index('--control-port') + 1]}"

    def command(self, serial: str, command: str, **options: Any) -> None:
        """Make a simulated terminal do `command`."""
        request = urllib.request.Request(
            f"{self.terminals_url}/terminals/{serial}/{command}", data=json.dumps(options).encode(), method="POST"
        )
        urllib.request.urlopen(request, timeout=10).read()

    @contextmanager
    def without_other_tills(self) -> Iterator[None]:
        """Let the demo's own tills stand still meanwhile, as a register must that is counted."""
        note = json.loads((self.root / "var" / "run" / "up.json").read_text())
        [tills] = [
            process for process in psutil.Process(note["pid"]).children() if "merchant.demo.tills" in process.cmdline()
        ]
        tills.suspend()
        try:
            yield
        finally:
            tills.resume()

    def list_terminals(self) -> list[dict[str, Any]]:
        """The simulated terminals, once they run."""
        deadline = time.monotonic() + READY_SECONDS_MAX
        while True:
            try:
                return list(json.loads(urllib.request.urlopen(f"{self.terminals_url}/terminals", timeout=5).read()))
            except (OSError, KeyError, ValueError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(1)


# The step whose code was last typed for each seed.
_typed: dict[str, int] = {}


def fresh_code_of(seed: str) -> str:
    """What an authenticator app with `seed` shows, once that is another code than this gave before: one is good once."""
    while _typed.get(seed) == int(time.time()) // _STEP_SECONDS:
        time.sleep(0.5)
    _typed[seed] = int(time.time()) // _STEP_SECONDS
    return code_of(seed)


def code_of(seed: str) -> str:
    """What an authenticator app with `seed` shows now."""
    key = base64.b32decode(seed + "=" * (-len(seed) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // _STEP_SECONDS), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


@contextmanager
def an_installation() -> Iterator[Installation]:
    """Give the installation of this checkout, or start one of a copy and end it afterwards."""
    if (running := _running()) is not None:
        yield running
        return
    with _started("--demo") as started:
        # Its first day is traded and settled before its own terminals begin.
        started.list_terminals()
        yield started


@contextmanager
def an_empty_installation() -> Iterator[Installation]:
    """Start an installation where nobody is known yet, from a copy, and end it afterwards."""
    with _started() as started:
        yield started


@contextmanager
def _started(*options: str) -> Iterator[Installation]:
    """Run `manage.py up` with `options` from a copy of this checkout."""
    folder = Path(tempfile.mkdtemp(prefix="tillsyn-e2e-"))
    port = free_port()
    try:
        _copy(folder)
        log = (folder / "up.log").open("wb")
        argv = [str(ROOT / ".venv" / "bin" / "python"), "manage.py", "up", *options, "--port", str(port)]
        process = subprocess.Popen(
            argv, cwd=folder, env=_environment(), stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            _wait(process, folder / "up.log", f"http://localhost:{port}/healthz")
            yield Installation(folder, f"http://localhost:{port}")
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _running() -> Installation | None:
    try:
        note = json.loads((ROOT / "var" / "run" / "up.json").read_text())
        os.kill(note["pid"], 0)
    except (OSError, ValueError, KeyError):
        return None
    return Installation(ROOT, f"http://localhost:{note['port']}") if (ROOT / "var" / "demo.json").exists() else None


def _copy(folder: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    for name in listed.stdout.splitlines():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_file():
            shutil.copy2(ROOT / name, target)


def _environment() -> dict[str, str]:
    """The environment without what the tests' own settings put there: the copy has servers of its own."""
    ours = ("DATABASE_", "REDIS_", "SANDBOX_", "PUBLIC_", "DJANGO_", "TILLSYN_", "SECRET_KEY", "VAULT_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def _wait(process: subprocess.Popen[bytes], log: Path, url: str) -> None:
    deadline = time.monotonic() + READY_SECONDS_MAX
    while "Ctrl-C stops everything" not in log.read_text(errors="replace"):
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"the installation did not start:\n{log.read_text(errors='replace')[-3000:]}")
        time.sleep(0.5)
    urllib.request.urlopen(url, timeout=10).read()
