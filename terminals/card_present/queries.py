"""Which terminal, and what is under way on it."""

from __future__ import annotations

from uuid import UUID

from merchant.core.errors import AppError
from payments.gateways.base import OperationRequest
from payments.processing.sending import request_for
from payments.records.models import Operation
from payments.records.states import OPEN_OPERATION
from terminals.devices.models import Terminal
from terminals.devices.queries import find_terminal_of_register, get_terminal


class NoTerminal(AppError):
    """Neither a terminal was named nor does one stand at the register."""

    code = "no_terminal"
    status = 422
    detail = "No card terminal stands at this register."
    next_step = "Name a terminal, or place one at the register."


def choose_terminal(*, terminal_id: UUID | None, register_id: UUID | None) -> Terminal:
    """
    Return the terminal that was named, or the one of the register.

    :raises NotFound: if the named one is not the merchant's. :raises NoTerminal: if none was named and the register has none.
    """
    if terminal_id is not None:
        return get_terminal(terminal_id)
    found = find_terminal_of_register(register_id) if register_id is not None else None
    if found is None:
        raise NoTerminal()
    return found


def find_open_operation(terminal_id: UUID) -> Operation | None:
    """Return what is under way on a terminal, or None."""
    return Operation.objects.filter(terminal_id=terminal_id, status__in=OPEN_OPERATION).first()


def request_of(operation: Operation) -> OperationRequest:
    """Return what is asked by `operation`, as the relay asks it."""
    return request_for(
        Operation.objects.select_related("payment__order", "payment__store", "parent").get(id=operation.id)
    )
