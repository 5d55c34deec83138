"""What holds for every way to talk to terminals. A new driver adds a played terminal to `TERMINALS` and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any, Protocol

import pytest

from merchant.core.clock import machine_now
from merchant.core.ids import new_id, new_secret, secret_hash
from merchant.core.money import Money
from merchant.core.tenancy import acting_for
from merchant.core.vault import services as vault
from payments.gateways import registry
from payments.gateways.base import AccountAccess, CardPresentDriver, OperationRequest, Outcome
from payments.gateways.models import GatewayAccount
from payments.gateways.registry import secret_context
from terminals.devices.models import Terminal
from terminals.drivers import services
from terminals.drivers.agent import protocol
from terminals.drivers.models import TerminalMessage
from terminals.drivers.registry import DRIVERS
from tests.factories import a_merchant, a_store
from tests.ports import free_port
from tests.processor import RunningProcessor

pytestmark = pytest.mark.django_db
STATUSES = {"succeeded", "declined", "failed", "unknown", "submitted"}
LONG_AGO = timedelta(seconds=300)


class PlayedTerminal(Protocol):
    """A terminal at the other end of a driver, in a test's hand."""

    terminal: Terminal

    def take(self) -> list[dict[str, Any]]:
        """Return the money requests that reach it now; none reaches it twice."""

    def answer(self, body: dict[str, Any]) -> None:
        """Answer the latest money request."""

    def forget(self) -> None:
        """Say that it knows nothing of the latest money request, when it is asked."""

    def cut(self) -> None:
        """Lose its line."""

    def wait(self) -> None:
        """Let so much time pass that nobody waits for it."""


class AgentTerminal:
    """A terminal of our own protocol: its messages are rows."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal

    def take(self) -> list[dict[str, Any]]:
        taken = services.take_unsent(terminal_id=self.terminal.id, epoch=1, now=machine_now())
        return [message.request for message in taken.messages if message.category in protocol.MONEY_CATEGORIES]

    def answer(self, body: dict[str, Any]) -> None:
        services.keep_answer(message=self._latest("payment"), body=body, now=machine_now())

    def forget(self) -> None:
        services.keep_answer(
            message=self._latest("transaction_status"), body=protocol.failure("not_found"), now=machine_now()
        )

    def cut(self) -> None:
        Terminal.objects.filter(id=self.terminal.id).update(connection_channel="")

    def wait(self) -> None:
        TerminalMessage.objects.filter(sent_at__isnull=False).update(sent_at=machine_now() - LONG_AGO)

    def _latest(self, category: str) -> TerminalMessage:
        found: TerminalMessage = TerminalMessage.objects.filter(category=category).latest("id")
        return found


TERMINALS: dict[str, type[AgentTerminal]] = {"agent": AgentTerminal}


class Side:
    """A driver with a terminal that stands at the real sandbox processor."""

    def __init__(self, driver: CardPresentDriver, processor: RunningProcessor) -> None:
        self.driver, self.access = driver, processor.account()
        self.merchant = a_merchant()
        self.scope = acting_for(self.merchant.id)
        self.scope.__enter__()
        account_id = new_id()
        account = GatewayAccount.objects.create(
            id=account_id,
            gateway="sandbox",
            name="Sandbox",
            external_id=self.access.external_id,
            currency="EUR",
            config=self.access.config,
            created_at=machine_now(),
            secret=vault.seal(json.dumps(self.access.secrets), context=secret_context(account_id)),
        )
        self.access = registry.access(account)
        terminal = Terminal.objects.create(
            store=a_store(self.merchant),
            gateway_account=account,
            name="Counter",
            serial_number="SN1",
            driver=driver.code,
            token_hash=secret_hash(new_secret("tst")),
            connection_channel="terminal_line_test",
            connection_epoch=1,
            state="ready",
        )
        self.device: PlayedTerminal = TERMINALS[driver.code](terminal)
        self.request = OperationRequest(
            operation_id=new_id(),
            reference=f"OP{new_id().hex[-14:].upper()}",
            kind="authorise",
            amount=Money(2000, "EUR"),
            order_reference="1001",
            captures_at_once=True,
            terminal_id=terminal.id,
            requested_at=machine_now(),
        )

    def send(self, **changes: Any) -> Outcome:
        return self._checked(self.driver.send(replace(self.request, **changes), self.access))

    def look_up(self, access: AccountAccess | None = None) -> Outcome:
        found = self.driver.look_up(self.request, access or self.access)
        assert found is not None
        return self._checked(found)

    def approval(self, **changes: Any) -> dict[str, Any]:
        """An answer that says yes to what was asked."""
        said = {"result": "success", "amount_minor": 2000, "currency": "EUR", "reference": self.request.reference}
        return {**said, "is_captured": True, "card": {"brand": "visa", "last4": "1111"}, **changes}

    def _checked(self, outcome: Outcome) -> Outcome:
        assert outcome.status in STATUSES
        assert "4111111111111111" not in json.dumps(dict(outcome.data))
        return outcome


@pytest.fixture(params=DRIVERS.values(), ids=list(DRIVERS))
def side(request: pytest.FixtureRequest, processor: RunningProcessor, db: None) -> Any:
    """Each registered driver in turn."""
    side = Side(request.param, processor)
    yield side
    side.scope.__exit__(None, None, None)


def test_every_registered_driver_is_held_to_the_contract() -> None:
    assert set(TERMINALS) == set(DRIVERS)


def test_a_request_reaches_the_terminal_once_however_often_it_is_sent(side: Side) -> None:
    first, second = side.send(), side.send()

    assert (first.status, second.status) == ("submitted", "submitted")
    assert [body["reference"] for body in side.device.take()] == [side.request.reference]
    side.send()
    assert side.device.take() == []


def test_a_terminal_without_a_line_fails_for_certain_and_never_gets_it(side: Side) -> None:
    side.device.cut()

    assert side.send().status == "failed"

    Terminal.objects.update(connection_channel="terminal_line_test")
    assert side.device.take() == []
    assert (side.send().status, side.look_up().status) == ("failed", "failed")


def test_what_was_never_sent_is_a_definite_no_and_stays_one(side: Side) -> None:
    assert side.look_up().status == "failed"

    assert side.send().status == "failed"
    assert side.device.take() == []


def test_a_yes_is_told_the_same_whenever_it_is_asked_for(side: Side) -> None:
    side.send()
    side.device.take()
    side.device.answer(side.approval())

    first, again, sent = side.look_up(), side.look_up(), side.send()

    assert (first.status, first.amount_minor, first.card_last4) == ("succeeded", 2000, "1111")
    assert first == again == sent


def test_the_first_answer_counts(side: Side) -> None:
    side.send()
    side.device.take()
    side.device.answer(side.approval())
    side.device.answer(protocol.failure("refusal"))

    assert side.look_up().status == "succeeded"


@pytest.mark.parametrize(
    "changes",
    [
        {"amount_minor": 2001},
        {"amount_minor": 1999},
        {"result": "partial", "amount_minor": 2001},
        {"currency": "SEK"},
        {"reference": "ANOTHER"},
        {"tip_minor": 300, "amount_minor": 2300},
        {"amount_minor": None},
        {"result": "perhaps"},
    ],
)
def test_a_yes_to_something_else_is_never_a_success_on_the_terminals_word(side: Side, changes: dict[str, Any]) -> None:
    side.send()
    side.device.take()
    side.device.answer(side.approval(**changes))

    # The processor has nothing under the reference: after its promise it is a definite no.
    assert side.look_up().status == "failed"


def test_a_no_is_a_no_without_asking_anybody(side: Side) -> None:
    side.send()
    side.device.take()
    side.device.answer(protocol.failure("refusal") | {"decline_code": "do_not_honour"})

    told = side.look_up(replace(side.access, config={"base_url": f"http://127.0.0.1:{free_port()}"}))

    assert (told.status, told.decline_code) == ("declined", "do_not_honour")


def test_a_working_terminal_is_waited_for(side: Side) -> None:
    side.send()
    side.device.take()

    assert side.look_up().status == "submitted"


def test_a_terminal_that_forgot_is_believed_only_with_the_processors_promise(side: Side) -> None:
    side.send()
    side.device.take()
    side.look_up()
    side.device.forget()
    unreachable = replace(side.access, config={"base_url": f"http://127.0.0.1:{free_port()}"})

    assert side.look_up(unreachable).status == "unknown"
    assert side.look_up().status == "failed"
    assert registry.gateway("sandbox").send(replace(side.request, terminal_id=None), side.access).status == "failed"


def test_a_silent_terminal_is_unknown_until_the_processor_tells(side: Side) -> None:
    side.send()
    side.device.take()
    side.device.cut()

    assert side.look_up().status == "unknown"
    side.device.wait()
    unreachable = replace(side.access, config={"base_url": f"http://127.0.0.1:{free_port()}"})
    assert side.look_up(unreachable).status == "unknown"
    assert side.look_up().status == "failed"


def test_money_that_moved_is_found_although_the_terminal_is_gone(side: Side) -> None:
    side.send()
    side.device.take()
    side.device.cut()
    by_card = replace(side.request, terminal_id=None, instrument={"token": "tok_visa_ok"})
    assert registry.gateway("sandbox").send(by_card, side.access).status == "succeeded"

    found = side.look_up()

    assert (found.status, found.amount_minor) == ("succeeded", 2000)


@pytest.mark.parametrize(("landed_at", "is_believed"), [("2001-01-01T00:00:00+00:00", False), (None, True)])
def test_a_wrong_clock_is_not_believed(side: Side, landed_at: str | None, is_believed: bool) -> None:
    side.send()
    side.device.take()
    side.device.answer(side.approval(landed_at=landed_at or machine_now().isoformat()))

    told = side.look_up()

    assert told.status == "succeeded"
    assert (told.landed_at is not None) is is_believed


@pytest.mark.parametrize("kind", ["capture", "void"])
def test_what_needs_no_card_never_reaches_the_terminal(side: Side, kind: str) -> None:
    side.send(kind=kind)

    assert side.device.take() == []
