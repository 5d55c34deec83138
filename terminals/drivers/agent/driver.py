"""The agent as a card-present driver: requests become message rows, answers come by the live line."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from merchant.core.clock import business_now, machine_now
from merchant.core.tenancy import acting_for
from payments.gateways import registry as gateways
from payments.gateways.base import UNKNOWN, AccountAccess, CardPresentDriver, OperationRequest, Outcome
from terminals.devices.models import Terminal
from terminals.drivers import queries, services
from terminals.drivers.agent import answers, protocol
from terminals.drivers.models import TerminalMessage

_AT_THE_TERMINAL = ("authorise", "refund")
# An agent answers a status request from its memory; after this long it is stuck, and the processor is asked instead.
STATUS_SECONDS_MAX = 10
# A terminal that was cut off this long ago is not waited for: what the processor does not know by now it is asked never to take.
GIVE_UP_AFTER = timedelta(seconds=120)
_CERTAIN = ("succeeded", "declined")


class AgentDriver(CardPresentDriver):
    """
    Speaks to terminals that run the agent protocol.

    Only what needs the customer's card goes to the terminal; captures and voids go to the processor.
    """

    code = "agent"

    def send(self, request: OperationRequest, account: AccountAccess) -> Outcome:
        """Store the request for the terminal. A repetition stores nothing and says what is known. `failed` if the terminal is not connected."""
        if request.kind not in _AT_THE_TERMINAL:
            return gateways.gateway(account.gateway).send(request, account)
        with acting_for(account.merchant_id):
            message = _message_of(request, now=machine_now())
        return _known(message, request) or Outcome(status="submitted")

    def look_up(self, request: OperationRequest, account: AccountAccess) -> Outcome | None:
        """
        Say what is known, and ask the terminal if it has not answered.

        A terminal that does not know the request proves nothing alone; `failed` needs the processor's promise never to process it. A silent terminal
        is passed over: the processor knows the same reference.
        """
        if request.kind not in _AT_THE_TERMINAL:
            return gateways.gateway(account.gateway).look_up(request, account)
        now = machine_now()
        with acting_for(account.merchant_id):
            message = _message_of(request, now=now, is_late=True)
            if message.sent_at is None and message.answered_at is None and message.expires_at <= now:
                services.withdraw(message=message, now=now)
            known = _known(message, request)
            if known is not None and known.status != "unknown":
                return known
            if known is None and message.sent_at is None:
                return Outcome(status="submitted")
            word = "done" if known is not None else _word_of_terminal(message, now=now)
        if word == "working":
            return Outcome(status="submitted")
        is_given_up = word == "silent" and message.sent_at is not None and now - message.sent_at > GIVE_UP_AFTER
        told = _word_of_processor(
            request, account, message, is_terminal_done=word in ("done", "not_found") or is_given_up
        )
        is_lost = told.status == "failed" and word == "not_found"
        return replace(told, decline_code=protocol.NEVER_ARRIVED) if is_lost else told


def _message_of(request: OperationRequest, *, now: datetime, is_late: bool = False) -> TerminalMessage:
    """Return the row of `request`. Made here if missing: to be sent, or closed at once when late or when nobody could take it."""
    terminal = Terminal.objects.get(id=request.terminal_id)
    service_id = protocol.service_id_of(request.reference)
    found = queries.find_message(terminal_id=terminal.id, service_id=service_id)
    if found is not None:
        return found
    category, body = protocol.money_request(request)
    refusal = protocol.NOT_SENT if is_late else None if terminal.is_connected else protocol.TERMINAL_OFFLINE
    return services.store_message(
        terminal=terminal,
        category=category,
        service_id=service_id,
        body=body,
        operation_id=request.operation_id,
        now=now,
        answer=protocol.failure(refusal) if refusal else None,
    )


def _known(message: TerminalMessage, request: OperationRequest) -> Outcome | None:
    if message.operation_id != request.operation_id:
        return Outcome(status="failed", decline_code="service_id_taken")
    if message.answer is None:
        return None
    told = answers.outcome_of(
        message.answer,
        request.amount,
        reference=request.reference,
        tip_max_minor=protocol.tip_max_minor(request.instrument, request.amount.minor),
    )
    return answers.believed(told, requested_at=request.requested_at, now=business_now(message.merchant_id))


def _word_of_terminal(message: TerminalMessage, *, now: datetime) -> str:
    """Return `working`, `not_found` or `silent`, and ask again unless a question is under way."""
    terminal = Terminal.objects.get(id=message.terminal_id)
    asked = queries.find_status_asked(terminal_id=terminal.id, operation_id=message.operation_id)
    if asked is not None and asked.answer and asked.answer.get("error_condition") == "not_found":
        return "not_found"
    is_pending = asked is not None and asked.answered_at is None and asked.expires_at > now
    if not terminal.is_connected:
        return "silent"
    if not is_pending:
        services.ask_status(terminal=terminal, message=message, now=now)
    is_stuck = (
        asked is not None
        and asked.answered_at is None
        and asked.created_at < now - timedelta(seconds=STATUS_SECONDS_MAX)
    )
    return "silent" if is_stuck else "working"


def _word_of_processor(
    request: OperationRequest, account: AccountAccess, message: TerminalMessage, *, is_terminal_done: bool
) -> Outcome:
    """Ask the processor by our reference. If the terminal does nothing more about it, have it promised that it never lands."""
    processor = gateways.gateway(account.gateway)
    found = processor.look_up(request, account)
    if found is not None and found.status in _CERTAIN:
        return _as_asked(found, request)
    if found is None and is_terminal_done:
        promised = processor.cancel(request, account)
        if promised.status == "failed":
            with acting_for(account.merchant_id):
                services.close_never_arrived(message=message, now=machine_now())
        return promised
    return UNKNOWN


def _as_asked(found: Outcome, request: OperationRequest) -> Outcome:
    """Return what the processor found, unless it took more than was asked and the customer could add as a tip: that is left to a person."""
    over_minor = max(0, (found.amount_minor or 0) - request.amount.minor)
    if over_minor > protocol.tip_max_minor(request.instrument, request.amount.minor):
        return answers.differs({"amount_minor": found.amount_minor, "told_by": "processor"}, request.amount)
    return replace(found, tip_minor=over_minor) if over_minor else found
