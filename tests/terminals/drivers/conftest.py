"""A terminal whose line somebody holds, and an operation that is to go to it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest

from merchant.core.clock import machine_now
from merchant.core.ids import new_id, new_secret, secret_hash
from merchant.core.money import Money
from merchant.core.tenancy import acting_for
from merchant.core.vault import services as vault
from payments.gateways import registry
from payments.gateways.base import Gateway, OperationRequest, Outcome, Recovery
from payments.gateways.models import GatewayAccount
from payments.gateways.registry import secret_context
from terminals.devices.models import Terminal
from tests.factories import a_merchant, a_store


@dataclass
class PlayedGateway(Gateway):
    """The processor as the driver sees it, with the answers a test gives it."""

    code = "sandbox"
    recovery = Recovery.LOOK_UP
    found: Outcome | None = None
    promise: Outcome = field(default_factory=lambda: Outcome(status="failed"))
    asked: list[str] = field(default_factory=list)

    def send(self, request, account):
        self.asked.append("send")
        return Outcome(status="succeeded")

    def look_up(self, request, account):
        self.asked.append("look_up")
        return self.found

    def cancel(self, request, account):
        self.asked.append("cancel")
        return self.promise


@pytest.fixture
def processor(monkeypatch):
    """The processor outside the building."""
    played = PlayedGateway()
    monkeypatch.setitem(registry.GATEWAYS, "sandbox", played)
    return played


@dataclass
class Line:
    """What a driver test needs."""

    terminal: Terminal
    account: GatewayAccount
    request: OperationRequest

    @property
    def access(self):
        return registry.access(self.account)


@pytest.fixture
def line(db):
    """A connected terminal and a request of 20.00."""
    merchant = a_merchant()
    store = a_store(merchant)
    account_id = new_id()
    with acting_for(merchant.id):
        account = GatewayAccount.objects.create(
            id=account_id,
            gateway="sandbox",
            name="Sandbox",
            external_id="counter",
            currency="EUR",
            created_at=machine_now(),
            secret=vault.seal(json.dumps({"api_key": "key"}), context=secret_context(account_id)),
        )
        terminal = Terminal.objects.create(
            store=store,
            gateway_account=account,
            name="S1-1",
            serial_number="S1-1",
            token_hash=secret_hash(new_secret("tst")),
            connection_channel="terminal_line_test",
            connection_epoch=1,
            state="ready",
        )
        request = OperationRequest(
            operation_id=new_id(),
            reference="S4QRG311KESFAZK4",
            kind="authorise",
            amount=Money(2000, "EUR"),
            order_reference="1001",
            captures_at_once=True,
            terminal_id=terminal.id,
        )
        yield Line(terminal, account, request)
