"""The message set: what is read, what is refused, and what an answer says about money."""

from __future__ import annotations

import json

import pytest

from merchant.core.money import Money
from terminals.drivers.agent import answers, protocol
from terminals.drivers.agent.protocol import Message, MessageRefused

ASKED = Money(2000, "EUR")
APPROVED = {
    "result": "success",
    "amount_minor": 2000,
    "currency": "EUR",
    "is_captured": True,
    "gateway_reference": "pay_1",
    "card": {"brand": "visa", "last4": "1111"},
    "auth_code": "A1B2C3",
}


def test_message_survives_writing_and_reading():
    message = Message("payment", "request", "89B2D398CD", {"amount_minor": 2000, "currency": "EUR"}, poi_id="S1-1")

    assert protocol.read(protocol.write(message)) == message


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "null", '{"header": 1}', '{"header": {"message_category": "payment"}}'],
)
def test_text_that_is_no_message_is_refused(text):
    with pytest.raises(MessageRefused):
        protocol.read(text)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("message_category", "lottery"),
        ("message_type", "shout"),
        ("service_id", ""),
        ("service_id", "x" * 21),
        ("protocol_version", "2.0"),
    ],
)
def test_header_that_is_not_of_this_protocol_is_refused(field, value):
    document = json.loads(protocol.write(Message("payment", "request", "89B2D398CD")))
    document["header"][field] = value

    with pytest.raises(MessageRefused):
        protocol.read(json.dumps(document))


def test_an_operation_always_has_the_same_service_id_of_ten_characters():
    assert protocol.service_id_of("S4QRG311KESFAZK4") == protocol.service_id_of("S4QRG311KESFAZK4")
    assert len(protocol.service_id_of("S4QRG311KESFAZK4")) == 10
    assert protocol.service_id_of("S4QRG311KESFAZK5") != protocol.service_id_of("S4QRG311KESFAZK4")


def test_approval_is_a_success_with_card_and_code():
    outcome = answers.outcome_of(APPROVED, ASKED)

    assert (outcome.status, outcome.amount_minor, outcome.is_captured) == ("succeeded", 2000, True)
    assert (outcome.card_brand, outcome.card_last4, outcome.auth_code) == ("visa", "1111", "A1B2C3")


def test_partial_approval_is_a_success_of_less():
    outcome = answers.outcome_of({**APPROVED, "result": "partial", "amount_minor": 1500}, ASKED)

    assert (outcome.status, outcome.amount_minor) == ("succeeded", 1500)


@pytest.mark.parametrize(
    "answer",
    [
        {**APPROVED, "amount_minor": 2001},
        {**APPROVED, "amount_minor": 1999},
        {**APPROVED, "result": "partial", "amount_minor": 2001},
        {**APPROVED, "tip_minor": 100, "amount_minor": 2100},
        {**APPROVED, "reference": "another operation's"},
        {**APPROVED, "amount_minor": 0},
        {**APPROVED, "amount_minor": -2000},
        {**APPROVED, "amount_minor": "2000"},
        {**APPROVED, "amount_minor": True},
        {**APPROVED, "currency": "SEK"},
        {"result": "success"},
        {"result": "maybe"},
        {},
        {"result": "failure", "error_condition": "unreachable_host"},
        {"result": "failure", "error_condition": "a word of tomorrow"},
        {"result": "failure"},
    ],
)
def test_answer_nobody_can_be_sure_of_is_unknown_and_never_a_no(answer):
    assert answers.outcome_of(answer, ASKED).status == "unknown"


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ("refusal", "declined"),
        ("wrong_pin", "declined"),
        ("aborted", "failed"),
        ("busy", "failed"),
        ("not_sent", "failed"),
        ("in_progress", "submitted"),
    ],
)
def test_each_no_is_told_apart(condition, status):
    assert answers.outcome_of(protocol.failure(condition), ASKED).status == status


def test_what_is_kept_of_an_answer_holds_nothing_but_known_fields():
    kept = protocol.kept(
        {**APPROVED, "card": {"brand": "visa", "last4": "1111", "number": "4111111111111111"}, "track2": "4111…"}
    )

    assert kept == APPROVED


@pytest.mark.parametrize("body", [{"state": "sleeping"}, {"state": "ready", "step": "dance"}, {}])
def test_status_with_a_word_nobody_knows_is_refused(body):
    with pytest.raises(MessageRefused):
        protocol.read_status(body)


def test_status_with_an_impossible_battery_is_taken_without_it():
    status = protocol.read_status({"state": "in_payment", "step": "pin", "battery_percent": 400, "network": "x" * 99})

    assert (status.state, status.step, status.battery_percent, len(status.network)) == ("in_payment", "pin", None, 40)
