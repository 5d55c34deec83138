"""The real sandbox processor as a process of its own, for tests that need somebody to pay."""

from __future__ import annotations

import base64
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from merchant.core.ids import new_id
from payments.gateways.base import AccountAccess
from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS_MAX = 20
CONTROL_KEY = "control"


@dataclass(frozen=True, slots=True)
class RunningProcessor:
    """A processor that listens."""

    url: str
    control_key: str
    pid: int

    def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Call the control API and return its answer."""
        headers = {"X-Control-Key": self.control_key}
        response = httpx.request(method, f"{self.url}/control/{path}", json=body, headers=headers, trust_env=False)
        response.raise_for_status()
        return response.json()

    def account(self, **changes: Any) -> AccountAccess:
        """Open a fresh account there and return access to it as an adapter gets it."""
        name = f"acc_{secrets.token_hex(6)}"
        keys = {
            "api_key": secrets.token_hex(16),
            "terminal_key": secrets.token_hex(16),
            "webhook_secret": "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
        }
        body = {
            "account": name,
            "api_key": keys["api_key"],
            "terminal_key": keys["terminal_key"],
            "webhook_secrets": [keys["webhook_secret"]],
            "currency": "EUR",
            "zone": "Europe/Berlin",
        }
        self.control("POST", "accounts", body | changes)
        return AccountAccess(
            id=new_id(),
            merchant_id=new_id(),
            gateway="sandbox",
            external_id=name,
            currency="EUR",
            config={"base_url": self.url},
            secrets=keys,
        )


@contextmanager
def running_processor(directory: Path, *, hold_seconds: float = 0.5) -> Iterator[RunningProcessor]:
    """Start a processor on a free port and stop it afterwards. Requests it leaves unanswered are cut after `hold_seconds`."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "payments.gateways.sandbox.processor",
        "--port",
        str(port),
        "--data",
        str(directory),
    ]
    command += ["--control-key", CONTROL_KEY, "--hold-seconds", str(hold_seconds)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_until_it_listens(url, process)
        yield RunningProcessor(url, CONTROL_KEY, process.pid)
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait_until_it_listens(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{url}/healthz", trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.05)
    raise RuntimeError(f"the processor at {url} did not start (exit code {process.poll()})")
