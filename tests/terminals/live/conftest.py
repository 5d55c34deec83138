"""A counter as it runs: the web process, the relay, the sandbox processor, simulated terminals, and a tablet that talks REST."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from django.conf import settings

from merchant.core.clock import machine_now
from merchant.core.ids import new_id, new_secret, secret_hash
from merchant.core.tenancy import acting_for
from merchant.core.vault import services as vault
from merchant.embedded import Places, Servers, valkey
from payments.gateways.models import GatewayAccount
from payments.gateways.registry import secret_context
from payments.records.models import Operation, Payment
from terminals.devices.models import Terminal
from terminals.drivers.models import TerminalMessage
from terminals.live import tiles
from terminals.live.models import TerminalEvent
from tests import databases
from tests.factories import a_channel, a_device, a_merchant, a_register, a_store, a_variant
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[3]
CONTROL_KEY = "control-key-of-the-tests"
# Long enough for a slow machine under load; every wait ends as soon as what it waits for is there.
WAIT_SECONDS_MAX = 90


def wait_for(condition: Callable[[], Any], *, seconds: float = WAIT_SECONDS_MAX, what: str = "") -> Any:
    """Return the first truthy value of `condition`, or fail."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"waited in vain for {what or 'something'}")


class Counter:
    """One store with three terminals, its processes, and what a cashier does."""

    def __init__(self, folder: Path, redis_url: str) -> None:
        self.folder, self.redis_url = folder, redis_url
        self.web_port, self.sandbox_port, self.control_port = free_port(), free_port(), free_port()
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.http = httpx.Client(trust_env=False, timeout=WAIT_SECONDS_MAX)
        self.sandbox_url = f"http://127.0.0.1:{self.sandbox_port}"
        self.ws_url = f"ws://127.0.0.1:{self.web_port}/ws"

    def open(self) -> None:
        """Set the store up and switch everything on."""
        self.merchant = a_merchant()
        self.store = a_store(self.merchant)
        a_channel(self.merchant, kind="in_store", code="store")
        self.variant = a_variant(self.merchant, price_minor=2000, stock=10_000, store=self.store)
        self.register = a_register(self.store)
        _, self.token = a_device(self.register)
        self.account = self._open_account()
        self.terminals = {f"S1-{number}": self._place(f"S1-{number}") for number in (1, 2, 3)}
        options = [
            "--port",
            str(self.sandbox_port),
            "--data",
            str(self.folder / "sandbox"),
            "--control-key",
            CONTROL_KEY,
            # A request it leaves unanswered is cut soon: what follows is what is tested, not the waiting.
            "--hold-seconds",
            "1",
        ]
        self.start("sandbox", ["-m", "payments.gateways.sandbox.processor", *options])
        self.start_web()
        self.start("relay", ["manage.py", "relay"])
        wait_for(lambda: self._answers(f"{self.sandbox_url}/healthz"), what="the sandbox")
        self._tell_processor()
        self._write_config()
        self.start_terminals()
        wait_for(lambda: self._answers(f"http://127.0.0.1:{self.web_port}/healthz"), what="the web process")
        for serial in self.terminals:
            self.wait_for_state(serial, "ready")

    def close(self) -> None:
        """Switch everything off."""
        for name in list(self.children):
            self.stop(name)
        self.http.close()

    def start(self, name: str, arguments: list[str], **environment: str) -> None:
        """Start one process; its output is kept."""
        output = (self.folder / f"{name}.log").open("ab")
        self.children[name] = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            stdout=output,
            stderr=output,
            env=os.environ
            | {"REDIS_URL": self.redis_url, "WEB_PROCESSES": "1", "SANDBOX_URL": self.sandbox_url}
            | environment,
        )

    def start_web(self) -> None:
        """Start the web process."""
        self.start("web", ["manage.py", "web", "--port", str(self.web_port)])

    def start_terminals(self) -> None:
        """Switch the terminals on: ten times as fast as people."""
        options = ["--speed", "10", "--control-port", str(self.control_port), "--data", str(self.folder / "memory")]
        self.start("terminals", ["-m", "merchant.demo.terminals", str(self.folder / "terminals.json"), *options])
        wait_for(lambda: self._answers(f"http://127.0.0.1:{self.control_port}/terminals"), what="the terminals")

    def stop(self, name: str, number: int = signal.SIGTERM) -> None:
        """Stop one process."""
        child = self.children.pop(name)
        child.send_signal(number)
        child.wait(timeout=WAIT_SECONDS_MAX)

    def command(self, serial: str, command: str, **options: Any) -> None:
        """Tell a simulated terminal to misbehave."""
        answer = self.http.post(f"http://127.0.0.1:{self.control_port}/terminals/{serial}/{command}", json=options)
        assert answer.status_code == 200, answer.text

    def described(self, serial: str) -> dict[str, Any]:
        """Return what a simulated terminal says of itself."""
        devices = self.http.get(f"http://127.0.0.1:{self.control_port}/terminals").json()
        return next(device for device in devices if device["serial"] == serial)

    def get(self, path: str) -> dict[str, Any]:
        """Read as the tablet."""
        headers = {"Authorization": f"Device {self.token}"}
        answer = self.http.get(f"http://127.0.0.1:{self.web_port}/api/v1/{path}", headers=headers)
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document

    def words(self, operation_id: str) -> dict[str, str]:
        """Return what the cashier is told of a payment."""
        told: dict[str, str] = self.get(f"operations/{operation_id}/")["words"]
        return told

    def events(self, serial: str) -> list[str]:
        """Return the kinds of what the wall told of a terminal, oldest first."""
        with acting_for(self.merchant.id):
            return list(
                TerminalEvent.objects.filter(terminal__serial_number=serial)
                .order_by("id")
                .values_list("kind", flat=True)
            )

    def tile(self, serial: str) -> str:
        """Return a terminal's tile as the wall draws it."""
        with acting_for(self.merchant.id):
            terminal = Terminal.objects.select_related("store").get(serial_number=serial)
            tile = tiles.tile_of(terminal, tiles.find_operation(terminal))
            return tiles.render_tile(tile, zone=terminal.store.zone, locale="en_GB")

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the processor's control API."""
        answer = self.http.request(
            method, f"{self.sandbox_url}/control/{path}", json=body, headers={"X-Control-Key": CONTROL_KEY}
        )
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def post(self, path: str, body: Any, *, key: str = "", status: int | None = None) -> dict[str, Any]:
        """Ask as the tablet."""
        headers = {"Authorization": f"Device {self.token}", "Idempotency-Key": key or str(uuid4())}
        answer = self.http.post(f"http://127.0.0.1:{self.web_port}/api/v1/{path}", json=body, headers=headers)
        assert status is None or answer.status_code == status, answer.text
        return answer.json() | {"http_status": answer.status_code}

    def order(self, pieces: int = 1) -> dict[str, Any]:
        """Begin an order of `pieces` at 20.00 each."""
        return self.post("till/orders/", {"lines": [{"article": self.variant.sku, "quantity": pieces}]}, status=201)

    def pay(
        self, serial: str, *, pieces: int = 1, order: dict[str, Any] | None = None, status: int | None = 202
    ) -> dict[str, Any]:
        """Begin a card payment on a terminal."""
        order = order or self.order(pieces)
        amount = {"amount_minor": 2000 * pieces, "currency": "EUR"}
        body = {"method": "card_present", "amount": amount, "terminal_id": str(self.terminals[serial].id)}
        return self.post(f"orders/{order['id']}/payments/", body, status=status)

    def operation(self, operation_id: str) -> Operation:
        """Return an operation as it stands."""
        with acting_for(self.merchant.id):
            return Operation.objects.select_related("payment__order").get(id=UUID(operation_id))

    def wait_for_status(self, operation_id: str, *statuses: str, seconds: float = WAIT_SECONDS_MAX) -> Operation:
        """Wait until an operation has one of `statuses`."""

        def look() -> Operation | None:
            operation = self.operation(operation_id)
            return operation if operation.status in statuses else None

        try:
            return wait_for(look, seconds=seconds)
        except AssertionError:
            raise AssertionError(f"not {statuses}:\n{self.describe(operation_id)}") from None

    def describe(self, operation_id: str) -> str:
        """Return an operation and its messages, for a test that failed."""
        with acting_for(self.merchant.id):
            rows = TerminalMessage.objects.filter(operation_id=operation_id).order_by("id").values()
            lines = [str(Operation.objects.filter(id=operation_id).values().get()), *map(str, rows)]
            return "\n".join(
                [
                    *lines,
                    *map(
                        str,
                        Terminal.objects.values("serial_number", "state", "step", "connection_channel", "operation_id"),
                    ),
                ]
            )

    def terminal(self, serial: str) -> Terminal:
        """Return a terminal as it stands."""
        with acting_for(self.merchant.id):
            return Terminal.objects.get(serial_number=serial)

    def wait_for_state(self, serial: str, *states: str, seconds: float = WAIT_SECONDS_MAX) -> Terminal:
        """Wait until a terminal is in one of `states` and free where that is `ready`."""

        def look() -> Terminal | None:
            terminal = self.terminal(serial)
            return (
                terminal
                if terminal.state in states and (terminal.state != "ready" or not terminal.operation_id)
                else None
            )

        return wait_for(look, seconds=seconds, what=f"{serial} to be {states}, it is {self.terminal(serial).state}")

    def truth(self, reference: str) -> list[dict[str, Any]]:
        """Return what the processor says it did under a reference."""
        answer = self.http.get(
            f"{self.sandbox_url}/v1/truth?limit=1000", headers={"Authorization": "Bearer key-counter"}
        )
        return [row for row in answer.json()["data"] if row["reference"] == reference]

    def payments(self) -> int:
        """Return how many payments there are."""
        with acting_for(self.merchant.id):
            return Payment.objects.count()

    def _place(self, serial: str) -> Terminal:
        token = new_secret("tst")
        with acting_for(self.merchant.id):
            terminal = Terminal.objects.create(
                store=self.store,
                register=self.register if serial == "S1-1" else None,
                gateway_account=self.account,
                name=serial,
                serial_number=serial,
                token_hash=secret_hash(token),
                paired_at=machine_now(),
            )
        terminal.plain_token = token  # type: ignore[attr-defined]
        return terminal

    def _open_account(self) -> GatewayAccount:
        account_id = new_id()
        secrets = json.dumps({"api_key": "key-counter", "terminal_key": "terminal-counter"})
        with acting_for(self.merchant.id):
            return GatewayAccount.objects.create(
                id=account_id,
                gateway="sandbox",
                name="Sandbox",
                external_id="counter",
                currency="EUR",
                config={"base_url": self.sandbox_url},
                secret=vault.seal(secrets, context=secret_context(account_id)),
                created_at=machine_now(),
            )

    def _tell_processor(self) -> None:
        account = {
            "account": "counter",
            "api_key": "key-counter",
            "terminal_key": "terminal-counter",
            "webhook_secrets": [],
            "currency": "EUR",
            "fee_basis_points": 150,
            "fee_fixed_minor": 10,
            "zone": "Europe/Berlin",
            "cutoff": "00:00",
            "merchant_name": "Norrsken",
            "iban": "DE89370400440532013000",
            "webhook_url": "",
        }
        answer = self.http.post(
            f"{self.sandbox_url}/control/accounts", json=account, headers={"X-Control-Key": CONTROL_KEY}
        )
        assert answer.status_code == 200, answer.text

    def _write_config(self) -> None:
        entries = [
            {
                "serial": serial,
                "token": terminal.plain_token,
                "terminal_key": "terminal-counter",  # type: ignore[attr-defined]
                "sandbox_url": self.sandbox_url,
                "ws_url": f"{self.ws_url}/terminal/",
            }
            for serial, terminal in self.terminals.items()
        ]
        (self.folder / "terminals.json").write_text(json.dumps(entries))

    def _answers(self, url: str) -> bool:
        assert all(child.poll() is None for child in self.children.values()), "a process ended; see its log"
        try:
            return self.http.get(url).status_code == 200
        except httpx.TransportError:
            return False


@contextmanager
def committed_database(places: Places, template: str, blocker: Any, name: str) -> Iterator[None]:
    """A database of its own whose rows other processes see."""
    with blocker.unblock(), databases.cloned(places, template=template, name=name):
        yield


@pytest.fixture(scope="module")
def own_valkey() -> Iterator[Servers]:
    """A Valkey that a test may kill, and start again with `ensure_running`."""
    servers = Servers(Places(ROOT / "var" / "test-counter"), with_postgres=False, durable=False)
    with servers.in_use():
        yield servers


@pytest.fixture(scope="module")
def counter(
    database_places: Places,
    database_template: str,
    django_db_blocker: Any,
    own_valkey: Servers,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Counter]:
    """The counter, open for all tests of the module."""
    address = valkey.url(places=own_valkey.places)
    before = settings.REDIS_URL
    settings.REDIS_URL = address
    folder = tmp_path_factory.mktemp("counter")
    with ExitStack() as stack:
        stack.enter_context(
            committed_database(database_places, database_template, django_db_blocker, f"counter_{os.getpid()}")
        )
        counter = Counter(folder, address)
        stack.callback(counter.close)
        try:
            counter.open()
            yield counter
        finally:
            settings.REDIS_URL = before
            for log in sorted(folder.glob("*.log")):
                print(f"== {log.name}\n{log.read_text()[-3000:]}")
