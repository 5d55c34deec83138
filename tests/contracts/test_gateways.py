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
from tests.ports import free_port
from tests.processor import RunningProcessor

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


def a_follow_up(kind: str, minor: int, after: Outcome, **changes: object) -> OperationRequest:
    """The next thing asked of the payment that `after` approved."""
    return an_authorisation(
        kind=kind,
        amount=Money(minor, "EUR"),
        instrument={},
        parent_gateway_reference=after.gateway_reference,
        **changes,
    )


def an_approval(gateway: Gateway, access: AccountAccess, **changes: object) -> Outcome:
    """An authorisation of 12.50 EUR that is not captured."""
    outcome = gateway.send(an_authorisation(captures_at_once=False, **changes), access)
    assert outcome.status == "succeeded"
    return outcome


def that(ability: str) -> pytest.MarkDecorator:
    """For every gateway that says it can."""
    able = [gateway for gateway in GATEWAYS.values() if ability in gateway.abilities]
    return pytest.mark.parametrize("gateway", able, ids=[gateway.code for gateway in able])


@that("several_captures")
def test_what_was_captured_in_parts_is_never_more_than_what_was_approved(gateway: Gateway, account: Account) -> None:
    access = account(gateway.code)
    approved = an_approval(gateway, access)

    answers = [gateway.send(a_follow_up("capture", minor, approved), access).status for minor in (500, 700, 51)]

    assert answers == ["succeeded", "succeeded", "failed"]


@that("several_captures")
def test_the_rest_after_captures_is_let_go_and_cannot_be_captured(gateway: Gateway, account: Account) -> None:
    access = account(gateway.code)
    approved = an_approval(gateway, access)
    gateway.send(a_follow_up("capture", 1000, approved), access)

    assert gateway.send(a_follow_up("void", 250, approved), access).status == "succeeded"
    assert gateway.send(a_follow_up("capture", 1, approved), access).status == "failed"


@that("increment")
def test_a_raised_authorisation_can_be_captured_in_full(gateway: Gateway, account: Account) -> None:
    access = account(gateway.code)
    approved = an_approval(gateway, access)
    more = a_follow_up("increment", 750, approved)

    first, again = gateway.send(more, access), gateway.send(more, access)

    assert (first.status, first.amount_minor, again) == ("succeeded", 750, first)
    assert gateway.look_up(more, access) == first
    assert gateway.send(a_follow_up("capture", 2000, approved), access).status == "succeeded"
    assert gateway.send(a_follow_up("increment", 1, approved), access).status == "failed"


@that("increment")
def test_a_raise_that_was_cancelled_by_reference_is_not_there(gateway: Gateway, account: Account) -> None:
    access = account(gateway.code)
    approved = an_approval(gateway, access)
    more = a_follow_up("increment", 750, approved)
    gateway.send(more, access)

    assert gateway.cancel(more, access).status == "failed"
    assert gateway.send(a_follow_up("capture", 1251, approved), access).status == "failed"


@that("increment")
def test_a_declined_raise_changes_nothing(gateway: Gateway, account: Account) -> None:
    access = account(gateway.code)
    approved = an_approval(gateway, access)

    assert gateway.send(a_follow_up("increment", 751, approved), access).status == "declined"
    assert gateway.send(a_follow_up("capture", 1251, approved), access).status == "failed"
    assert gateway.send(a_follow_up("capture", 1250, approved), access).status == "succeeded"


STORE = {"token": "tok_visa_ok", "store": {"customer_id": "c", "consent_text": "yes", "consented_at": "2026-01-01"}}


@that("stored_credentials")
def test_a_stored_card_is_charged_with_its_mandate_and_refused_without(gateway: Gateway, account: Account) -> None:
    access = account(gateway.code)
    first = an_approval(gateway, access, instrument=STORE)
    assert first.stored_token
    assert first.network_reference
    assert first.data["sca"]["result"] == "authenticated"
    stored = {"credential_id": "x", "token": first.stored_token, "network_reference": first.network_reference}

    later = gateway.send(an_authorisation(instrument=stored), access)
    without = gateway.send(an_authorisation(instrument={**stored, "network_reference": ""}), access)

    assert (later.status, later.data["initiator"]) == ("succeeded", "merchant")
    assert without.status == "failed"
    assert first.stored_token not in json.dumps([dict(first.data), dict(later.data)])


def test_without_consent_no_card_is_stored(gateway: Gateway, account: Account) -> None:
    assert gateway.send(an_authorisation(), account(gateway.code)).stored_token == ""


@that("moto")
def test_a_phone_order_is_marked_as_one(gateway: Gateway, account: Account) -> None:
    instrument = {"token": "tok_challenge", "moto": True}

    outcome = gateway.send(an_authorisation(instrument=instrument), account(gateway.code))

    assert (outcome.status, outcome.data["initiator"]) == ("succeeded", "phone")
