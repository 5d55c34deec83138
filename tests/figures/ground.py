"""An installation of its own for a figure: durable PostgreSQL, Valkey, sandbox processor, web, relay, worker - each a process that may be killed."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
from django.conf import settings
from django.db import connections

from merchant.core.tenancy import acting_for
from merchant.embedded import Places, Servers, postgres, valkey
from payments.gateways import registry
from payments.gateways.models import GatewayAccount
from payments.records.models import Operation
from payments.records.states import OPEN_OPERATION
from reports.verify import services as verify
from tests import databases, shops
from tests.factories import a_channel, a_device, a_merchant, a_register, an_api_key
from tests.ports import free_port
from tests.processor import CONTROL_KEY, RunningProcessor
from tests.webshop import ADDRESS

ROOT = Path(__file__).resolve().parents[2]
VAR = ROOT / "var" / "figures"
START_SECONDS_MAX = 90
# What the processor leaves unanswered is cut after this long, as an impatient network does.
HOLD_SECONDS = 0.3
MOVED = ("authorised", "captured", "succeeded")


@dataclass
class Installation:
    """A running installation and its one shop."""

    servers: Servers
    folder: Path
    web_port: int
    processor_port: int
    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    shop: shops.Shop = field(init=False)
    tokens: list[str] = field(default_factory=list)
    api_key: str = ""

    @property
    def processor(self) -> RunningProcessor:
        return RunningProcessor(f"http://127.0.0.1:{self.processor_port}", CONTROL_KEY, self.children["processor"].pid)

    def start(self, *names: str) -> None:
        """Start processes by name and wait for those that listen."""
        python = sys.executable
        celery = [
            python,
            "-m",
            "celery",
            "-A",
            "merchant",
            "worker",
            "-P",
            "threads",
            "-c",
            "4",
            "--loglevel",
            "WARNING",
        ]
        commands = {
            "web": [python, "-m", "merchant.server", "--port", str(self.web_port)],
            "relay": [python, "manage.py", "relay"],
            "worker": [*celery, "--without-mingle"],
            "processor": [
                python, "-m", "payments.gateways.sandbox.processor", "--port", str(self.processor_port), "--data",
                str(self.folder / "processor"), "--control-key", CONTROL_KEY, "--hold-seconds", str(HOLD_SECONDS),
            ],
        }  # fmt: skip
        environment = {**os.environ, "LOG_LEVEL": "ERROR", "CALLER_REQUESTS_PER_SECOND": "100000", "WEB_THREADS": "4"}
        for name in names:
            with (self.folder / f"{name}.log").open("ab") as words:
                self.children[name] = subprocess.Popen(
                    commands[name], cwd=ROOT, env=environment, stdout=words, stderr=words
                )
        for name, port in (("web", self.web_port), ("processor", self.processor_port)):
            if name in names:
                wait_for(lambda port=port: _answers(port), what=name)  # type: ignore[misc]

    def kill(self, name: str) -> None:
        """Kill one process outright."""
        child = self.children.pop(name)
        child.kill()
        child.wait()

    def stop(self) -> None:
        """Stop every process."""
        for child in self.children.values():
            child.terminate()
        for child in self.children.values():
            try:
                child.wait(timeout=20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self.children = {}

    def kill_server(self, server: Any) -> None:
        """Kill PostgreSQL or Valkey (their module of `merchant.embedded`) outright."""
        pid = server.find_pid(places=self.servers.places)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: server.find_pid(places=self.servers.places) is None, what="its death")

    def open_shop(self, *, tills: int, stock: int = 10_000_000) -> None:
        """Make the merchant: a webshop with an account at the processor, and a store with so many tills."""
        merchant = a_merchant()
        self.shop = shops.a_shop_of(merchant, self.processor, stock=stock)
        a_channel(merchant, kind="in_store", code="store", stock_store=self.shop.store)
        self.tokens = [a_device(a_register(self.shop.store))[1] for _ in range(tills)]
        _, self.api_key = an_api_key(merchant)
        connections.close_all()

    @property
    def merchant_id(self) -> UUID:
        return self.shop.merchant.id

    def acting(self) -> Any:
        """The merchant's scope."""
        return acting_for(self.merchant_id)

    def truth(self) -> list[Any]:
        """Everything the processor did."""
        with self.acting():
            account = GatewayAccount.objects.get(id=self.shop.account.id)
            return list(registry.gateway("sandbox").list_truth(registry.access(account)))  # type: ignore[attr-defined]

    def open_operations(self) -> int:
        """How many operations have no outcome yet."""
        with self.acting():
            return Operation.objects.filter(status__in=OPEN_OPERATION).count()

    def violations(self, *groups: str) -> list[str]:
        """What `verify` finds broken among its groups of checks."""
        found = verify.verify(merchant_id=self.merchant_id)
        return [line.check.name for line in found if not line.holds and line.check.name.split(".")[0] in groups]


class Caller:
    """One kept connection to the web process, made anew when it breaks."""

    def __init__(self, port: int, authorization: str) -> None:
        self._port, self._authorization = port, authorization
        self._line: http.client.HTTPConnection | None = None

    def post(self, path: str, body: Any, key: str, *, reads: bool = True) -> tuple[int, bytes]:
        """Send one request; (0, b"") if the line broke or `reads` is False: then it is cut before the answer."""
        try:
            if self._line is None:
                self._line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
            headers = {
                "Authorization": self._authorization, "Idempotency-Key": key, "Content-Type": "application/json",
            }  # fmt: skip
            self._line.request("POST", f"/api/v1/{path}", json.dumps(body), headers)
            if reads:
                answer = self._line.getresponse()
                return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            pass
        self.close()
        return 0, b""

    def close(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


def checkout_body(installation: Installation) -> dict[str, Any]:
    """A checkout of one mug by parcel."""
    return {
        "channel": installation.shop.channel.code, "currency": "EUR", "lines": [{"sku": installation.shop.mug.sku, "quantity": 1}],
        "customer": {"email": "ada@example.com", "name": "Ada Berg"}, "shipping_address": ADDRESS, "delivery_method": "parcel",
    }  # fmt: skip


def until_answered(act: Callable[[], tuple[int, bytes]], *, seconds: float = 600) -> tuple[int, bytes]:
    """Repeat a request with its key until something other than silence, 409 in flight or 5xx comes back, as a tablet does; after so long return the last."""
    deadline, status, answer = time.monotonic() + seconds, 0, b""
    while time.monotonic() < deadline:
        status, answer = act()
        if status and status < 500 and not (status == 409 and b"request_in_flight" in answer):
            return status, answer
        time.sleep(0.05)
    return status, answer


def new_key() -> str:
    return str(uuid4())


@contextmanager
def running(*names: str, tills: int, stock: int = 10_000_000) -> Iterator[Installation]:
    """Have an installation with these processes. PostgreSQL and Valkey keep what they acknowledged, as in production."""
    places = Places(VAR)
    servers = Servers(places)
    with servers.in_use():
        folder = VAR / "run" / f"installation-{os.getpid()}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        template = databases.make_template(places)
        os.environ["REDIS_URL"] = settings.REDIS_URL = valkey.url(places=places)
        settings.MEDIA_ROOT, settings.AUDIT_ANCHOR_DIR = folder / "files", str(folder / "audit")
        with databases.cloned(places, template=template, name=f"figures_{os.getpid()}"):
            made = Installation(servers, folder, free_port(), free_port())
            try:
                made.start("processor")
                made.open_shop(tills=tills, stock=stock)
                with postgres.connect(places=places, database=f"figures_{os.getpid()}") as session:
                    session.execute("ANALYZE")
                made.start(*names)
                yield made
            finally:
                made.stop()
                connections.close_all()
        shutil.rmtree(folder, ignore_errors=True)


def wait_for(condition: Callable[[], Any], *, seconds: float = START_SECONDS_MAX, what: str = "") -> Any:
    """Return the first truthy value of `condition`, or fail."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.05)
    raise AssertionError(f"waited in vain for {what}")


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False
