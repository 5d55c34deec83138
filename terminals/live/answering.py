"""What terminals answer to what they were asked: kept in its row, handed to payments, told on the walls."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from merchant.core.clock import business_now
from merchant.core.money import Money
from merchant.core.pages.display import money_text
from merchant.core.pages.shell import FRAGMENT_LOCALE
from merchant.core.tenancy import acting_for
from payments.gateways.base import Outcome
from payments.processing.look_ups import look_up_now
from payments.records.models import Operation
from payments.records.words import decline_words
from terminals.devices.models import Terminal
from terminals.drivers import configuring
from terminals.drivers import queries as messages
from terminals.drivers import services as driver_services
from terminals.drivers.agent import answers, protocol
from terminals.drivers.agent.protocol import Message
from terminals.drivers.models import TerminalMessage
from terminals.live.services import Line, hand_on, note, settle, show_unknown

_WORD_OF_KIND = {"approved": "Approved", "refunded": "Refunded", "declined": "Declined", "failed": "Not charged"}


def receive_response(*, line: Line, message: Message, now: datetime) -> None:
    """
    Take the terminal's answer to one of our requests.

    The first answer is kept in its row, then handed to payments; a duplicate is handed on too (results are monotone) and noted. An answer to something
    we never asked is noted and does nothing.
    """
    with acting_for(line.merchant_id, line.actor):
        asked = messages.find_message(terminal_id=line.terminal_id, service_id=message.service_id)
        if asked is None or asked.category != message.category:
            note(line, "stray_answer", f"Answered something we did not ask ({message.service_id})", now=now)
        elif asked.category == "transaction_status":
            _take_status_answer(line, asked, dict(message.body), now=now)
        elif asked.category in protocol.MONEY_CATEGORIES:
            _take_money_answer(line, asked, dict(message.body), now=now)
        elif asked.category == "configuration":
            _take_acknowledgement(line, asked, dict(message.body), now=now)
        else:
            driver_services.keep_answer(message=asked, body=dict(message.body), now=now)


def _take_status_answer(line: Line, asked: TerminalMessage, body: dict[str, Any], *, now: datetime) -> None:
    repeated = body.pop("repeated", None)
    driver_services.keep_answer(message=asked, body=body, now=now)
    about = str(asked.request["message_reference"]["service_id"])
    original = messages.find_message(terminal_id=line.terminal_id, service_id=about)
    if original is None or original.operation_id is None:
        return
    if isinstance(repeated, dict):
        _take_money_answer(line, original, repeated, now=now)
    elif body.get("error_condition") == "not_found":
        look_up_now(operation_id=original.operation_id)


def _take_money_answer(line: Line, asked: TerminalMessage, body: dict[str, Any], *, now: datetime) -> None:
    if body.get("error_condition") == "in_progress":
        return
    if not driver_services.keep_answer(message=asked, body=body, now=now):
        note(line, "answered_again", f"Answered again ({asked.service_id})", now=now)
    operation = Operation.objects.get(id=asked.operation_id)
    outcome = _outcome(operation, protocol.kept(body))
    hand_on(asked, outcome)
    if outcome.status == "unknown":
        if outcome.decline_code == protocol.AMOUNT_DIFFERS:
            _note_difference(line, operation, outcome, now=now)
        show_unknown(terminal_id=line.terminal_id, operation_id=operation.id, now=now)
        look_up_now(operation_id=operation.id)
        return
    _note_outcome(line, operation, outcome, now=now)
    settle(terminal_id=line.terminal_id, operation_id=operation.id, now=now)


def _outcome(operation: Operation, answer: dict[str, Any]) -> Outcome:
    told = answers.outcome_of(
        answer,
        Money(operation.amount_minor, operation.currency),
        reference=operation.reference,
        tip_max_minor=protocol.tip_max_minor(operation.instrument, operation.amount_minor),
    )
    return answers.believed(told, requested_at=operation.requested_at, now=business_now(operation.merchant_id))


def _note_difference(line: Line, operation: Operation, outcome: Outcome, *, now: datetime) -> None:
    asked = money_text(Money(operation.amount_minor, operation.currency), locale=FRAGMENT_LOCALE)
    said = outcome.data.get("amount_minor")
    text = f"Says it approved {said} minor units where {asked} was asked; it does not count as paid, the bank is asked"
    note(line, "amount_differs", text, now=now, data={"asked_minor": operation.amount_minor, "said_minor": said})


def _take_acknowledgement(line: Line, asked: TerminalMessage, body: dict[str, Any], *, now: datetime) -> None:
    terminal = Terminal.objects.select_related("store").get(id=line.terminal_id)
    if configuring.take_acknowledgement(terminal=terminal, asked=asked, body=body, now=now):
        note(line, "configured", "Works by its new settings", now=now)
    else:
        note(line, "settings_refused", "Did not take its new settings", now=now)


_KIND_OF_OUTCOME = {"succeeded": "approved", "declined": "declined", "failed": "failed"}


def _note_outcome(line: Line, operation: Operation, outcome: Outcome, *, now: datetime) -> None:
    kind = _KIND_OF_OUTCOME[outcome.status]
    if kind == "approved" and operation.kind == "refund":
        kind = "refunded"
    amount = Money(operation.amount_minor if outcome.amount_minor is None else outcome.amount_minor, operation.currency)
    reason = f" ({decline_words(outcome.decline_code)})" if outcome.decline_code else ""
    if outcome.data.get("receipt_printed") is False:
        note(line, "no_receipt", "Approved, but its receipt was not printed", now=now)
    text = f"{_WORD_OF_KIND[kind]} {money_text(amount, locale=FRAGMENT_LOCALE)}{reason}"
    data = {"amount_minor": amount.minor, "currency": amount.currency, "decline_code": outcome.decline_code}
    note(line, kind, text, now=now, data=data)
