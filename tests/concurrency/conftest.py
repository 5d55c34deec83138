"""Tills that talk to the real web process, many at once."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier, local
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections

from merchant.core import db
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
# Two workers load all of Django; a machine that runs other tests beside takes its time.
START_SECONDS_MAX = 180
ANSWER_SECONDS_MAX = 60


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer."""

    status: int
    body: bytes
    headers: dict[str, str]

    def json(self) -> Any:
        """The body read."""
        return json.loads(self.body)


class Web:
    """The web process with its two workers, and connections to it that are kept, one a thread."""

    def __init__(self) -> None:
        self.port = free_port()
        environment = os.environ | {"WEB_PROCESSES": "2", "LOG_LEVEL": "WARNING"}
        command = [sys.executable, "-m", "merchant.server", "--port", str(self.port)]
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment)
        self._kept = local()

    def post(self, path: str, body: dict[str, Any], *, token: str, key: str | None = None) -> Reply:
        """Send one request and read its answer."""
        return self._ask("POST", path, json.dumps(body), token=token, key=key or str(uuid4()))

    def stop(self) -> None:
        """End the process."""
        self.process.terminate()
        self.process.wait(timeout=20)

    def _ask(self, method: str, path: str, body: str, *, token: str, key: str) -> Reply:
        connection = getattr(self._kept, "connection", None)
        if connection is None:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS_MAX)
            self._kept.connection = connection
        headers = {"Authorization": f"Device {token}", "Content-Type": "application/json", "Idempotency-Key": key}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return Reply(answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()})

    def wait(self) -> None:
        """Return once it answers."""
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline and self.process.poll() is None:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            try:
                connection.request("GET", "/healthz")
                if connection.getresponse().status == 200:
                    return
            except OSError:
                time.sleep(0.1)
            finally:
                connection.close()
        raise RuntimeError(f"the web process did not start (exit code {self.process.poll()})")


@pytest.fixture
def web(transactional_db: None, valkey_url: str) -> Iterator[Web]:
    """The web process, on the test's own database."""
    web = Web()
    try:
        web.wait()
        yield web
    finally:
        web.stop()


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Call `work(0)` to `work(count - 1)` in as many threads, all let go in the same moment, and return what they return."""
    barrier = Barrier(count)

    def begin(number: int) -> Any:
        barrier.wait(timeout=ANSWER_SECONDS_MAX)
        try:
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(begin, range(count)))


@pytest.fixture(name="at_once")
def _at_once() -> Callable[[int, Callable[[int], Any]], list[Any]]:
    return at_once


@pytest.fixture
def deadlocks() -> Callable[[], int]:
    """How many deadlocks PostgreSQL broke in the test's database."""

    def count() -> int:
        return int(db.rows("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")[0][0])

    return count
