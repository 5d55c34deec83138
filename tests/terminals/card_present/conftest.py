"""A store with a connected terminal, as far as the database knows: nobody holds its line, so what is sent stays a row."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from merchant.core.clock import machine_now
from merchant.core.ids import new_secret, secret_hash
from merchant.core.money import Money
from merchant.core.tenancy import acting_for
from merchant.merchants.models import Merchant, Register, Store
from payments.gateways.models import GatewayAccount
from payments.records.models import Operation
from terminals.card_present import services
from terminals.devices.models import Terminal
from terminals.drivers.models import TerminalMessage
from tests.clients import signed_in
from tests.factories import a_merchant, a_register, a_staff_member, a_store
from tests.factories.numbers import next_number
from tests.factories.orders import a_gateway_account, an_order


@dataclass
class Counter:
    """What these tests need of a merchant."""

    merchant: Merchant
    store: Store
    register: Register
    account: GatewayAccount
    terminal: Terminal

    def add_terminal(self, *, store: Store | None = None, is_connected: bool = True, **facts: Any) -> Terminal:
        """Return another terminal."""
        with acting_for(self.merchant.id):
            return Terminal.objects.create(
                store=store or self.store,
                gateway_account=self.account,
                name=f"T{next_number()}",
                serial_number=f"SN{next_number()}",
                token_hash=secret_hash(new_secret("tst")),
                paired_at=machine_now(),
                state="ready" if is_connected else "offline",
                connection_channel="terminal_line_test" if is_connected else "",
                connection_epoch=1,
                **facts,
            )

    def pay(self, terminal: Terminal | None = None, *, order: Any = None) -> Operation:
        """Begin a card payment of 20.00 at the register."""
        order = order or an_order(self.merchant, total_minor=2000)
        with acting_for(self.merchant.id):
            return services.start_payment(
                order_id=order.id,
                amount=Money(2000, "EUR"),
                terminal_id=(terminal or self.terminal).id,
                register_id=self.register.id,
                store_id=None,
                now=machine_now(),
            )

    def sent(self, terminal: Terminal, category: str) -> list[TerminalMessage]:
        """Return what was stored for a terminal, oldest first."""
        with acting_for(self.merchant.id):
            return list(TerminalMessage.objects.filter(terminal=terminal, category=category).order_by("id"))

    def member(self, role: str = "manager", **limits: Any) -> Any:
        """Return a person who works there."""
        return a_staff_member(self.merchant, role=role, **limits)

    def ask(self, method: str, path: str, body: Any = None, *, member: Any = None) -> Any:
        """Ask over REST as a person."""
        return signed_in(member or self.member()).generic(
            method,
            f"/api/v1/{path}",
            json.dumps(body or {}),
            content_type="application/json",
            HTTP_IDEMPOTENCY_KEY=str(uuid4()),
        )


def a_counter() -> Counter:
    """A counter with one connected terminal."""
    merchant = a_merchant()
    store = a_store(merchant)
    counter = Counter(merchant, store, a_register(store), a_gateway_account(merchant), None)  # type: ignore[arg-type]
    counter.terminal = counter.add_terminal()
    return counter


@pytest.fixture
def counter(db: None) -> Counter:
    """A counter with one connected terminal."""
    return a_counter()
