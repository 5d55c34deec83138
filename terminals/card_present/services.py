"""A card payment at the counter: begun on a terminal, cancelled on request, and the answer taken from the operation."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from merchant.core.audit import services as audit
from merchant.core.clock import business_now, machine_now
from merchant.core.errors import AppError, NotFound
from merchant.core.money import Money
from merchant.core.tenancy import current_merchant_id
from payments.gateways.base import Outcome
from payments.processing.authorisations import request_authorisation
from payments.processing.refusals import TerminalBusy
from payments.records.models import Operation, Payment
from payments.records.services import apply_result
from terminals.card_present import queries
from terminals.devices import configuration
from terminals.devices.models import Terminal
from terminals.devices.queries import get_terminal
from terminals.drivers import queries as messages
from terminals.drivers import services as driver_services
from terminals.drivers.agent import protocol
from terminals.live import feed, words
from terminals.live import services as live

CANCELLED = "aborted"


class TerminalInUse(TerminalBusy):
    """The terminal works on another payment; who has it is said."""

    detail = "{terminal} has a payment of order {order_number} {state}, begun at {register} at {since}."


class TerminalNotReady(AppError):
    """The terminal cannot take a payment now."""

    code = "terminal_not_ready"
    detail = "The terminal {name} is {state}."
    next_step = "Use another terminal, or take another tender."


class TerminalOffline(TerminalNotReady):
    """The terminal is not connected."""

    code = "terminal_offline"
    detail = "The terminal {name} is not connected."
    next_step = "Check its network, use another terminal, or take another tender."


@transaction.atomic
def start_payment(
    *,
    order_id: UUID,
    amount: Money,
    terminal_id: UUID | None,
    register_id: UUID | None,
    store_id: UUID | None,
    now: datetime,
    is_moto: bool = False,
    asks_tip: bool = False,
    tip_minor: int = 0,
) -> Operation:
    """
    Begin a card payment of `amount` towards an order and return its operation; the result comes later.

    With `is_moto` the number of the card is typed in while its owner is on the phone. With `asks_tip` the customer may add a tip on the terminal; `tip_minor` is one
    they have chosen already.

    Without `terminal_id` the terminal of the register is taken. Locks the order. One payment at a time for each terminal and each order, by constraint.

    :raises NoTerminal: if the register has none. :raises NotFound: if the terminal stands in another store. :raises TerminalOffline, TerminalNotReady: if it cannot take a payment now.
    :raises TerminalInUse: while it works on another one. And what `request_authorisation` raises.
    """
    terminal = queries.choose_terminal(terminal_id=terminal_id, register_id=register_id)
    if store_id is not None and terminal.store_id != store_id:
        raise NotFound()
    require_ready(terminal)
    settings = configuration.of_terminal(terminal)
    is_asking = asks_tip or (settings["tip"].value == "ask" and tip_minor == 0)
    instrument = {
        "driver": terminal.driver,
        "terminal_serial": terminal.serial_number,
        "answer_seconds": settings["answer_seconds"].value,
        **({"ask_tip": True} if is_asking and not is_moto else {}),
    }
    try:
        return request_authorisation(
            order_id=order_id,
            method="card_present",
            amount=amount,
            gateway_account=terminal.gateway_account,
            now=now,
            instrument=instrument,
            initiation="phone" if is_moto else "customer",
            tip_minor=tip_minor,
            terminal_id=terminal.id,
            register_id=register_id or terminal.register_id,
            store_id=store_id or terminal.store_id,
        )
    except TerminalBusy:
        # Another till was faster between our look and the database's.
        raise _in_use(terminal) from None


def require_ready(terminal: Terminal) -> None:
    """
    Refuse a terminal that cannot take a payment now.

    :raises TerminalOffline: without a connection. :raises TerminalBusy: while a payment is under way or its outcome unknown.
    :raises TerminalNotReady: while it needs care or updates itself.
    """
    if queries.find_open_operation(terminal.id) is not None:
        raise _in_use(terminal)
    if not terminal.is_connected or terminal.token_hash is None:
        raise TerminalOffline(name=terminal.name)
    if terminal.state in ("needs_care", "updating"):
        state = _("installing an update")
        if terminal.state == "needs_care":
            fault = words.fault_words(terminal.fault, terminal.note)
            state = _("not usable: {fault}").format(fault=fault)
        raise TerminalNotReady(name=terminal.name, state=state)


def _in_use(terminal: Terminal) -> TerminalBusy:
    """Return the refusal that says who has the terminal. The caller sees its store."""
    held = queries.find_open_operation(terminal.id)
    if held is None:
        # It became free while we were refused.
        return TerminalBusy()
    payment = Payment.objects.select_related("order", "register").get(id=held.payment_id)
    return TerminalInUse(
        terminal=terminal.name,
        order_number=payment.order.number,
        state=_("whose outcome is unknown") if held.status == "unknown" else _("under way"),
        register=payment.register.name if payment.register else _("the back office"),
        since=held.requested_at.isoformat(timespec="seconds"),
        operation_id=held.id,
        amount_minor=held.amount_minor,
        currency=held.currency,
    )


class NothingToCancel(AppError):
    """The terminal works on nothing."""

    code = "nothing_to_cancel"
    detail = "The terminal {name} has no payment under way."


def cancel_payment(*, terminal_id: UUID, now: datetime) -> Operation:
    """
    Ask for the payment on a terminal to be given up, and return its operation as it stands.

    What was not sent yet ends here: nothing was charged. What was sent is asked to be aborted, and may be approved first: then the payment stands and is
    shown as approved; give it back with a refund or void. Nothing is guessed. A repeat asks again.

    :raises NotFound: if the terminal is not the merchant's. :raises NothingToCancel: if nothing is under way on it.
    """
    terminal = get_terminal(terminal_id)
    operation = queries.find_open_operation(terminal.id)
    if operation is None:
        raise NothingToCancel(name=terminal.name)
    if _end_before_it_was_sent(terminal, operation):
        apply_result(
            operation_id=operation.id,
            outcome=Outcome(status="failed", decline_code=CANCELLED),
            source="till",
            now=business_now(current_merchant_id()),
        )
        live.settle(terminal_id=terminal.id, operation_id=operation.id, now=machine_now())
    else:
        _ask_to_abort(terminal, operation)
    operation.refresh_from_db()
    audit.record(
        "terminal.cancel_asked", subject=f"terminal:{terminal.id}", now=now, data={"operation": operation.reference}
    )
    return operation


def _end_before_it_was_sent(terminal: Terminal, operation: Operation) -> bool:
    """Close the message of an unsent operation; a relay that comes later finds it closed. False if it is out already."""
    request = queries.request_of(operation)
    category, body = protocol.money_request(request)
    now = machine_now()
    message = driver_services.store_message(
        terminal=terminal,
        category=category,
        service_id=protocol.service_id_of(operation.reference),
        body=body,
        operation_id=operation.id,
        now=now,
        answer=protocol.failure(CANCELLED),
    )
    is_ours = (
        message.answer is not None and message.answer.get("error_condition") == CANCELLED and message.sent_at is None
    )
    return is_ours or driver_services.withdraw(message=message, now=now, condition=CANCELLED)


@transaction.atomic
def _ask_to_abort(terminal: Terminal, operation: Operation) -> None:
    message = messages.find_message(terminal_id=terminal.id, service_id=protocol.service_id_of(operation.reference))
    if message is None:
        return
    now = machine_now()
    driver_services.store_message(
        terminal=terminal,
        category="abort",
        service_id=protocol.new_service_id(),
        operation_id=operation.id,
        now=now,
        body=protocol.message_reference(message.category, message.service_id) | {"reason": "merchant"},
    )
    feed.add(terminal, "cancel_asked", "Asked to cancel", now=now)


@transaction.atomic
def show_text(*, terminal_id: UUID, text: str, now: datetime) -> None:
    """
    Have a terminal show a line of text to the customer while it is at rest; a payment replaces it. What cannot be sent in time is dropped.

    :raises NotFound: if the terminal is not the merchant's. :raises TerminalOffline: without a connection.
    """
    terminal = get_terminal(terminal_id)
    if not terminal.is_connected:
        raise TerminalOffline(name=terminal.name)
    driver_services.store_message(
        terminal=terminal, category="display", service_id=protocol.new_service_id(), body={"text": text}, now=now
    )
