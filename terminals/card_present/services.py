"""A card payment on a terminal: choose the device, ask, and let the line and the relay do the rest."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from merchant.core.errors import AppError
from merchant.core.money import Money
from payments.processing import services as processing
from payments.records.models import Operation
from terminals.devices.models import Terminal


class NoTerminal(AppError):
    """There is no such terminal in this store, or none is free."""

    code = "no_terminal"
    status = 422
    detail = "There is no terminal to take this payment in this store."
    next_step = "Choose a terminal of this store that is ready."


def start_payment(
    *, order_id: UUID, amount: Money, terminal_id: UUID | None, register_id: UUID, store_id: UUID, now: datetime
) -> Operation:
    """
    Ask for a card on a terminal of the store and return the stored operation; its result comes by websocket or by asking again.

    Without `terminal_id` the register's own terminal is taken.

    :raises NoTerminal: if the store has no such terminal.
    :raises TerminalBusy, PaymentInProgress, PaymentOutcomeUnknown, AmountExceedsOpen: see `processing.request_authorisation`.
    """
    terminals = Terminal.objects.select_related("gateway_account").filter(store_id=store_id)
    chosen = terminals.filter(id=terminal_id) if terminal_id else terminals.filter(register_id=register_id)
    terminal = chosen.order_by("id").first()
    if terminal is None:
        raise NoTerminal()
    return processing.request_authorisation(
        order_id=order_id,
        method="card_present",
        amount=amount,
        gateway_account=terminal.gateway_account,
        now=now,
        instrument={"driver": terminal.driver, "terminal_serial": terminal.serial_number},
        terminal_id=terminal.id,
        register_id=register_id,
        store_id=store_id,
    )
