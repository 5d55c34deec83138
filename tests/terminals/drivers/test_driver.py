"""The agent's driver: rows before bytes, one row an operation, and no guess about money."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from merchant.core.clock import machine_now
from payments.gateways.base import Outcome
from terminals.devices.models import Terminal
from terminals.drivers import services
from terminals.drivers.agent import protocol
from terminals.drivers.agent.driver import AgentDriver
from terminals.drivers.models import TerminalMessage

driver = AgentDriver()
APPROVED = {"result": "success", "amount_minor": 2000, "currency": "EUR"}


def sent(line):
    driver.send(line.request, line.access)
    services.take_unsent(terminal_id=line.terminal.id, epoch=1, now=machine_now())
    return TerminalMessage.objects.get(category="payment")


def answer_status(line, body):
    asked = TerminalMessage.objects.filter(category="transaction_status").latest("id")
    services.keep_answer(message=asked, body=body, now=machine_now())


def disconnect(line):
    Terminal.objects.filter(id=line.terminal.id).update(connection_channel="")


def test_sending_twice_stores_one_message(line, processor):
    first, second = driver.send(line.request, line.access), driver.send(line.request, line.access)

    assert (first.status, second.status) == ("submitted", "submitted")
    assert TerminalMessage.objects.count() == 1
    assert processor.asked == []


def test_terminal_without_a_line_fails_for_certain_and_never_gets_the_request_later(line, processor):
    disconnect(line)

    outcome = driver.send(line.request, line.access)
    Terminal.objects.filter(id=line.terminal.id).update(connection_channel="terminal_line_test")

    assert (outcome.status, outcome.decline_code) == ("failed", "terminal_offline")
    assert services.take_unsent(terminal_id=line.terminal.id, epoch=1, now=machine_now()).messages == ()
    assert driver.send(line.request, line.access).status == "failed"


def test_message_is_taken_once_and_only_by_the_newest_holder(line, processor):
    driver.send(line.request, line.access)

    older = services.take_unsent(terminal_id=line.terminal.id, epoch=0, now=machine_now())
    first = services.take_unsent(terminal_id=line.terminal.id, epoch=1, now=machine_now())
    second = services.take_unsent(terminal_id=line.terminal.id, epoch=1, now=machine_now())

    assert (older.is_held, len(older.messages)) == (False, 0)
    assert (len(first.messages), len(second.messages)) == (1, 0)


def test_operation_that_never_reached_the_line_is_closed_when_looked_up(line, processor):
    outcome = driver.look_up(line.request, line.access)

    assert (outcome.status, outcome.decline_code) == ("failed", "not_sent")
    assert driver.send(line.request, line.access).status == "failed"
    assert services.take_unsent(terminal_id=line.terminal.id, epoch=1, now=machine_now()).messages == ()


def test_unsent_message_past_its_time_is_withdrawn_and_failed(line, processor):
    driver.send(line.request, line.access)
    TerminalMessage.objects.update(expires_at=machine_now() - timedelta(seconds=1))

    assert driver.look_up(line.request, line.access).status == "failed"


def test_working_terminal_is_asked_and_nothing_is_concluded(line, processor):
    sent(line)

    assert driver.look_up(line.request, line.access).status == "submitted"

    answer_status(line, protocol.failure("in_progress"))
    assert driver.look_up(line.request, line.access).status == "submitted"
    assert processor.asked == []


def test_kept_answer_is_what_a_look_up_says(line, processor):
    services.keep_answer(message=sent(line), body=APPROVED, now=machine_now())

    assert driver.look_up(line.request, line.access).status == "succeeded"
    assert processor.asked == []


def test_second_answer_does_not_replace_the_first(line, processor):
    message = sent(line)

    assert services.keep_answer(message=message, body=APPROVED, now=machine_now())
    assert not services.keep_answer(message=message, body=protocol.failure("refusal"), now=machine_now())
    assert driver.look_up(line.request, line.access).status == "succeeded"


def test_terminal_that_knows_nothing_is_believed_only_with_the_processors_promise(line, processor):
    sent(line)
    driver.look_up(line.request, line.access)
    answer_status(line, protocol.failure("not_found"))

    processor.promise = Outcome(status="unknown")
    assert driver.look_up(line.request, line.access).status == "unknown"

    processor.promise = Outcome(status="failed")
    assert driver.look_up(line.request, line.access).status == "failed"
    assert TerminalMessage.objects.get(category="payment").answer == protocol.failure("never_arrived")


def test_money_that_moved_although_the_terminal_forgot_is_a_success(line, processor):
    sent(line)
    driver.look_up(line.request, line.access)
    answer_status(line, protocol.failure("not_found"))
    processor.found = Outcome(status="succeeded", amount_minor=2000)

    assert driver.look_up(line.request, line.access).status == "succeeded"
    assert "cancel" not in processor.asked


def test_silent_terminal_is_passed_over_and_the_processor_asked(line, processor):
    sent(line)
    disconnect(line)
    processor.found = Outcome(status="succeeded", amount_minor=2000)

    assert driver.look_up(line.request, line.access).status == "succeeded"


def test_silent_terminal_and_a_processor_that_knows_nothing_stay_unknown_until_it_is_given_up(line, processor):
    sent(line)
    disconnect(line)

    assert driver.look_up(line.request, line.access).status == "unknown"
    assert "cancel" not in processor.asked

    TerminalMessage.objects.update(sent_at=machine_now() - timedelta(seconds=121))
    assert driver.look_up(line.request, line.access).status == "failed"


def test_processor_that_took_more_than_was_asked_is_left_to_a_person(line, processor):
    sent(line)
    disconnect(line)
    processor.found = Outcome(status="succeeded", amount_minor=2001)

    assert driver.look_up(line.request, line.access).status == "unknown"


def test_terminal_whose_host_did_not_answer_leaves_it_to_the_processor(line, processor):
    services.keep_answer(message=sent(line), body=protocol.failure("unreachable_host"), now=machine_now())
    processor.found = Outcome(status="succeeded", amount_minor=2000)

    assert driver.look_up(line.request, line.access).status == "succeeded"


@pytest.mark.parametrize("kind", ["capture", "void"])
def test_what_needs_no_card_goes_to_the_processor(line, processor, kind):
    assert driver.send(replace(line.request, kind=kind), line.access).status == "succeeded"
    assert processor.asked == ["send"]
    assert TerminalMessage.objects.count() == 0
