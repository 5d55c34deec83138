"""What holds for every registered gateway, whatever stands behind it. A new gateway adds its account here and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from merchant.core.ids import new_id
from merchant.core.money import Money
from payments.gateways.base import AccountAccess, Gateway, OperationRequest, Outcome, WebhookRefused
from payments.gateways.registry import GATEWAYS
from tests.processor import RunningProcessor, free_port

STATUSES = {"succeeded", "declined", "failed", "unknown", "action_required", "submitted"}
Account = Callable[[str], AccountAccess]


@pytest.fixture
def account(processor: RunningProcessor) -> Account:
    """Access to a fresh account at the gateway of that name."""
    nobody = AccountAccess(
        id=new_id(), merchant_id=new_id(), gateway="manual", external_id="m", currency="EUR", config={}, secrets={}
    )
    return lambda code: processor.account() if code == "sandbox" else nobody


@pytest.fixture(params=GATEWAYS.values(), ids=list(GATEWAYS))
def gateway(request: pytest.FixtureRequest) -> Gateway:
    """Each registered gateway in turn."""
    gateway: Gateway = request.param
    return gateway


def an_authorisation(**changes: object) -> OperationRequest:
    """A card payment of 12.50 EUR by token."""
    request = OperationRequest(
        operation_id=new_id(),
        reference=f"op{new_id().hex[-20:]}",
        kind="authorise",
        amount=Money(1250, "EUR"),
        order_reference="K7X2",
        captures_at_once=True,
        instrument={"token": "tok_visa_ok"},
        return_url="http://127.0.0.1/back",
    )
    return replace(request, **changes)  # type: ignore[arg-type]


def test_an_answer_is_one_of_the_known_statuses(gateway: Gateway, account: Account) -> None:
    outcome = gateway.send(an_authorisation(), account(gateway.code))

    assert outcome.status in STATUSES


def test_the_same_reference_gets_the_same_answer_again(gateway: Gateway, account: Account) -> None:
    request, access = an_authorisation(), account(gateway.code)

    first = gateway.send(request, access)

    assert gateway.send(request, access) == first


def test_what_was_never_sent_is_not_known_and_not_called_declined(gateway: Gateway, account: Account) -> None:
    found = gateway.look_up(an_authorisation(), account(gateway.code))

    assert found is None or found.status == "unknown"


def test_a_sent_operation_is_looked_up_as_it_was_answered(gateway: Gateway, account: Account) -> None:
    request, access = an_authorisation(), account(gateway.code)
    answer = gateway.send(request, access)

    found = gateway.look_up(request, access)

    assert found is None or (found.status, found.amount_minor, found.gateway_reference) == (
        answer.status,
        answer.amount_minor,
        answer.gateway_reference,
    )


def test_an_unreachable_processor_never_raises_and_nothing_is_called_done(gateway: Gateway, account: Account) -> None:
    access = replace(account(gateway.code), config={"base_url": f"http://127.0.0.1:{free_port()}"})
    request = an_authorisation()

    assert gateway.send(request, access).status == "failed"
    assert (gateway.look_up(request, access) or Outcome("unknown")).status == "unknown"
    assert gateway.cancel(request, access).status == "unknown"


def test_after_a_promise_never_to_process_a_reference_it_never_succeeds(gateway: Gateway, account: Account) -> None:
    request, access = an_authorisation(), account(gateway.code)

    if gateway.cancel(request, access).status == "failed":
        assert gateway.send(request, access).status == "failed"


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b"\xff\xfe", b'{"id": 1}'])
def test_an_unsigned_webhook_is_refused(gateway: Gateway, account: Account, body: bytes) -> None:
    headers = {"webhook-id": "e", "webhook-timestamp": "0", "webhook-signature": "v1,"}
    for given in ({}, headers, {**headers, "webhook-timestamp": "x", "webhook-signature": "v1"}):
        with pytest.raises(WebhookRefused):
            gateway.read_webhook(given, body, account(gateway.code))


def test_evidence_is_plain_json_without_card_numbers(gateway: Gateway, account: Account) -> None:
    outcome = gateway.send(an_authorisation(), account(gateway.code))

    text = json.dumps(dict(outcome.data))

    assert "4111111111111111" not in text
    assert "number" not in text
