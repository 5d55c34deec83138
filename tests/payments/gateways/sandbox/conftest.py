"""A real sandbox processor on a free port, a merchant account of its own for each test, and a webhook receiver."""

from __future__ import annotations

import itertools
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[4]
CONTROL_KEY = "control-key-of-the-tests"
SECRET = "whsec_c2FuZGJveC10ZXN0LXNlY3JldC0wMDAx"
NEXT_SECRET = "whsec_c2FuZGJveC10ZXN0LXNlY3JldC0wMDAy"
# Long enough for a slow machine under load; every wait ends as soon as what it waits for is there.
WAIT_SECONDS_MAX = 15
_numbers = itertools.count(1)


def wait_for(condition: Callable[[], Any]) -> Any:
    """Return the first truthy value of `condition`, or fail."""
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError("waited in vain")


class ProcessorProcess:
    """The processor as its users run it: a process, a port and a directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.http = httpx.Client(base_url=self.url, trust_env=False, timeout=WAIT_SECONDS_MAX)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "payments.gateways.sandbox.processor", "--port", str(self.port)]
        command += ["--data", str(self.directory), "--control-key", CONTROL_KEY, "--hold-seconds", "0.3"]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        wait_for(self._is_healthy)

    def _is_healthy(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None
        try:
            return self.http.get("/healthz").status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        assert self.process is not None
        self.process.terminate()
        self.process.wait(timeout=WAIT_SECONDS_MAX)
        self.http.close()

    def control(self, method: str, path: str, body: dict[str, Any] | None = None, *, status: int = 200) -> Any:
        answer = self.http.request(method, f"/control{path}", json=body, headers={"X-Control-Key": CONTROL_KEY})
        assert answer.status_code == status, answer.text
        return answer.json()

    def open_account(self, **changes: Any) -> Merchant:
        name = f"shop-{next(_numbers)}"
        settings = {
            "account": name,
            "api_key": f"key-{name}",
            "terminal_key": f"terminal-{name}",
            "webhook_secrets": [SECRET],
            "currency": "EUR",
            "fee_basis_points": 150,
            "fee_fixed_minor": 10,
            "zone": "Europe/Berlin",
            "cutoff": "00:00",
            "merchant_name": "Kaffee & Tee",
            "iban": "DE89370400440532013000",
            "bank_opening_minor": 100_000,
        }
        self.control("POST", "/accounts", settings | changes)
        merchant = Merchant(self, name)
        merchant.set_clock("2026-11-20T12:00:00+01:00")
        return merchant


@dataclass
class Merchant:
    """One account, and its side of the conversation."""

    processor: ProcessorProcess
    name: str
    _references: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None, **headers: str) -> httpx.Response:
        sent = {"Authorization": f"Bearer key-{self.name}"} | {name.replace("_", "-"): v for name, v in headers.items()}
        if body is not None and "reference" in body:
            sent.setdefault("Idempotency-Key", body["reference"])
        return self.processor.http.request(method, path, json=body, headers=sent)

    def get(self, path: str) -> Any:
        answer = self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def new_reference(self) -> str:
        return f"{self.name}-{next(self._references)}"

    def payment_body(self, amount: int = 1250, token: str = "tok_visa_ok", **more: Any) -> dict[str, Any]:
        method = {"type": "token", "token": token}
        base = {"reference": self.new_reference(), "amount_minor": amount, "currency": "EUR", "method": method}
        return base | {"capture": "automatic", "order_reference": "ORD-1", "store": "berlin"} | more

    def pay(self, amount: int = 1250, token: str = "tok_visa_ok", **more: Any) -> dict[str, Any]:
        answer = self.ask("POST", "/v1/payments", self.payment_body(amount, token, **more))
        assert answer.status_code == 201, answer.text
        return answer.json()

    def follow_up(self, noun: str, payment_id: str, amount: int | None, **more: Any) -> httpx.Response:
        body = {"reference": self.new_reference(), **({} if amount is None else {"amount_minor": amount}), **more}
        return self.ask("POST", f"/v1/payments/{payment_id}/{noun}", body)

    def ask_in_vain(self, path: str, body: dict[str, Any]) -> None:
        with pytest.raises(httpx.RemoteProtocolError):
            self.ask("POST", path, body)

    def control(self, method: str, path: str, body: dict[str, Any] | None = None, *, status: int = 200) -> Any:
        return self.processor.control(method, f"/accounts/{self.name}{path}", body, status=status)

    def set_clock(self, now: str) -> None:
        self.control("PUT", "/clock", {"now": now, "is_frozen": True})

    def break_(self, kind: str, **params: Any) -> None:
        self.control("POST", "/faults", {"faults": [{"kind": kind, **params}]})

    def faults(self) -> list[dict[str, Any]]:
        return self.control("GET", "/faults")

    def close_day(self, date: str = "2026-11-20") -> dict[str, Any]:
        return self.control("POST", "/close-day", {"date": date})

    def truth(self) -> list[dict[str, Any]]:
        return self.get("/v1/truth?limit=1000")["data"]


class Receiver:
    """A webhook endpoint that keeps what it gets and answers what it is told."""

    def __init__(self) -> None:
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        self.closes_after_answer = False
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
                self.send_header("Content-Length", "0")
                self.end_headers()
                # Without saying so in the answer, as a server does whose idle time is over.
                self.close_connection = receiver.closes_after_answer

            def log_message(self, *_: object) -> None:
                """Keep the test's output quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in list(self.received)]

    def types(self) -> list[str]:
        return [event["type"] for event in self.events]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="session")
def shared_processor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessorProcess]:
    processor = ProcessorProcess(tmp_path_factory.mktemp("processor"))
    processor.start()
    yield processor
    processor.stop()


@pytest.fixture
def own_processor(tmp_path: Path) -> Iterator[ProcessorProcess]:
    """A processor that the test may kill."""
    processor = ProcessorProcess(tmp_path / "data")
    processor.start()
    yield processor
    processor.stop()


@pytest.fixture
def merchant(shared_processor: ProcessorProcess) -> Merchant:
    return shared_processor.open_account()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def wait() -> Callable[[Callable[[], Any]], Any]:
    return wait_for


@pytest.fixture
def open_account(shared_processor: ProcessorProcess) -> Callable[..., Merchant]:
    return shared_processor.open_account
